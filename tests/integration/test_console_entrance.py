"""Signing in to the console: who comes in, how long she stays, and who stays out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from console import auth
from console.models import StaffSession
from tests.console_world import PASSWORD, Browser, World, hidden
from tickets.database import Database
from tickets.people import StaffAccount


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    with closing(Database(sqlite_url)) as database:
        yield World(database)


@pytest.fixture
def browser(world: World) -> Iterator[Browser]:
    with TestClient(world.app()) as client:
        yield Browser(client)


def test_without_signing_in_every_page_leads_to_the_entrance(world: World, browser: Browser) -> None:
    number = world.ticket()
    for page in ("/console", "/console/tickets", f"/console/tickets/{number}", "/console/volunteers"):
        answer = browser.get(page)
        assert answer.url.path == "/console/sign-in"
        assert "工作人员登录" in answer.text
        assert "路灯不亮" not in answer.text


def test_who_signs_in_comes_to_the_page_that_she_wanted(world: World, browser: Browser) -> None:
    world.staff()
    number = world.ticket()
    assert browser.get(f"/console/tickets/{number}").url.path == "/console/sign-in"
    answer = browser.sign_in(next=f"/console/tickets/{number}")
    assert answer.url.path == f"/console/tickets/{number}"
    assert "孙社区" in answer.text
    assert "社区工作者 · 一社区" in answer.text


def test_a_list_with_its_filters_survives_the_sign_in(world: World, browser: Browser) -> None:
    world.staff()
    wanted = browser.get("/console/tickets?status=submitted&q=%E8%B7%AF").url.params["next"]
    assert wanted == "/console/tickets?status=submitted&q=%E8%B7%AF"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/console/../../evil",
        "/console//evil.example",
        "javascript:alert(1)",
        "/console@evil.example",
        "/console/tickets\r\nSet-Cookie:a=b",
        "/",
    ],
)
def test_no_other_address_counts_as_a_page_of_ours(elsewhere: str) -> None:
    assert auth.own_page(elsewhere) == auth.HOME


def test_nobody_is_sent_elsewhere_after_signing_in(world: World, browser: Browser) -> None:
    world.staff()
    form = browser.get("/console/sign-in").text
    sent = {"csrf": hidden(form, "csrf"), "next": "https://evil.example/", "login": "孙社区", "password": PASSWORD}
    answer = browser.client.post("/console/sign-in", data=sent, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/tickets")


def test_a_wrong_password_and_an_unknown_login_are_answered_alike(world: World, browser: Browser) -> None:
    world.staff()
    wrong, unknown = browser.sign_in(password="错的密码错的密码"), browser.sign_in(login="没有这个人")
    assert wrong.status_code == unknown.status_code == 401
    assert "账号或密码不对" in wrong.text
    assert "账号或密码不对" in unknown.text
    assert 'value="孙社区"' in wrong.text
    assert "错的密码" not in wrong.text


def test_after_five_failures_even_the_right_password_waits_and_the_page_says_how_long(
    world: World, browser: Browser
) -> None:
    world.staff()
    for _ in range(5):
        browser.sign_in(password="猜一猜猜一猜猜一猜")
    locked = browser.sign_in()
    assert locked.status_code == 429
    assert "16分钟后再试" in locked.text
    assert locked.headers["retry-after"] == "960"
    world.clock.passes(minutes=16)
    assert browser.sign_in().url.path == "/console/tickets"


def test_a_one_time_password_opens_nothing_but_the_page_that_replaces_it(world: World, browser: Browser) -> None:
    one_time = world.staff(fresh=True)
    number = world.ticket()
    page = browser.sign_in(password=one_time)
    assert page.url.path == "/console/password"
    assert browser.get(f"/console/tickets/{number}").url.path == "/console/password"
    csrf = hidden(page.text, "csrf")
    step = browser.client.post(f"/console/tickets/{number}/accept", data={"csrf": csrf, "version": "1"})
    assert step.url.path == "/console/password"
    assert world.stored(number).status == "submitted"

    def replace(old: str, new: str, again: str) -> str:
        sent = {"csrf": csrf, "old": old, "new": new, "again": again}
        return browser.client.post("/console/password", data=sent).text

    assert "两次输入的新密码不一样" in replace(one_time, PASSWORD, PASSWORD + "。")
    assert "至少要10个字符" in replace(one_time, "太短", "太短")
    assert "不能和旧密码相同" in replace(one_time, one_time, one_time)
    assert "现在的密码不对" in replace("不是这个", PASSWORD, PASSWORD)
    done = replace(one_time, PASSWORD, PASSWORD)
    assert "新密码已保存" in done
    assert "路灯不亮" in done


def test_a_new_password_ends_the_sessions_in_other_browsers(world: World, browser: Browser) -> None:
    world.staff()
    browser.sign_in()
    with TestClient(world.app()) as second:
        other = Browser(second)
        other.sign_in()
        form = browser.get("/console/password").text
        new = "明天路灯就会亮起来"
        sent = {"csrf": hidden(form, "csrf"), "old": PASSWORD, "new": new + "了", "again": new + "了"}
        assert browser.client.post("/console/password", data=sent).url.path == "/console/tickets"
        assert other.get("/console/tickets").url.path == "/console/sign-in"


def test_a_session_ends_when_it_rests_and_after_a_long_day_in_any_case(world: World, browser: Browser) -> None:
    world.staff()
    browser.sign_in()
    world.clock.passes(minutes=59)
    assert browser.get("/console/tickets").url.path == "/console/tickets"
    world.clock.passes(minutes=59)
    assert browser.get("/console/tickets").url.path == "/console/tickets"
    world.clock.passes(minutes=61)
    assert browser.get("/console/tickets").url.path == "/console/sign-in"
    browser.sign_in()
    for _ in range(13):
        world.clock.passes(minutes=55)
        browser.get("/console/tickets")
    world.clock.passes(minutes=10)
    assert browser.get("/console/tickets").url.path == "/console/sign-in"


def test_signing_out_ends_the_session_in_the_store_and_not_only_the_cookie(world: World, browser: Browser) -> None:
    world.staff()
    page = browser.sign_in().text
    cookie = browser.client.cookies[auth.COOKIE]
    answer = browser.client.post("/console/sign-out", data={"csrf": hidden(page, "csrf")})
    assert "您已安全退出" in answer.text
    browser.client.cookies.set(auth.COOKIE, cookie, domain="testserver.local", path="/console")
    assert browser.get("/console/tickets").url.path == "/console/sign-in"


def test_a_disabled_account_is_out_at_once(world: World, browser: Browser) -> None:
    world.staff()
    browser.sign_in()
    with world.database.begin() as session:
        session.scalars(select(StaffAccount)).one().disabled_at = world.clock.now()
    assert browser.get("/console/tickets").url.path == "/console/sign-in"


def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_lines(world: World) -> None:
    world.staff()
    for scheme in ("http", "https"):
        with TestClient(world.app(), base_url=f"{scheme}://console.test", follow_redirects=False) as client:
            cookie = Browser(client).sign_in().headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/console" in cookie
        assert ("Secure" in cookie) == (scheme == "https")


def test_the_store_holds_no_cookie_value(world: World, browser: Browser) -> None:
    world.staff()
    browser.sign_in()
    with world.database.read() as session:
        stored = session.scalars(select(StaffSession)).one()
    assert stored.token_hash == auth.digest(browser.client.cookies[auth.COOKIE])
    assert stored.expires_at - stored.created_at == timedelta(hours=12)


def test_signing_in_again_does_not_take_over_a_session_that_the_browser_brought(world: World, browser: Browser) -> None:
    world.staff()
    browser.client.cookies.set(auth.COOKIE, "planted-by-somebody", domain="testserver.local", path="/console")
    browser.sign_in()
    values = [cookie.value for cookie in browser.client.cookies.jar if cookie.name == auth.COOKIE]
    assert "planted-by-somebody" not in values


@pytest.mark.parametrize("secret", ["", "x", "猜的", "A" * 43])
def test_a_form_without_its_secret_does_nothing(world: World, browser: Browser, secret: str) -> None:
    world.staff()
    number = world.ticket()
    form = browser.get("/console/sign-in")
    sent = {"csrf": secret, "login": "孙社区", "password": PASSWORD}
    refused = browser.client.post("/console/sign-in", data=sent)
    assert refused.status_code == 403
    assert "操作没有执行" in refused.text
    assert form.status_code == 200
    browser.sign_in()
    for path in (f"/console/tickets/{number}/accept", "/console/sign-out", "/console/password"):
        refused = browser.client.post(path, data={"csrf": secret, "version": "1", "seen": "1", "text": "我写的话"})
        assert refused.status_code == 403
    assert world.stored(number).status == "submitted"
    assert browser.get("/console/tickets").url.path == "/console/tickets"


def test_who_is_signed_in_is_not_asked_again(world: World, browser: Browser) -> None:
    world.staff()
    browser.sign_in()
    assert browser.get("/console/sign-in").url.path == "/console/tickets"
