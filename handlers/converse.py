"""The one door of conversations: a message comes in, its meaning leads to one module, replies go out.

Order of attention, never changed by any form: danger to life; what a button asks; the form in front (corrections, the
answer to its question); everything else, after which the form goes on where it was.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from handlers import emergency, flow, mine, ordinance, people, report, smalltalk, volunteer
from handlers.messages import Incoming, Reply
from handlers.reading import SURE, is_anonymous_wish
from handlers.state import State, load
from handlers.turn import MAX_TEXT, Services, Turn
from nlu.client import Entity, Understanding
from tickets.errors import TicketError
from wording import say

ACT = 0.45
"""Probability below which the assistant asks what is meant instead of acting."""
DANGER = 0.5
"""Probability of report_emergency from which a ticket is filed at once."""
PERHAPS_DANGER = 0.2
"""Probability of report_emergency from which the emergency numbers are said in any case."""
DRAFT_RESTS = timedelta(hours=2)
"""A form untouched for so long is no longer in front: the next message stands for itself and the form is offered."""

NOTHING = Understanding("", 0.0)

HANDLERS: dict[str, Callable[[Turn], None]] = {
    "report_issue": report.start,
    "report_emergency": emergency.advise_and_file,
    "ask_ordinance": ordinance.ask_ordinance,
    "ask_duty": ordinance.ask_ordinance,
    "volunteer_signup": volunteer.sign_up,
    "volunteer_cancel": volunteer.cancel,
    "request_volunteer": report.start_request,
    "ticket_status": mine.status,
    "ticket_add_info": mine.by_meaning("add"),
    "ticket_withdraw": mine.by_meaning("withdraw"),
    "ticket_reopen": mine.by_meaning("reopen"),
    "rate_service": mine.by_meaning("rate"),
    "find_grid_worker": people.find_grid_worker,
    "book_appointment": report.start_request,
    "privacy_request": people.privacy,
    "human_handoff": report.start_request,
    "greet": smalltalk.greet,
    "goodbye_thanks": smalltalk.thanks,
    "affirm": smalltalk.nothing_asked,
    "deny": smalltalk.nothing_asked,
    "cancel_flow": flow.cancel,
    "help": smalltalk.help_,
    "out_of_scope": smalltalk.out_of_scope,
    "abusive": smalltalk.abusive,
}
OPENS_A_FORM = frozenset(
    {"report_issue", "report_emergency", "volunteer_signup", "request_volunteer", "book_appointment", "human_handoff"}
    | {"ticket_add_info", "ticket_withdraw", "ticket_reopen"}
)
COMMANDS = {
    "start": "greet",
    "help": "help",
    "ask": "ask_ordinance",
    "report": "report_issue",
    "mine": "ticket_status",
    "volunteer": "volunteer_signup",
    "privacy": "privacy_request",
    "cancel": "cancel_flow",
}


def needs_understanding(incoming: Incoming) -> bool:
    """Buttons, commands and empty messages mean what they say."""
    return incoming.kind == "text" and bool(incoming.text.strip()) and not incoming.text.startswith("/")


def turn(
    session: Session, incoming: Incoming, meaning: Understanding | None, services: Services, now: datetime
) -> list[Reply]:
    """Answer one message, in the caller's transaction.

    Args:
        meaning: what the text means; None for what needs no understanding.

    Returns:
        The replies, in order; at least one.
    """
    row = load(session, incoming.channel, incoming.conversation, now)
    this = Turn(session, incoming, meaning or NOTHING, State.from_json(row.state or {}), services, now, row.place)
    _route(this)
    if incoming.kind == "text" and len(incoming.text) > MAX_TEXT:
        this.reply("errors.text_cut", limit=MAX_TEXT)
    row.state, row.place, row.updated_at = this.state.to_json(), this.place, now
    return this.replies


def _route(turn: Turn) -> None:
    _rest(turn)
    try:
        if turn.incoming.kind == "payload":
            _pressed(turn)
        elif turn.incoming.kind == "location":
            _located(turn)
        elif turn.incoming.kind == "other":
            turn.reply("errors.kind_not_taken")
            flow.repeat(turn)
        elif not turn.text.strip():
            turn.reply("errors.empty")
            flow.repeat(turn)
        elif turn.text.startswith("/"):
            _command(turn)
        else:
            _said(turn)
    except TicketError as error:
        mine.say_error(turn, error)


def _rest(turn: Turn) -> None:
    draft = turn.state.active
    if draft is None or turn.incoming.kind != "text":
        return
    if turn.now - datetime.fromisoformat(draft.touched_at) > DRAFT_RESTS:
        flow.park(turn)


def _said(turn: Turn) -> None:
    if turn.says("report_emergency", DANGER) and not _tells_where(turn):
        emergency.advise_and_file(turn)
        return
    if not _tells_where(turn) and _chance(turn, "report_emergency") >= PERHAPS_DANGER:
        if turn.intent == "report_emergency":
            _ask_danger(turn)
            return
        turn.reply("emergency.perhaps")
    if turn.state.active is None:
        _act(turn)
        if turn.intent not in OPENS_A_FORM and turn.state.active is None:
            flow.offer_parked(turn)
    else:
        _in_form(turn)


def _tells_where(turn: Turn) -> bool:
    """Whether the emergency's own question for the place is being answered."""
    draft = turn.state.active
    return draft is not None and draft.flow == "emergency" and turn.entity("place") is not None


