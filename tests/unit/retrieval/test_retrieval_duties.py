from pathlib import Path

import pytest

from retrieval.duties import Duties
from retrieval.errors import BadDutyFile
from retrieval.library import Library

KNOWLEDGE = Path(__file__).parents[3] / "knowledge"


def test_every_sentence_about_a_role_stands_in_its_article() -> None:
    library = Library.load(KNOWLEDGE / "ordinances")

    duties = Duties.load(KNOWLEDGE / "duties", library)

    assert {document for document, _ in duties.by_role} == {"tonghua", "dalian", "tibet", "taiyuan"}
    assert all(duty.words in library.documents[duty.document].by_number[duty.article].text
               for found in duties.by_role.values() for duty in found)  # fmt: skip


def test_every_sentence_about_a_limit_stands_in_its_article() -> None:
    library = Library.load(KNOWLEDGE / "ordinances")

    duties = Duties.load(KNOWLEDGE / "duties", library)

    assert {document for document, kind in duties.limits if kind == "off_list"} == {
        "tonghua", "dalian", "tibet", "taiyuan"
    }  # fmt: skip
    assert all(limit.words in library.documents[limit.document].by_number[limit.article].text
               for found in duties.limits.values() for limit in found)  # fmt: skip


def test_an_article_knows_what_it_keeps_from_the_community(library: Library, tmp_path: Path) -> None:
    (tmp_path / "east.yml").write_text(
        "document: east\nroles: {}\nlimits:\n  off_list: [{article: 2, words: 每个楼栋确定一名楼栋长}]\n"
        "  liability: [{article: 1, words: 为了提高社区治理水平}]\n",
        encoding="utf-8",
    )
    duties = Duties.load(tmp_path, library)

    assert duties.topics_of("east", 2) == ("off_list",)
    assert duties.topics_of("east", 1) == ("off_list",)
    assert duties.topics_of("east", 3) == ()
    assert duties.topics_of("west", 2) == ()


def test_the_nearest_law_that_says_something_is_taken(library: Library, tmp_path: Path) -> None:
    (tmp_path / "east.yml").write_text(
        "document: east\nroles:\n  楼栋长: [{article: 2, words: 每个楼栋确定一名楼栋长}]\n", encoding="utf-8"
    )
    duties = Duties.load(tmp_path, library)

    assert [duty.article for duty in duties.of("楼栋长", ["west", "east"])] == [2]
    assert duties.of("楼栋长", ["west"]) == ()
    assert duties.of("网格长", ["east"]) == ()


@pytest.mark.parametrize(
    "content",
    [
        "document: east\nroles:\n  楼栋长: [{article: 2, words: 楼栋长应当每天巡逻}]\n",
        "document: east\nroles:\n  楼栋长: [{article: 99, words: 楼栋长}]\n",
        "document: nowhere\nroles:\n  楼栋长: [{article: 2, words: 楼栋长}]\n",
        "document: east\nroles: 楼栋长\n",
        "document: east\nroles: {}\nlimits:\n  off_list: [{article: 2, words: 楼栋长不做清单以外的事}]\n",
        "document: east\nroles: {}\nlimits:\n  favours: [{article: 2, words: 楼栋长}]\n",
        "not: a: mapping",
        "",
    ],
)
def test_what_the_article_does_not_say_is_no_duty(library: Library, tmp_path: Path, content: str) -> None:
    (tmp_path / "east.yml").write_text(content, encoding="utf-8")

    with pytest.raises(BadDutyFile, match=r"east\.yml"):
        Duties.load(tmp_path, library)
