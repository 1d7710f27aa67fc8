"""What a failed call of the Bot API means for the message that was to be delivered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

_NO_CHAT = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "group chat was deactivated",
    "have no rights",
    "not enough rights",
)
_FORBIDDEN = {"blocked": "blocked", "deactivated": "deactivated", "kicked": "kicked", "initiate": "never_started"}


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt.

    Attributes:
        fate: ``sent``; ``later``: try again; ``never``: this message cannot be delivered; ``off``: nobody can be reached
            at this address; ``down``: nothing can be delivered at all at present, the message is not to blame.
        code: ours, for the outbox and the log: an exception's own text can hold the token or repeat the message.
        retry_after: seconds that the server asked to wait.
        uncertain: the message may have arrived all the same, so that trying again may double it.
    """

    fate: Literal["sent", "later", "never", "off", "down"]
    code: str = ""
    retry_after: float | None = None
    uncertain: bool = False


SENT = Outcome("sent")


def outcome_of(error: Exception) -> Outcome:
    """Judge an exception that python-telegram-bot raised."""
    if isinstance(error, RetryAfter):
        return Outcome("later", "too_many", retry_after=seconds(error))
    if isinstance(error, Forbidden):
        said = error.message.lower()
        return Outcome("off", next((code for word, code in _FORBIDDEN.items() if word in said), "forbidden"))
    if isinstance(error, ChatMigrated):
        return Outcome("off", "chat_migrated")
    if isinstance(error, InvalidToken):
        return Outcome("down", "token_refused")
    if isinstance(error, BadRequest):
        said = error.message.lower()
        return Outcome("off", "no_such_chat") if any(word in said for word in _NO_CHAT) else Outcome("never", "refused")
    if isinstance(error, NetworkError):
        if isinstance(
            error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError
        ):
            return Outcome("down", "unreachable")
        if isinstance(error, TimedOut) or isinstance(error.__cause__, httpx.TransportError):
            return Outcome("later", "no_answer", uncertain=True)
        return Outcome("later", "server_error", uncertain=True)
    if isinstance(error, TelegramError):
        return Outcome("later", "broken_answer", uncertain=True)
    # Not the server's doing, or an answer that is no message: the class says where to look.
    return Outcome("later", f"unexpected_{type(error).__name__}"[:60], uncertain=True)


def seconds(error: RetryAfter) -> float:
    """How long the server asked to wait (python-telegram-bot gives a number or, by its own setting, a timedelta)."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
