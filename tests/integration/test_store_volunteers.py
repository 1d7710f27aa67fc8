"""Volunteers on both stores: one row per person, once per message."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tickets.database import Database
from tickets.errors import BadInput
from volunteers import service
from volunteers.models import VolunteerStatus
from volunteers.service import SignUp

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def sign_up(store: Database, origin: str, *, chat: str = "wang", now: datetime = NOW, **said: Any) -> int:
    new = SignUp(**{"name": "王某", "phone": "13800000000", "services": ["elderly"], **said})
    with store.begin() as session:
        return service.sign_up(session, new, channel="web", address=chat, origin=origin, now=now).id


def shown(store: Database) -> list[dict[str, Any]]:
    with store.read() as session:
        return [service.volunteer_json(one) for one in service.listing(session)]


def test_a_volunteer_is_listed_as_she_signed_up(store: Database) -> None:
    sign_up(store, "1", phone="138 0000-0000", services=["elderly", "patrol", "elderly", ""], availability="周末上午")
    assert shown(store) == [
        {
            "name": "王某",
            "phone": "13800000000",
            "services": ["elderly", "patrol"],
            "availability": "周末上午",
            "place": "",
            "area": None,
            "status": "active",
            "created_at": "2026-11-20T12:00:00+08:00",
            "demo": False,
        }
    ]
    assert json.dumps(shown(store))


def test_the_same_message_signs_up_once_and_changes_nothing_later(store: Database) -> None:
    first = sign_up(store, "1")
    assert sign_up(store, "1", services=["patrol"]) == first
    assert shown(store)[0]["services"] == ["elderly"]


@pytest.mark.parametrize(
    "again",
    [
        {"services": ["patrol"]},
        {"chat": "telegram chat", "services": ["patrol"]},
        {"phone": "13900000000", "services": ["patrol"]},
        {"name": "王某某", "services": ["patrol"]},
    ],
)
def test_the_same_person_again_renews_her_row(store: Database, again: dict[str, Any]) -> None:
    first = sign_up(store, "1")
    assert sign_up(store, "2", now=NOW + timedelta(days=1), **again) == first
    (only,) = shown(store)
    assert (only["services"], only["created_at"]) == (["patrol"], "2026-11-20T12:00:00+08:00")


def test_another_person_of_the_family_is_another_row_newest_first(store: Database) -> None:
    sign_up(store, "1")
    sign_up(store, "2", name="李某", phone="13900000000")
    assert [one["name"] for one in shown(store)] == ["李某", "王某"]


def test_who_withdraws_stays_on_the_list_as_withdrawn_and_can_come_back(store: Database) -> None:
    first = sign_up(store, "1")
    with store.begin() as session:
        assert service.withdraw(session, channel="web", address="li", now=NOW) == []
        assert [one.id for one in service.withdraw(session, channel="web", address="wang", now=NOW)] == [first]
    with store.begin() as session:
        assert service.withdraw(session, channel="web", address="wang", now=NOW) == []
        assert service.of_chat(session, "web", "wang")[0].status == VolunteerStatus.WITHDRAWN
    assert sign_up(store, "2") == first
    assert shown(store)[0]["status"] == "active"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"name": " "}, "text_missing"),
        ({"name": "长" * 51}, "text_too_long"),
        ({"phone": "我没有"}, "phone_wrong"),
        ({"phone": "123"}, "phone_wrong"),
        ({"availability": "长" * 201}, "text_too_long"),
    ],
)
def test_a_sign_up_that_cannot_be_used_is_refused(store: Database, said: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        sign_up(store, "1", **said)
    assert refusal.value.code == code
    assert shown(store) == []
