"""Fetching: every update is committed to the inbox before the server is told that it may forget it.

The server forgets an update when a later offset is asked for. So the offset moves only past what is committed; a process
that is killed in between gets the same updates again, and the inbox knows them by their ids.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from anyio import to_thread
from sqlalchemy import select
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot import inbox
from bot.lanes import Lanes
from bot.models import DONE
from bot.telegram.client import BotClient
from bot.telegram.outcome import outcome_of, seconds
from bot.telegram.updates import CHANNEL, FETCHED, Me, Received, read, unreadable
from clock import Clock
from handlers.messages import Incoming, Reply
from tickets import outbox
from tickets.database import Database
from tickets.errors import StoreUnavailable
from tickets.outbox import OutboxMessage, SwitchedOffAddress
from wording import say

logger = logging.getLogger(__name__)

POLL_SECONDS = 30.0
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
TOKEN_WAIT = 60.0
"""Seconds between attempts with a token that the server refuses: only a new start brings another."""
MAX_ATTEMPTS = 5
"""After so many failures that are not the store's outage, an update is taken as one that could not be read."""
ONE_HINT = timedelta(hours=1)
"""A group is told at most so often that we talk in private."""


class Receiver:
    """Fetches until it is cancelled.

    Args:
        wake: called after the channel itself has answered, to wake the sender.

    Attributes:
        trouble: code of what keeps updates from coming in; empty when they come.
    """

    def __init__(
        self,
        bot: BotClient,
        lanes: Lanes,
        database: Database,
        clock: Clock,
        *,
        poll_seconds: float = POLL_SECONDS,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self.trouble = "connecting"
        self._bot = bot
        self._lanes = lanes
        self._database = database
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._wake = wake
        self._me: Me | None = None
        self._offset: int | None = None
        self._failures = 0
        self._beside: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Fetch for ever; no failure ends it."""
        while True:
            try:
                await self._round()
            except Exception as error:
                await asyncio.sleep(await self._after(error))
            else:
                self.trouble, self._failures = "", 0

    async def close(self) -> None:
        """Stop what runs beside the loop. Call after ``run`` was cancelled."""
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)

    async def _round(self) -> None:
        if self._me is None:
            account = await self._bot.get_me()
            self._me = Me(account.id, account.username or "")
            self.trouble = ""
        updates = await self._bot.raw_updates(self._offset, FETCHED, self._poll_seconds)
        for raw in updates:
            await self._keep(raw, self._me)
            self._offset = int(raw["update_id"]) + 1
        if not updates:
            # All is acknowledged. Asking without an offset from here on, because the server may begin its numbers anew
            # after a quiet week, and an offset above them would hide what comes.
            self._offset = None

    async def _keep(self, raw: dict[str, Any], me: Me) -> None:
        """Commit one update; returns when that is done, however long the store is away."""
        received = read(raw, me, self._clock.now())
        wait, failures = 0.1, 0
        while True:
            try:
                await self._commit(received, me)
                break
            except StoreUnavailable as error:
                self.trouble = error.code
                logger.warning("telegram_update_waits", extra={"update": received.update_id, "code": error.code})
            except Exception as error:
                failures += 1
                facts = {"update": received.update_id, "error": type(error).__name__}
                logger.error("telegram_update_failed", extra=facts)
                if failures == MAX_ATTEMPTS:
                    # One message that cannot be stored must not stand in everybody's way: its text is given up, its
                    # sender is told.
                    received = unreadable(raw, self._clock.now())
                elif failures >= 2 * MAX_ATTEMPTS:
                    logger.critical("telegram_update_given_up", extra={"update": received.update_id})
                    break
            await asyncio.sleep(wait)
            wait = min(wait * 2, 5.0)
        if received.callback:
            self._meanwhile(self._acknowledge(received.callback))

    async def _commit(self, received: Received, me: Me) -> None:
        incoming = received.incoming
        if incoming is None:
            logger.info("telegram_set_aside", extra={"update": received.update_id, "kind": received.kind})
            return
        if received.what == "converse":
            await to_thread.run_sync(self._welcome_back, incoming)
            row = await self._lanes.accept(incoming)
            logger.info("telegram_accepted", extra={"update": received.update_id, "kind": received.kind, "inbox": row})
        elif received.what == "answer":
            await to_thread.run_sync(self._answer, incoming, received.key, me)
            self._wake()
        else:
            await to_thread.run_sync(self._switch, incoming, received.what == "back")

    def _welcome_back(self, incoming: Incoming) -> None:
        """Somebody who writes can be written to, whatever happened before."""
        with self._database.read() as session:
            off = session.get(SwitchedOffAddress, (CHANNEL, incoming.conversation)) is not None
        if off:
            self._switch(incoming, True)

    def _switch(self, incoming: Incoming, on: bool) -> None:
        with self._database.begin() as session:
            if on:
                outbox.switch_on(session, CHANNEL, incoming.conversation)
            else:
                outbox.switch_off(session, CHANNEL, incoming.conversation, "left", self._clock.now())
        logger.info("telegram_address_switched", extra={"message": incoming.message_id, "on": on})

    def _answer(self, incoming: Incoming, key: str, me: Me) -> None:
        """Answer for the channel itself: message, reply and the mark that it is done in one transaction."""
        now = self._clock.now()
        with self._database.begin() as session:
            row, new = inbox.accept(session, incoming)
            if not new:
                return
            row.status, row.done_at = DONE, now
            if incoming.conversation.startswith("-"):
                told = select(OutboxMessage.id).where(
                    OutboxMessage.channel == CHANNEL,
                    OutboxMessage.address == incoming.conversation,
                    OutboxMessage.created_at > now - ONE_HINT,
                )
                if session.scalar(told.limit(1)) is not None:
                    return
            body = Reply(say(key, username=me.username)).to_json()
            outbox.put(
                session,
                channel=CHANNEL,
                address=incoming.conversation,
                kind="reply",
                body=body,
                now=now,
                inbox_key=row.key,
            )

    def _meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _acknowledge(self, callback: str) -> None:
        """Stop the button's spinner. Best effort: the press itself is committed, and old queries are refused."""
        try:
            await self._bot.answer_callback_query(callback)
        except Exception as error:
            logger.info("telegram_press_unacknowledged", extra={"error": type(error).__name__})

    async def _after(self, error: Exception) -> float:
        """Seconds to wait after a failed round."""
        self._failures += 1
        wait = min(FIRST_WAIT * 2.0 ** (self._failures - 1), LONGEST_WAIT)
        if isinstance(error, RetryAfter):
            self.trouble, wait = "too_many", seconds(error)
        elif isinstance(error, InvalidToken):
            self.trouble, wait = "token_refused", TOKEN_WAIT
        elif isinstance(error, Conflict):
            self.trouble = "conflict"
            if "webhook" in error.message.lower():
                await self._remove_webhook()
        elif isinstance(error, TelegramError):
            self.trouble = outcome_of(error).code
        else:
            self.trouble = f"unexpected_{type(error).__name__}"
        logger.warning("telegram_fetch_failed", extra={"code": self.trouble, "wait": wait})
        return wait

    async def _remove_webhook(self) -> None:
        """Another program had the updates sent to it; they wait at the server, and none is dropped."""
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except Exception as error:
            logger.warning("telegram_webhook_stays", extra={"error": type(error).__name__})
