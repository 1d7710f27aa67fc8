"""The interval that a time means, as said in Chinese and relative to a given now (Asia/Shanghai).

``when("昨天晚上十一点到今天凌晨两点", now)`` is 23:00 of yesterday to 02:00 of today. What comes back is as exact as what was
said: 昨天 is the whole day, 三天了 begins three days ago and lasts until now, 每天早上六点多 is a repetition with its
time of day. What cannot be told (这阵子 has no beginning) gives None rather than a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
Interval = tuple[datetime, datetime]

_FIGURES = {mark: at for at, mark in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER = r"(?:[0-9]+|[零〇一二两三四五六七八九十]+)"
# Part of a day: from which hour to which; beyond 24 it runs into the next day.
_PARTS: dict[str, tuple[int, int]] = {
    "凌晨": (0, 6), "清早": (5, 8), "大清早": (5, 8), "清晨": (5, 8), "一大早": (5, 8), "大早上": (5, 8), "早晨": (5, 9),
    "早上": (6, 10), "早": (6, 10), "上午": (8, 12), "中午": (11, 14), "晌午": (11, 14), "午后": (12, 15), "下午": (12, 18), "傍晚": (17, 20),
    "晚上": (18, 24), "晚间": (18, 24), "晚": (18, 24), "夜里": (20, 30), "夜间": (20, 30), "夜": (20, 30), "半夜": (23, 29),
    "大半夜": (23, 29), "后半夜": (24, 30), "下半夜": (24, 30), "深夜": (22, 28), "深更半夜": (23, 29), "三更半夜": (23, 29),
    "白天": (8, 18), "大白天": (8, 18),
}  # fmt: skip
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_DAYS = {
    "大前天": -3, "前天": -2, "前儿": -2, "昨天": -1, "昨日": -1, "昨儿": -1, "昨": -1, "今天": 0, "今日": 0, "今儿": 0, "当天": 0,
    "今": 0, "明天": 1, "明日": 1, "明儿": 1, "明": 1, "后天": 2, "后儿": 2, "大后天": 3, "前": -2,
}  # fmt: skip
_DAY = "|".join(sorted((name for name in _DAYS if len(name) > 1), key=len, reverse=True)) + "|[昨今明前](?=晚|夜|早|个)"
_WEEKDAYS = (
    {name: at for at, name in enumerate("一二三四五六")}
    | {"日": 6, "天": 6, "末": 5}
    | {str(n): n - 1 for n in range(1, 8)}
)
# Holidays with a fixed date (month, day, days off by tradition); those of the lunar calendar are not guessed.
_HOLIDAYS = {"元旦": (1, 1, 1), "五一": (5, 1, 5), "劳动节": (5, 1, 5), "国庆": (10, 1, 7), "十一": (10, 1, 7)}
_UNITS = {
    "分钟": 1,
    "刻钟": 15,
    "钟头": 60,
    "小时": 60,
    "天": 1440,
    "日": 1440,
    "宿": 1440,
    "周": 10080,
    "星期": 10080,
    "礼拜": 10080,
}

_CLOCK = re.compile(rf"({_NUMBER})(?::([0-9]{{2}})|点(?:钟|整)?(?:过)?(半|一刻|三刻|{_NUMBER}分?)?)(多|左右)?")
_EVERY = re.compile(
    r"^(?:每(?:一?天|日|晚上?|夜|早)|天天|夜夜|日日|见天|成天|整天|每(?:个)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末1-7])?|每个?月|每年|每到|一到|每逢)"
)
_SPAN = re.compile(
    rf"(?:连着|已经|快|都|将近|差不多|大概|大约|近|整整|得有|有)*(?P<half>半)?(?P<number>{_NUMBER}|几|好几|十几|几十)?个?(?P<more>半)?(?:多|来)?个?"
    r"(?P<unit>分钟|刻钟|钟头|小时|天|日|宿|周|星期|礼拜|月|年)(?P<after>半|多)?(?:了|啦|以来|以前|之前|前|多了|左右)*$"
)


@dataclass(frozen=True)
class When:
    """A point, a span or a repetition of time.

    Attributes:
        start: the earliest moment that is meant, aware, in Asia/Shanghai; for a repetition the time of day it starts at.
        end: the first moment no longer meant; never before ``start``.
        every: ``day``, ``week``, ``month`` or ``year`` where it repeats, else None; ``start`` and ``end`` are then its
            latest occurrence.
    """

    start: datetime
    end: datetime
    every: str | None = None

    def as_json(self) -> dict[str, str]:
        """ISO times, and ``every`` where it repeats."""
        told = {"start": self.start.isoformat(), "end": self.end.isoformat()}
        return told | ({"every": self.every} if self.every else {})


def number(said: str) -> int:
    """``12``, ``十二``, ``二十``, ``两`` → an int.

    Raises:
        ValueError: nothing that is a number.
    """
    if said.isascii() and said.isdigit():
        return int(said)
    if "十" in said:
        tens, _, ones = said.partition("十")
        return (_FIGURES[tens] if tens else 1) * 10 + (_FIGURES[ones] if ones else 0)
    if not said or set(said) - _FIGURES.keys():
        raise ValueError("not a number")
    return int("".join(str(_FIGURES[mark]) for mark in said))


def when(said: str, now: datetime) -> When | None:
    """What ``said`` means at ``now`` (aware), or None where it names no interval."""
    today = now.astimezone(ZONE)
    text = re.sub(r"\s+|的(?!话)", "", unicodedata.normalize("NFKC", said)).removeprefix("从").removeprefix("自")
    try:
        every = _EVERY.match(text)
        if every is not None:
            return _repeated(text, every, today)
        found = _between(text, today) or _lasting(text, today) or _point(text, today)
    except (ValueError, KeyError, OverflowError):
        return None
    return None if found is None else When(*found)


def _at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of ``day``; hours beyond 24 are the next day's."""
    return datetime.combine(day, time(), ZONE) + timedelta(hours=hour, minutes=minute)


