"""What the pages work with, handed to them once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from clock import Clock
from console.steps import Matters
from retrieval.library import Library
from tickets.database import Database
from tickets.models import TicketEvent
from tickets.workflow import Action


@dataclass(frozen=True)
class Desk:
    """Attributes:
    matters: the tree of categories, label of the group → id → label.
    """

    database: Database
    clock: Clock
    library: Library
    matters: Matters

    def category(self, id: str) -> str:
        """The label of a category; the id itself where the tree has changed since it was stored."""
        return next((group[id] for group in self.matters.values() if id in group), id)

    def note(self, event: TicketEvent) -> str:
        """What stands with an event; ids of categories become their labels."""
        if event.action != Action.CHANGE_CATEGORY:
            return event.note
        before, arrow, after = event.note.partition(" → ")
        return f"{self.category(before)}{arrow}{self.category(after) if after else after}"
