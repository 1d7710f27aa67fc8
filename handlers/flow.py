"""The flow engine (表单引擎): how a form is begun, filled, corrected, confirmed, cancelled, left and come back to.

A flow is data: its slots, and what is done when the person has confirmed. Everything a message says fills its slot,
wherever it is said; only what is still missing is asked, one thing at a time. Nothing takes effect before ``finish``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from handlers.asking import ask, ask_what_to_change, opening, repeat, summarise
from handlers.forms import BY_INTENT, CHANGE, CONFIRM, FLOWS, Flow, Slot, flow_of, register
from handlers.messages import Button
from handlers.own import say_error
from handlers.places import merge_place
from handlers.state import Draft
from handlers.turn import Turn
from nlu.client import Entity
from tickets.errors import BadInput, StaleVersion, TicketError
from wording import has, say

__all__ = [
    "CHANGE",
    "CONFIRM",
    "RESTS",
    "Flow",
    "Slot",
    "advance",
    "answer",
    "ask_what_to_change",
    "begin",
    "cancel",
    "did_not_fit",
    "drop",
    "edit",
    "fill",
    "finish",
    "flow_of",
    "goes_on",
    "keep",
    "leave_for_now",
    "offer_parked",
    "park",
    "pick",
    "register",
    "repeat",
    "resume",
    "summarise",
]

RESTS = timedelta(hours=2)
"""A form untouched for so long is no longer in front: the next message stands for itself and the form is offered."""


def begin(turn: Turn, flow: Flow, *, lead: str = "", **known: Any) -> None:
    """Open a form with what the message says already; a form in front is parked.

    Args:
        lead: said before the first question, instead of the form's own opening.
        known: slots that are filled already.
    """
    draft = Draft(flow.name, slots=dict(known), touched_at=turn.now.isoformat())
    park(turn)
    turn.state.active = draft
    fill(turn, flow, draft)
    flow.opens(turn, draft)
    # Where nothing is missing the summary says it all.
    first = opening(turn, flow, draft) if flow.missing(draft) is not None else ""
    advance(turn, flow, draft, lead="\n".join(part for part in (lead, first) if part))


def fill(
    turn: Turn,
    flow: Flow,
    draft: Draft,
    *,
    replace: bool = False,
    reword: bool = False,
    denied: Collection[Entity] = (),
) -> list[str]:
    """Put what the message names into its slots; returns the names of the slots that changed.

    Args:
        replace: whether what is known already gives way.
        reword: whether what is replaced was wrong, so that it is put right in the person's description, too.
        denied: entities that the message names only to say that they are wrong (不是二单元).
    """
    changed = []
    for slot in flow.slots:
        values = [e.value for e in turn.meaning.entities if e.kind in slot.kinds and e not in denied]
        old = draft.slots.get(slot.name, draft.slots.get(_before(slot.name)))
        if not values or (draft.slots.get(slot.name) and not replace):
            continue
        if slot.several:
            value: Any = list(dict.fromkeys(values))
        elif "place" in slot.kinds and isinstance(old, str):
            value = merge_place(old, values[0], [entity.text for entity in denied])
        else:
            value = values[0]
        if value != draft.slots.get(slot.name):
            draft.slots[slot.name] = value
            draft.slots.pop(_before(slot.name), None)
            changed.append(slot.name)
            if reword and "place" in slot.kinds and isinstance(old, str) and isinstance(value, str):
                _reword(flow, draft, old, value)
    name = turn.entity("name")
    if name is not None and flow.slot("name") is None and draft.slots.get("_name") != name.value:
        draft.slots["_name"] = name.value
        changed.append("_name")
    return changed


def _before(name: str) -> str:
    """Where a slot's value waits while the slot is asked anew."""
    return f"_before_{name}"