def _repeated(text: str, every: re.Match[str], now: datetime) -> When | None:
    head, rest = every.group(), text[every.end() :]
    rest = ("晚上" if "晚" in head or "夜" in head else "早上" if head.endswith("早") else "") + rest
    unit = "week" if re.search("周|星期|礼拜", head) else "month" if "月" in head else "year" if "年" in head else "day"
    if unit in {"month", "year"}:
        return None
    weekday = every.group("weekday")
    day = now.date()
    if weekday is not None:
        day -= timedelta(days=(day.weekday() - _WEEKDAYS[weekday]) % 7)
    halves = re.split("到|至|-|~", rest, maxsplit=1)
    start = _time_of(halves[0], day, None)
    if start is None:
        length = 2 if weekday == "末" else 1
        if head in {"每到", "一到", "每逢"}:
            return None
        return When(_at(day), _at(day + length * DAY), unit)
    if len(halves) == 2:
        stop = _time_of(halves[1], day, _part_in(halves[0]))
        if stop is not None:
            until = stop[0] if stop[1] - stop[0] <= timedelta(hours=1) else stop[1]
            return When(start[0], until if until > start[0] else until + DAY, unit)
    return When(*start, unit)


def _part_in(text: str) -> str | None:
    found = re.search(_PART, text)
    return found.group() if found else None


def _time_of(text: str, day: date, inherited: str | None) -> Interval | None:
    """A part of ``day``, or a time of the clock in it; an hour in 晚上 or 下午 is one after noon."""
    part = _part_in(text) or inherited
    clock = _CLOCK.search(text)
    if clock is None:
        return (
            None if part is None or _part_in(text) is None else (_at(day, _PARTS[part][0]), _at(day, _PARTS[part][1]))
        )
    hour, more = number(clock.group(1)), clock.group(3)
    if hour > 24:
        raise ValueError("no such hour")
    minute = int(clock.group(2) or 0)
    if more:
        minute = {"半": 30, "一刻": 15, "三刻": 45}.get(more) or number(more.rstrip("分"))
    if part is not None and hour <= 12:
        first, last = _PARTS[part]
        if last > 24 and hour < 6:
            hour += 24  # 半夜两点 of a day is after its midnight
        elif (first >= 11 and hour < first - 6) or (first >= 17 and hour < 12):
            hour += 12
        elif part in {"晚上", "晚"} and hour == 12:
            hour = 24
    begin = _at(day, hour, minute)
    return begin, begin + (
        timedelta(hours=1) if clock.group(4) or not (more or clock.group(2)) else timedelta(minutes=1)
    )


