from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.ordinances.numerals import to_chinese, to_int


@given(st.integers(1, 9999))
def test_a_number_survives_writing_and_reading(number: int) -> None:
    assert to_int(to_chinese(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("十八", 18),
        ("一百零二", 102),
        ("一百一十", 110),
        ("１８", 18),
        ("拾捌", 18),
        ("廿一", 21),
        ("一〇二", 102),
        ("1", 1),
    ],
)
def test_every_way_of_writing_a_number_is_read(text: str, number: int) -> None:
    assert to_int(text) == number


@pytest.mark.parametrize("text", ["", "条", "第十", "a", "-1"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert to_int(text) is None


def test_numbers_are_written_as_laws_write_them() -> None:
    assert [to_chinese(n) for n in (10, 11, 20, 102, 110, 1001)] == [
        "十",
        "十一",
        "二十",
        "一百零二",
        "一百一十",
        "一千零一",
    ]


def test_zero_is_no_article_number() -> None:
    with pytest.raises(ValueError, match="0"):
        to_chinese(0)