def _reword(flow: Flow, draft: Draft, old: str, new: str) -> None:
    """Put a corrected value into the person's own description too, so that the ticket does not contradict itself."""
    for name, text in draft.slots.items():
        slot = flow.slot(name)
        words = isinstance(text, str) and not name.startswith("_") and (slot is None or not slot.kinds)
        if words and old in text and text != old:
            draft.slots[name] = text.replace(old, new)


def advance(turn: Turn, flow: Flow, draft: Draft, *, lead: str = "") -> None:
    """Ask the next missing thing; when nothing is missing, show the summary, or finish where none is wanted."""
    slot = flow.missing(draft)
    draft.attempts = 0
    draft.touched_at = turn.now.isoformat()
    if slot is not None:
        draft.asked = slot.name
        ask(turn, flow, slot, lead=lead)
    elif flow.confirmed or flow.personal(draft):
        draft.asked = CONFIRM
        summarise(turn, flow, draft, lead=lead)
    else:
        finish(turn, flow, draft)


def cancel(turn: Turn) -> None:
    """Leave the form; nothing of it stays."""
    draft = turn.state.active
    if draft is None:
        turn.reply("flow.nothing_open")
        return
    turn.state.active = None
    turn.reply(f"{draft.flow}.cancelled" if has(f"{draft.flow}.cancelled") else "flow.cancelled")
    goes_on(turn)


def park(turn: Turn, *, interrupted: bool = False) -> None:
    """Put the form in front aside; of one kind only the newest is kept.

    Args:
        interrupted: it goes on by itself once what came between is done.
    """
    draft = turn.state.active
    if draft is not None:
        draft.interrupted = interrupted
        turn.state.parked = [one for one in turn.state.parked if one.flow != draft.flow] + [draft]
        turn.state.active = None


def offer_parked(turn: Turn) -> None:
    """Ask whether to go on with the form that was left last."""
    if turn.state.parked:
        turn.state.parked[-1].offered += 1
        name = turn.state.parked[-1].flow
        choices = [(say("flow.resume"), "resume"), (say("flow.drop"), "drop")]
        turn.ask("flow.offer_parked", choices, what=say(f"{name}.title"))
        turn.state.open = "parked"


def resume(turn: Turn) -> Draft | None:
    """Put the form that was left last in front again; nothing is asked yet."""
    if not turn.state.parked:
        turn.reply("flow.nothing_open")
        return None
    draft = turn.state.active = turn.state.parked.pop()
    draft.touched_at, draft.interrupted = turn.now.isoformat(), False
    return draft


def drop(turn: Turn) -> None:
    """Throw the form away that was left last."""
    turn.state.parked = turn.state.parked[:-1]
    turn.reply("flow.dropped")


def finish(turn: Turn, flow: Flow, draft: Draft) -> None:
    """Do what the form is for. Where the store refuses, the draft stays and what is wrong in it is asked anew.

    Raises:
        StaleVersion: somebody wrote at the same moment; the whole turn has to be done again.
    """
    turn.state.active = None
    try:
        flow.finish(turn, draft)
    except StaleVersion:
        raise
    except TicketError as error:
        say_error(turn, error)
        slot = _at_fault(flow, error)
        if slot is not None:
            turn.state.active = draft
            edit(turn, flow, draft, slot.name)
            return
    goes_on(turn)


def _at_fault(flow: Flow, error: TicketError) -> Slot | None:
    """The slot that the store refuses; None where it refuses the step itself (a ticket that was closed meanwhile)."""
    if not isinstance(error, BadInput):
        return None
    wanted = {"phone"} if error.code == "phone_wrong" else set()
    return next((slot for slot in flow.slots if set(slot.kinds) & wanted or not (wanted or slot.kinds)), None)


