"""The figures of an evaluation, and what is said of a file that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nlu.client import Entity, Understanding
from nlu.evaluation import BadEvaluationFile, evaluate, read_cases


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


async def test_right_wrong_and_confidently_wrong_are_counted(tmp_path: Path) -> None:
    said = {
        "a": Understanding("greet", 0.9),
        "b": Understanding("deny", 0.95),
        "c": Understanding("deny", 0.5, entities=(Entity("place", "c", "c", 0, 1), Entity("time", "c", "c", 0, 1))),
    }

    async def parse(text: str) -> Understanding:
        return said[text]

    file = write(
        tmp_path / "f.jsonl",
        {"id": "1", "text": "a", "intent": "greet"},
        {"id": "2", "text": "b", "intent": "greet"},
        {
            "id": "3",
            "text": "c",
            "intent": "deny",
            "entities": [{"entity": "place", "value": "c", "start": 0, "end": 1}],
        },
    )
    out = tmp_path / "out.jsonl"
    report = await evaluate(file, parse, out)

    assert report.accuracy == pytest.approx(2 / 3)
    assert report.wrong_confident == pytest.approx(1 / 3)
    assert report.confusion == [("greet", "deny", 1)]
    assert report.intents["greet"].precision == 1.0
    assert report.intents["greet"].recall == 0.5
    assert report.entities["place"].f1 == 1.0
    assert "time" not in report.entities
    assert [json.loads(line)["intent"] for line in out.read_text().splitlines()] == ["greet", "deny", "deny"]
    assert "greet → deny" in report.table()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["{}"], ":1: text is missing"),
        ([{"text": "a", "intent": "x"}, "{oops"], ":2: not JSON"),
        (["[]"], ":1: not an object"),
        ([{"text": 3, "intent": "x"}], ":1: text is missing"),
        ([{"text": "a", "intent": "x", "entities": [{"entity": "place"}]}], ":1: entities need"),
        ([], "holds no texts"),
    ],
)
def test_a_bad_file_is_answered_with_its_line(tmp_path: Path, rows: list[object], message: str) -> None:
    with pytest.raises(BadEvaluationFile, match=message):
        read_cases(write(tmp_path / "f.jsonl", *rows))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadEvaluationFile, match="No such file"):
        read_cases(tmp_path / "nowhere.jsonl")


def test_a_file_in_another_encoding_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes("你好".encode("gbk"))
    with pytest.raises(BadEvaluationFile, match="not UTF-8"):
        read_cases(tmp_path / "f")
