"""The Telegram channel as the composition root sees it: start, stop, wake."""

from __future__ import annotations

import asyncio
import logging

from telegram import BotCommand

from bot.lanes import Lanes
from bot.telegram.client import connect
from bot.telegram.receive import POLL_SECONDS, Receiver
from bot.telegram.send import Sender
from clock import Clock
from settings import Settings
from tickets.database import Database
from wording import DEFAULT_LANGUAGE, LANGUAGES, catalogue, say, speaking

logger = logging.getLogger(__name__)

_COMMANDS = "telegram.commands."


class TelegramChannel:
    """Telegram, from update to reply. Nothing is sent before ``start``.

    Args:
        settings: with a ``telegram_token``.
        lanes: where messages are worked on; its ``delivered`` should call ``wake`` for the channel ``telegram``.
        poll_seconds: how long one question for updates may wait at the server.
        call_seconds: how long to wait for any other answer.

    Raises:
        ValueError: there is no token.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        lanes: Lanes,
        clock: Clock,
        *,
        poll_seconds: float = POLL_SECONDS,
        call_seconds: float = 15.0,
    ) -> None:
        token = settings.telegram_token.get_secret_value()
        if not token:
            raise ValueError("Telegram needs TELEGRAM_BOT_TOKEN")
        self._bot = connect(token, settings.telegram_api_base, timeout=call_seconds)
        self._sender = Sender(self._bot, database, clock)
        self._receiver = Receiver(self._bot, lanes, database, clock, poll_seconds=poll_seconds, wake=self._sender.wake)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def trouble(self) -> str:
        """Code of what keeps the channel from working; empty when it works. For ``doctor`` and ``/healthz``."""
        return self._receiver.trouble or self._sender.trouble

    async def start(self) -> None:
        """Begin to fetch and to deliver. Returns at once: a server that is away must not keep the web page from starting."""
        work = (self._receiver.run(), self._sender.run(), self._register_commands())
        self._tasks = [asyncio.create_task(one) for one in work]

    async def stop(self) -> None:
        """Stop cleanly: what is being sent is finished, what was fetched is in the inbox or still at the server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._receiver.close()
        await self._sender.close()
        await self._bot.close_connections()
        self._tasks = []

    def wake(self) -> None:
        """Replies or notices were committed. From any thread."""
        self._sender.wake()

    async def _register_commands(self) -> None:
        """Put the commands into Telegram's menu. Best effort: they work without."""
        keys = [key for key in catalogue() if key.startswith(_COMMANDS)]
        try:
            for language in LANGUAGES:
                with speaking(language):
                    commands = [BotCommand(key.removeprefix(_COMMANDS), say(key)) for key in keys]
                code = None if language == DEFAULT_LANGUAGE else language
                await self._bot.set_my_commands(commands, language_code=code)
        except Exception as error:
            logger.warning("telegram_commands_not_registered", extra={"error": type(error).__name__})
