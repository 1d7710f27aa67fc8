"""The Bot API client: python-telegram-bot, without its polling, and silent about the token and what people write."""

from __future__ import annotations

import logging
from typing import Any, cast

from telegram import Bot
from telegram.request import HTTPXRequest

CONNECTIONS = 20
"""Calls under way at once; the sender keeps below it."""


class BotClient(Bot):
    """A ``telegram.Bot`` that also gives updates as they came.

    ``Bot.get_updates`` parses a whole batch or nothing: one update of a shape that it does not know would stop the
    channel for everybody, for ever, and its complaint would print what people wrote.
    """

    async def raw_updates(self, offset: int | None, allowed: tuple[str, ...], wait: float) -> list[dict[str, Any]]:
        """The next updates, as JSON.

        Args:
            offset: the first update wanted: all before it are thereby acknowledged. None: from the first that is not.
            allowed: the kinds wanted.
            wait: seconds that the server may wait for one to come (whole ones; it does not count parts).

        Raises:
            TelegramError: see ``telegram.error``.
        """
        asked = {"offset": offset, "timeout": int(wait), "allowed_updates": list(allowed), "limit": 100}
        answer = await self._post("getUpdates", asked, read_timeout=wait + 10)
        return [one for one in cast(list[object], answer) if isinstance(one, dict)]

    async def close_connections(self) -> None:
        """Close what is open. (``shutdown`` does so only after ``initialize``, which calls the server.)"""
        for request in self._request:
            await request.shutdown()


def connect(token: str, api_base: str, *, timeout: float = 15.0) -> BotClient:
    """A client; nothing is sent yet.

    Args:
        token: the bot's token.
        api_base: the server, without a slash at its end.
        timeout: seconds to wait for any answer.
    """
    silence()
    # Two pools: a long poll must never wait for a place behind deliveries, nor they for it.
    return BotClient(
        token,
        base_url=f"{api_base}/bot",
        request=HTTPXRequest(connection_pool_size=CONNECTIONS, read_timeout=timeout, connect_timeout=timeout),
        get_updates_request=HTTPXRequest(connection_pool_size=1, read_timeout=timeout, connect_timeout=timeout),
    )


def silence() -> None:
    """Keep libraries from logging addresses (the token is part of each) and answers (they hold people's texts)."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # This one logs an answer that is no JSON as an error, whole.
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
