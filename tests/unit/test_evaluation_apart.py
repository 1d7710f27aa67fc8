"""What measures must not have been learnt: no sentence of the evaluation and tuning sets stands in training data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MEASURING = sorted((ROOT / "knowledge" / "evaluation").glob("*.jsonl")) + sorted(
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
