"""What people typed, made fit to be stored."""

from __future__ import annotations

import unicodedata

from tickets.errors import BadInput

NOTE_LIMIT = 2000


def storable(text: str) -> str:
    """The text without NUL, control characters and lone surrogates, over which a driver or a store would stumble."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})


def clean(text: str, limit: int) -> str:
    """The text as it can be stored (``storable``), trimmed, lines kept.

    Raises:
        BadInput: ``text_too_long`` with ``limit`` in characters; nothing is cut off silently.
    """
    kept = storable(text).strip()
    if len(kept) > limit:
        raise BadInput("text_too_long", limit=limit)
    return kept


def needed(text: str, limit: int = NOTE_LIMIT) -> str:
    """Like ``clean``, for what may not be empty. Raises also BadInput ``text_missing``."""
    kept = clean(text, limit)
    if not kept:
        raise BadInput("text_missing")
    return kept