def goes_on(turn: Turn) -> None:
    """After a form: what an emergency interrupted, else the next matter that was told meanwhile, else a form that was left."""
    if turn.state.active is not None:
        return
    left = turn.state.parked[-1] if turn.state.parked else None
    if left is not None and left.interrupted and turn.now - datetime.fromisoformat(left.touched_at) <= RESTS:
        resume(turn)
        repeat(turn, lead=say("flow.resumed", what=say(f"{left.flow}.title")))
        return
    while turn.state.later and turn.state.active is None:
        told = turn.state.later.pop(0)
        turn.reply("flow.next", text=told["text"][:60])
        if told["intent"] in BY_INTENT and told["intent"] != "report_issue":
            BY_INTENT[told["intent"]](turn.of(told))
        else:
            begin(turn.of(told), FLOWS["report"])
    if turn.state.active is None:
        offer_parked(turn)


def edit(turn: Turn, flow: Flow, draft: Draft, name: str) -> None:
    """Ask one slot anew; its value waits, for the person may say only a part of the new one, or keep the old."""
    slot = flow.slot(name)
    if slot is None:
        repeat(turn)
        return
    if slot.name in draft.slots:
        draft.slots[_before(slot.name)] = draft.slots.pop(slot.name)
    draft.asked, draft.attempts = slot.name, 0
    ask(turn, flow, slot)


def keep(turn: Turn, flow: Flow, draft: Draft) -> bool:
    """Leave the slot that is being asked anew as it was; False where it is asked for the first time."""
    if draft.asked is None or _before(draft.asked) not in draft.slots:
        return False
    draft.slots[draft.asked] = draft.slots.pop(_before(draft.asked))
    advance(turn, flow, draft)
    return True


def answer(turn: Turn, flow: Flow, draft: Draft) -> bool:
    """Read the message as the answer to the open question; False where it is none."""
    slot = flow.slot(draft.asked)
    if slot is None:
        return False
    value = slot.read(turn)
    if value is None:
        return False
    old = draft.slots.pop(_before(slot.name), None)
    if isinstance(old, str) and isinstance(value, str) and value and "place" in slot.kinds:
        value = merge_place(old, value)
        _reword(flow, draft, old, value)
    draft.slots[slot.name] = value or None
    flow.answered(turn, draft, slot.name)
    fill(turn, flow, draft)
    advance(turn, flow, draft)
    return True


def pick(turn: Turn, flow: Flow, draft: Draft, value: str) -> None:
    """A choice button of the open question."""
    slot = flow.slot(draft.asked)
    if slot is None or value not in slot.choices:
        repeat(turn)
        return
    draft.slots[slot.name] = None if value == "skip" else value
    draft.slots.pop(_before(slot.name), None)
    advance(turn, flow, draft)


def did_not_fit(turn: Turn, flow: Flow, draft: Draft) -> None:
    """Ask again in other words, as often as the slot's patience lasts; then go on without (or with what was known)."""
    slot = flow.slot(draft.asked)
    if slot is None:
        summarise(turn, flow, draft)
        return
    draft.attempts += 1
    if draft.attempts <= slot.patience:
        ask(turn, flow, slot, again=True)
    elif keep(turn, flow, draft):
        pass
    elif slot.vital:
        _hand_over(turn, draft)
    else:
        draft.slots[slot.name] = None
        own = f"{flow.name}.{slot.name}.skipped"
        advance(turn, flow, draft, lead=say(own if has(own) else "flow.skipped"))


def _hand_over(turn: Turn, draft: Draft) -> None:
    """What is not understood at all is for a person to hear; what is known of it goes along."""
    known = {"what": None} | {name: draft.slots[name] for name in ("where", "_name") if draft.slots.get(name)}
    turn.state.active = None
    begin(turn.of(turn.remembered(), "human_handoff"), FLOWS["request"], lead=say("flow.hand_over"), **known)


def leave_for_now(turn: Turn) -> None:
    """Put a summary aside that several answers did not fit: nothing is filed on a guess, and nothing is lost."""
    park(turn)
    turn.state.parked[-1].attempts = 0
    turn.state.question += 1
    go_on = turn.buttons([(say("flow.resume"), "resume")])
    turn.reply("flow.left_for_now", [*go_on, Button(say("meaning.human_handoff"), "do:human_handoff")])
    turn.state.open = "parked"
