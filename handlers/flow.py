"""The flow engine (表单引擎): how a form is begun, filled, corrected, confirmed, cancelled, left and come back to.

A flow is data: its slots, and what is done when the person has confirmed. Everything a message says fills its slot,
wherever it is said; only what is still missing is asked, one thing at a time. Nothing takes effect before ``finish``.
Wording stands at ``<flow>.<slot>.ask`` / ``.again`` / ``.label`` and ``<flow>.opening`` / ``.summary``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.places import merge_place
from handlers.state import Draft
from handlers.turn import Turn
from wording import has, say

CONFIRM = "confirm"
MAX_ATTEMPTS = 2
"""How often a question is asked again when the answer does not fit; then the slot is skipped."""


@dataclass(frozen=True)
class Slot:
    """One thing a form needs.

    Attributes:
        kinds: entities that fill it wherever they are said.
        read: reads a message as the answer to this slot's question; None where it is no answer.
        choices: values offered as buttons, labelled at ``<flow>.<slot>.choice.<value>``; ``skip`` leaves it open.
        words: how people name the slot when they correct it (地址写错了).
        several: whether more of the same are collected in a list.
    """

    name: str
    read: Callable[[Turn], Any | None]
    kinds: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    several: bool = False


@dataclass(frozen=True)
class Flow:
    """A form and what it leads to.

    Attributes:
        opens: reads into the fresh draft what the opening message says beyond the slots' entities.
        show: the draft as texts for the summary, by slot.
        finish: the effect; runs in the turn's transaction after the person has confirmed.
        confirmed: whether the summary is to be confirmed before ``finish``.
    """

    name: str
    slots: tuple[Slot, ...]
    finish: Callable[[Turn, Draft], None]
    show: Callable[[Turn, Draft], Mapping[str, str]]
    opens: Callable[[Turn, Draft], None] = field(default=lambda _turn, _draft: None)
    confirmed: bool = True

    def slot(self, name: str | None) -> Slot | None:
        return next((slot for slot in self.slots if slot.name == name), None)

    def missing(self, draft: Draft) -> Slot | None:
        return next((slot for slot in self.slots if slot.name not in draft.slots), None)


_NOT_BUT = re.compile(r"不是(?P<old>.{1,20}?)[,，。、;；\s]*(?:而是|应该是|是)(?P<new>.+)")
_WRONG = re.compile(r"错了|写错|说错|填错|弄错|不对|改一下|改成|改为|换一个|换成|换个|更正|修改|重新填|重填|变了")


def begin(turn: Turn, flow: Flow, **known: Any) -> None:
    """Open a form with what the message says already; a form in front is parked."""
    draft = Draft(flow.name, slots=dict(known), touched_at=turn.now.isoformat())
    park(turn)
    turn.state.active = draft
    fill(turn, flow, draft)
    flow.opens(turn, draft)
    advance(turn, flow, draft, lead=opening(turn, flow, draft))


def opening(turn: Turn, flow: Flow, draft: Draft) -> str:
    """What was understood so far, said back, so that a mistake can be seen at once."""
    known = {name: text for name, text in flow.show(turn, draft).items() if draft.slots.get(name)}
    if not known:
        return say(f"{flow.name}.opening")
    listed = "；".join(f"{say(f'{flow.name}.{name}.label')}：{text}" for name, text in known.items())
    return say(f"{flow.name}.opening_with", known=listed)


def fill(turn: Turn, flow: Flow, draft: Draft, *, replace: bool = False) -> list[str]:
    """Put what the message names into its slots; returns the names of the slots that changed."""
    changed = []
    for slot in flow.slots:
        values = [entity.value for entity in turn.meaning.entities if entity.kind in slot.kinds]
        if not values or (draft.slots.get(slot.name) and not replace):
            continue
        old = draft.slots.get(slot.name)
        if slot.several:
            value: Any = list(dict.fromkeys(values))
        elif "place" in slot.kinds and isinstance(old, str):
            value = merge_place(old, values[-1])
        else:
            # After 不是…是… the last one named is the one that holds.
            value = values[-1] if replace else values[0]
        if value != old:
            draft.slots[slot.name] = value
            changed.append(slot.name)
            if isinstance(old, str) and isinstance(value, str):
                _reword(draft, old, value)
    return changed


def _reword(draft: Draft, old: str, new: str) -> None:
    """Put a corrected value into the person's own description too, so that the ticket does not contradict itself."""
    for name, text in draft.slots.items():
        if isinstance(text, str) and old in text and text != old:
            draft.slots[name] = text.replace(old, new)


def advance(turn: Turn, flow: Flow, draft: Draft, *, lead: str = "") -> None:
    """Ask the next missing thing; when nothing is missing, show the summary, or finish where none is wanted."""
    slot = flow.missing(draft)
    draft.attempts = 0
    draft.touched_at = turn.now.isoformat()
    if slot is not None:
        draft.asked = slot.name
        ask(turn, flow, slot, lead=lead)
    elif flow.confirmed:
        draft.asked = CONFIRM
        summarise(turn, flow, draft)
    else:
        finish(turn, flow, draft)


