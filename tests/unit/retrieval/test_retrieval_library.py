from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.errors import BadOrdinance, BadQuestionFile, UnknownDocument
from retrieval.library import Library
from retrieval.ordinances.markdown import dump
from retrieval.ordinances.model import Document
from retrieval.places import Places, short_name


@pytest.fixture
def folder(tmp_path: Path, make_document: Callable[..., Document]) -> Path:
    ordinances = tmp_path / "ordinances"
    ordinances.mkdir()
    (ordinances / "x.md").write_text(dump(make_document("x", "东海市", ["甲。", "乙。"])), encoding="utf-8")
    (tmp_path / "questions").mkdir()
    return ordinances


def questions(folder: Path, text: str) -> None:
    (folder.parent / "questions" / "x.yml").write_text(text, encoding="utf-8")


def test_texts_questions_and_what_has_no_answer_are_read(folder: Path) -> None:
    questions(folder, "document: x\narticles: {2: [乙是什么]}")
    (folder.parent / "unanswerable.yml").write_text("questions: [天气]", encoding="utf-8")
    (folder / "places.yml").write_text("北原自治区: [东海市]", encoding="utf-8")
    library = Library.load(folder, folder / "none")
    assert library.questions == {("x", 2): ("乙是什么",)}
    assert library.unanswerable == ("天气",)
    assert library.places.chain("东海市") == ("东海市", "北原自治区")
    assert library.article("x", 3) is None
    with pytest.raises(UnknownDocument):
        library.article("y", 1)


@pytest.mark.parametrize(
    "text", ["[", "articles: {}", "document: x\narticles: {a: [b]}", "document: x\narticles: {9: [b]}"]
)
def test_a_bad_question_file_is_named(folder: Path, text: str) -> None:
    questions(folder, text)
    with pytest.raises(BadQuestionFile, match=r"^x\.yml: "):
        Library.load(folder)


def test_questions_about_a_document_that_is_not_there_wait(folder: Path) -> None:
    questions(folder, "document: later\narticles: {1: [b]}")
    assert Library.load(folder).questions == {}


def test_an_id_stands_once(folder: Path) -> None:
    (folder / "y.md").write_text((folder / "x.md").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(BadOrdinance, match="taken"):
        Library.load(folder)


def test_the_fingerprint_follows_every_change(library: Library) -> None:
    east = library.documents["east"]
    changed = [
        replace(library, unanswerable=()),
        replace(library, questions={}),
        replace(library, documents={**library.documents, "east": replace(east, complete=False)}),
    ]
    assert len({one.fingerprint for one in (library, *changed)}) == 4


@pytest.mark.parametrize(
    ("place", "short"),
    [("太原市", "太原"), ("西藏自治区", "西藏"), ("广西壮族自治区", "广西"), ("吉林省", "吉林"), ("东市", "东市")],
)
def test_places_have_short_names(place: str, short: str) -> None:
    assert short_name(place) == short


def test_places_are_found_in_questions_and_taken_out() -> None:
    places = Places(["通化市", "西藏自治区"], {"西藏自治区": ["拉萨市"]})
    assert places.named("拉萨和通化市的规定") == ("通化市", "西藏自治区") or places.named("拉萨和通化市的规定") == (
        "西藏自治区",
        "通化市",
    )
    assert places.without_names("拉萨的网格员") == "的网格员"
    assert places.resolve("吉林省通化市东昌区") == "通化市"
    assert places.resolve("上海市") == "上海市"
