from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from retrieval.library import Library
from retrieval.ordinances.model import Document
from retrieval.search import Search
from retrieval.versions import in_force, same_law

REVISION_DAY = date(2027, 3, 1)


@pytest.fixture
def versions(make_document: Callable[..., Document]) -> Library:
    """A city's regulation and its revision, which asks something else of dog owners."""
    old = make_document("dogs", "东海市", ["遛狗应当使用不超过一点五米的牵引绳。"], title="东海市养犬管理条例")
    new = make_document(
        "dogs-2027",
        "东海市",
        ["遛狗应当使用不超过一米的牵引绳，并为犬只佩戴嘴套。"],
        title="东海市养犬管理条例（2026年修订）",
        effective=REVISION_DAY,
    )
    return Library({one.id: one for one in (old, new)})


@pytest.mark.parametrize(("today", "law"), [(date(2027, 2, 28), "dogs"), (REVISION_DAY, "dogs-2027")])
def test_a_revision_replaces_the_earlier_version_on_its_day(versions: Library, today: date, law: str) -> None:
    search = Search(versions, today=lambda: today)

    by_number = search.answer("第一条", "东海市")

    assert [quote.document for quote in by_number.citations] == [law]
    assert {hit.document for hit in search.search("遛狗的牵引绳能用多长", "东海市").hits} == {law}


def test_laws_of_other_names_or_places_stand_side_by_side(make_document: Callable[..., Document]) -> None:
    here, there = make_document("a", "东海市", ["一。"]), make_document("b", "西山市", ["一。"])
    other = make_document("c", "东海市", ["一。"], title="东海市养犬管理条例", effective=date(2025, 1, 1))

    assert in_force([here, there, other], date(2026, 1, 1)) == [here, there, other]


def test_a_version_of_unknown_date_gives_way_to_one_with_a_date(make_document: Callable[..., Document]) -> None:
    undated, dated = make_document("a", "东海市", ["一。"], effective=None), make_document("b", "东海市", ["一。"])

    assert in_force([undated, dated], date(2026, 1, 1)) == [dated]
    assert in_force([undated], date(2026, 1, 1)) == [undated]


def test_the_older_version_is_law_again_where_the_revision_was_repealed(make_document: Callable[..., Document]) -> None:
    old = make_document("a", "东海市", ["一。"])
    new = make_document("b", "东海市", ["一。"], effective=date(2025, 1, 1), repealed=date(2025, 6, 1))

    assert in_force([old, new], date(2025, 3, 1)) == [new]
    assert in_force([old, new], date(2025, 7, 1)) == [old]


@pytest.mark.parametrize(
    ("title", "law"),
    [
        ("东海市养犬管理条例（2026年修订）", "东海市养犬管理条例"),
        ("东海市养犬管理条例(2026修正)", "东海市养犬管理条例"),
        ("东海市养犬管理条例（2026）", "东海市养犬管理条例"),
        ("东海市养犬管理办法（试行）", "东海市养犬管理办法（试行）"),
    ],
)
def test_a_note_on_the_edition_is_no_part_of_the_name(
    title: str, law: str, make_document: Callable[..., Document]
) -> None:
    document = replace(make_document("a", "东海市", ["一。"]), title=title)

    assert same_law(document) == ("东海市", law)
