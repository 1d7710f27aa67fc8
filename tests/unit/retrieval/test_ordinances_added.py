"""What an operator is told who adds an ordinance."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import printing
from problems import line_of
from retrieval import collection
from retrieval.errors import BadOrdinance, DocumentExists
from tests.fakes.papers import as_docx
from tests.fakes.pdf_writer import pdf
from wording import catalogue

ABOUT = {"id": "dogs", "title": "某市犬只管理条例", "place": "某市"}
LAW = [
    ("text", "某市人民代表大会常务委员会公告"),
    ("title", "某市犬只管理条例"),
    ("heading", "第一章　总则"),
    ("article", "第一条　为了管理犬只，制定本条例。"),
    ("article", "第一条之一　遛狗应当"),
    ("heading", "第二章　附则"),
    ("article", "第二条　本条例自2024年1月1日起施行。"),
]


def test_the_operator_is_told_what_was_read_left_out_and_will_not_be_quoted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "dogs.docx"
    file.write_bytes(as_docx(LAW))
    added = collection.add(file, tmp_path / "home", **ABOUT)
    assert added.document.effective == date(2024, 1, 1)
    printing.added(added)
    told = capsys.readouterr().out
    for words in (
        "2 章 3 条",
        "第一章 总则",
        "自2024年1月1日起施行",
        "第1行 某市人民代表大会常务委员会公告",
        "遛狗应当",
    ):
        assert words in told
    assert "第1条之一不予引用：条文残缺" in told
    assert "{" not in told


def test_the_operators_date_wins_and_the_difference_is_said(tmp_path: Path) -> None:
    file = tmp_path / "dogs.docx"
    file.write_bytes(as_docx(LAW))
    added = collection.add(file, tmp_path / "home", effective=date(2025, 1, 1), **ABOUT)
    assert added.document.effective == date(2025, 1, 1)
    assert added.findings[0].code == "effective_differs"
    assert added.effective_from is None


def test_pages_that_nobody_could_read_make_a_copy_incomplete(tmp_path: Path) -> None:
    file = tmp_path / "dogs.pdf"
    file.write_bytes(pdf([[(80, 700, "第一条　为了管理犬只，制定本条例。")], None]))
    added = collection.add(file, tmp_path / "home", **ABOUT)
    assert not added.document.complete
    assert [finding.code for finding in added.findings] == ["page_unread"]


def test_a_refusal_is_one_chinese_line_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "dogs.pdf"
    file.write_bytes(pdf([None]))
    with pytest.raises(BadOrdinance) as caught:
        collection.add(file, tmp_path / "home", **ABOUT)
    line = line_of(caught.value)
    assert line is not None
    assert line.startswith("dogs.pdf：PDF 是扫描件")
    assert not (tmp_path / "home").exists()
    taken = line_of(DocumentExists("there is already a document dogs", document="dogs"))
    assert taken is not None
    assert "dogs" in taken


def test_every_refusal_has_a_sentence_that_can_be_said() -> None:
    problems = [key.rpartition(".")[2] for key in catalogue() if key.startswith("retrieval.problem.")]
    for problem in problems:
        line = line_of(BadOrdinance("x", file="a.pdf", problem=problem, document="dogs"))
        assert line is not None
        assert line.startswith("a.pdf：")
        assert len(line) > 10