def _in_form(turn: Turn) -> None:
    draft = turn.state.active
    assert draft is not None
    form = flow.flow_of(draft)
    if turn.says("cancel_flow"):
        flow.cancel(turn)
    elif flow.correct(turn, form, draft):
        pass
    elif draft.asked == flow.CONFIRM or draft.asked == "change":
        _at_summary(turn)
    elif flow.answer(turn, form, draft):
        pass
    else:
        _meanwhile(turn)


def _at_summary(turn: Turn) -> None:
    draft = turn.state.active
    assert draft is not None
    form = flow.flow_of(draft)
    if draft.asked == flow.CONFIRM and turn.says("affirm"):
        flow.finish(turn, form, draft)
    elif turn.says("deny"):
        draft.asked = "change"
        flow.ask_what_to_change(turn, form)
    elif is_anonymous_wish(turn) and form.slot("contact"):
        draft.slots["contact"] = report.ANONYMOUS
        flow.advance(turn, form, draft)
    elif turn.intent not in HANDLERS or turn.intent in {"ticket_add_info", "report_issue"} or turn.confidence < SURE:
        # Something more about the same matter: what it names goes into its slot, the rest into the description.
        if not flow.fill(turn, form, draft, replace=True) and "what" in draft.slots:
            draft.slots["what"] = f"{draft.slots['what']}；{turn.text.strip()}"[:MAX_TEXT]
        flow.advance(turn, form, draft)
    else:
        _meanwhile(turn)


def _meanwhile(turn: Turn) -> None:
    """Something else in the middle of a form: answer it and go on, or begin it and offer the form again."""
    draft = turn.state.active
    assert draft is not None
    if turn.intent == "privacy_request" and is_anonymous_wish(turn):
        turn.reply("people.kept_secret")
        flow.repeat(turn)
    elif turn.intent in HANDLERS and turn.confidence >= SURE and turn.intent not in {"affirm", "deny"}:
        same = draft.flow == "report" and turn.intent == "report_issue"
        if same:
            flow.did_not_fit(turn, flow.flow_of(draft), draft)
            return
        HANDLERS[turn.intent](turn)
        if turn.state.active is draft:
            flow.repeat(turn)
    else:
        flow.did_not_fit(turn, flow.flow_of(draft), draft)


def _act(turn: Turn) -> None:
    """Do what the message means, or ask which of the likeliest meanings it has."""
    if turn.confidence >= ACT and turn.intent in HANDLERS:
        if turn.intent in {"ask_ordinance", "ask_duty"} and turn.place is None:
            _remember(turn)
        HANDLERS[turn.intent](turn)
        return
    likely = [intent for intent, _ in turn.meaning.ranking if has_meaning(intent)][:3]
    if not likely:
        smalltalk.out_of_scope(turn)
        return
    _remember(turn)
    choices = [(say(f"meaning.{intent}"), f"mean:{intent}") for intent in likely]
    turn.ask("meaning.which", [*choices, (say("meaning.none"), "mean:out_of_scope")])


def has_meaning(intent: str) -> bool:
    """Whether an intent makes sense as a choice for somebody who was not understood."""
    return intent in HANDLERS and intent not in {"affirm", "deny", "cancel_flow", "abusive", "greet", "out_of_scope"}


def _ask_danger(turn: Turn) -> None:
    _remember(turn)
    turn.reply("emergency.perhaps")
    choices = [(say("emergency.yes_now"), "mean:report_emergency"), (say("emergency.no_report"), "mean:report_issue")]
    turn.ask("emergency.now", choices)


def _chance(turn: Turn, intent: str) -> float:
    return next((chance for name, chance in turn.meaning.ranking if name == intent), 0.0)


