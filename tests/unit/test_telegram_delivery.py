"""How fast messages leave, and what a failed call means for the message."""

from __future__ import annotations

import logging

import httpx
import pytest
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

from bot.telegram.client import silence
from bot.telegram.outcome import outcome_of
from bot.telegram.pace import MANY, Bucket, Pace


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "fate", "code"),
    [
        (RetryAfter(7), "later", "too_many"),
        (Forbidden("Forbidden: bot was blocked by the user"), "off", "blocked"),
        (Forbidden("Forbidden: user is deactivated"), "off", "deactivated"),
        (Forbidden("Forbidden: something new"), "off", "forbidden"),
        (BadRequest("Bad Request: chat not found"), "off", "no_such_chat"),
        (BadRequest("Bad Request: message is too long"), "never", "refused"),
        (ChatMigrated(-1001), "off", "chat_migrated"),
        (InvalidToken(), "down", "token_refused"),
        (caused(NetworkError("…"), httpx.ConnectError("refused")), "down", "unreachable"),
        (caused(TimedOut(), httpx.ConnectTimeout("…")), "down", "unreachable"),
        (caused(TimedOut(), httpx.ReadTimeout("…")), "later", "no_answer"),
        (caused(NetworkError("…"), httpx.RemoteProtocolError("half")), "later", "no_answer"),
        (NetworkError("Internal Server Error"), "later", "server_error"),
        (TelegramError("Invalid server response"), "later", "broken_answer"),
        (KeyError("result"), "later", "unexpected_KeyError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_failure_has_its_meaning(error: Exception, fate: str, code: str) -> None:
    outcome = outcome_of(error)
    assert (outcome.fate, outcome.code) == (fate, code)
    assert len(outcome.code) <= 60


def test_the_wait_that_the_server_asks_for_is_taken_over() -> None:
    assert outcome_of(RetryAfter(7)).retry_after == 7


def test_only_failures_after_which_the_message_may_have_arrived_are_uncertain() -> None:
    assert outcome_of(caused(TimedOut(), httpx.ReadTimeout("…"))).uncertain
    assert not outcome_of(caused(TimedOut(), httpx.ConnectTimeout("…"))).uncertain
    assert not outcome_of(RetryAfter(1)).uncertain


def test_a_bucket_gives_its_burst_at_once_and_then_its_rate() -> None:
    bucket = Bucket(rate=2.0, burst=3)
    assert [bucket.reserve(100.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert bucket.reserve(103.0) == 0
    assert Bucket(rate=2.0, burst=1).reserve(0.0) == 0


def test_no_second_holds_more_than_the_bot_may_send() -> None:
    pace, now, left = Pace(), 0.0, []
    for _ in range(300):
        now += pace.all(now)
        left.append(now)
    assert left[-1] == pytest.approx(9.0, abs=0.1), "30 at once, then 30 a second"


def test_a_chat_has_short_bursts_then_one_a_second_and_a_group_twenty_a_minute() -> None:
    pace = Pace()
    assert [round(pace.chat("5", 0.0)) for _ in range(8)] == [0, 0, 0, 0, 0, 1, 2, 3]
    assert [round(pace.chat("-100", 0.0)) for _ in range(6)] == [0, 0, 0, 3, 6, 9]
    assert pace.chat("6", 0.0) == 0, "one chat does not slow another"


def test_chats_that_owe_nothing_are_forgotten() -> None:
    pace = Pace()
    for chat in range(MANY):
        pace.chat(str(chat), 0.0)
    pace.chat("new", 10.0)
    assert len(pace._chats) == 1


def test_a_hold_keeps_everybody_until_it_ends() -> None:
    pace = Pace()
    assert pace.held(0.0) == 0
    pace.hold(5, now=0.0)
    pace.hold(2, now=1.0)
    assert pace.held(1.0) == 4
    assert pace.held(5.0) == 0


def test_libraries_do_not_log_addresses_or_answers() -> None:
    silence()
    for name in ("httpx", "httpcore.http11", "telegram.Bot", "telegram.request.BaseRequest"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
    assert not logging.getLogger("telegram.request.BaseRequest").isEnabledFor(logging.CRITICAL)
