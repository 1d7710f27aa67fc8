"""What a community need not take on (清单外的事、不应出具的证明), as a text that can be forwarded to whoever asks for it.

The text quotes the law word for word and stays conditional: which matters stand on a place's list is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from handlers import quoting
from handlers.messages import Button
from handlers.turn import Turn
from retrieval.duties import TOPICS, Duty
from retrieval.ordinances.model import Document
from retrieval.quotation import Citation, cite
from retrieval.versions import in_force
from wording import DEFAULT_LANGUAGE, say, speaking

_CERTIFICATES = re.compile(r"证明|盖章|公章|开具|出具")
_OFF_LIST = re.compile(
    r"清单(?:之外|以外|外(?!包|卖)|[里上中]?(?:面|头)?(?:都?没有|没写|没列))|(?:不在|没在|没列入|没进|未列入).{0,6}清单|超出.{0,6}清单"
)
_REPORTS = re.compile(r"投诉|举报|反映|上报|报告")
_OTHER_LISTS = re.compile(r"负面|收费|市场|投资|许可|审批|中介|证照|权责|权力|企业|购物|物业")
LONGEST = 60
"""Signs: longer messages say more than this."""


def answer(turn: Turn) -> bool:
    """Answer what somebody says of matters off the list (清单外的活让我们干); False where it is about something else."""
    text, places = turn.text, turn.services.search.library.places
    if len(text) > LONGEST or not _OFF_LIST.search(text) or _REPORTS.search(text) or _OTHER_LISTS.search(text):
        return False
    named = places.named(text)
    place = named[0] if named else turn.place
    law = _law(turn, place) if place is not None and len(named) < 2 else None
    if law is None:
        return False
    limits = turn.services.duties.limits[law.id, "off_list"]
    quotes = _quotes(turn, limits)
    turn.reply(
        "limits.listed",
        [
            Button(say("limits.button"), f"limit:off_list:{law.id}"),
            Button(say("ordinance.ask_person"), "do:human_handoff"),
        ],
        [quoting.shown(quote) for quote in quotes.values()],
        title=law.title,
        quotes=_lines(limits, quotes),
    )
    return True


def _law(turn: Turn, place: str) -> Document | None:
    """The nearest law in force that says something of matters off the list."""
    library = turn.services.search.library
    valid = in_force(library.documents.values(), turn.today)
    laws = (law for level in library.places.chain(place) for law in valid if law.jurisdiction == level)
    return next((law for law in laws if (law.id, "off_list") in turn.services.duties.limits), None)


def offered(turn: Turn, document: str, article: int) -> list[Button]:
    """The buttons under an article that sets such a limit; one where the question tells which of two is meant."""
    topics = turn.services.duties.topics_of(document, article)
    if len(topics) > 1 and turn.incoming.kind == "text":
        topics = ("certificates" if _CERTIFICATES.search(turn.text) else "off_list",)
    labels = ["limits.button"] if len(topics) == 1 else [f"limits.button_{topic}" for topic in topics]
    return [Button(say(label), f"limit:{topic}:{document}") for label, topic in zip(labels, topics, strict=True)]


def show(turn: Turn, topic: str, document: str) -> None:
    """The text as a message of its own, after one that says what it is."""
    duties, library = turn.services.duties, turn.services.search.library
    limits = [limit for kind in TOPICS.get(topic, ()) for limit in duties.limits.get((document, kind), ())]
    if not limits:
        turn.reply("errors.unknown_button")
        return
    law = library.document(document)
    if not law.in_force(turn.today):
        turn.reply("ordinance.not_in_force")
        return
    quotes = _quotes(turn, limits)
    lead = say(f"limits.lead_{topic}")
    if not law.title_verified:
        lead += say("limits.title_unverified")
    turn.tell(lead, citations=[quoting.shown(quote) for quote in quotes.values()])
    with speaking(DEFAULT_LANGUAGE):
        # Whoever it is forwarded to reads Chinese.
        since = quoting.effective(next(iter(quotes.values())))
        turn.reply(f"limits.{topic}", title=law.title, effective=since, quotes=_lines(limits, quotes))


def _quotes(turn: Turn, limits: Iterable[Duty]) -> dict[int, Citation]:
    library = turn.services.search.library
    return {limit.article: cite(library, limit.document, limit.article) for limit in limits}


def _lines(limits: Iterable[Duty], quotes: Mapping[int, Citation]) -> str:
    """One line for each article, with its words in quotation marks."""
    return "\n".join(
        say(
            "limits.quote",
            label=quotes[article].label,
            words="".join(say("limits.words", words=limit.words) for limit in of_article),
        )
        for article, of_article in groupby(limits, key=lambda limit: limit.article)
    )