def ask(turn: Turn, flow: Flow, slot: Slot, *, lead: str = "", again: bool = False) -> None:
    key = f"{flow.name}.{slot.name}.again" if again else f"{flow.name}.{slot.name}.ask"
    choices = [(say(f"{flow.name}.{slot.name}.choice.{value}"), f"pick:{value}") for value in slot.choices]
    turn.ask("flow.question", [*choices, (say("flow.leave"), "cancel")], lead=f"{lead}\n" if lead else "", ask=say(key))


def summarise(turn: Turn, flow: Flow, draft: Draft) -> None:
    shown = flow.show(turn, draft)
    lines = "\n".join(f"{say(f'{flow.name}.{name}.label')}：{text}" for name, text in shown.items())
    choices = [(say("flow.submit"), "yes"), (say("flow.change"), "change"), (say("flow.leave"), "cancel")]
    turn.ask("flow.question", choices, lead=say(f"{flow.name}.summary") + "\n" + lines + "\n", ask=say("flow.right"))


def repeat(turn: Turn) -> None:
    """Put the open question once more, after something else was answered in between."""
    draft = turn.state.active
    if draft is None:
        return
    flow = flow_of(draft)
    slot = flow.slot(draft.asked)
    if slot is not None:
        ask(turn, flow, slot, lead=say("flow.back"))
    elif draft.asked == "change":
        ask_what_to_change(turn, flow)
    else:
        summarise(turn, flow, draft)


def ask_what_to_change(turn: Turn, flow: Flow) -> None:
    labels = [(say(f"{flow.name}.{slot.name}.label"), f"edit:{slot.name}") for slot in flow.slots]
    turn.ask("flow.what_to_change", [*labels, (say("flow.leave"), "cancel")])


def cancel(turn: Turn) -> None:
    """Leave the form; nothing of it stays."""
    draft = turn.state.active
    if draft is None:
        turn.reply("flow.nothing_open")
        return
    turn.state.active = None
    turn.reply(f"{draft.flow}.cancelled" if has(f"{draft.flow}.cancelled") else "flow.cancelled")
    offer_parked(turn)


def park(turn: Turn) -> None:
    """Put the form in front aside; of one kind only the newest is kept."""
    draft = turn.state.active
    if draft is not None:
        turn.state.parked = [one for one in turn.state.parked if one.flow != draft.flow] + [draft]
        turn.state.active = None


def offer_parked(turn: Turn) -> None:
    """Ask whether to go on with the form that was left last."""
    if turn.state.parked:
        name = turn.state.parked[-1].flow
        choices = [(say("flow.resume"), "resume"), (say("flow.drop"), "drop")]
        turn.ask("flow.offer_parked", choices, what=say(f"{name}.title"))


def resume(turn: Turn) -> None:
    if not turn.state.parked:
        turn.reply("flow.nothing_open")
        return
    turn.state.active = turn.state.parked.pop()
    turn.state.active.touched_at = turn.now.isoformat()
    repeat(turn)


def finish(turn: Turn, flow: Flow, draft: Draft) -> None:
    turn.state.active = None
    flow.finish(turn, draft)
    if turn.state.active is None:
        offer_parked(turn)


def correct(turn: Turn, flow: Flow, draft: Draft) -> bool:
    """Take a correction (不是二单元是三单元, 地址写错了, 电话换一个) into its slot; False where the message is none."""
    not_but = _NOT_BUT.search(turn.text)
    wrong = _WRONG.search(turn.text)
    if not not_but and not wrong:
        return False
    changed = fill(turn, flow, draft, replace=True)
    if changed:
        labels = "、".join(say(f"{flow.name}.{name}.label") for name in changed)
        if draft.asked != CONFIRM:
            advance(turn, flow, draft, lead=say("flow.corrected", what=labels))
        else:
            turn.reply("flow.corrected", what=labels)
            advance(turn, flow, draft)
        return True
    named = next((slot for slot in flow.slots if any(word in turn.text for word in slot.words)), None)
    if named is None or not wrong:
        return False
    edit(turn, flow, draft, named.name)
    return True


def edit(turn: Turn, flow: Flow, draft: Draft, name: str) -> None:
    """Ask one slot anew."""
    slot = flow.slot(name)
    if slot is None:
        repeat(turn)
        return
    draft.asked, draft.attempts = slot.name, 0
    draft.slots.pop(slot.name, None)
    ask(turn, flow, slot)


def answer(turn: Turn, flow: Flow, draft: Draft) -> bool:
    """Read the message as the answer to the open question; False where it is none."""
    slot = flow.slot(draft.asked)
    if slot is None:
        return False
    value = slot.read(turn)
    if value is None:
        return False
    draft.slots[slot.name] = value
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
    advance(turn, flow, draft)


def did_not_fit(turn: Turn, flow: Flow, draft: Draft) -> None:
    """Ask again in other words, at most ``MAX_ATTEMPTS`` times; then go on without."""
    slot = flow.slot(draft.asked)
    if slot is None:
        summarise(turn, flow, draft)
        return
    draft.attempts += 1
    if draft.attempts <= MAX_ATTEMPTS:
        ask(turn, flow, slot, again=True)
    else:
        draft.slots[slot.name] = None
        advance(turn, flow, draft, lead=say("flow.skipped"))


FLOWS: dict[str, Flow] = {}


def register(flow: Flow) -> Flow:
    FLOWS[flow.name] = flow
    return flow


def flow_of(draft: Draft) -> Flow:
    return FLOWS[draft.flow]
