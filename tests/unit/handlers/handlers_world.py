"""Turns for the unit tests of conversations: no store, no search, a meaning made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from handlers.messages import Incoming
from handlers.state import State
from handlers.turn import Turn
from nlu.client import Entity, Understanding

NOW = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)


def said(
    text: str, intent: str = "out_of_scope", sure: float = 0.3, /, state: State | None = None, **facts: str | list[str]
) -> Turn:
    """A message with this meaning; ``facts`` are kinds of entities with the words of the text that name them."""
    entities = []
    for kind, values in facts.items():
        for value in [values] if isinstance(values, str) else values:
            start = text.index(value)
            entities.append(Entity(kind, value, value, start, start + len(value)))
    meaning = Understanding(intent, sure, ((intent, sure),), tuple(entities))
    incoming = Incoming("web", "c", "m1", "text", text, NOW)
    return Turn(cast(Any, None), incoming, meaning, state or State(), cast(Any, None), NOW)
