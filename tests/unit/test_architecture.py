"""The rules of docs/architecture.md, read from the syntax trees: who may import whom, and where sentences may stand."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from settings import ROOT
from wording import catalogue

ROOMS = ("bot", "handlers", "nlu", "retrieval", "tickets", "volunteers", "console")
TOOLS = frozenset({"settings", "wording", "clock", "logs"})
"""Small modules that the rooms nearest to people may use."""
MAY_IMPORT: dict[str, frozenset[str]] = {
    "bot": TOOLS | {"handlers", "tickets", "nlu.client"},
    "handlers": TOOLS | {"nlu.client", "retrieval", "tickets", "volunteers"},
    "nlu": frozenset(),
    "retrieval": frozenset(),
    "tickets": frozenset(),
    "volunteers": frozenset({"tickets"}),
    "console": TOOLS | {"tickets", "volunteers", "retrieval"},
}
TOOLS_IMPORT: dict[str, frozenset[str]] = {
    "clock": frozenset(),
    "wording": frozenset(),
    "settings": frozenset(),
    "logs": frozenset(),
    "opening": frozenset(ROOMS) | TOOLS,
    "problems": frozenset(ROOMS) | TOOLS,
    "printing": frozenset(ROOMS) | TOOLS,
    "tables": frozenset(ROOMS),
}
FACES = ("bot", "handlers", "console", "tickets", "volunteers", "retrieval")
"""Rooms whose words could reach people: what they say stands in the catalogue."""
LONGEST_MODULE = 400
SENTENCE = re.compile(r"[\u4e00-\u9fff].*[。？！]")
PATTERN_CALLS = frozenset({"compile", "match", "search", "sub", "split", "findall", "finditer", "fullmatch"})
REGISTRIES = re.compile(
    r"https?://[^\s\"')]*(?:pypi|pythonhosted|huggingface|hf-mirror|aliyun|tsinghua|npmjs|conda|ghcr|docker)"
    r"[^\s\"')]*\.[a-z]{2,}",
    re.IGNORECASE,
)


def modules(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if not {".venv", "__pycache__", "versions"} & set(path.parts)]


def top_level() -> list[Path]:
    return sorted(ROOT.glob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@lru_cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module of ours that a file imports, wherever in it, relative imports resolved."""
    ours = {*ROOMS, *TOOLS_IMPORT, "app", "backup", "cli", "server", "doctor", "gridbot"}
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            # `from nlu import client` is an import of nlu.client; whether a name is a module, the folder tells.
            names = [
                f"{module}.{alias.name}" if is_module(f"{module}.{alias.name}") else module for alias in node.names
            ]
        else:
            continue
        for name in names:
            if name.split(".")[0] in ours:
                yield name, node.lineno


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def allowed(name: str, permitted: frozenset[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in permitted)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_the_architecture_lets_it(room: str) -> None:
    permitted = MAY_IMPORT[room] | {room}
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in modules(room)
        for name, line in imports(path)
        if not allowed(name, permitted)
    ]
    assert not wrong, wrong


def test_the_small_modules_do_not_lean_on_what_leans_on_them() -> None:
    wrong = [
        f"{tool}.py:{line} imports {name}"
        for tool, permitted in TOOLS_IMPORT.items()
        for name, line in imports(ROOT / f"{tool}.py")
        if not allowed(name, permitted)
    ]
    assert not wrong, wrong


def test_nothing_imports_the_command_line_or_the_composition_root_but_what_starts_them() -> None:
    starters = {"app": {"server.py"}, "cli": {"gridbot.py"}, "server": {"cli.py"}}
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in [*modules(*ROOMS), *top_level()]
        for name, line in imports(path)
        if name in starters and name_of(path) not in starters[name]
    ]
    assert not wrong, wrong


def test_only_the_store_room_and_those_who_use_it_speak_to_the_database() -> None:
    users = ("nlu", "retrieval")
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules(*users)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        and ("sqlalchemy" in (getattr(node, "module", "") or "") or any("sqlalchemy" in a.name for a in node.names))
    ]
    assert not wrong, wrong


@pytest.mark.parametrize("room", ["handlers", "tickets", "volunteers", "retrieval"])
def test_rooms_behind_the_door_are_plain_functions_without_a_clock_of_their_own(room: str) -> None:
    wrong = []
    for path in modules(room):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.AsyncFunctionDef):
                wrong.append(f"{name_of(path)}:{node.lineno} is async")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"now", "utcnow", "today"}
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"datetime", "date"}
            ):
                wrong.append(f"{name_of(path)}:{node.lineno} asks the system for the time")
    assert not wrong, wrong


@pytest.mark.parametrize("room", FACES)
def test_no_sentence_for_people_stands_in_code(room: str) -> None:
    wrong = [
        f"{name_of(path)}:{line}: {text}"
        for path in modules(room)
        for text, line in literals(tree_of(path))
        if SENTENCE.search(text)
    ]
    assert not wrong, wrong


