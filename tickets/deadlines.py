"""When a ticket has to be done, by the Chinese working calendar, with the reason as wording keys.

Working days, holidays (放假) and made-up working days (调休) are the data of ``chinesecalendar``, taken from the
notices of the State Council's office. A year whose notice is not out yet is said to be unknown, and Monday to Friday
count as working days in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar  # type: ignore[import-untyped]

from tickets.models import Urgency

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORKING_DAYS = {Urgency.NORMAL: 5, Urgency.URGENT: 1}
EMERGENCY_HOURS = 1
END_OF_WORK = time(18)

PAUSED = "tickets.due.paused"

Reason = list[dict[str, Any]]


@dataclass(frozen=True)
class Due:
    """A deadline.

    Attributes:
        at: the moment, aware.
        reason: sentences that explain it, ``[{"key": "tickets.due.…", "params": {…}}]``, JSON-able.
    """

    at: datetime
    reason: Reason


def due(urgency: Urgency, start: datetime) -> Due:
    """The deadline of a matter that came at ``start``.

    Days are counted as the Civil Code counts them (民法典 201, 203): the day on which it came is not counted, the last
    one ends with the working hours (18:00 in Shanghai).
    """
    if urgency == Urgency.EMERGENCY:
        reason: Reason = [{"key": "tickets.due.emergency", "params": {"hours": EMERGENCY_HOURS}}]
        return Due(start + timedelta(hours=EMERGENCY_HOURS), reason)
    days = WORKING_DAYS[urgency]
    day = start.astimezone(SHANGHAI).date()
    passed: list[date] = []
    left = days
    while left:
        day += timedelta(days=1)
        passed.append(day)
        left -= is_workday(day)
    reason = [{"key": "tickets.due.working_days", "params": {"days": days}}]
    reason += _holidays(passed) + _made_up(passed) + _unknown_years(passed)
    return Due(datetime.combine(day, END_OF_WORK, SHANGHAI), reason)


def paused(reason: Reason, waited: timedelta) -> Reason:
    """The reason with the time spent waiting for the resident, in one sentence however often it happened."""
    minutes = int(waited.total_seconds() // 60)
    for part in reason:
        if part["key"] == PAUSED:
            minutes += part["params"]["hours"] * 60 + part["params"]["minutes"]
    kept = [part for part in reason if part["key"] != PAUSED]
    if not minutes:
        return kept
    return [*kept, {"key": PAUSED, "params": {"hours": minutes // 60, "minutes": minutes % 60}}]


# Kept, because chinesecalendar looks through all of its years for every single day.
@lru_cache(maxsize=2000)
def is_workday(day: date) -> bool:
    """Whether people work on this day; Monday to Friday for a year that the calendar does not know."""
    if not is_known(day.year):
        return day.weekday() < 5
    return bool(chinese_calendar.is_workday(day))


@lru_cache
def is_known(year: int) -> bool:
    """Whether the holidays of this year are known."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def _holidays(days: list[date]) -> Reason:
    """One sentence per run of days off around a public holiday; plain weekends need no explanation."""
    reason: Reason = []
    run: list[date] = []
    for day in [*days, date.max]:
        if day != date.max and is_known(day.year) and not is_workday(day):
            run.append(day)
            continue
        if any(chinese_calendar.get_holiday_detail(one)[1] for one in run):
            first, last = run[0], run[-1]
            params = {"month": first.month, "day": first.day}
            if last == first:
                reason.append({"key": "tickets.due.holiday", "params": params})
            else:
                params |= {"last_month": last.month, "last_day": last.day}
                reason.append({"key": "tickets.due.holidays", "params": params})
        run = []
    return reason


def _made_up(days: list[date]) -> Reason:
    return [
        {"key": "tickets.due.made_up", "params": {"month": day.month, "day": day.day}}
        for day in days
        if day.weekday() >= 5 and is_workday(day)
    ]


def _unknown_years(days: list[date]) -> Reason:
    years = sorted({day.year for day in days if not is_known(day.year)})
    return [{"key": "tickets.due.unknown_year", "params": {"year": str(year)}} for year in years]
