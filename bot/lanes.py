"""One ordered lane per conversation, many conversations in parallel: from the inbox to the outbox.

A message's effects, its replies and the mark that it is done commit in one transaction, so a process that is killed at
any moment has either done all of it or nothing, and takes it up again at the next start.

A lane holds no messages: it asks the inbox for its conversation's next one until there is none. So nothing can be worked
on in another order than it was committed in, slip between a lane's end and the next one's beginning, or pile up in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy.orm import Session

from bot import inbox
from bot.models import DONE, FAILED, PENDING, InboxMessage
from clock import Clock
from handlers import converse, several
from handlers.messages import Incoming, Reply
from handlers.state import language_of
from handlers.turn import Services
from logs import place_of
from nlu.client import Understanding, UnderstandingUnavailable
from tickets import outbox
from tickets.database import ERASED, Database
from tickets.errors import StoreConflict, StoreError
from wording import say, speaking

logger = logging.getLogger(__name__)

Lane = tuple[str, str]
"""Channel and conversation."""
Result = TypeVar("Result")

MAX_ATTEMPTS = 3
"""So often a message's turn may fail before the person is told that it could not be done."""
MAX_QUESTIONS = 10
"""So often a text is put to a service that is well otherwise, before it is worked on as not understood."""
RETRY_SECONDS = 1.0
"""How soon a lane looks again whether the understanding service or the store is back."""
THREADS = 16
"""Writers wait for each other, at a locked store for long: this many at most, so that reading and /healthz go on."""


class Understands(Protocol):
    """What is asked of the understanding service: the real client, or a test's."""

    async def parse(self, text: str) -> Understanding: ...
    async def healthy(self) -> bool: ...
    async def aclose(self) -> None: ...


