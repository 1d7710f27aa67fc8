"""What measures must not have been learnt, and must be sound: no sentence of the evaluation and tuning sets stands in
training data; marks, answers and categories point to what exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from retrieval.ordinances.importer import About, read_ordinance

ROOT = Path(__file__).parents[2]
MEASURING = sorted((ROOT / "knowledge" / "evaluation").rglob("*.jsonl")) + sorted(
    (ROOT / "knowledge" / "tuning").glob("*.jsonl")
)


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def learnt() -> Iterator[str]:
    for file in (ROOT / "nlu" / "data").glob("*.yml"):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            yield from (line[2:] for line in block["examples"].splitlines() if line.startswith("- "))
    for group in yaml.safe_load((ROOT / "knowledge" / "categories.yml").read_text(encoding="utf-8")):
        for child in group["children"]:
            yield from child["examples"]
    for file in (ROOT / "knowledge" / "questions").glob("*.yml"):
        for questions in yaml.safe_load(file.read_text(encoding="utf-8"))["articles"].values():
            yield from questions
    yield from yaml.safe_load((ROOT / "knowledge" / "unanswerable.yml").read_text(encoding="utf-8"))["questions"]


@pytest.mark.parametrize("file", MEASURING, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_no_measured_sentence_is_learnt_from(file: Path) -> None:
    known = {plain(text) for text in learnt()}
    lines = file.read_text(encoding="utf-8").splitlines()
    texts = [(entry.get("text") or entry["query"]) for entry in map(json.loads, lines)]
    both = [text for text in texts if plain(text) in known]
    assert both == []


def entries(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("file", MEASURING, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_line_has_its_own_id(file: Path) -> None:
    ids = [entry["id"] for entry in entries(file)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("file", MEASURING, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_marked_entity_stands_where_it_is_marked(file: Path) -> None:
    for entry in entries(file):
        for entity in entry.get("entities", ()):
            assert entry["text"][entity["start"] : entity["end"]] == entity["value"], entry["id"]


def test_every_article_that_answers_a_question_about_a_new_law_stands_in_its_text() -> None:
    folder = ROOT / "knowledge" / "evaluation" / "new-laws"
    golds = [gold for entry in entries(folder / "new-laws.jsonl") for gold in entry["gold"]]
    assert {gold["document"] for gold in golds} == {file.stem for file in folder.glob("*.txt")}
    for document in sorted({gold["document"] for gold in golds}):
        text = (folder / f"{document}.txt").read_text(encoding="utf-8")
        numbers = {article.number for article in read_ordinance(text, About(document, document, "")).articles}
        assert {gold["article"] for gold in golds if gold["document"] == document} <= numbers


def test_every_complaint_of_the_category_set_has_a_first_level_category() -> None:
    known = {
        group["id"] for group in yaml.safe_load((ROOT / "knowledge" / "categories.yml").read_text(encoding="utf-8"))
    }
    assert {entry["category"] for entry in entries(ROOT / "knowledge" / "evaluation" / "categories-1.jsonl")} == known
