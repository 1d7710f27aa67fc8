"""The stored ordinances against what was delivered, sign by sign, and the report on their condition."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from retrieval.collection import add, check, load_library
from retrieval.ordinances import scan
from retrieval.ordinances.check import Finding
from retrieval.ordinances.importer import FOLDER, import_delivered, read_sources
from retrieval.ordinances.markdown import dump, load
from retrieval.ordinances.numerals import to_chinese
from wording import has, say

DELIVERED = {about.id: file.read_text(encoding="utf-8") for file, about in read_sources()}
CLEAN = {"tibet": 41, "taiyuan": 53, "dalian": 45, "tonghua": 45}
#: Articles of the newspaper scan whose number and text are beyond doubt.
SOUND = [1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 20, 22, 23, 24, 26]


def signs(text: str) -> str:
    """The stated normalisation (docs/decisions/001), written independently of the importer: no bookmarks, no white
    space, chapter numbers in Chinese."""
    text = re.sub(r"\[bookmark:.*?\]", "", text)
    text = re.sub(r"第(\d+)章", lambda found: f"第{to_chinese(int(found[1]))}章", text)
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(("id", "count"), CLEAN.items())
def test_a_clean_text_is_stored_whole_and_unchanged(id: str, count: int) -> None:
    document = load(FOLDER / f"{id}.md")
    assert [article.number for article in document.articles] == list(range(1, count + 1))
    assert document.complete
    stored, chapter = "", ""
    for article in document.articles:
        if article.chapter != chapter:
            chapter = article.chapter
            stored += chapter
        stored += article.label + article.text
    source = signs(DELIVERED[id])
    # The title and the note on adoption stand before the first chapter, where a text has them.
    head, body = source.split("第一章", 1)
    assert signs(stored) == "第一章" + body
    assert head in ("", signs(document.title + document.adoption))


@pytest.mark.parametrize("id", [*CLEAN, "tibet-business"])
def test_every_quotable_article_stands_in_its_source_as_it_is(id: str) -> None:
    source = signs(DELIVERED[id])
    for article in load(FOLDER / f"{id}.md").articles:
        if article.trusted:
            assert article.label + signs(article.text) in source


def test_the_stored_files_are_what_the_importer_makes() -> None:
    for document in import_delivered():
        assert (FOLDER / f"{document.id}.md").read_text(encoding="utf-8") == dump(document)


def test_paragraphs_and_items_are_kept_apart() -> None:
    third = load(FOLDER / "taiyuan.md").by_number[3]
    assert (len(third.paragraphs), len(third.items)) == (7, 6)
    assert len(load(FOLDER / "dalian.md").by_number[6].items) == 8


def test_what_is_known_of_the_texts() -> None:
    library = load_library()
    effective = {id: document.effective for id, document in library.documents.items()}
    assert effective["tonghua"] == date(2023, 7, 1)
    assert not library.document("taiyuan").title_verified
    assert library.document("taiyuan").chapters[0] == "第一章 总则"
    assert set(library.places.jurisdictions) == {"西藏自治区", "太原市", "大连市", "通化市"}
    assert library.places.chain("拉萨市") == ("拉萨市", "西藏自治区")


def test_of_the_scan_only_sound_articles_may_be_quoted() -> None:
    document = load(FOLDER / "tibet-business.md")
    assert [article.number for article in document.articles if article.trusted] == SOUND
    assert not document.complete
    known = {article.text for article in load(FOLDER / "tibet.md").articles}
    assert not known & {article.text for article in document.articles}


def test_no_sound_article_of_the_scan_shows_a_known_fault() -> None:
    for article in load(FOLDER / "tibet-business.md").articles:
        if article.trusted:
            assert article.text.endswith("。")
            assert not re.search("[a-z]{2}|下转|第.条", article.text)


@pytest.fixture(scope="module")
def findings() -> dict[str, list[Finding]]:
    return check()


@pytest.mark.parametrize("id", CLEAN)
def test_clean_texts_raise_no_alarm(findings: dict[str, list[Finding]], id: str) -> None:
    assert findings[id] == []


def test_all_known_faults_of_the_scan_are_found(findings: dict[str, list[Finding]]) -> None:
    found = findings["tibet-business"]
    where = {(finding.code, finding.article) for finding in found}
    assert ("two_laws", 0) in where
    assert {("same_text", 13), ("same_text", 14)} <= where
    texts = {finding.article: finding.parameters["others"] for finding in found if finding.code == "same_text"}
    assert texts == {13: "15、19", 14: "18"}
    assert {number for code, number in where if code == "number_doubled"} == {19, 20, 21}
    assert {("cut_off", 6), ("cut_off", 21), ("cut_copy", 7), ("cut_copy", 20), ("cut_copy", 24)} <= where
    assert sum(finding.code == "headless" for finding in found) == 2
    assert [f.parameters["word"] for f in found if f.code == "foreign_word"] == ["and"]
    wrong = {finding.article: finding.parameters["right"] for finding in found if finding.code == "wrong_number"}
    assert wrong == {22: "25", 23: "26"}
    assert sum(finding.code == "continues_elsewhere" for finding in found) == 2
    changes = {
        (f.article, f.parameters["known"], f.parameters["here"]) for f in found if f.code == "differs_from_known"
    }
    # 就学、就业 → 就业、就医; 供氧供暖 → 供暖供水; 网格长 → 网格员; 联建 → 联动; 县级 → 县级以上
    assert {(28, "学", "业"), (28, "业", "医"), (28, "氧", "暖"), (18, "长", "员"), (15, "建", "动")} <= changes
    assert (9, "", "以上") in changes
    reasons = {f.article: f.parameters["reason"] for f in found if f.code == "not_quotable"}
    assert reasons[6] == scan.CUT
    assert reasons[21] == scan.SEVERAL_TEXTS
    assert Counter(reasons.values())[scan.SAME_TEXT] == 5


def test_the_scan_added_by_an_operator_is_doubted_and_compared_with_what_is_known(tmp_path: Path) -> None:
    file = next(file for file, about in read_sources() if about.id == "tibet-business")
    stored = load(FOLDER / "tibet-business.md")
    added = add(file, tmp_path, id="scan", title=stored.title, place=stored.jurisdiction)
    trusted = {article.number: article.text for article in added.document.articles if article.trusted}
    # No program can tell that the articles a person found garbled are nonsense.
    assert sorted(trusted) == sorted([*SOUND, 11, 25])
    assert all(trusted[number] == stored.by_number[number].text for number in SOUND)
    assert {"two_laws", "same_law", "differs_from_known", "number_doubled"} <= {one.code for one in added.findings}


def test_every_finding_has_a_sentence_for_people(findings: dict[str, list[Finding]]) -> None:
    for finding in findings["tibet-business"]:
        parameters = dict(finding.parameters)
        if finding.code == "not_quotable":
            assert has(f"retrieval.doubt.{finding.parameters['reason']}")
            parameters["reason"] = say(f"retrieval.doubt.{finding.parameters['reason']}")
        sentence = say(f"retrieval.finding.{finding.code}", article=finding.article, line=finding.line, **parameters)
        assert "{" not in sentence