def _between(text: str, now: datetime) -> Interval | None:
    """A到B; what B leaves out it takes from A. ``…到现在`` and ``…开始`` last until now."""
    since = re.fullmatch(r"(.+?)(?:就?开始.*|起|以来|(?:一?直)?到(?:现在|今天|今))", text)
    if since is not None:
        first = _lasting(since.group(1), now) or _point(since.group(1), now)
        return None if first is None or first[0] > now else (first[0], now)
    halves = re.split("一?直?到|至|~|(?<=[0-9点])-", text, maxsplit=1)
    if len(halves) != 2 or not all(halves):
        return None
    first = _point(halves[0], now)
    if first is None:
        return None
    if re.search(rf"{_DAY}|周|星期|礼拜|月|[号日]", halves[1]):
        second = _point(halves[1], now)
    else:
        inherited = _part_in(halves[0]) if _part_in(halves[1]) is None else None
        day = first[0].date()
        if first[0].hour < 6 and _part_in(halves[0]) in {"夜里", "半夜", "大半夜", "后半夜", "深夜"}:
            inherited = None
        spoken = halves[1] if _CLOCK.search(halves[1]) else halves[1] + "点"
        second = _time_of(halves[1] if _part_in(halves[1]) else spoken, day, inherited)
        if second is not None and second[0] < first[0]:
            second = second[0] + DAY, second[1] + DAY
    if second is None:
        return None
    until = second[0] if _CLOCK.search(halves[1]) and second[0] > first[0] else second[1]
    return (first[0], until) if until >= first[0] else None


def _lasting(text: str, now: datetime) -> Interval | None:
    """三天了, 连着半个月了, 两年多: from so long ago until now."""
    found = _SPAN.fullmatch(text)
    if found is None or found.group("number") in {"几", "好几", "十几", "几十"}:
        return None
    if not (found.group("number") or found.group("half")):
        return None
    amount = number(found.group("number")) if found.group("number") else 0.0
    amount += 0.5 if found.group("half") or found.group("more") or found.group("after") == "半" else 0.0
    unit = found.group("unit")
    if unit in {"月", "年"}:
        if unit == "月" and "个" not in text and "半" not in text:
            return None  # 三月 is a month of the year
        months = amount * (12 if unit == "年" else 1)
        start = _months_ago(now, int(months)) - timedelta(days=15 if months % 1 else 0)
        return start, now
    return now - timedelta(minutes=amount * _UNITS[unit]), now


def _months_ago(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1, day=min(moment.day, 28))


def _point(text: str, now: datetime) -> Interval | None:
    """A day, week, month or year, narrowed by the part of the day and the time of the clock that follow."""
    if re.fullmatch("刚才|刚刚|方才|刚", text):
        return now - timedelta(hours=1), now
    if re.fullmatch("现在|眼下|目前|这会儿?", text):
        return now, now
    for reader in (_by_day, _by_week, _by_date, _by_holiday, _by_month):
        read = reader(text, now)
        if read is not None:
            whole, rest = read
            narrowed = _time_of(rest, whole[0].date(), None) if rest else None
            return narrowed or whole
    return _time_of(text, now.date(), None)


Reader = Callable[[str, datetime], "tuple[Interval, str] | None"]


def _whole(day: date, days: int = 1) -> Interval:
    return _at(day), _at(day + days * DAY)


def _by_day(text: str, now: datetime) -> tuple[Interval, str] | None:
    found = re.match(rf"(?P<day>{_DAY})(?:个|儿)?", text)
    if found is None:
        return None
    return _whole(now.date() + _DAYS[found.group("day")] * DAY), text[found.end() :]


