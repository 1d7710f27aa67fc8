"""Deadlines follow the Chinese working calendar and say why."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tickets import deadlines
from tickets.models import Urgency


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=deadlines.SHANGHAI)  # type: ignore[arg-type,misc]


def keys(reason: deadlines.Reason) -> list[str]:
    return [part["key"].removeprefix("tickets.due.") for part in reason]


def test_an_emergency_is_due_in_an_hour_at_any_time_of_any_day() -> None:
    due = deadlines.due(Urgency.EMERGENCY, shanghai(2026, 10, 1, 3))
    assert due.at == shanghai(2026, 10, 1, 4)
    assert keys(due.reason) == ["emergency"]


def test_the_day_of_filing_is_not_counted_and_the_last_day_ends_at_six() -> None:
    assert deadlines.due(Urgency.URGENT, shanghai(2026, 11, 20, 9)).at == shanghai(2026, 11, 23, 18)
    assert deadlines.due(Urgency.NORMAL, shanghai(2026, 11, 23, 23)).at == shanghai(2026, 11, 30, 18)


def test_a_plain_weekend_needs_no_explanation() -> None:
    assert keys(deadlines.due(Urgency.NORMAL, shanghai(2026, 11, 20, 9)).reason) == ["working_days"]


def test_the_shanghai_day_counts_not_the_day_in_utc() -> None:
    late = datetime(2026, 11, 22, 17, tzinfo=UTC)  # already Monday the 23rd in Shanghai
    assert deadlines.due(Urgency.URGENT, late).at == shanghai(2026, 11, 24, 18)


def test_national_day_is_left_out_and_the_made_up_saturday_is_counted() -> None:
    due = deadlines.due(Urgency.NORMAL, shanghai(2026, 9, 28, 10))
    # 29, 30 September, then the holiday of 1 to 7 October, then 8, 9 and Saturday 10 October (调休).
    assert due.at == shanghai(2026, 10, 10, 18)
    assert keys(due.reason) == ["working_days", "holidays", "made_up"]
    assert due.reason[1]["params"] == {"month": 10, "day": 1, "last_month": 10, "last_day": 7}


def test_a_year_whose_holidays_are_not_published_is_said_to_be_unknown() -> None:
    year = next(year for year in range(2026, 2100) if not deadlines.is_known(year))
    due = deadlines.due(Urgency.NORMAL, shanghai(year - 1, 12, 30, 10))
    assert keys(due.reason)[-1] == "unknown_year"
    assert due.reason[-1]["params"] == {"year": str(year)}
    monday = date(year, 3, 1) + timedelta(days=-date(year, 3, 1).weekday() % 7)
    assert deadlines.is_workday(monday)
    assert not deadlines.is_workday(monday - timedelta(days=1))


def test_this_year_is_known() -> None:
    assert deadlines.is_known(2026)


def test_waiting_is_told_in_one_sentence_however_often_it_happened() -> None:
    reason = deadlines.paused([{"key": "tickets.due.working_days", "params": {"days": 5}}], timedelta(minutes=50))
    reason = deadlines.paused(reason, timedelta(minutes=75, seconds=30))
    assert keys(reason) == ["working_days", "paused"]
    assert reason[-1]["params"] == {"hours": 2, "minutes": 5}


def test_a_wait_of_seconds_is_not_worth_a_sentence() -> None:
    assert deadlines.paused([], timedelta(seconds=20)) == []


@pytest.mark.parametrize("urgency", list(Urgency))
def test_a_deadline_lies_always_ahead(urgency: Urgency) -> None:
    start = shanghai(2026, 1, 1, 0, 30)
    for day in range(365):
        moment = start + timedelta(days=day, hours=day % 24)
        assert deadlines.due(urgency, moment).at > moment