def _nobody(_channel: str, _conversation: str) -> None:
    """Nobody waits for replies."""


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
        delivered: Callable[[str, str], None] = _nobody,
    ) -> None:
        self._database = database
        self._understanding = understanding
        self._services = services
        self._clock = clock
        self._delivered = delivered
        self._limiter = CapacityLimiter(THREADS)
        self._tasks: dict[Lane, asyncio.Task[None]] = {}
        self._woken: set[Lane] = set()
        self._listening: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self._closed = False

    async def accept(self, incoming: Incoming) -> int:
        """Commit a message to the inbox and wake its lane; returns its inbox id. A repeated one does nothing new.

        Raises:
            StoreError: it could not be committed; the channel must not acknowledge it.
        """
        return (await self._accept(incoming)).id

    async def ask(self, incoming: Incoming, seconds: float, *, most_waiting: int | None = None) -> str:
        """Accept a message and wait until it was answered or its person was told to wait, at most so long.

        Args:
            most_waiting: refuse a new message where so many of the conversation wait already; None: never refuse.

        Returns:
            The key that its replies carry in the outbox.

        Raises:
            StoreError: it could not be committed.
            TooManyWaiting: see ``most_waiting``.
        """
        with self._listen(incoming) as answered:
            row = await self._accept(incoming, most_waiting)
            if row.status == PENDING and not row.announced and not self._closed:
                await _wait(answered, seconds)
            return row.key

    async def recover(self) -> int:
        """Take up what an earlier process left; returns in how many conversations."""
        left = await self._in_thread(self._left)
        for lane in left:
            self._wake(lane)
        return len(left)

    async def close(self) -> None:
        """Stop; what is not done stays in the inbox. A transaction that has begun ends first; nobody waits any longer."""
        self._closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        for events in self._listening.values():
            for event in events:
                event.set()

    async def _accept(self, incoming: Incoming, *limit: int | None) -> InboxMessage:
        commit = partial(self._commit, incoming, *limit)
        try:
            row = await self._in_thread(commit)
        except StoreConflict:
            row = await self._in_thread(commit)  # the same message came twice at once: now the first one is there
        if row.status == PENDING:
            self._wake((row.channel, row.conversation))
        return row

    @contextmanager
    def _listen(self, incoming: Incoming) -> Iterator[asyncio.Event]:
        """An event for the answer to a message; it has to exist before the message is committed, or it could be missed."""
        key, event = inbox.key_of(incoming), asyncio.Event()
        self._listening[key].append(event)
        try:
            yield event
        finally:
            self._listening[key].remove(event)
            if not self._listening[key]:
                del self._listening[key]

    def _wake(self, lane: Lane) -> None:
        self._woken.add(lane)
        working = self._tasks.get(lane)
        if (working is None or working.done()) and not self._closed:
            self._tasks[lane] = asyncio.create_task(self._work(lane))

    async def _work(self, lane: Lane) -> None:
        while True:
            self._woken.discard(lane)
            try:
                row = await self._in_thread(partial(self._next, lane))
            except Exception as error:
                logger.warning("inbox_unreadable", extra={"error": type(error).__name__})
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if row is not None:
                await self._finish(row)
            elif lane not in self._woken:
                # Nothing is awaited between this look and the removal, so no message can slip in between.
                del self._tasks[lane]
                return

    async def _finish(self, row: InboxMessage) -> None:
        """Try until the message is worked on or given up."""
        questions = 0
        while True:
            try:
                meaning = await self._meaning(row, questions)
                await self._in_thread(partial(self._turn, row.id, meaning))
                break
            except UnderstandingUnavailable:
                questions += 1
                await self._announce(row)
            except Exception as error:
                if await self._gave_up(row, error):
                    break
            await asyncio.sleep(RETRY_SECONDS)
        self._answered(row)

    async def _meaning(self, row: InboxMessage, questions: int) -> Understanding | None:
        """What a text and its clauses mean; None for what needs no understanding, and for a text that the service stumbles over.

        Raises:
            UnderstandingUnavailable: ask again later.
        """
        incoming = inbox.incoming_of(row)
        if not converse.needs_understanding(incoming):
            return None
        try:
            whole = await self._understanding.parse(incoming.text)
            parts = [await self._understanding.parse(clause.text) for clause in several.clauses(incoming.text)]
            return replace(whole, parts=tuple(parts))
        except UnderstandingUnavailable:
            # One text that cannot be understood must not hold up its conversation for good.
            if questions < MAX_QUESTIONS or not await self._understanding.healthy():
                raise
            logger.error("text_not_understood", extra={"inbox": row.id})
            return None

    async def _announce(self, row: InboxMessage) -> None:
        """Say once that the answer is late."""
        if row.announced:
            return
        try:
            await self._in_thread(partial(self._tell, row.id, "errors.understanding_down"))
        except StoreError as error:
            logger.warning("announcement_waits_for_store", extra={"inbox": row.id, "code": error.code})
            return
        row.announced = True
        self._answered(row)

    async def _gave_up(self, row: InboxMessage, error: Exception) -> bool:
        """Whether a message that failed is not tried again. A store that is away or busy is waited for."""
        if isinstance(error, StoreError) and not isinstance(error, StoreConflict):
            logger.warning("turn_waits_for_store", extra={"inbox": row.id, "code": error.code})
            return False
        # The class alone: an exception's text can repeat what a resident wrote.
        logger.error("turn_failed", extra={"inbox": row.id, "error": place_of(error)})
        try:
            return await self._in_thread(partial(self._count_failure, row.id))
        except StoreError:
            return False

    def _answered(self, row: InboxMessage) -> None:
        for event in self._listening.get(row.key, ()):
            event.set()
        self._delivered(row.channel, row.conversation)

    async def _in_thread(self, function: Callable[[], Result]) -> Result:
        """Cancelled, it ends when the thread does: a transaction is not left to itself."""
        work = asyncio.ensure_future(to_thread.run_sync(function, limiter=self._limiter))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.gather(work, return_exceptions=True)
            raise

    # What follows runs in threads, each function one transaction.

    def _commit(self, incoming: Incoming, most_waiting: int | None = None) -> InboxMessage:
        with self._database.begin() as session:
            return inbox.accept(session, incoming, most_waiting=most_waiting)[0]

    def _left(self) -> list[Lane]:
        with self._database.read() as session:
            return inbox.conversations_waiting(session)

    def _next(self, lane: Lane) -> InboxMessage | None:
        with self._database.read() as session:
            return inbox.next_of(session, *lane)

    def _turn(self, inbox_id: int, meaning: Understanding | None) -> None:
        now = self._clock.now()
        with self._database.begin() as session:
            row = session.get(InboxMessage, inbox_id)
            if row is None or row.status != PENDING:
                return  # another process on the same store was quicker, or a backup was restored
            for reply in converse.turn(session, inbox.incoming_of(row), meaning, self._services, now):
                self._put(session, row, reply)
            if session.info.get(ERASED):
                inbox.forget(session, row)
            row.status, row.done_at = DONE, now

    def _tell(self, inbox_id: int, key: str) -> None:
        with self._database.begin() as session:
            row = session.get(InboxMessage, inbox_id)
            if row is not None and not row.announced and row.status == PENDING:
                row.announced = True
                self._say(session, row, key)

    def _count_failure(self, inbox_id: int) -> bool:
        with self._database.begin() as session:
            row = session.get(InboxMessage, inbox_id)
            if row is None:
                return True
            row.attempts += 1
            if row.attempts < MAX_ATTEMPTS:
                return False
            row.status, row.done_at = FAILED, self._clock.now()
            self._say(session, row, "errors.turn_failed")
            return True

    def _say(self, session: Session, row: InboxMessage, key: str) -> None:
        with speaking(language_of(session, row.channel, row.conversation)):
            self._put(session, row, Reply(say(key)))

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


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
