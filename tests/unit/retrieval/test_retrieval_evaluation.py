from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.errors import BadEvaluationFile
from retrieval.evaluation import check_gold, evaluate, figure, read_cases, table
from retrieval.library import Library
from retrieval.search import Search

GOOD = {"id": "a", "query": "垃圾分类和环境绿化", "place": "东海市", "gold": [{"document": "east", "article": 3}]}


def write(file: Path, *rows: object) -> Path:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return file


def test_figures_and_predictions_have_the_promised_shape(tmp_path: Path, library: Library) -> None:
    none = {"id": "b", "query": "今天天气怎么样", "place": "东海市", "gold": [], "style": "everyday"}
    wrong = {"id": "c", "query": "志愿服务站点", "place": None, "gold": [{"document": "east", "article": 1}]}
    report = evaluate(write(tmp_path / "q.jsonl", GOOD, none, wrong), Search(library), tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    assert [line["answered"] for line in lines] == [True, False, True]
    assert set(lines[0]["hits"][0]) == {"document", "article", "score"}
    assert lines[1]["hits"], "hits are given also when refused"
    scores = [hit["score"] for hit in lines[0]["hits"]]
    assert scores == sorted(scores, reverse=True)
    total = report.total
    assert (total.answerable, total.unanswerable) == (2, 1)
    assert total.hit1 is not None
    assert total.hit1.value == 0.5
    assert total.refused is not None
    assert total.refused.value == 1.0
    assert [row.name for row in report.by_style] == ["-", "everyday"]
    assert [row.name for row in report.by_document] == ["- (东海市)", "east"]
    assert "hit@1" in table(report)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("nonsense", "not JSON"),
        ("[]", "not an object"),
        (json.dumps({**GOOD, "id": 1}), "id"),
        (json.dumps({**GOOD, "place": 1}), "place"),
        (json.dumps({key: GOOD[key] for key in ("id", "query", "place")}), "gold"),
        (json.dumps({**GOOD, "gold": [{"document": "east"}]}), "gold"),
        (json.dumps({**GOOD, "gold": [{"document": "east", "article": True}]}), "gold"),
        (json.dumps({**GOOD, "gold": [{"document": 3, "article": 3}]}), "gold"),
        (json.dumps({**GOOD, "gold": {"document": "east", "article": 3}}), "gold"),
        (json.dumps({**GOOD, "query": None}), "query"),
        (json.dumps({**GOOD, "id": "\ud800"}), "id"),
        ("[" * 100_000, "not JSON"),
        (json.dumps({**GOOD, "id": "first"}), "twice, first on line 1"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(json.dumps({**GOOD, "id": "first"}) + f"\n\n{line}\n", encoding="utf-8")
    with pytest.raises(BadEvaluationFile, match=rf"q\.jsonl line 3: .*{complaint}"):
        read_cases(file)


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadEvaluationFile, match=r"none\.jsonl"):
        read_cases(tmp_path / "none.jsonl")
    with pytest.raises(BadEvaluationFile, match="no questions"):
        read_cases(write(tmp_path / "q.jsonl"))


def test_a_file_from_a_windows_editor_and_odd_signs_in_a_string_are_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    rows = [{**GOOD, "id": "a", "query": "垃圾\u2028分类\x85归谁"}, {**GOOD, "id": "b"}]
    text = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [(case.id, case.line) for case in read_cases(file)] == [("a", 1), ("b", 2)]
    file.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\nx")
    with pytest.raises(BadEvaluationFile, match="line 3"):
        read_cases(file)


def test_a_document_that_is_not_there_is_named_with_those_that_are(tmp_path: Path, library: Library) -> None:
    wrong = {**GOOD, "id": "b", "gold": [{"document": "east", "article": 3}, {"document": "est", "article": 3}]}
    with pytest.raises(BadEvaluationFile, match=r"q\.jsonl line 2: gold: .*'est', only east, west, region"):
        evaluate(write(tmp_path / "q.jsonl", GOOD, wrong), Search(library))


def test_an_article_that_is_not_there_is_said_and_counts_as_not_found(tmp_path: Path, library: Library) -> None:
    file = write(tmp_path / "q.jsonl", {**GOOD, "gold": [{"document": "east", "article": 99}]})
    assert check_gold(read_cases(file), library, file.name) == [
        "q.jsonl line 1: gold: east has no article 99; it counts as not found"
    ]
    hit1 = evaluate(file, Search(library)).total.hit1
    assert hit1 is not None
    assert hit1.value == 0


def test_questions_without_an_answer_alone_have_no_hits_to_count(tmp_path: Path, library: Library) -> None:
    report = evaluate(write(tmp_path / "q.jsonl", {**GOOD, "query": "今天天气怎么样", "gold": []}), Search(library))
    head, line = table(report).splitlines()[:2]
    assert line.split()[:6] == ["all", "0+1", "–", "–", "–", "–"]
    assert line.split()[6:] == ["1.000", "(1.00–1.00)", "–"]
    assert head.split() == ["questions", "hit@1", "hit@3", "hit@5", "MRR", "refusal", "recall", "false", "refusals"]


def test_an_interval_holds_its_mean() -> None:
    found = figure([1, 0, 1, 1])
    assert found is not None
    assert found.low <= found.value == 0.75 <= found.high
    assert figure([]) is None
