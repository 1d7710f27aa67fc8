"""One ordered lane per conversation, many conversations in parallel: from the inbox to the outbox.

A message's effects, its replies and the mark that it is done commit in one transaction, so a process that is killed at
any moment has either done all of it or nothing, and takes it up again at the next start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from anyio import to_thread
from sqlalchemy.orm import Session

from bot import inbox
from bot.models import DONE, FAILED, PENDING, InboxMessage
from clock import Clock
from handlers import converse
from handlers.messages import Incoming, Reply
from handlers.turn import Services
from nlu.client import Understanding, UnderstandingUnavailable
from tickets import outbox
from tickets.database import Database
from tickets.errors import StoreError
from wording import say

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
RETRY_SECONDS = 1.0
"""How soon a lane looks again whether the understanding service or the store is back."""


class Understands(Protocol):
    async def parse(self, text: str) -> Understanding: ...


class Lanes:
    """Works the inbox.

    Args:
        delivered: called with (channel, conversation) after replies were committed, to wake the channel's sender.
    """

    def __init__(
        self,
        database: Database,
        understanding: Understands,
        services: Services,
        clock: Clock,
        *,
        delivered: Callable[[str, str], None] = lambda _channel, _conversation: None,
    ) -> None:
        self._database = database
        self._understanding = understanding
        self._services = services
        self._clock = clock
        self._delivered = delivered
        self._queues: dict[tuple[str, str], asyncio.Queue[int]] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._waiting: dict[int, asyncio.Future[None]] = {}

    async def accept(self, incoming: Incoming) -> int:
        """Commit a message to the inbox and put it into its lane; returns its inbox id. A repeated one does nothing new.

        Raises:
            StoreError: it could not be committed; the channel must not acknowledge it.
        """
        row, new = await to_thread.run_sync(self._commit, incoming)
        if new or (row.status == PENDING and row.id not in self._waiting):
            self.submit(row)
        return row.id

    def submit(self, row: InboxMessage) -> None:
        """Put a committed message into its conversation's lane."""
        lane = (row.channel, row.conversation)
        self._waiting[row.id] = asyncio.get_running_loop().create_future()
        queue = self._queues.get(lane)
        if queue is None:
            queue = self._queues[lane] = asyncio.Queue()
            self._tasks[lane] = asyncio.create_task(self._work(lane, queue))
        queue.put_nowait(row.id)

    async def answered(self, inbox_id: int, seconds: float) -> None:
        """Wait until a message has been worked on or the person was told to wait, at most so long."""
        future = self._waiting.get(inbox_id)
        if future is not None:
            await asyncio.wait([future], timeout=seconds)

    async def recover(self) -> int:
        """Take up what an earlier process left; returns how many."""
        rows = await to_thread.run_sync(self._pending)
        for row in rows:
            self.submit(row)
        return len(rows)

    async def close(self) -> None:
        """Stop; what is not done stays in the inbox. A turn in a thread ends first: its transaction is whole."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, lane: tuple[str, str], queue: asyncio.Queue[int]) -> None:
        while True:
            inbox_id = await queue.get()
            while not await self._attempt(inbox_id):
                await asyncio.sleep(RETRY_SECONDS)
            self._settle(inbox_id)
            self._waiting.pop(inbox_id, None)
            self._delivered(*lane)
            if queue.empty():
                # Nothing is awaited between this look and the removal, so no message can slip in between.
                del self._queues[lane], self._tasks[lane]
                return

    async def _attempt(self, inbox_id: int) -> bool:
        """One try at a message; False where it has to be tried again later."""
        try:
            incoming = await to_thread.run_sync(self._read, inbox_id)
            meaning: Understanding | None = None
            if incoming is not None and converse.needs_understanding(incoming):
                try:
                    meaning = await self._understanding.parse(incoming.text)
                except UnderstandingUnavailable:
                    await to_thread.run_sync(self._tell, inbox_id, "errors.understanding_down")
                    self._settle(inbox_id)
                    if incoming is not None:
                        self._delivered(incoming.channel, incoming.conversation)
                    return False
            await to_thread.run_sync(partial(self._turn, inbox_id, meaning))
        except StoreError as error:
            logger.warning("turn_waits_for_store", extra={"inbox": inbox_id, "code": error.code})
            return False
        except Exception as error:
            # The class alone: an exception's text can repeat what a resident wrote.
            logger.error("turn_failed", extra={"inbox": inbox_id, "error": type(error).__name__})
            return await self._gave_up(inbox_id)
        return True

    async def _gave_up(self, inbox_id: int) -> bool:
        try:
            return await to_thread.run_sync(self._count_failure, inbox_id)
        except StoreError:
            return False

    def _settle(self, inbox_id: int) -> None:
        future = self._waiting.get(inbox_id)
        if future is not None and not future.done():
            future.set_result(None)

    def _commit(self, incoming: Incoming) -> tuple[InboxMessage, bool]:
        with self._database.begin() as session:
            return inbox.accept(session, incoming)

    def _pending(self) -> list[InboxMessage]:
        with self._database.read() as session:
            return list(inbox.pending(session))

    def _read(self, inbox_id: int) -> Incoming | None:
        with self._database.read() as session:
            row = session.get_one(InboxMessage, inbox_id)
            return inbox.incoming_of(row) if row.status == PENDING else None

    def _turn(self, inbox_id: int, meaning: Understanding | None) -> None:
        now = self._clock.now()
        with self._database.begin() as session:
            row = session.get_one(InboxMessage, inbox_id)
            if row.status != PENDING:
                return
            for reply in converse.turn(session, inbox.incoming_of(row), meaning, self._services, now):
                self._put(session, row, reply)
            row.status, row.done_at = DONE, now

    def _tell(self, inbox_id: int, key: str) -> None:
        """Say once that the answer is late."""
        with self._database.begin() as session:
            row = session.get_one(InboxMessage, inbox_id)
            if not row.announced:
                row.announced = True
                self._put(session, row, Reply(say(key)))

    def _count_failure(self, inbox_id: int) -> bool:
        with self._database.begin() as session:
            row = session.get_one(InboxMessage, inbox_id)
            row.attempts += 1
            if row.attempts < MAX_ATTEMPTS:
                return False
            row.status, row.done_at = FAILED, self._clock.now()
            self._put(session, row, Reply(say("errors.turn_failed")))
            return True

    def _put(self, session: Session, row: InboxMessage, reply: Reply) -> None:
        outbox.put(
            session,
            channel=row.channel,
            address=row.conversation,
            kind="reply",
            body=reply.to_json(),
            now=self._clock.now(),
            inbox_key=row.key,
        )