def _by_week(text: str, now: datetime) -> tuple[Interval, str] | None:
    found = re.match(r"(?P<which>上+|下+|这|本)?个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末1-7])?", text)
    if found is None:
        return None
    which = found.group("which") or ""
    shift = -len(which) if which.startswith("上") else len(which) if which.startswith("下") else 0
    monday = now.date() - now.weekday() * DAY + 7 * shift * DAY
    name = found.group("day")
    if name is None:
        return (_whole(monday, 7), text[found.end() :]) if which else None
    return _whole(monday + _WEEKDAYS[name] * DAY, 2 if name == "末" else 1), text[found.end() :]


def _by_date(text: str, now: datetime) -> tuple[Interval, str] | None:
    """2026年11月20日, 11月20号, 上个月3号, 20号; without a year the one that is nearest in the past half year or ahead."""
    found = re.match(
        rf"(?:(?P<year>[0-9]{{4}})[年.\-/])?(?:(?P<month>{_NUMBER})[月.\-/](?!份)|(?P<which>上+|下+|这|本)个?月)?(?P<day>{_NUMBER})[号日]?",
        text,
    )
    if found is None or not (found.group("month") or re.match("[号日]", text[found.end() - 1 :])):
        return None
    if found.group("month") and not found.group("year") and not re.search("[月号日]", found.group()):
        return None
    year = int(found.group("year")) if found.group("year") else now.year
    month = number(found.group("month")) if found.group("month") else now.month
    which = found.group("which") or ""
    if which:
        shift = len(which) if which.startswith("上") else -len(which) if which.startswith("下") else 0
        shifted = _months_ago(now, shift)
        year, month = shifted.year, shifted.month
    day = date(year, month, number(found.group("day")))
    if not found.group("year") and found.group("month") and (day - now.date()).days > 183:
        day = day.replace(year=year - 1)
    return _whole(day), text[found.end() :]


def _by_holiday(text: str, now: datetime) -> tuple[Interval, str] | None:
    """国庆那几天: the last one that has begun, or this year's where it is said to come."""
    found = re.match("|".join(_HOLIDAYS), text)
    if found is None:
        return None
    month, day, days = _HOLIDAYS[found.group()]
    start = date(now.year, month, day)
    if start > now.date() and (start - now.date()).days > 31:
        start = start.replace(year=now.year - 1)
    rest = re.sub("^(?:节|那几天|期间|假期|长假|放假|那天)+", "", text[found.end() :])
    return _whole(start, days), rest


def _by_month(text: str, now: datetime) -> tuple[Interval, str] | None:
    """上个月, 这个月, 三月份, 去年, 今年."""
    found = re.match(
        rf"(?P<which>上+|下+|这|本)个?月(?P<part>初|底|中旬?)?|(?P<month>{_NUMBER})月(?:份)?(?P<third>初|底|中旬?)?",
        text,
    )
    if found is not None:
        which = found.group("which") or ""
        shift = len(which) if which.startswith("上") else -len(which) if which.startswith("下") else 0
        first = _months_ago(now, shift).date().replace(day=1)
        if found.group("month"):
            first = date(now.year, number(found.group("month")), 1)
            if (first - now.date()).days > 183:
                first = first.replace(year=now.year - 1)
        last = (first + 32 * DAY).replace(day=1)
        third = found.group("part") or found.group("third") or ""
        if third:
            first, last = {
                "初": (first, first + 10 * DAY),
                "中": (first + 10 * DAY, first + 20 * DAY),
                "底": (first + 20 * DAY, last),
            }[third[0]]
        return (_at(first), _at(last)), text[found.end() :]
    year = re.match("大前年|前年|去年|今年|明年|后年", text)
    if year is not None:
        which_year = now.year + {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}[year.group()]
        month = re.match(rf"({_NUMBER})月", text[year.end() :])
        if month is not None:
            first = date(which_year, number(month.group(1)), 1)
            return (_at(first), _at((first + 32 * DAY).replace(day=1))), ""
        return (_at(date(which_year, 1, 1)), _at(date(which_year + 1, 1, 1))), ""
    return None
