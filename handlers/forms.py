"""What a form is (表单): data. ``flow`` runs it, ``asking`` words it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.personal import blanked, found_in
from handlers.state import Draft
from handlers.turn import Turn

CONFIRM = "confirm"
CHANGE = "change"
"""What ``Draft.asked`` holds while the summary, or the question what to change, stands open."""


@dataclass(frozen=True)
class Slot:
    """One thing a form needs.

    Attributes:
        kinds: entities that fill it wherever they are said.
        read: reads a message as the answer to this slot's question; None where it is no answer.
        choices: values offered as buttons, labelled at ``<flow>.<slot>.choice.<value>``; ``skip`` leaves it open.
        words: how people name the slot when they correct it (地址写错了).
        several: whether more of the same are collected in a list.
        patience: how often the question is asked again when the answer does not fit; then the slot is skipped.
        vital: without it the form makes no sense: what is not understood is handed to a person instead of skipped.
    """

    name: str
    read: Callable[[Turn], Any | None]
    kinds: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    several: bool = False
    patience: int = 2
    vital: bool = False


@dataclass(frozen=True)
class Flow:
    """A form and what it leads to.

    Attributes:
        opens: reads into the fresh draft what the opening message says beyond the slots' entities.
        answered: called after a slot's question was answered, with the slot's name.
        show: the draft as texts for the summary, by slot.
        finish: the effect; runs in the turn's transaction after the person has confirmed.
        told: the slot of the person's own words: personal data in them is pointed out before they are sent on.
        confirmed: whether the summary is to be confirmed before ``finish``.
        means: the intent that says yes to the summary, too (撤了吧, to 要撤回吗).
        agrees: whether words say yes to this summary that would not say it to others (删吧).
        left_by: the intent that leaves the form (不当志愿者了), beside cancel_flow.
    """

    name: str
    slots: tuple[Slot, ...]
    finish: Callable[[Turn, Draft], None]
    show: Callable[[Turn, Draft], Mapping[str, str]]
    opens: Callable[[Turn, Draft], None] = field(default=lambda _turn, _draft: None)
    answered: Callable[[Turn, Draft, str], None] = field(default=lambda _turn, _draft, _name: None)
    told: str = ""
    confirmed: bool = True
    means: str = ""
    agrees: Callable[[Turn], bool] = field(default=lambda _turn: False)
    left_by: str = ""

    def personal(self, draft: Draft) -> list[str]:
        """Kinds of personal data in the person's own words (see ``personal.found_in``)."""
        return found_in(draft.slots.get(self.told) or "") if self.told else []

    def blank(self, draft: Draft) -> None:
        """Take the personal data out of the person's own words."""
        draft.slots[self.told] = blanked(draft.slots[self.told])

    def slot(self, name: str | None) -> Slot | None:
        return next((slot for slot in self.slots if slot.name == name), None)

    def missing(self, draft: Draft) -> Slot | None:
        return next((slot for slot in self.slots if slot.name not in draft.slots), None)


FLOWS: dict[str, Flow] = {}
BY_INTENT: dict[str, Callable[[Turn], None]] = {}
"""What is done about each intent; ``meanings`` fills it, for the forms that come before it in the order of imports."""


def register(flow: Flow) -> Flow:
    FLOWS[flow.name] = flow
    return flow


def flow_of(draft: Draft) -> Flow:
    return FLOWS[draft.flow]
