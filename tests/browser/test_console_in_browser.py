"""Staff at work in a real browser, without JavaScript: from the one-time password to the finished ticket."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect, sync_playwright

from tests.console_world import PASSWORD, World
from tests.fakes.chromium import SWITCHES, chromium
from tickets import migrate
from tickets.database import Database
from tickets.models import Urgency

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="this machine has no Chromium"),
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(Database(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as database:
        migrate.upgrade(database)
        yield World(database)


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        free.listen()
        server = uvicorn.Server(uvicorn.Config(world.app(), log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]})
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{free.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES)
        # Colleagues at a counter may have scripts switched off; the pages owe them nothing less.
        page = browser.new_page(base_url=address, java_script_enabled=False, viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("requestfailed", lambda request: complaints.append(f"{request.url} {request.failure}"))
        yield page
        browser.close()
    # What the browser gave up itself, because a click led on meanwhile, is no complaint.
    assert [one for one in complaints if "ERR_ABORTED" not in one] == []


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.goto("/console")
    page.get_by_label("账号").fill("孙社区")
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile("/console/(tickets|password)"))


def test_staff_sign_in_and_work_a_ticket_to_its_end(world: World, page: Page) -> None:
    one_time = world.staff(fresh=True)
    number = world.ticket("楼下路灯不亮三天了 <script>document.title='!'</script>", demo=True)
    world.ticket("楼道着火", urgency=Urgency.EMERGENCY, category="fire")

    sign_in(page, one_time)
    page.get_by_label("现在的密码").fill(one_time)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输入一次新密码").fill(PASSWORD)
    page.get_by_role("button", name="保存新密码").click()
    expect(page.get_by_role("status").first).to_contain_text("新密码已保存")

    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("楼道着火")
    expect(rows.nth(2)).to_contain_text("演示数据")
    page.get_by_label("搜索").fill("路灯")
    page.get_by_role("button", name="查找").click()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("路灯照明")
    expect(page.get_by_text("document.title='!'")).to_be_visible()

    flash = page.get_by_role("status").first
    page.get_by_role("button", name="受理", exact=True).click()
    expect(flash).to_contain_text("已受理")
    page.get_by_label("派给").select_option(label="赵网格（网格员，第一网格）")
    page.get_by_role("button", name="派单", exact=True).click()
    expect(flash).to_contain_text("已派单")

    page.locator("summary", has_text="回复居民").click()
    page.get_by_label("回复内容").fill("师傅下午三点到，请留意。")
    page.get_by_role("button", name="发送给居民").click()
    expect(flash).to_contain_text("居民会在聊天中收到")

    page.locator("summary", has_text="办结").click()
    page.get_by_label("处理结果").fill("灯泡已更换，现场亮灯确认。")
    page.get_by_role("button", name="办结", exact=True).click()
    expect(flash).to_contain_text("已办结")

    log = page.get_by_role("region", name="办理记录").get_by_role("listitem")
    expect(log).to_have_count(5)
    expect(log.nth(3)).to_contain_text("师傅下午三点到，请留意。")
    assert world.stored(number).status == "resolved"
    assert [message["key"] for message in world.told()] == [
        f"tickets.notice.{action}" for action in ("accept", "assign", "write_to_resident", "resolve")
    ]

    page.get_by_role("button", name="退出").click()
    expect(page.get_by_text("您已安全退出")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("工作人员登录")


def test_the_keyboard_alone_reaches_a_step_and_takes_it(world: World, page: Page) -> None:
    world.staff()
    number = world.ticket()
    sign_in(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到主要内容")).to_be_focused()
    page.get_by_role("link", name=number).press("Enter")
    page.get_by_role("button", name="受理", exact=True).press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已受理")


def test_a_narrow_phone_shows_everything_without_scrolling_sideways(world: World, page: Page) -> None:
    world.staff()
    number = world.ticket("很长的地址" + "无空格" * 60, place="https://example.test/" + "x" * 150)
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page)
    for path in ("/console/tickets", f"/console/tickets/{number}", "/console/volunteers", "/console/password"):
        page.goto(path)
        widths = [page.locator(part).bounding_box() for part in ("html", "main")]
        assert all(box is not None and box["width"] <= 360 for box in widths), path
        assert page.locator("html").evaluate("element => element.scrollWidth") <= 360, path
