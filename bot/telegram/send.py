"""The sender: delivers what stands in the outbox for Telegram.

In order for each chat, chats beside each other, never inside a transaction. A message is marked as sent after the server
has taken it, so a process that is killed in between sends it once more, and never loses it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from anyio import to_thread
from sqlalchemy.orm import Session
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.telegram.client import CONNECTIONS, BotClient
from bot.telegram.outcome import SENT, Outcome, outcome_of
from bot.telegram.pace import Pace
from bot.telegram.render import Part, Row, render
from bot.telegram.updates import CHANNEL
from clock import Clock
from handlers.state import language_of
from tickets import outbox
from tickets.database import Database
from tickets.errors import StoreError
from tickets.outbox import OutboxMessage
from wording import speaking

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the outbox is looked at when nobody has said that there is something: retries, notices of the console."""
AT_ONCE = CONNECTIONS - 4
HEADS = 100
"""How many chats are taken from the outbox at a time, beside those under way."""
LONGEST_HOLD = 30.0
REFUSED_IN_ROW = 3
"""So many chats refused for going too fast, one after the other, mean that the whole bot goes too fast."""
STOP_SECONDS = 5.0


class Sender:
    """Delivers until it is closed.

    Attributes:
        trouble: code of what keeps everything from being delivered; empty when nothing does.
    """

    def __init__(self, bot: BotClient, database: Database, clock: Clock, pace: Pace | None = None) -> None:
        self.trouble = ""
        self._bot = bot
        self._database = database
        self._clock = clock
        self._pace = pace or Pace()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._calls = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._on_the_wire: set[str] = set()
        self._parts_sent: dict[int, int] = {}
        """By message, how many of its parts have arrived: a long one goes on where it stopped, not from the start."""
        self._refused = 0
        self._holds = 0

    def wake(self) -> None:
        """There is something to deliver. From any thread, at any time."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the next process looks by itself
                self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Deliver for ever."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            # What was under way when the reading began may look unsent in it and yet be done when it ends.
            under_way = set(self._under_way)
            for message in await self._heads():
                if message.address not in under_way:
                    self._under_way[message.address] = asyncio.create_task(self._deliver(message))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()

    async def close(self) -> None:
        """Let what is being sent arrive and be marked; then stop. Call after ``run`` was cancelled."""
        for address, task in self._under_way.items():
            if address not in self._on_the_wire:
                task.cancel()
        tasks = list(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _heads(self) -> Sequence[OutboxMessage]:
        try:
            return await to_thread.run_sync(self._due, HEADS + len(self._under_way))
        except StoreError as error:
            logger.warning("telegram_outbox_unreadable", extra={"code": error.code})
        except Exception as error:
            logger.error("telegram_outbox_failed", extra={"error": type(error).__name__})
        return ()

    def _due(self, limit: int) -> Sequence[OutboxMessage]:
        with self._database.read() as session:
            return outbox.due(session, CHANNEL, self._clock.now(), limit)

    def _language(self, address: str) -> str:
        with self._database.read() as session:
            return language_of(session, CHANNEL, address)

    async def _deliver(self, message: OutboxMessage) -> None:
        try:
            outcome = await self._attempt(message)
            self._heed(message, outcome)
            await self._record(message, outcome)
        except Exception as error:
            logger.error("telegram_delivery_failed", extra={"outbox": message.id, "error": type(error).__name__})
            await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._under_way.pop(message.address, None)
            self._on_the_wire.discard(message.address)
            self._wake.set()

    async def _attempt(self, message: OutboxMessage) -> Outcome:
        """Send what has not arrived of a message yet."""
        language = await to_thread.run_sync(self._language, message.address)
        try:
            with speaking(language):
                parts = render(message.kind, message.body)
            chat = int(message.address)
        except Exception as error:
            return Outcome("never", f"unusable_{type(error).__name__}"[:60])
        if not parts:
            return Outcome("never", "empty")
        if sum(map(len, parts[-1].keyboard)) < len(message.body.get("buttons") or ()):
            logger.warning("telegram_button_left_out", extra={"outbox": message.id})
        for number in range(self._parts_sent.get(message.id, 0), len(parts)):
            await self._turn(message.address)
            async with self._calls:
                # From here to the mark in the store an end would send it twice.
                self._on_the_wire.add(message.address)
                outcome = await self._send(chat, parts[number])
            if outcome.fate != "sent":
                return outcome
            self._parts_sent[message.id] = number + 1
        return SENT

    async def _turn(self, address: str) -> None:
        """Wait until a message to this chat may leave."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._pace.chat(address, loop.time()))
        while True:
            await asyncio.sleep(self._pace.held(loop.time()))
            await asyncio.sleep(self._pace.all(loop.time()))
            if not self._pace.held(loop.time()):
                return

    async def _send(self, chat: int, part: Part) -> Outcome:
        try:
            try:
                await self._call(chat, part.html, part.keyboard, ParseMode.HTML)
            except BadRequest as error:
                if outcome_of(error).fate == "off":
                    raise
                # Refused for its form: once more as bare text, because a plain answer is better than none.
                logger.error("telegram_html_refused", extra={"length": len(part.html)})
                keyboard = () if "button" in error.message.lower() else part.keyboard
                await self._call(chat, part.plain, keyboard, None)
        except Exception as error:
            return outcome_of(error)
        return SENT

    async def _call(self, chat: int, text: str, keyboard: tuple[Row, ...], parse_mode: str | None) -> None:
        rows = [[InlineKeyboardButton(label, callback_data=payload) for label, payload in row] for row in keyboard]
        await self._bot.send_message(
            chat,
            text,
            parse_mode=parse_mode,
            reply_markup=InlineKeyboardMarkup(rows) if rows else None,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    def _heed(self, message: OutboxMessage, outcome: Outcome) -> None:
        """Slow down or stop for a while, where the outcome says so of more than this chat."""
        now = asyncio.get_running_loop().time()
        self._refused = self._refused + 1 if outcome.code == "too_many" else 0
        if outcome.fate == "down":
            self.trouble = outcome.code
            if not self._pace.held(now):
                self._holds += 1
                self._pace.hold(min(0.5 * 2.0**self._holds, LONGEST_HOLD), now)
        else:
            self.trouble, self._holds = "", 0
            if self._refused >= REFUSED_IN_ROW:
                self._pace.hold(outcome.retry_after or LOOK_SECONDS, now)
        if outcome.fate != "sent":
            facts = {"outbox": message.id, "fate": outcome.fate, "code": outcome.code, "uncertain": outcome.uncertain}
            logger.warning("telegram_not_delivered", extra=facts)

    async def _record(self, message: OutboxMessage, outcome: Outcome) -> None:
        """Write down what became of it; for as long as the store refuses, the chat waits, lest it be sent again."""
        if outcome.fate == "down":
            return
        wait = 0.2
        while True:
            try:
                await to_thread.run_sync(self._mark(message, outcome))
            except StoreError as error:
                logger.warning("telegram_mark_waits", extra={"outbox": message.id, "code": error.code})
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)
            else:
                if outcome.fate != "later":
                    self._parts_sent.pop(message.id, None)
                return

    def _mark(self, message: OutboxMessage, outcome: Outcome) -> Callable[[], None]:
        def mark(session: Session) -> None:
            now = self._clock.now()
            if outcome.fate == "sent":
                outbox.mark_sent(session, message.id, now)
                return
            outbox.mark_failed(
                session,
                message.id,
                outcome.code,
                now,
                retry_after=outcome.retry_after,
                permanent=outcome.fate in {"never", "off"},
            )
            if outcome.fate == "off":
                outbox.switch_off(session, CHANNEL, message.address, outcome.code, now)

        def commit() -> None:
            with self._database.begin() as session:
                mark(session)

        return commit
