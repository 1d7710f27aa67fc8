"""Reading a message as the answer to a question: what the slots of all flows share."""

from __future__ import annotations

import re

from handlers.turn import MAX_TEXT, Turn

# Meanings that are something else than an answer, however short they are said.
ELSEWHERE = frozenset(
    {
        "ask_ordinance",
        "ask_duty",
        "ticket_status",
        "find_grid_worker",
        "help",
        "human_handoff",
        "privacy_request",
        "cancel_flow",
        "abusive",
        "goodbye_thanks",
        "greet",
        "volunteer_signup",
        "volunteer_cancel",
        "request_volunteer",
        "book_appointment",
        "ticket_withdraw",
        "ticket_reopen",
        "rate_service",
        "report_emergency",
    }
)
SURE = 0.6
"""Probability from which a message in the middle of a form is taken as something else than an answer."""

SHORT = 60
"""Characters: a longer text is hardly the answer to a question such as 在什么地方."""

_ANONYMOUS = re.compile(
    r"匿名|不留(名|电话|号)|不(想|愿意?|方便)(留|说|告诉|给|透露)|别(告诉|说)(他|她|别人|楼上|楼下|人家|是我|出去)|保密|不要?(说|透露)是我"
)
_UNKNOWN = re.compile(r"^(我也?)?(不知道|不清楚|说不清|不记得|记不[得清]|忘了|没注意|不晓得)(了|啊|呀|具体.*)?[。!！]?$")
_QUESTION = re.compile(r"[?？]\s*$|(吗|呢|么)\s*[?？。]?\s*$")


def elsewhere(turn: Turn) -> bool:
    """Whether the message is surely about something else than the open question."""
    return turn.intent in ELSEWHERE and turn.confidence >= SURE


def free_text(turn: Turn) -> str | None:
    """Any words, unless they are about something else; cut at the limit (the person is told by ``converse``)."""
    text = turn.text.strip()
    if not text or elsewhere(turn) or turn.says("deny") or turn.says("affirm"):
        return None
    return text[:MAX_TEXT]


def short_answer(turn: Turn) -> str | None:
    """A short phrase that is no yes, no, question or other business; not known → empty string."""
    text = turn.text.strip()
    if _UNKNOWN.match(text):
        return ""
    if not text or len(text) > SHORT or elsewhere(turn) or _QUESTION.search(text):
        return None
    if turn.says("affirm", 0.7) or turn.says("deny", 0.7):
        return None
    return text


def is_anonymous_wish(turn: Turn) -> bool:
    """Whether the person wants to stay unnamed (匿名; 别告诉楼上是我说的)."""
    return _ANONYMOUS.search(turn.text) is not None
