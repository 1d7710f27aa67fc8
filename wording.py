"""The wording catalogue: every sentence that residents and staff read, by key, in one place.

``knowledge/wording/<language>/<namespace>.yml`` holds nested keys; ``say("report.ask_place", number=3)`` looks one up and
fills its ``{fields}``. Values that people typed are only ever parameters, never templates.

Everything is said in Chinese but what stands under ``with speaking("en"):``; what is left there untranslated is said in
Chinese too. What a conversation stores for staff to read is worded by ``in_chinese``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "knowledge" / "wording"
DEFAULT_LANGUAGE = "zh-CN"
LANGUAGES = (DEFAULT_LANGUAGE, "en")

_spoken: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


class UnknownWording(KeyError):
    """A key that the catalogue does not have: a mistake of ours, found by the tests."""


@lru_cache
def catalogue(language: str = DEFAULT_LANGUAGE) -> Mapping[str, str]:
    """All sentences of a language, flattened to dotted keys."""
    sentences: dict[str, str] = {}

    def flatten(prefix: str, node: object) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                flatten(f"{prefix}.{key}", value)
        else:
            sentences[prefix] = str(node).strip()

    for file in sorted((FOLDER / language).glob("*.yml")):
        flatten(file.stem, yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    return sentences


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let everything in this thread or task be said in a language; in Chinese where there is no such catalogue."""
    before = _spoken.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)
    try:
        yield
    finally:
        _spoken.reset(before)


def go_on_in(language: str) -> None:
    """Say what follows in another language, to the end of the ``with speaking(…):`` around it."""
    _spoken.set(language)


def say(key: str, /, **parameters: object) -> str:
    """The sentence for ``key`` with its fields filled, in the language that is spoken.

    Raises:
        UnknownWording: the catalogue has no such key.
    """
    sentence = catalogue(_spoken.get()).get(key)
    if sentence is None:
        try:
            sentence = catalogue()[key]
        except KeyError:
            raise UnknownWording(key) from None
    return sentence.format(**parameters) if parameters else sentence


def in_chinese(key: str, /, **parameters: object) -> str:
    """The sentence in Chinese, whatever language is spoken: for what is stored and read by staff."""
    with speaking(DEFAULT_LANGUAGE):
        return say(key, **parameters)


def translated(key: str, chinese: str) -> str:
    """A name that stands in Chinese in ``knowledge``, in the language that is spoken, where that catalogue names it."""
    return catalogue(_spoken.get()).get(key, chinese)


def has(key: str) -> bool:
    return key in catalogue()