def _remember(turn: Turn) -> None:
    """Keep the message until the person has said what it means."""
    entities = [dataclasses.asdict(entity) for entity in turn.meaning.entities]
    turn.state.unclear = {"text": turn.text[:MAX_TEXT], "intent": turn.intent, "entities": entities}


def _as_meant(turn: Turn, intent: str | None = None) -> Turn | None:
    """The remembered message as a turn of its own, answering into this one's replies."""
    unclear = turn.state.unclear
    if unclear is None:
        return None
    turn.state.unclear = None
    meaning = Understanding(
        intent or unclear["intent"], 1.0, (), tuple(Entity(**entity) for entity in unclear["entities"])
    )
    incoming = dataclasses.replace(turn.incoming, kind="text", text=unclear["text"])
    return dataclasses.replace(turn, incoming=incoming, meaning=meaning)


def _command(turn: Turn) -> None:
    word, _, rest = turn.text[1:].partition(" ")
    intent = COMMANDS.get(word.split("@")[0].lower())
    if intent is None:
        turn.reply("errors.unknown_command")
        flow.repeat(turn)
    elif intent == "ask_ordinance":
        if rest.strip():
            ordinance.answer_question(turn, rest, turn.place)
        else:
            turn.reply("ordinance.ask_away")
    elif intent == "greet":
        smalltalk.greet(turn)
        if turn.place is None:
            ordinance.offer_places(turn)
        if turn.state.active is not None:
            flow.park(turn)
        flow.offer_parked(turn)
    else:
        _start(turn, intent, rest)


def _start(turn: Turn, intent: str, text: str = "") -> None:
    """Begin what a command or a menu button names."""
    turn.incoming = dataclasses.replace(turn.incoming, text=text)
    turn.meaning = Understanding(intent, 1.0)
    before = turn.state.active
    if intent == "ask_ordinance":
        turn.reply("ordinance.ask_away")
    elif before is not None and intent == "report_issue" and before.flow == "report":
        flow.repeat(turn)
    else:
        HANDLERS[intent](turn)
        if before is not None and turn.state.active is before:
            flow.repeat(turn)


def _pressed(turn: Turn) -> None:
    kind, _, rest = turn.text.partition(":")
    if kind == "do" and rest in HANDLERS and rest != "report_emergency":
        _start(turn, rest)
    elif kind == "place":
        _place_chosen(turn, rest)
    elif kind == "art" and rest.rpartition(":")[2].isdigit():
        document, _, number = rest.rpartition(":")
        ordinance.show_article(turn, document, int(number))
        flow.repeat(turn)
    elif kind == "t" and ":" in rest:
        mine.pressed(turn, *rest.split(":", 1))
    elif kind == "r" and ":" in rest:
        mine.pressed_rating(turn, *rest.split(":", 1))
    elif kind == f"q{turn.state.question}":
        _choice(turn, rest)
    else:
        turn.reply("flow.stale" if kind[:1] == "q" else "errors.unknown_button")
        flow.repeat(turn)


def _choice(turn: Turn, action: str) -> None:
    """A button of the question that stands open."""
    verb, _, value = action.partition(":")
    draft = turn.state.active
    if verb == "mean" and value in HANDLERS:
        meant = _as_meant(turn, value)
        if meant is None:
            turn.reply("flow.stale")
        else:
            HANDLERS[value](meant)
    elif verb == "resume":
        flow.resume(turn)
    elif verb == "drop":
        turn.state.parked = turn.state.parked[:-1]
        turn.reply("flow.dropped")
    elif draft is None:
        turn.reply("flow.stale")
    else:
        form = flow.flow_of(draft)
        if verb == "yes" and draft.asked == flow.CONFIRM:
            flow.finish(turn, form, draft)
        elif verb == "change":
            draft.asked = "change"
            flow.ask_what_to_change(turn, form)
        elif verb == "edit":
            flow.edit(turn, form, draft, value)
        elif verb == "pick":
            flow.pick(turn, form, draft, value)
        elif verb == "cancel":
            flow.cancel(turn)
        else:
            turn.reply("flow.stale")
            flow.repeat(turn)


def _place_chosen(turn: Turn, place: str) -> None:
    if place not in turn.services.search.library.places.jurisdictions:
        turn.reply("errors.unknown_button")
        return
    turn.place = place
    asked = _as_meant(turn)
    if asked is not None and asked.intent in {"ask_ordinance", "ask_duty"}:
        ordinance.answer_question(asked, asked.text, place)
    else:
        turn.reply("ordinance.place_chosen", place=place)
    flow.repeat(turn)


def _located(turn: Turn) -> None:
    """A pin on the map: there is no map of the grid yet, so the place is asked in words."""
    turn.reply("errors.location_in_words")
    flow.repeat(turn)
