"""Things named in a text, and which of two that overlap stays."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """One thing named: its kind, normalised value, and offsets (of whichever text it was found in)."""

    kind: str
    value: str
    start: int
    end: int
    confidence: float = 1.0


# Of two overlapping spans the one further left here stays; a phone's digits are never a time or a room.
_ORDER = ("ticket_number", "phone", "name", "service", "place", "time", "role")


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """The spans that stay, in order of the text. A role or a service may lie inside nothing else."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda one: (_ORDER.index(one.kind), one.start - one.end, one.start)):
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda one: one.start)
