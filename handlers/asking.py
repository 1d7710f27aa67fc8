"""How a form speaks: its opening, its questions, its summary. Wording stands at ``<flow>.<slot>.ask`` / ``.again`` /
``.label`` and ``<flow>.opening`` / ``.summary``."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.forms import CHANGE, Flow, Slot, flow_of
from handlers.state import Draft
from handlers.turn import Turn
from wording import has, say


def opening(turn: Turn, flow: Flow, draft: Draft) -> str:
    """What was understood so far, said back, so that a mistake can be seen at once."""
    known = {name: text for name, text in flow.show(turn, draft).items() if draft.slots.get(name)}
    if not known:
        return say(f"{flow.name}.opening")
    return say(f"{flow.name}.opening_with", known=say("flow.joiner").join(_lines(flow, known)))


def ask(turn: Turn, flow: Flow, slot: Slot, *, lead: str = "", again: bool = False) -> None:
    key = f"{flow.name}.{slot.name}.again" if again else f"{flow.name}.{slot.name}.ask"
    choices = [(say(f"{flow.name}.{slot.name}.choice.{value}"), f"pick:{value}") for value in slot.choices]
    choices.append((_own(flow, "leave"), "cancel"))
    turn.ask("flow.question", choices, lead=f"{lead}\n" if lead else "", ask=say(key))


def summarise(turn: Turn, flow: Flow, draft: Draft, *, lead: str = "") -> None:
    shown = flow.show(turn, draft)
    lines = "\n".join(_lines(flow, shown))
    personal = flow.personal(draft)
    choices = [(submit_label(flow), "yes"), (_own(flow, "leave"), "cancel")]
    if flow.slots:
        choices.insert(1, (say("flow.change"), "change"))
    warning = ""
    if personal:
        warning = say("personal.warning", what="、".join(say(f"personal.kind.{kind}") for kind in personal))
        choices[0] = (say("personal.as_it_is"), "yes")
        choices.insert(0, (say("personal.without"), "blank"))
    parts = (lead, say(f"{flow.name}.summary"), lines, warning, _own(flow, "right"))
    turn.ask("flow.question", choices, lead="", ask="\n".join(part for part in parts if part))


def _lines(flow: Flow, shown: Mapping[str, str]) -> list[str]:
    return [say("flow.line", label=say(f"{flow.name}.{name}.label"), text=text) for name, text in shown.items()]


def submit_label(flow: Flow) -> str:
    """What stands on the button that says yes to the summary; typed it means the same."""
    return _own(flow, "submit")


def _own(flow: Flow, key: str) -> str:
    """The form's own words for something, else those of all forms."""
    return say(f"{flow.name}.{key}" if has(f"{flow.name}.{key}") else f"flow.{key}")


def repeat(turn: Turn, *, lead: str = "") -> None:
    """Put the open question once more, after something else was answered in between.

    Args:
        lead: said before it, instead of 咱们接着来.
    """
    draft = turn.state.active
    if draft is None:
        return
    flow = flow_of(draft)
    slot = flow.slot(draft.asked)
    if slot is not None:
        ask(turn, flow, slot, lead=lead or say("flow.back"))
    elif draft.asked == CHANGE:
        ask_what_to_change(turn, flow)
    else:
        summarise(turn, flow, draft, lead=lead)


def ask_what_to_change(turn: Turn, flow: Flow) -> None:
    labels = [(say(f"{flow.name}.{slot.name}.label"), f"edit:{slot.name}") for slot in flow.slots]
    turn.ask("flow.what_to_change", [*labels, (say("flow.leave"), "cancel")])
