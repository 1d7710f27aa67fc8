"""Tokens for programs, and the tickets that they may read as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from console.models import StaffToken
from tests.console_world import Browser, World, hidden
from tickets.database import Database
from tickets.people import Role, StaffAccount


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    with closing(Database(sqlite_url)) as database:
        yield World(database)


@pytest.fixture
def browser(world: World) -> Iterator[Browser]:
    world.staff()
    with TestClient(world.app()) as client:
        browser = Browser(client)
        browser.sign_in()
        yield browser


def make(browser: Browser, label: str = "月报") -> str:
    """A token's value, as the page shows it once."""
    csrf = hidden(browser.get("/console/tokens").text, "csrf")
    found = re.search(r'class="secret" readonly value="([^"]+)"', _post(browser, csrf, label))
    assert found is not None
    return found.group(1)


def _post(browser: Browser, csrf: str, label: str) -> str:
    return str(browser.client.post("/console/tokens", data={"csrf": csrf, "label": label}).text)


def as_program(browser: Browser, token: str, path: str = ""):  # type: ignore[no-untyped-def]
    browser.client.cookies.clear()
    return browser.client.get(f"/api/tickets{path}", headers={"Authorization": f"Bearer {token}"})


def test_a_program_reads_the_tickets_of_its_owners_area_newest_first(world: World, browser: Browser) -> None:
    filed = [world.ticket(f"第{i}件") for i in range(3)]
    world.ticket("别处的", area="第二网格")
    token = make(browser)
    listed = as_program(browser, token).json()
    assert [ticket["number"] for ticket in listed] == filed[::-1]
    assert listed[0]["reporter"] == {"name": "王小明", "phone": "13812345678"}
    assert listed[0]["due_at"] == "2026-03-18T18:00:00+08:00"
    one = as_program(browser, token, f"/{filed[0]}").json()
    assert one["description"] == "第0件"
    assert one["basis"] == [{"document": "tonghua", "article": 18}]
    assert one["events"][0]["action"] == "file"
    page = as_program(browser, token, f"?limit=1&after={filed[2]}&status=submitted&status=accepted").json()
    assert [ticket["number"] for ticket in page] == [filed[1]]
    assert as_program(browser, token, "?status=closed").json() == []
    assert as_program(browser, token, "?q=第1件").json()[0]["number"] == filed[1]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "Bearer grid_" + "x" * 5000])
def test_without_a_valid_token_nothing_is_read(world: World, browser: Browser, header: str) -> None:
    number = world.ticket()
    for path in ("/api/tickets", f"/api/tickets/{number}"):
        answer = browser.client.get(path, headers={"Authorization": header})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["code"] == "token_refused"
        assert "令牌无效" in answer.json()["error"]["message"]


def test_wrong_questions_get_a_clear_answer(world: World, browser: Browser) -> None:
    elsewhere = world.ticket(area="第二网格")
    token = make(browser)
    for path, status, code in (
        ("?status=lost", 422, "bad_parameter"), ("?limit=0", 422, "bad_parameter"), ("?limit=x", 422, "bad_parameter"),
        ("?after=SQ1", 404, "ticket_not_found"), ("/SQ1", 404, "ticket_not_found"), ("/%00", 404, "ticket_not_found"),
        (f"/{elsewhere}", 403, "other_area"),
    ):  # fmt: skip
        answer = as_program(browser, token, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), path


def test_a_token_ends_when_it_is_taken_back_expires_or_its_owner_leaves(world: World, browser: Browser) -> None:
    token = make(browser)
    csrf = hidden(browser.get("/console/tokens").text, "csrf")
    with world.database.read() as session:
        stored = session.scalars(select(StaffToken)).one()
    assert token not in vars(stored).values()
    revoked = browser.client.post("/console/tokens/revoke", data={"csrf": csrf, "token": str(stored.id)})
    assert "还没有令牌" in revoked.text
    second = make(browser, "第二个")
    assert as_program(browser, token).status_code == 401
    assert as_program(browser, second).status_code == 200
    world.clock.passes(days=365)
    assert as_program(browser, second).status_code == 401
    browser.sign_in()
    third = make(browser, "第三个")
    assert as_program(browser, third).status_code == 200
    with world.database.begin() as session:
        session.scalars(select(StaffAccount)).one().disabled_at = world.clock.now()
    assert as_program(browser, third).status_code == 401


def test_nobody_takes_back_the_token_of_somebody_else(world: World, browser: Browser) -> None:
    token = make(browser)
    world.staff("吴同事")
    with TestClient(world.app()) as client:
        colleague = Browser(client)
        colleague.sign_in("吴同事")
        page = colleague.get("/console/tokens").text
        assert "<strong>月报</strong>" not in page
        client.post("/console/tokens/revoke", data={"csrf": hidden(page, "csrf"), "token": "1"})
    assert as_program(browser, token).status_code == 200


def test_a_token_needs_a_purpose_and_nobody_collects_them(world: World, browser: Browser) -> None:
    csrf = hidden(browser.get("/console/tokens").text, "csrf")
    assert "内容不能为空" in _post(browser, csrf, " ")
    assert "请控制在50字以内" in _post(browser, csrf, "长" * 51)
    for i in range(20):
        make(browser, f"<b>{i}</b>")
    full = _post(browser, csrf, "再来一个")
    assert "令牌已有20个" in full
    assert "<b>" not in full
    assert world.told() == []


def test_a_token_of_somebody_who_does_not_handle_tickets_reads_masked_identities(world: World) -> None:
    number = world.ticket()
    world.staff("李楼长", Role.BUILDING_LEAD, "第一网格")
    with TestClient(world.app()) as client:
        lead = Browser(client)
        lead.sign_in("李楼长")
        reporter = as_program(lead, make(lead), f"/{number}").json()["reporter"]
    assert reporter == {"name": "王**", "phone": "138****5678"}
