"""What a conversation remembers between two messages: one row, changed in the same transaction as its effects."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from tickets.database import Base, UtcDateTime
from wording import DEFAULT_LANGUAGE


class ConversationRow(Base):
    """One conversation of one channel (会话)."""

    __tablename__ = "conversation"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    conversation: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass
class Draft:
    """A form being filled in.

    Attributes:
        flow: name of the flow in ``handlers.flows``.
        slots: what is known; a slot that was skipped is present with the value None.
        asked: the slot whose question stands open, or ``confirm`` when the summary does.
        attempts: how often the open question has been asked in vain.
        touched_at: ISO time of the last change.
        offered: how often the person was asked whether to go on with it.
        interrupted: left for an emergency: it goes on by itself afterwards.
    """

    flow: str
    slots: dict[str, Any] = field(default_factory=dict)
    asked: str | None = None
    attempts: int = 0
    touched_at: str = ""
    offered: int = 0
    interrupted: bool = False


@dataclass
class State:
    """All that a conversation remembers.

    Attributes:
        active: the form in front.
        parked: forms left for something else, oldest first.
        question: number of the last question asked; buttons carry it, so that an old button is known as old.
        unclear: a message whose meaning was asked back: its text and entities, to go on with once the person has chosen.
        ticket: the number of the ticket last spoken of.
        open: what was asked outside of any form, if the last message asked something (see ``handlers.aside``).
        later: further matters that were told while a form was being filled in; each is taken up when its turn comes.
        place_offered: whether the person was asked once which city she lives in.
        language: what the assistant speaks in this conversation, one of ``wording.LANGUAGES``.
        article: the article shown last: ``document``, ``key``, and ``at`` which time and for which ``place``.
    """

    active: Draft | None = None
    parked: list[Draft] = field(default_factory=list)
    question: int = 0
    unclear: dict[str, Any] | None = None
    ticket: str | None = None
    open: str | None = None
    later: list[dict[str, Any]] = field(default_factory=list)
    place_offered: bool = False
    article: dict[str, Any] | None = None
    language: str = DEFAULT_LANGUAGE

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> State:
        return cls(
            active=Draft(**data["active"]) if data.get("active") else None,
            parked=[Draft(**draft) for draft in data.get("parked", ())],
            question=data.get("question", 0),
            unclear=data.get("unclear"),
            ticket=data.get("ticket"),
            open=data.get("open"),
            later=list(data.get("later", ())),
            place_offered=data.get("place_offered", False),
            article=data.get("article"),
            language=data.get("language", DEFAULT_LANGUAGE),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def load(session: Session, channel: str, conversation: str, now: datetime) -> ConversationRow:
    """The conversation's row; a new one where the channel speaks of a conversation for the first time."""
    row = session.get(ConversationRow, (channel, conversation))
    if row is None:
        row = ConversationRow(
            channel=channel, conversation=conversation, place=None, state={}, created_at=now, updated_at=now
        )
        session.add(row)
    return row


def open_conversation(
    session: Session, channel: str, conversation: str, place: str | None, now: datetime, language: str | None = None
) -> None:
    """Begin a conversation whose place the channel already knows, and its language where that is given."""
    row = load(session, channel, conversation, now)
    row.place = place
    if language is not None:
        row.state = {**(row.state or {}), "language": language}


def language_of(session: Session, channel: str, conversation: str) -> str:
    """What the assistant speaks in a conversation; Chinese in one that it does not know."""
    row = session.get(ConversationRow, (channel, conversation))
    return State.from_json(row.state or {}).language if row is not None else DEFAULT_LANGUAGE
