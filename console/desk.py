"""What the pages work with, handed to them once by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clock import SHANGHAI, Clock
from console.steps import Matters
from retrieval.library import Library
from retrieval.search import Searcher
from tickets.database import Database
from tickets.models import TicketEvent
from tickets.workflow import Action


@dataclass(frozen=True)
class Desk:
    """Attributes:
    matters: the tree of categories, label of the group → id → label.
    home: the state folder, where search keeps what staff teach it.
    relearn: lets search take up what it was taught, at once.
    """

    database: Database
    clock: Clock
    search: Searcher
    matters: Matters
    home: Path
    relearn: Callable[[], None]

    @property
    def library(self) -> Library:
        """The texts as they are searched now."""
        return self.search.library

    @property
    def today(self) -> date:
        """The day in China."""
        return self.clock.now().astimezone(SHANGHAI).date()

    def category(self, id: str) -> str:
        """The label of a category; the id itself where the tree has changed since it was stored."""
        return next((group[id] for group in self.matters.values() if id in group), id)

    def note(self, event: TicketEvent) -> str:
        """What stands with an event; ids of categories become their labels."""
        if event.action != Action.CHANGE_CATEGORY:
            return event.note
        before, arrow, after = event.note.partition(" → ")
        return f"{self.category(before)}{arrow}{self.category(after) if after else after}"
