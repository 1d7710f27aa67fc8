"""One turn of a conversation: what the handlers get, and how they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from clock import SHANGHAI
from handlers.categories import Categories
from handlers.messages import Button, Citation, Incoming, Reply, TicketCard
from handlers.state import State
from nlu.client import Entity, Understanding
from retrieval.duties import Duties
from retrieval.glosses import Glosses
from retrieval.search import Searcher
from tickets.workflow import Actor
from wording import say

MAX_TEXT = 2000
"""Characters of one message that are taken; what is longer is taken in part, and the person is told."""


@dataclass(frozen=True)
class Services:
    """What conversations need of the other rooms."""

    search: Searcher
    categories: Categories
    duties: Duties = field(default_factory=Duties)
    glosses: Glosses = field(default_factory=Glosses)

    def for_one_turn(self) -> Services:
        """The same, with texts that do not change while a message is being answered."""
        return replace(self, search=self.search.current)


@dataclass
class Turn:
    """One message being answered.

    Attributes:
        meaning: what the understanding service made of the text; for buttons an empty understanding.
        place: the city or region whose ordinances come first, None while unknown.
    """

    session: Session
    incoming: Incoming
    meaning: Understanding
    state: State
    services: Services
    now: datetime
    place: str | None = None
    replies: list[Reply] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.incoming.text

    @property
    def intent(self) -> str:
        return self.meaning.intent

    @property
    def confidence(self) -> float:
        return self.meaning.confidence

    @property
    def today(self) -> date:
        return self.now.astimezone(SHANGHAI).date()

    @property
    def origin(self) -> str:
        """Key of the message's effects: the same message can have each only once."""
        return f"{self.incoming.channel}:{self.incoming.conversation}:{self.incoming.message_id}"

    @property
    def resident(self) -> Actor:
        return Actor.resident(self.incoming.channel, self.incoming.conversation)

    def entity(self, kind: str) -> Entity | None:
        return self.meaning.first(kind)

    def says(self, intent: str, at_least: float = 0.5) -> bool:
        """Whether the text means ``intent`` with at least this probability."""
        return self.intent == intent and self.confidence >= at_least

    def chance(self, intent: str) -> float:
        """The probability that the text means ``intent``."""
        if self.intent == intent:
            return self.confidence
        return next((chance for name, chance in self.meaning.ranking if name == intent), 0.0)

    def remembered(self) -> dict[str, Any]:
        """The message as it is kept in the state, to be answered later."""
        entities = [asdict(entity) for entity in self.meaning.entities]
        return {"text": self.text[:MAX_TEXT], "intent": self.intent, "sure": self.confidence, "entities": entities}

    def alone(self, text: str, meaning: Understanding) -> Turn:
        """A part of the message as a turn of its own, answering into this one's replies."""
        return replace(self, incoming=replace(self.incoming, kind="text", text=text), meaning=meaning)

    def of(self, remembered: dict[str, Any], intent: str | None = None) -> Turn:
        """A remembered message as a turn of its own, answering into this one's replies.

        Args:
            intent: what it means, where the person has said so meanwhile.
        """
        entities = tuple(Entity(**entity) for entity in remembered["entities"])
        sure = 1.0 if intent else remembered["sure"]
        meaning = Understanding(intent or remembered["intent"], sure, (), entities)
        return self.alone(remembered["text"], meaning)

    def reply(
        self,
        key: str,
        /,
        buttons: Sequence[Button] = (),
        citations: Sequence[Citation] = (),
        ticket: TicketCard | None = None,
        **parameters: object,
    ) -> None:
        """Answer with a sentence of the catalogue."""
        self.replies.append(Reply(say(key, **parameters), tuple(buttons), tuple(citations), ticket))

    def tell(self, sentence: str, buttons: Sequence[Button] = (), citations: Sequence[Citation] = ()) -> None:
        """Answer with a sentence that the catalogue has given already."""
        self.replies.append(Reply(sentence, tuple(buttons), tuple(citations)))

    def ask(self, key: str, choices: Sequence[tuple[str, str]] = (), /, **parameters: object) -> None:
        """Ask with buttons: ``choices`` are (wording key or label, action); older buttons go stale."""
        self.state.question += 1
        self.tell(say(key, **parameters), self.buttons(choices))

    def buttons(self, choices: Sequence[tuple[str, str]]) -> tuple[Button, ...]:
        return tuple(Button(label, f"q{self.state.question}:{action}") for label, action in choices)
