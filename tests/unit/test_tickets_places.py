"""Said places become comparable text."""

import pytest

from tickets import places


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("幸福里 三号楼二单元", "幸福里3号楼2单元"),
        ("幸福里３栋", "幸福里3号楼"),
        ("幸福里3#", "幸福里3号楼"),
        ("幸福里3#楼", "幸福里3号楼"),
        ("幸福里十二幢", "幸福里12号楼"),
        ("幸福里3-2-501", "幸福里3号楼2单元"),
        ("幸福里，3座。", "幸福里3号楼"),
        ("第一网格", "第1网格"),
        ("八一路", "八一路"),
    ],
)
def test_ways_of_writing_a_place_become_one(said: str, plain: str) -> None:
    assert places.normalise(said) == plain


NUMERALS = [("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("一百零三", 103), ("一二", 12)]


@pytest.mark.parametrize(("said", "number"), NUMERALS)
def test_chinese_numerals_are_numbers(said: str, number: int) -> None:
    assert places.numeral(said) == number


def test_a_compound_is_also_called_without_its_kind() -> None:
    assert places.forms("幸福里小区3号楼") == {"幸福里小区3号楼", "幸福里3号楼"}
    assert places.forms("翠湖小区") == {"翠湖小区", "翠湖"}


def test_a_community_keeps_its_kind_where_little_else_is_left() -> None:
    assert places.forms("幸福社区") == {"幸福社区"}


def test_a_number_is_not_found_inside_a_longer_number() -> None:
    assert places.contains("幸福里3号楼", "3号楼")
    assert not places.contains("幸福里13号楼", "3号楼")
    assert places.contains("13号楼对面3号楼", "3号楼")


@pytest.mark.parametrize(
    ("said", "name", "meant"),
    [
        ("兴福里", "幸福里", True),
        ("幸福李小区", "幸福里小区", True),
        ("幸里小区", "幸福里小区", True),
        ("幸福福里小区", "幸福里小区", True),
        ("幸福路", "幸福里", False),
        ("和谐里", "幸福里", False),
        ("幸福里2号楼", "幸福里3号楼", False),
        ("兴福里3号楼", "幸福里3号楼", True),
        ("兴福里13号楼", "幸福里3号楼", False),
        ("翠胡", "翠湖", False),
    ],
)
def test_one_slip_is_forgiven_but_another_place_or_number_is_not(said: str, name: str, meant: bool) -> None:
    assert places.contains_nearly(said, name) is meant
