"""Which module does what each intent means."""

from __future__ import annotations

from collections.abc import Callable

from handlers import (
    duties,
    emergency,
    language,
    mine,
    ordinance,
    people,
    privacy,
    report,
    request,
    smalltalk,
    volunteer,
)
from handlers.forms import BY_INTENT
from handlers.turn import Turn

# Chosen on knowledge/tuning (240 sentences): at 0.55 one sentence in thirty is asked back and 2.5 % are misunderstood; at
# 0.2 no danger is missed and one harmless sentence in seventy is told the emergency numbers; from 0.4 on one in 215 is
# taken for danger.
ACT = 0.55
"""Probability below which the assistant asks what is meant instead of acting."""
PERHAPS_DANGER = 0.2
"""Probability of report_emergency from which the emergency numbers are said in any case."""

HANDLERS: dict[str, Callable[[Turn], None]] = {
    "report_issue": report.start,
    "report_emergency": emergency.advise_and_file,
    "ask_ordinance": ordinance.ask_ordinance,
    "ask_duty": duties.ask_duty,
    "volunteer_signup": volunteer.sign_up,
    "volunteer_cancel": volunteer.cancel,
    "request_volunteer": request.start,
    "ticket_status": mine.status,
    "ticket_add_info": mine.by_meaning("add"),
    "ticket_withdraw": mine.by_meaning("withdraw"),
    "ticket_reopen": mine.by_meaning("reopen"),
    "rate_service": mine.by_meaning("rate"),
    "find_grid_worker": people.find_grid_worker,
    "book_appointment": request.start,
    "privacy_request": privacy.privacy,
    "human_handoff": request.start,
    "greet": smalltalk.greet,
    "goodbye_thanks": smalltalk.thanks,
    "affirm": smalltalk.nothing_asked,
    "deny": smalltalk.nothing_asked,
    "cancel_flow": mine.cancel,
    "help": smalltalk.help_,
    "out_of_scope": smalltalk.out_of_scope,
    "abusive": smalltalk.abusive,
    "language": language.ask,
}
"""What is done about each intent, outside of any form."""
BY_INTENT.update(HANDLERS)

OPENS_A_FORM = frozenset(
    {"report_issue", "report_emergency", "volunteer_signup", "request_volunteer", "book_appointment", "human_handoff"}
    | {"ticket_add_info", "ticket_withdraw", "ticket_reopen", "find_grid_worker"}
)
_NO_CHOICE = frozenset(
    {
        "report_emergency",
        "affirm",
        "deny",
        "cancel_flow",
        "abusive",
        "greet",
        "out_of_scope",
        "goodbye_thanks",
        "language",
    }
)


def is_choice(intent: str) -> bool:
    """Whether an intent makes sense as a button for somebody who was not understood."""
    return intent in HANDLERS and intent not in _NO_CHOICE


def act(turn: Turn) -> bool:
    """Do what the message means; False where that is not sure enough."""
    if turn.confidence < ACT or turn.intent not in HANDLERS:
        return False
    HANDLERS[turn.intent](turn)
    return True
