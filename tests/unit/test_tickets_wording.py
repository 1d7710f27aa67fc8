"""Everything that the ticket room can say has its sentence in the catalogue."""

import ast
from pathlib import Path

import pytest

import wording
from tickets import errors
from tickets.grid import AreaKind
from tickets.models import Level, Status, Urgency
from tickets.people import Role
from tickets.steps import TOLD
from tickets.workflow import Action

ROOT = Path(__file__).parents[2]
VALUES = {"status": Status, "urgency": Urgency, "level": Level, "role": Role, "action": Action, "area_kind": AreaKind}


@pytest.mark.parametrize(("group", "member"), [(group, m) for group, kind in VALUES.items() for m in kind])
def test_every_value_has_a_chinese_name(group: str, member: str) -> None:
    assert wording.has(f"tickets.{group}.{member}")


@pytest.mark.parametrize("action", sorted(TOLD))
def test_every_notice_has_its_sentence(action: Action) -> None:
    assert wording.say(f"tickets.notice.{action}", number="SQ20261120-0001", note="{x}")


def error_codes() -> set[str]:
    """Codes of the error classes, and those given where an error is raised."""
    classes = {name for name, kind in vars(errors).items() if isinstance(kind, type) and hasattr(kind, "code")}
    codes = {getattr(errors, name).code for name in classes}
    codes |= {"wrong_credentials", "locked_out", "store_busy", "store_full", "store_readonly", "store_damaged"}
    for room in ("tickets", "volunteers"):
        for file in (ROOT / room).glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes:
                    codes |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return codes


@pytest.mark.parametrize("code", sorted(error_codes()))
def test_every_error_has_its_sentence(code: str) -> None:
    assert wording.has(f"errors.{code}")


def test_every_reason_of_a_deadline_has_its_sentence() -> None:
    source = (ROOT / "tickets" / "deadlines.py").read_text(encoding="utf-8")
    source += (ROOT / "tickets" / "service.py").read_text(encoding="utf-8")
    keys = {
        node.value
        for node in ast.walk(ast.parse(source.replace("from __future__ import annotations", "")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("tickets.due.")
        and "…" not in node.value
    }
    assert len(keys) > 5
    assert {key for key in keys if not wording.has(key)} == set()
