"""Every sentence that conversations can say stands in the catalogue."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import handlers
from handlers import converse, meanings
from handlers.forms import FLOWS, Flow
from wording import catalogue, has

CODE = Path(handlers.__file__).parent
KEY = re.compile(r"(?:say|in_chinese|reply|ask|has)\(\s*\"([a-z_]+\.[a-z_.]+)\"")


@pytest.mark.parametrize("file", sorted(CODE.glob("*.py")), ids=lambda file: file.stem)
def test_every_key_that_stands_in_code_is_in_the_catalogue(file: Path) -> None:
    missing = {key for key in KEY.findall(file.read_text(encoding="utf-8")) if not has(key)}
    assert not missing


@pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: flow.name)
def test_every_form_has_its_words(flow: Flow) -> None:
    keys = [f"{flow.name}.{key}" for key in ("title", "opening", "opening_with", "cancelled")]
    keys += [f"{flow.name}.summary"] if flow.confirmed else []
    for slot in flow.slots:
        keys += [f"{flow.name}.{slot.name}.{key}" for key in ("ask", "again", "label")]
        keys += [f"{flow.name}.{slot.name}.choice.{choice}" for choice in slot.choices]
    assert not [key for key in keys if key not in catalogue()]


def test_every_meaning_that_is_offered_has_its_label() -> None:
    assert not [i for i in meanings.HANDLERS if meanings.is_choice(i) and not has(f"meaning.{i}")]


def test_every_command_means_something() -> None:
    assert set(converse.COMMANDS.values()) <= meanings.HANDLERS.keys()


def test_no_sentence_is_left_over() -> None:
    """A sentence that nothing says any more is taken out: translators would translate it in vain."""
    code = "".join(file.read_text(encoding="utf-8") for file in CODE.glob("*.py"))
    own = ("flow.", "report.", "request.", "people.", "privacy.", "smalltalk.", "meaning.", "mine.", "volunteer.")
    ends = {key: key.rpartition(".")[2] for key in catalogue() if key.startswith(own)}
    unused = [key for key, end in ends.items() if f'"{key}"' not in code and not re.search(rf"[.\"]{end}\b", code)]
    by_name = ("meaning.", "smalltalk.menu.", "mine.button.", "mine.none_to_", "request.lead.")
    by_name += tuple(f"{flow.name}.{slot.name}." for flow in FLOWS.values() for slot in flow.slots)
    by_name += tuple(
        f"{flow.name}.{key}" for flow in FLOWS.values() for key in ("leave", "submit", "right", "cancelled")
    )
    assert not [key for key in unused if not key.startswith(by_name)]
