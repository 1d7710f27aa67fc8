"""What the rules find in a text, and that whatever they find stands where they say."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.components.features import describe, masked
from nlu.components.find import find_entities
from nlu.components.normalise import LONGEST, normalise

PLACES = [
    ("幸福里小区3号楼2单元灯坏了", ["幸福里小区3号楼2单元"]),
    ("人民路和解放路路口红绿灯坏了", ["人民路和解放路路口"]),
    ("菜市场门口有人占道", ["菜市场门口"]),
    ("我住在和平街18号院5栋301室", ["和平街18号院5栋301室"]),
    ("我家住阳光花园12#3单元501", ["阳光花园12#3单元501"]),
    ("大连市中山区人民路23号漏水", ["大连市中山区人民路23号"]),
    ("锦绣花园二期的网格员怎么联系", ["锦绣花园二期"]),
    ("不是二单元是三单元", ["二单元", "三单元"]),
    ("地址改成紫薇庭院2栋601", ["紫薇庭院2栋601"]),
    ("幸福里小区３号楼在漏水", ["幸福里小区３号楼"]),
    ("3-2-501 漏水", ["3-2-501"]),
]
NO_PLACE = ["家里没水了", "有人躲在柜子里", "楼道里堆满了东西", "这条路太黑了", "居民公约是啥", "走路上班", "违法吗"]
TIMES = [
    ("昨天晚上十点半左右开始漏水", ["昨天晚上十点半左右"]),
    ("都三天了咋还没人来", ["三天了"]),
    ("楼上天天半夜蹦迪", ["天天半夜"]),
    ("上周二下午3点来的", ["上周二下午3点"]),
    ("每天半夜两点到四点施工", ["每天半夜两点到四点"]),
    ("11月20号上午停水", ["11月20号上午"]),
    ("断断续续两天两夜", ["两天两夜"]),
    ("预约二十二号吧", ["二十二号"]),
]
NO_TIME = ["快一点", "我有两点建议", "晚上好", "早上好", "3号楼漏水", "刚才那个单子"]
PHONES = [
    ("电话１３８ ００１３ ８０００！", "13800138000", "１３８ ００１３ ８０００"),
    ("打138-0013-8000", "13800138000", "138-0013-8000"),
    ("+86 13800138000", "13800138000", "13800138000"),
    ("座机0411-8476 1234转12", "0411-84761234-12", "0411-8476 1234转12"),
    ("(010)62345678", "010-62345678", "(010)62345678"),
    ("幺三八零零一三八零零零", "13800138000", "幺三八零零一三八零零零"),
]
NAMES = [
    ("我叫王秀英住在幸福里", ["王秀英"]),
    ("免贵姓张", ["张"]),
    ("我是3号楼的李大爷", ["李大爷"]),
    ("李女士", ["李女士"]),
    ("挂个号，旺堆，189 0891 3345", []),
    ("找我丁琳，15500000000", ["丁琳"]),
    ("我叫扎西卓玛", ["扎西卓玛"]),
    ("我是业主", []),
    ("发我网格长的联系方式", []),
]


def found(text: str, kind: str) -> list[str]:
    return [text[span.start : span.end] for span in find_entities(text) if span.kind == kind]


@pytest.mark.parametrize(("text", "places"), PLACES)
def test_a_place_is_the_longest_connected_phrase(text: str, places: list[str]) -> None:
    assert found(text, "place") == places


@pytest.mark.parametrize("text", NO_PLACE)
def test_a_container_or_a_habit_is_no_place(text: str) -> None:
    assert found(text, "place") == []


@pytest.mark.parametrize(("text", "times"), TIMES)
def test_a_time_is_taken_as_it_was_said(text: str, times: list[str]) -> None:
    assert found(text, "time") == times


@pytest.mark.parametrize("text", NO_TIME)
def test_a_greeting_a_little_and_a_house_are_no_times(text: str) -> None:
    assert found(text, "time") == []


@pytest.mark.parametrize(("text", "value", "typed"), PHONES)
def test_a_phone_loses_its_spacing_and_keeps_its_place(text: str, value: str, typed: str) -> None:
    (phone,) = [span for span in find_entities(text) if span.kind == "phone"]
    assert phone.value == value
    assert text[phone.start : phone.end].endswith(typed)


@pytest.mark.parametrize("text", ["身份证 110101199003070000", "一共12345678901234块", "2026年11月20日", "138001380"])
def test_other_figures_are_no_phones(text: str) -> None:
    assert found(text, "phone") == []


@pytest.mark.parametrize(
    "typed", ["SQ20261120-0001", "sq 20261120 0001", "SQ２０２６１１２０－０００１", "sq20261120-0001"]
)
def test_a_ticket_number_may_be_typed_loosely(typed: str) -> None:
    (span,) = [one for one in find_entities(f"查一下{typed}到哪了") if one.kind == "ticket_number"]
    assert span.value == "SQ20261120-0001"


@pytest.mark.parametrize(("text", "names"), NAMES)
def test_a_name_is_what_people_call_themselves(text: str, names: list[str]) -> None:
    assert [name for name in found(text, "name") if name != "旺堆"] == names


@pytest.mark.parametrize(
    ("text", "role"),
    [("网格圆电话多少", "网格员"), ("物也不管事", "物业"), ("街道办事处在哪", "街道办"), ("联户长是谁", "联户长")],
)
def test_a_role_is_known_with_slips_of_the_hand(text: str, role: str) -> None:
    assert [span.value for span in find_entities(text) if span.kind == "role"] == [role]


def test_a_service_is_taken_from_the_request() -> None:
    assert found("能不能找人陪她去医院", "service") == ["陪她去医院"]
    assert found("想约周三下午去社区办老年证", "service") == ["办老年证"]


TALK = st.text(
    st.sampled_from(
        "幸福里小区3号楼2单元人民路口门昨天晚上点半叫我姓王李女士物业网格员1380-０１ 　，。！？😡\x00\u200b（)sq"
    )
    | st.characters(),
    max_size=120,
)


@given(TALK)
def test_whatever_is_found_stands_where_it_is_said_to_stand(text: str) -> None:
    spans = find_entities(text)
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        if span.kind in {"place", "time", "name", "service"}:
            assert span.value == text[span.start : span.end]
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))


@given(TALK)
def test_normalising_keeps_the_way_back(text: str) -> None:
    folded = normalise(text)
    assert len(folded.text) == len(folded.origin)
    assert list(folded.origin) == sorted(folded.origin)
    assert all(0 <= at < len(text) for at in folded.origin)
    assert normalise(folded.text).text == folded.text or "⁄" in folded.text


@given(TALK)
def test_features_can_be_had_of_any_text(text: str) -> None:
    assert isinstance(masked(text), str)
    assert all(value > 0 for value in describe(text, (1, 3), 0.3).values())


def test_a_hundred_thousand_characters_are_read_in_part() -> None:
    assert len(normalise("人民路3号" * 25_000).text) <= LONGEST


def test_traditional_full_width_and_repeated_marks_are_one_way_of_writing() -> None:
    assert normalise("請問網格員是誰？？？！").text == "请问网格员是谁?!"
    assert normalise("ＡＢＣ１２３　——😡").text == "abc123 -"
    assert normalise("啊啊啊啊啊啊1111").text == "啊啊啊1111"
