"""What channels and conversations say to each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Incoming:
    """One thing a person did in a channel.

    Attributes:
        channel: ``web`` or ``telegram``.
        conversation: the channel's id of the conversation.
        message_id: unique in the conversation; the same id again is the same message.
        kind: ``text``; ``payload`` (a pressed button); ``location``; ``other`` (what the channel cannot take yet).
        text: what was typed, or the payload's string.
        latitude, longitude: degrees, for ``location``.
    """

    channel: str
    conversation: str
    message_id: str
    kind: Literal["text", "payload", "location", "other"]
    text: str
    received_at: datetime
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Button:
    """A choice under a reply. ``payload`` is at most 64 bytes of UTF-8 (Telegram's limit for callback data)."""

    label: str
    payload: str


@dataclass(frozen=True)
class Citation:
    """An article quoted word for word.

    Attributes:
        effective: ISO date, or None.
        note: a warning such as 名称待核实.
        label: the article's number as the law writes it (第十八条).
        marked: the sentence that matters to what was asked, as offsets of code points in ``text``; at most one.
    """

    document: str
    title: str
    article: int
    chapter: str
    effective: str | None
    text: str
    note: str = ""
    label: str = ""
    marked: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class TicketCard:
    number: str
    status: str


@dataclass(frozen=True)
class Reply:
    """One message to the person."""

    text: str
    buttons: tuple[Button, ...] = ()
    citations: tuple[Citation, ...] = ()
    ticket: TicketCard | None = None

    def to_json(self) -> dict[str, Any]:
        """The contract's shape, less the ``id`` that the outbox gives."""
        return asdict(self)
