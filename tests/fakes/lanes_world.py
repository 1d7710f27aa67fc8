"""Lanes over a real store, with an understanding service and conversations that tests decide on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import select

from bot.lanes import Lanes
from bot.models import InboxMessage
from handlers.messages import Incoming, Reply
from nlu.client import Understanding, UnderstandingUnavailable
from tickets import outbox
from tickets.database import Database
from tickets.outbox import OutboxMessage

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)


class StillClock:
    def now(self) -> datetime:
        return NOW


class FakeUnderstanding:
    """Understands every text as a greeting, unless it is down or stumbles over the text."""

    def __init__(self) -> None:
        self.down = False
        self.stumbles_over = ""
        self.asked: list[str] = []

    async def parse(self, text: str) -> Understanding:
        self.asked.append(text)
        await asyncio.sleep(0)
        if self.down or text == self.stumbles_over:
            raise UnderstandingUnavailable
        return Understanding("greet", 1.0)

    async def healthy(self) -> bool:
        return not self.down

    async def aclose(self) -> None:
        pass


@dataclass
class LanesWorld:
    """A store with lanes over it.

    Attributes:
        worked: texts that conversations were asked to answer, in order, each attempt.
        meanings: what each of them was said to mean.
        answer: what the conversation says; it may raise.
    """

    database: Database
    understanding: FakeUnderstanding = field(default_factory=FakeUnderstanding)
    worked: list[str] = field(default_factory=list)
    meanings: list[Understanding | None] = field(default_factory=list)
    delivered: list[tuple[str, str]] = field(default_factory=list)
    answer: Callable[[Incoming], Sequence[Reply]] = lambda incoming: [Reply(f"收到：{incoming.text}")]

    def lanes(self) -> Lanes:
        return Lanes(
            self.database,
            self.understanding,
            cast(Any, None),
            StillClock(),
            delivered=lambda *lane: self.delivered.append(lane),
        )

    def inbox(self) -> list[InboxMessage]:
        with self.database.read() as session:
            return list(session.scalars(select(InboxMessage).order_by(InboxMessage.id)))

    def said(self, conversation: str = "c") -> list[str]:
        """The replies of a conversation, in order."""
        with self.database.read() as session:
            rows = session.scalars(
                select(OutboxMessage).where(OutboxMessage.address == conversation).order_by(OutboxMessage.id)
            )
            return [row.body["text"] for row in rows]

    def answers(self, key: str, conversation: str = "c") -> list[str]:
        with self.database.read() as session:
            return [row.body["text"] for row in outbox.answers_to(session, "web", conversation, key)]


def message(text: str, message_id: str = "", conversation: str = "c", kind: str = "text") -> Incoming:
    return Incoming("web", conversation, message_id or text, cast(Any, kind), text, NOW)


async def until(happened: Callable[[], object], seconds: float = 8.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.005)
