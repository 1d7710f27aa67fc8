"""The wording catalogue: every sentence that residents and staff read, by key, in one place.

``knowledge/wording/<language>/<namespace>.yml`` holds nested keys; ``say("report.ask_place", number=3)`` looks one up and
fills its ``{fields}``. Values that people typed are only ever parameters, never templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "knowledge" / "wording"
DEFAULT_LANGUAGE = "zh-CN"


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


def say(key: str, /, **parameters: object) -> str:
    """The sentence for ``key`` with its fields filled.

    Raises:
        UnknownWording: the catalogue has no such key.
    """
    try:
        sentence = catalogue()[key]
    except KeyError:
        raise UnknownWording(key) from None
    return sentence.format(**parameters) if parameters else sentence


def has(key: str) -> bool:
    return key in catalogue()
