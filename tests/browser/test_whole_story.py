"""From a resident's first word to the staff's list and back, in a browser, with the real model and the real store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect, sync_playwright

from clock import Clock
from settings import Settings
from tests.fakes.chromium import SWITCHES, chromium
from tests.fakes.served import served
from tickets import people
from tickets.database import Database

pytestmark = [
    pytest.mark.browser,
    pytest.mark.model,
    pytest.mark.skipif(chromium() is None, reason="this machine has no Chromium"),
]

NEW_PASSWORD = "示范社区的晚风-2026"


class StillClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 20, 2, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="module")
def address(make_app: Callable[[Path, Clock], FastAPI], home: Path) -> Iterator[str]:
    with served(make_app(home, StillClock())) as address:
        yield address


@pytest.fixture(scope="module")
def account(address: str, home: Path) -> tuple[str, str]:
    """A desk worker's login and one-time password, as ``gridbot staff add`` makes them."""
    assert address, "the store exists once the app runs"
    database = Database(Settings(home=home).database_url)  # type: ignore[call-arg]
    with database.begin() as session:
        made = people.add_staff(session, "示范社区工作人员", people.Role.COMMUNITY_STAFF, None, StillClock().now())
        login = made.account.login
    database.close()
    return login, made.one_time_password


@pytest.fixture
def open_page() -> Iterator[Callable[[], Page]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES)
        contexts = []

        def make() -> Page:
            context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
            context.set_default_timeout(15_000)
            contexts.append(context)
            return context.new_page()

        yield make
        for context in contexts:
            context.close()
        browser.close()


def say(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")


def test_a_street_lamp_goes_from_three_messages_to_the_staffs_list_and_back_to_the_chat(
    address: str, account: tuple[str, str], open_page: Callable[[], Page]
) -> None:
    resident = open_page()
    resident.goto(address)
    resident.get_by_role("button", name="通化市").first.click()

    say(resident, "网格员平时都要干些啥呀")
    quotation = resident.locator(".citation").first
    expect(quotation).to_contain_text("通化市社区治理促进条例")
    quotation.locator("summary").click()
    expect(quotation.locator("blockquote")).to_be_visible()

    say(resident, "幸福里小区3号楼门口的路灯坏了三天了，天一黑啥也看不见")
    resident.get_by_role("button", name="匿名反映").click()
    resident.get_by_role("button", name="确认提交").click()
    card = resident.locator(".ticket").last
    expect(card).to_contain_text("SQ20261120-")
    number = card.inner_text().split("SQ")[1].split()[0]
    number = f"SQ{number}"

    staff = open_page()
    staff.goto(f"{address}/console")
    login, password = account
    staff.get_by_label("账号").fill(login)
    staff.get_by_label("密码").fill(password)
    staff.locator("button.primary").click()
    staff.locator("input[name=old]").fill(password)
    staff.locator("input[name=new]").fill(NEW_PASSWORD)
    staff.locator("input[name=again]").fill(NEW_PASSWORD)
    staff.locator("button.primary").click()
    staff.goto(f"{address}/console/tickets")
    expect(staff.get_by_text(number)).to_be_visible()
    expect(staff.locator("body")).to_contain_text("演示")
    staff.goto(f"{address}/console/tickets/{number}")
    expect(staff.locator("blockquote.matter")).to_contain_text("天一黑啥也看不见")

    staff.locator("form[action$='/accept'] button").first.click()
    expect(resident.locator(".notice").last).to_contain_text("受理", timeout=20_000)


def test_the_page_restores_the_conversation_of_the_real_server_after_a_reload(
    address: str, open_page: Callable[[], Page]
) -> None:
    page = open_page()
    page.goto(address)
    say(page, "你好呀")
    expect(page.locator(".message.reply").last).to_contain_text("社区网格助手")
    page.reload()
    expect(page.locator(".message.own").last).to_contain_text("你好呀")
    expect(page.locator(".message.reply").last).to_contain_text("社区网格助手")
    expect(page.locator(".failed")).to_have_count(0)
