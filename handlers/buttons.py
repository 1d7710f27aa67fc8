"""Pressed buttons. Payloads: ``do:INTENT`` the menu; ``place:PLACE``; ``art:DOCUMENT:NUMBER`` an article,
``ch:DOCUMENT:NUMBER`` the list of its chapter; ``duty:ROLE:DOCUMENT``; ``limit:TOPIC:DOCUMENT`` a text to forward;
``lang:LANGUAGE``; ``p:WHAT`` what is stored of the person; ``t:VERB:TICKET``; ``r:STARS:TICKET``; ``q<N>:ACTION`` a choice of question N, which is stale once another question was asked."""

from __future__ import annotations

import dataclasses

from handlers import articles, duties, flow, forgetting, form, language, limits, mine, ordinance, rating
from handlers.flow import CHANGE, CONFIRM
from handlers.meanings import HANDLERS, act
from handlers.turn import Turn
from nlu.client import Understanding


def pressed(turn: Turn) -> None:
    kind, _, rest = turn.text.partition(":")
    if kind == "do" and rest in HANDLERS and rest != "report_emergency":
        start(turn, rest)
    elif kind == "place":
        if rest in turn.services.search.library.places.jurisdictions:
            choose_place(turn, rest)
            flow.repeat(turn)
        else:
            turn.reply("errors.unknown_button")
            flow.repeat(turn)
    elif kind in {"art", "ch"} and rest.rpartition(":")[2].isdecimal():
        document, _, number = rest.rpartition(":")
        show = ordinance.show_article if kind == "art" else articles.show_chapter
        show(turn, document, int(number))
        flow.repeat(turn)
    elif kind == "duty" and ":" in rest:
        duties.show(turn, *rest.split(":", 1))
        flow.repeat(turn)
    elif kind == "lang":
        language.switch(turn, rest)
        flow.repeat(turn)
    elif kind == "limit" and ":" in rest:
        limits.show(turn, *rest.split(":", 1))
        flow.repeat(turn)
    elif kind == "t" and ":" in rest:
        mine.pressed(turn, *rest.split(":", 1))
    elif kind == "r" and ":" in rest:
        rating.pressed_rating(turn, *rest.split(":", 1))
    elif kind == "p":
        forgetting.pressed(turn, rest)
    elif kind == f"q{turn.state.question}":
        _choice(turn, rest)
    else:
        turn.reply("flow.stale" if kind[:1] == "q" else "errors.unknown_button")
        flow.repeat(turn)


def start(turn: Turn, intent: str, text: str = "") -> None:
    """Begin what a command or a menu button names."""
    turn.incoming = dataclasses.replace(turn.incoming, text=text)
    turn.meaning = Understanding(intent, 1.0)
    before = turn.state.active
    if intent == "ask_ordinance":
        turn.reply("ordinance.ask_away")
    elif before is not None and intent == "report_issue" and before.flow == "report":
        flow.repeat(turn)
    elif (
        intent == "report_issue" and turn.state.unclear is not None and turn.state.unclear["intent"] == "ask_ordinance"
    ):
        # She has asked about a matter just now and wants it reported: what she said need not be said again.
        as_meant(turn, intent)
    else:
        HANDLERS[intent](turn)
        if before is not None and turn.state.active is before:
            flow.repeat(turn)


def choose_place(turn: Turn, place: str, *, only_for_now: bool = False) -> None:
    """Remember where the person lives, and answer what she had asked before.

    Args:
        only_for_now: the place is asked about; the person does not live there.
    """
    if not only_for_now:
        turn.place = place
    asked = turn.state.unclear
    turn.state.unclear = None
    if asked is not None and asked["intent"] == "ask_ordinance":
        ordinance.answer_question(turn, asked["text"], place)
    elif asked is not None and asked["intent"] == "ask_duty":
        duties.ask_duty(turn.of(asked), place)
    else:
        turn.reply("ordinance.place_chosen", place=place)


def as_meant(turn: Turn, intent: str) -> bool:
    """Do with the remembered message what it means, now that it is known; False where none is remembered."""
    remembered = turn.state.unclear
    if remembered is None:
        return False
    turn.state.unclear = None
    draft = turn.state.active
    if draft is not None and intent == "report_issue" and draft.flow == "report":
        form.said(turn.of(remembered, intent), act)
    else:
        HANDLERS[intent](turn.of(remembered, intent))
    return True


def resume(turn: Turn) -> None:
    """Take up the form that was left, with what was said before it was offered, if that answers its question."""
    draft = flow.resume(turn)
    said = turn.state.unclear
    if draft is None:
        return
    turn.state.unclear = None
    if said is not None:
        form.said(turn.of(said), act)
    else:
        flow.repeat(turn)


def _choice(turn: Turn, action: str) -> None:
    """A button of the question that stands open."""
    verb, _, value = action.partition(":")
    draft = turn.state.active
    if verb == "mean" and value in HANDLERS:
        if not as_meant(turn, value):
            turn.reply("flow.stale")
            flow.repeat(turn)
    elif verb == "resume":
        resume(turn)
    elif verb == "drop":
        flow.drop(turn)
    elif draft is None:
        turn.reply("flow.stale")
    else:
        flow_ = flow.flow_of(draft)
        if verb == "yes" and draft.asked == CONFIRM:
            flow.finish(turn, flow_, draft)
        elif verb == "blank" and draft.asked == CONFIRM and flow_.personal(draft):
            flow_.blank(draft)
            flow.finish(turn, flow_, draft)
        elif verb == "change":
            draft.asked = CHANGE
            flow.ask_what_to_change(turn, flow_)
        elif verb == "edit":
            flow.edit(turn, flow_, draft, value)
        elif verb == "pick":
            flow.pick(turn, flow_, draft, value)
        elif verb == "cancel":
            flow.cancel(turn)
        else:
            turn.reply("flow.stale")
            flow.repeat(turn)
