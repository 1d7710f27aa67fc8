"""Telegram around a test: the strict server, a store, the real lanes and channel, and a conversation that repeats."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from bot.lanes import Lanes
from bot.models import InboxMessage
from bot.telegram import receive, send
from bot.telegram.channel import TelegramChannel
from handlers import converse
from handlers.messages import Incoming, Reply
from settings import Settings
from tests.fakes.bot_api import TOKEN, BotApi
from tickets.database import Database
from tickets.outbox import OutboxMessage

SPEED = 20


class FastClock:
    """A clock that runs twenty times as fast, so that back-off can be waited for."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC) + timedelta(seconds=(time.monotonic() - self._began) * SPEED)


@dataclass
class World:
    """What tests hold in their hands.

    Attributes:
        worked: all messages that conversations answered, in order.
        answer: what the conversation says to a message.
    """

    server: BotApi
    database: Database
    worked: list[Incoming] = field(default_factory=list)
    answer: Callable[[Incoming], Sequence[Reply]] = lambda incoming: [Reply(f"收到：{incoming.text}")]
    clock: FastClock = field(default_factory=FastClock)

    def process(self, **options: Any) -> tuple[Lanes, TelegramChannel]:
        """What one process constructs; nothing runs yet."""
        settings = Settings(telegram_token=TOKEN, telegram_api_base=options.pop("base", self.server.base))  # type: ignore[call-arg, arg-type]
        channels: list[TelegramChannel] = []
        lanes = Lanes(
            self.database, cast(Any, None), cast(Any, None), self.clock, delivered=lambda *_: channels[0].wake()
        )
        channels.append(TelegramChannel(settings, self.database, lanes, self.clock, **{"poll_seconds": 1, **options}))
        return lanes, channels[0]

    @asynccontextmanager
    async def running(self, **options: Any) -> AsyncIterator[tuple[Lanes, TelegramChannel]]:
        """A process that starts, works, and is stopped cleanly."""
        lanes, channel = self.process(**options)
        await lanes.recover()
        await channel.start()
        try:
            yield lanes, channel
        finally:
            await channel.stop()
            await lanes.close()

    def inbox(self) -> list[InboxMessage]:
        with self.database.read() as session:
            return list(session.scalars(select(InboxMessage).order_by(InboxMessage.id)))

    def outbox(self) -> list[OutboxMessage]:
        with self.database.read() as session:
            return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def make_world(server: BotApi, database: Database, patch: pytest.MonkeyPatch) -> World:
    """A world whose conversation repeats what it hears; the effect and the record of it are one transaction's."""
    world = World(server, database)

    def turn(_session: object, incoming: Incoming, *_: object) -> list[Reply]:
        world.worked.append(incoming)
        return list(world.answer(incoming))

    patch.setattr(converse, "turn", turn)
    patch.setattr(converse, "needs_understanding", lambda _incoming: False)
    patch.setattr(receive, "FIRST_WAIT", 0.02)
    patch.setattr(send, "LOOK_SECONDS", 0.1)
    return world


async def until(happened: Callable[[], object], seconds: float = 8.0) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: it is not, after so many seconds.
    """
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.01)
