from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from retrieval import collection
from retrieval.errors import BadOrdinance, DocumentExists, UnknownDocument

TEXT = "某市犬只管理条例\n第一章　总则\n第一条　为了管理犬只，制定本条例。\n第二条　遛狗应当牵绳。\n第三条　本条例自2024年1月1日起施行。\n"
ABOUT = {"id": "dogs", "title": "某市犬只管理条例", "place": "某市"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "dogs.txt"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_is_added_listed_checked_and_removed(tmp_path: Path, file: Path, encoding: str) -> None:
    file.write_text(TEXT, encoding=encoding)
    home = tmp_path / "home"
    added = collection.add(file, home, effective=date(2024, 1, 1), **ABOUT)
    assert [article.text for article in added.document.articles][1] == "遛狗应当牵绳。"
    assert added.findings == ()
    listed = {one.id: one for one in collection.list_documents(home)}
    assert (listed["dogs"].articles, listed["dogs"].quotable, listed["dogs"].added) == (3, 3, True)
    assert not listed["tonghua"].added
    assert collection.check(home)["dogs"] == []
    assert collection.load_library(home).document("dogs") == added.document
    collection.remove("dogs", home)
    assert "dogs" not in {one.id for one in collection.list_documents(home)}


def test_what_is_damaged_is_said_and_not_quoted(tmp_path: Path, file: Path) -> None:
    file.write_text(TEXT.replace("遛狗应当牵绳。", "遛狗应当"), encoding="utf-8")
    added = collection.add(file, tmp_path / "home", **ABOUT)
    assert not added.document.complete
    assert [finding.code for finding in added.findings] == ["cut_off", "not_quotable"]


def test_the_same_id_twice_changes_nothing(tmp_path: Path, file: Path) -> None:
    collection.add(file, tmp_path, **ABOUT)
    before = (tmp_path / "ordinances" / "dogs.md").read_bytes()
    file.write_text(TEXT.replace("牵绳", "放绳"), encoding="utf-8")
    for id in ("dogs", "tonghua"):
        with pytest.raises(DocumentExists):
            collection.add(file, tmp_path, **{**ABOUT, "id": id})
    assert (tmp_path / "ordinances" / "dogs.md").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.txt", "今天天气很好。".encode(), "no_article"),
        ("a.txt", b"", "empty"),
        ("a.html", b" \n", "empty"),
        ("a.txt", b"\xff\xfe\xff\x00\xff", "encoding"),
        ("a.pdf", b"%PDF", "broken"),
        ("a.odt", b"x", "old_word"),
        ("a.json", b"{}", "unsupported"),
    ],
)
def test_a_file_that_is_no_ordinance_is_refused(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadOrdinance) as caught:
        collection.add(tmp_path / name, tmp_path / "home", **ABOUT)
    assert caught.value.parameters["problem"] == problem
    assert not (tmp_path / "home").exists()


def test_a_missing_file_and_a_bad_id_are_refused(tmp_path: Path, file: Path) -> None:
    with pytest.raises(BadOrdinance, match="No such file"):
        collection.add(tmp_path / "none.txt", tmp_path, **ABOUT)
    for id in ("../x", "", "大", "A"):
        with pytest.raises(BadOrdinance, match="id"):
            collection.add(file, tmp_path, **{**ABOUT, "id": id})


@pytest.mark.parametrize("id", ["tonghua", "none", "../x"])
def test_only_what_was_added_can_be_removed(tmp_path: Path, id: str) -> None:
    with pytest.raises(UnknownDocument):
        collection.remove(id, tmp_path)
