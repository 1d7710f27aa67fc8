"""What interval a time means, and that no interval ends before it begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.client import Entity
from nlu.when import ZONE, number, when

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=ZONE)  # a Friday

POINTS = [
    ("昨天", "2026-11-19 00:00", "2026-11-20 00:00"),
    ("大前天", "2026-11-17 00:00", "2026-11-18 00:00"),
    ("前天下午三点", "2026-11-18 15:00", "2026-11-18 16:00"),
    ("昨晚", "2026-11-19 18:00", "2026-11-20 00:00"),
    ("昨天晚上十点半左右", "2026-11-19 22:30", "2026-11-19 23:30"),
    ("昨天晚上十一点到今天凌晨两点", "2026-11-19 23:00", "2026-11-20 02:00"),
    ("今早六点", "2026-11-20 06:00", "2026-11-20 07:00"),
    ("今天上午", "2026-11-20 08:00", "2026-11-20 12:00"),
    ("明天下午两点到四点", "2026-11-21 14:00", "2026-11-21 16:00"),
    ("前天半夜两点", "2026-11-19 02:00", "2026-11-19 03:00"),
    ("上周三", "2026-11-11 00:00", "2026-11-12 00:00"),
    ("上周三开始", "2026-11-11 00:00", "2026-11-20 15:30"),
    ("上上周", "2026-11-02 00:00", "2026-11-09 00:00"),
    ("下周一上午九点", "2026-11-23 09:00", "2026-11-23 10:00"),
    ("周末", "2026-11-21 00:00", "2026-11-23 00:00"),
    ("上个月", "2026-10-01 00:00", "2026-11-01 00:00"),
    ("上个月20号", "2026-10-20 00:00", "2026-10-21 00:00"),
    ("这个月初", "2026-11-01 00:00", "2026-11-11 00:00"),
    ("11月20号上午", "2026-11-20 08:00", "2026-11-20 12:00"),
    ("2026年3月5日", "2026-03-05 00:00", "2026-03-06 00:00"),
    ("三月份", "2026-03-01 00:00", "2026-04-01 00:00"),
    ("十二月二十八号", "2026-12-28 00:00", "2026-12-29 00:00"),
    ("去年", "2025-01-01 00:00", "2026-01-01 00:00"),
    ("国庆那几天", "2026-10-01 00:00", "2026-10-08 00:00"),
    ("刚才", "2026-11-20 14:30", "2026-11-20 15:30"),
    ("三天了", "2026-11-17 15:30", "2026-11-20 15:30"),
    ("连着半个月了", "2026-11-05 15:30", "2026-11-20 15:30"),
    ("快两年了", "2024-11-20 15:30", "2026-11-20 15:30"),
    ("一个多礼拜了", "2026-11-13 15:30", "2026-11-20 15:30"),
    ("两个半小时", "2026-11-20 13:00", "2026-11-20 15:30"),
    ("从昨天到现在", "2026-11-19 00:00", "2026-11-20 15:30"),
    ("晚上11:20", "2026-11-20 23:20", "2026-11-20 23:21"),
    ("晚上十二点", "2026-11-21 00:00", "2026-11-21 01:00"),
    ("20号", "2026-11-20 00:00", "2026-11-21 00:00"),
]
OFTEN = [
    ("每天早上六点多", "day", "2026-11-20 06:00", "2026-11-20 07:00"),
    ("天天半夜", "day", "2026-11-20 23:00", "2026-11-21 05:00"),
    ("每天半夜两点到四点", "day", "2026-11-21 02:00", "2026-11-21 04:00"),
    ("每晚", "day", "2026-11-20 18:00", "2026-11-21 00:00"),
    ("每周二上午", "week", "2026-11-17 08:00", "2026-11-17 12:00"),
    ("每天晚上九点到十一点", "day", "2026-11-20 21:00", "2026-11-20 23:00"),
    ("天天", "day", "2026-11-20 00:00", "2026-11-21 00:00"),
]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(("said", "start", "end"), POINTS)
def test_a_time_means_an_interval(said: str, start: str, end: str) -> None:
    found = when(said, NOW)
    assert found is not None
    assert (found.start, found.end, found.every) == (moment(start), moment(end), None)


@pytest.mark.parametrize(("said", "every", "start", "end"), OFTEN)
def test_a_habit_repeats_at_its_time_of_day(said: str, every: str, start: str, end: str) -> None:
    found = when(said, NOW)
    assert found is not None
    assert (found.every, found.start, found.end) == (every, moment(start), moment(end))


@pytest.mark.parametrize(
    "said", ["", "这阵子", "好久了", "一到下雨", "二十五点", "13月40号", "好几天了", "春节", "哪天都行"]
)
def test_what_names_no_interval_is_not_guessed(said: str) -> None:
    assert when(said, NOW) is None


@pytest.mark.parametrize(("said", "value"), [("十二", 12), ("二十", 20), ("两", 2), ("21", 21), ("三十一", 31)])
def test_numbers_are_read_in_characters_and_in_digits(said: str, value: int) -> None:
    assert number(said) == value


def test_now_may_come_in_any_zone() -> None:
    early = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # already the 20th in Shanghai
    found = when("今天", early)
    assert found is not None
    assert found.start == moment("2026-11-20 00:00")


def test_the_client_gives_the_interval_of_a_time_and_of_nothing_else() -> None:
    time = Entity("time", "昨天", "昨天", 0, 2)
    found = time.interval(NOW)
    assert found is not None
    assert found.as_json() == {"start": "2026-11-19T00:00:00+08:00", "end": "2026-11-20T00:00:00+08:00"}
    assert Entity("place", "昨天路", "昨天路", 0, 3).interval(NOW) is None


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31)).map(lambda one: one.replace(tzinfo=ZONE))
PARTS = (
    "大前天 昨天 今天 明天 上周三 下周末 每天 天天 每周二 晚上 半夜 凌晨 早上 下午 十一点 两点半 12:40 到 至 开始 三天了 半个月 "
    "上个月 31号 2月 29号 去年 国庆 以来 了 多 - 一 二十"
)
WORDS = st.lists(
    st.sampled_from(PARTS.split(" ")),
    max_size=5,
).map("".join)


@given(WORDS | st.text(max_size=12), MOMENTS)
def test_no_interval_ends_before_it_begins(said: str, now: datetime) -> None:
    found = when(said, now)
    assert found is None or found.start <= found.end


@given(
    st.sampled_from(
        ["昨天", "大前天", "上周三", "上个月", "去年", "昨天凌晨", "三天了", "上上周日", "刚才", "前天上午"]
    ),
    MOMENTS,
)
def test_the_past_is_never_in_the_future(said: str, now: datetime) -> None:
    found = when(said, now)
    assert found is not None
    assert found.start < now
    assert found.end <= now + timedelta(seconds=1)


@given(st.sampled_from(["明天", "下周三", "大后天上午", "明晚八点", "下个月"]), MOMENTS)
def test_the_future_is_never_in_the_past(said: str, now: datetime) -> None:
    found = when(said, now)
    assert found is not None
    assert found.end > now