def literals(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """String literals that are no docstrings and no regular expressions."""
    aside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            aside.add(id(node.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in PATTERN_CALLS:
            aside.update(id(inner) for argument in node.args for inner in ast.walk(argument))
    for node in ast.walk(tree):
        # A part of a pattern that is put together elsewhere.
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "(?" in node.value:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in aside:
            yield node.value, node.lineno


def test_modules_are_short_enough_to_be_read_at_once() -> None:
    long = {
        name_of(path): lines
        for path in [*modules(*ROOMS, "bench"), *top_level()]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert not long, long


def test_no_file_names_a_package_registry_or_a_mirror() -> None:
    names = {".py", ".toml", ".txt", ".in", ".sh", ".yml", ".yaml", ".cfg", ".ini", ".md", "Makefile", "run"}
    skipped = {".venv", ".git", ".cache", "node_modules", "var", "build", "__pycache__"}
    wrong = []
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT).parts
        if skipped & set(inside) or inside[0].endswith(".egg-info") or not path.is_file():
            continue
        if path.suffix in names or path.name in names:
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if REGISTRIES.search(line):
                    wrong.append(f"{name_of(path)}:{number}: {line.strip()[:80]}")
    assert not wrong, wrong


# ── wording ──────────────────────────────────────────────────────────────────────────────────────────────────────────

SAYING = frozenset({"say", "in_chinese", "reply", "ask", "tell", "has"})
NOT_FIELDS = frozenset({"buttons", "citations", "ticket", "self"})


def saying_files() -> list[Path]:
    return [*modules("bot", "handlers", "console"), ROOT / "cli.py", ROOT / "printing.py", ROOT / "problems.py"]


def said_keys(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Calls with a key: a literal, or a pattern for an f-string with ``*`` for what is filled in."""
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in SAYING and name != "tell":
            for key in keys_of(node.args[0]):
                yield node, key


def keys_of(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)  # type: ignore[misc]
    elif isinstance(node, ast.IfExp):
        yield from keys_of(node.body)
        yield from keys_of(node.orelse)


def matching(key: str) -> list[str]:
    if "*" not in key:
        return [key] if key in catalogue() else []
    pattern = re.compile("[^ ]*".join(re.escape(part) for part in key.split("*")))
    return [known for known in catalogue() if pattern.fullmatch(known)]


def fields_of(sentence: str) -> set[str]:
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_key_that_is_said_stands_in_the_catalogue() -> None:
    wrong = [
        f"{name_of(path)}:{call.lineno}: {key}"
        for path in saying_files()
        for call, key in said_keys(path)
        if re.fullmatch(r"[a-z*_]+(\.[a-z0-9*_]+)+", key) and not matching(key)
    ]
    assert not wrong, wrong


def test_every_sentence_that_is_said_by_its_key_gets_all_its_fields() -> None:
    wrong = []
    for path in saying_files():
        for call, key in said_keys(path):
            if "*" in key or key not in catalogue() or any(one.arg is None for one in call.keywords):
                continue
            given = {one.arg for one in call.keywords if one.arg} - NOT_FIELDS
            needed = fields_of(catalogue()[key])
            named = {one.arg for one in call.keywords}
            if not needed <= {name for name in named if name}:
                wrong.append(f"{name_of(path)}:{call.lineno}: {key} lacks {sorted(needed - given)}")
    assert not wrong, wrong


def test_every_sentence_of_the_catalogue_can_be_formatted() -> None:
    for key, sentence in catalogue().items():
        assert sentence.format(**dict.fromkeys(fields_of(sentence), 1)) is not None, key
        assert all(name.isidentifier() for name in fields_of(sentence)), key


BY_CODE = ("errors.", "console.", "page.", "telegram.commands.", "retrieval.problem.")
"""Said by a code or a name whose last part alone stands in code, in a template or in the page."""
OF_FORMS = frozenset({"ask", "again", "skipped", "submit", "right", "leave"})
"""What any form or question may say in words of its own: its key is put together from three names."""


def test_no_sentence_of_the_catalogue_is_forgotten() -> None:
    """A key counts as used where it is said, or where two last parts of it stand in code (one, for those said by code)."""
    code = [*modules(*ROOMS), *top_level(), *(ROOT / "bot").rglob("*.js"), *(ROOT / "bot").rglob("*.html")]
    code += [*(ROOT / "console").rglob("*.html")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in code)
    words = set(re.findall(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*", text))
    patterns = {key for path in saying_files() for _, key in said_keys(path) if key.strip("*.")}
    reached = {known for pattern in patterns for known in matching(pattern)}
    forgotten = []
    for key in set(catalogue()) - reached:
        parts = key.split(".")
        least = 1 if key.startswith(BY_CODE) or parts[-1] in OF_FORMS else 2
        tails = {".".join(parts[index:]) for index in range(len(parts) - least + 1)}
        if key.startswith(BY_CODE):  # put together: tab_ and a name, everything under examples.list
            tails |= {re.sub(r"_[a-z0-9]+$", "_", tail) for tail in tails}
            tails |= {tail.rpartition(".")[0] for tail in tails if tail.count(".") > 1}
        if not tails & words:
            forgotten.append(key)
    assert not forgotten, sorted(forgotten)
