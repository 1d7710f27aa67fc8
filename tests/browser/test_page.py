"""The residents' page, driven as a person would, against a small server with the promised shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from fake_chat import LAW, MARKED, NASTY, STATIC, FakeChat, FakeServer
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from tests.fakes.chromium import SWITCHES, chromium
from wording import catalogue, say

pytestmark = [pytest.mark.browser, pytest.mark.skipif(chromium() is None, reason="this machine has no Chromium")]

PLACES = ["西藏自治区", "太原市", "大连市", "通化市"]
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 320, "height": 640}

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES)
        yield started
        started.close()


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer() as running:
        yield running


@pytest.fixture
def chat(server: FakeServer) -> FakeChat:
    return server.chat


@pytest.fixture(autouse=True)
def _fresh(server: FakeServer) -> None:
    """Every test begins with a server that knows nothing."""
    server.chat.forget()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    visitor = browser.new_context(viewport=DESK, locale="zh-CN", timezone_id="Asia/Shanghai")
    visitor.set_default_timeout(5000)
    yield visitor
    visitor.close()


@pytest.fixture
def open_page(context: BrowserContext, server: FakeServer) -> Iterator[OpenPage]:
    """Opens the page; at the end no script may have failed and nothing may have broken the security policy."""
    wrong: list[str] = []

    def opened(viewport: dict[str, int] | None = None) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        if viewport:
            page.set_viewport_size(viewport)
        page.goto(server.address)
        expect(page.locator("#examples-list button").first).to_be_visible()
        return page

    yield opened
    assert wrong == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


def ask(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def own(page: Page) -> list[str]:
    return page.locator(".message.own .words").all_inner_texts()


def heard(page: Page) -> list[str]:
    return page.locator(".message.reply .words").all_inner_texts()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.innerText"))


def sideways(page: Page) -> int:
    """By how many pixels the page or the conversation can be scrolled sideways."""
    return int(
        page.evaluate(
            "Math.max(...[document.scrollingElement, document.getElementById('log')].map(e => e.scrollWidth - e.clientWidth))"
        )
    )


# ── asking ──


def test_a_question_is_answered_with_a_quotation_that_unfolds(page: Page) -> None:
    ask(page, "条例对网格员怎么规定")
    first, second = page.locator(".citation").nth(0), page.locator(".citation").nth(1)
    expect(first.locator("summary")).to_contain_text("《通化市社区治理促进条例》 第十四条")
    expect(first.locator("blockquote")).to_be_hidden()
    first.locator("summary").click()
    expect(first.locator("blockquote p")).to_have_text(LAW["text"].split("\n"))
    expect(first.locator(".source")).to_contain_text("2023年7月1日起施行")
    expect(second.locator("summary")).to_contain_text("第一百零一条")
    expect(second.locator(".badge")).to_have_text("名称待核实")
    second.locator("summary").click()
    expect(second.locator(".source")).to_contain_text(say("page.citation.effective_unknown"))


def test_the_sentence_that_matters_is_marked_and_seen_at_once(page: Page) -> None:
    ask(page, "什么要紧")
    card = page.locator(".citation")
    expect(card.locator("summary")).to_contain_text("第十四条之一")
    mark = card.locator("mark")
    expect(mark).to_be_visible()
    assert mark.evaluate("mark => mark.lastChild.data") == "第二句是要紧的。"
    assert mark.locator(".hidden-text").inner_text() == say("page.citation.marked")
    style = mark.evaluate("mark => { const s = getComputedStyle(mark); return [s.textDecorationLine, s.fontWeight]; }")
    assert style == ["underline", "650"], "not by colour alone"
    expect(card.locator("blockquote p")).to_have_count(2)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('blockquote'))")
    assert re.sub(r"\s", "", page.evaluate("getSelection().toString()")) == re.sub(r"\s", "", MARKED["text"])


def test_a_quotation_stays_folded_or_unfolded_as_it_was_left(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "什么要紧")
    expect(page.locator("mark")).to_be_visible()
    page.locator("summary").click()
    ask(page, "条例怎么规定")
    page.locator("summary").nth(2).click()
    ask(open_page(), "你好")
    expect(page.locator(".message.own")).to_have_count(3)  # said in another tab: all is put on the page anew
    assert page.locator(".citation").evaluate_all("cards => cards.map(card => card.open)") == [False, False, True]


@pytest.mark.parametrize("marked", [None, "8", [[8]], [[-1, 3]], [[3, 3]], [[0, 900]], [["0", "3"]], [[0.5, 3]]])
def test_a_mark_that_fits_nothing_is_left_out_and_the_text_is_whole(
    page: Page, marked: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MARKED, "marked", marked)
    ask(page, "什么要紧")
    page.locator("summary").click()
    expect(page.locator("blockquote p")).to_have_text(MARKED["text"].split("\n"))
    expect(page.locator("mark")).to_have_count(0)


def test_a_quotation_is_copied_with_its_source(page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "条例怎么说")
    page.locator("summary").first.click()
    page.get_by_role("button", name=say("page.citation.copy")).first.click()
    expect(page.locator(".copied").first).to_have_text(say("page.citation.copied"))
    assert page.evaluate("navigator.clipboard.readText()") == f"《{LAW['title']}》第十四条\n{LAW['text']}"


def test_a_pressed_button_becomes_the_persons_own_words_and_its_group_is_spent(page: Page, chat: FakeChat) -> None:
    ask(page, "楼道灯坏了")
    page.get_by_role("button", name="是的", exact=True).click()
    expect(page.locator(".ticket")).to_contain_text("WG-20261120-0007")
    expect(page.locator(".ticket .status")).to_have_text(say("tickets.status.submitted"))
    assert own(page) == ["楼道灯坏了", "是的"]
    assert [button.is_disabled() for button in page.locator(".choice").all()] == [True, True]
    expect(page.locator(".choice.chosen")).to_have_text("是的")
    assert chat.asked[-1]["payload"] == "q1:yes"
    assert "text" not in chat.asked[-1]


def test_an_example_asks_its_question(page: Page) -> None:
    example = page.locator("#examples-list button").first
    question = example.inner_text()
    example.click()
    expect(page.locator(".message.own .words")).to_have_text(question)


def test_line_breaks_of_a_reply_are_kept(page: Page) -> None:
    ask(page, "灯坏了")
    expect(page.locator(".reply .words")).to_have_text("记下了：楼道灯坏了。\n是在幸福小区吗？", use_inner_text=True)


def test_only_real_emergency_numbers_in_a_reply_can_be_called(page: Page) -> None:
    ask(page, "我家着火了")
    expect(page.locator(".reply a")).to_have_text(["119", "120"])
    assert page.locator(".reply a").first.get_attribute("href") == "tel:119"


def test_markup_in_a_reply_is_shown_as_text(page: Page) -> None:
    ask(page, "坏话")
    expect(page.locator(".reply .words")).to_have_text(NASTY)
    expect(page.locator(".choice")).to_have_text(NASTY)
    page.locator("summary").click()
    expect(page.locator("blockquote")).to_have_text(NASTY)
    assert page.locator("#messages :is(b:not(.law-article), img, script, a)").count() == 0
    assert page.title() == say("page.title")


def test_markup_that_a_person_types_is_shown_as_text(page: Page) -> None:
    ask(page, "<img src=x onerror=alert(1)><b>粗</b>")
    assert own(page) == ["<img src=x onerror=alert(1)><b>粗</b>"]
    assert page.locator("#messages :is(img, b)").count() == 0


def test_nothing_is_sent_for_an_empty_input(page: Page, chat: FakeChat) -> None:
    ask(page, "   \n ")
    page.locator("#send").click()
    assert own(page) == []
    assert chat.asked == []


def test_a_text_over_the_limit_stays_in_the_input(page: Page, chat: FakeChat) -> None:
    page.locator("#text").fill("字" * 1799)
    expect(page.locator("#counter")).to_be_hidden()
    page.locator("#text").fill("字" * 1990)
    expect(page.locator("#counter")).to_have_text("1990 / 2000")
    ask(page, "字" * 2003)
    expect(page.locator("#counter")).to_contain_text("3")
    assert page.locator("#text").input_value() == "字" * 2003
    assert chat.asked == []


def test_messages_arrive_in_the_order_in_which_they_were_said(page: Page, chat: FakeChat) -> None:
    chat.delay = 0.2
    for said in ["一", "二", "三"]:
        ask(page, said)
    expect(page.locator(".reply .words")).to_have_text(["收到：一", "收到：二", "收到：三"])
    assert [body["text"] for body in chat.asked] == ["一", "二", "三"]


def test_a_slow_answer_is_announced(page: Page, chat: FakeChat) -> None:
    chat.delay = 1.0
    ask(page, "你好")
    expect(page.locator("#typing")).to_be_visible()
    expect(page.locator(".reply .words")).to_have_text("收到：你好")
    expect(page.locator("#typing")).to_be_hidden()


# ── nothing lost, nothing twice ──


def test_a_message_that_failed_stays_and_is_sent_again_under_the_same_id(page: Page, chat: FakeChat) -> None:
    chat.fail = [503]
    ask(page, "楼上漏水")
    expect(page.locator(".failed .fate")).to_contain_text("服务正忙，请稍后再试。")
    page.get_by_role("button", name=say("page.sending.again")).click()
    expect(page.locator(".reply .words")).to_have_text("收到：楼上漏水")
    expect(page.locator(".failed")).to_have_count(0)
    first, second = chat.asked
    assert first["message_id"] == second["message_id"]
    assert own(page) == ["楼上漏水"]


def test_an_answer_lost_on_the_way_is_fetched_without_doing_it_twice(page: Page, chat: FakeChat) -> None:
    chat.streaming = False
    chat.fail = ["drop"]
    ask(page, "楼上漏水")
    page.get_by_role("button", name=say("page.sending.again")).click()
    expect(page.locator(".reply .words")).to_have_text("收到：楼上漏水")
    assert len(chat.asked) == 2
    assert len(chat.took) == 1


def test_an_answer_lost_on_the_way_may_come_by_the_stream(page: Page, chat: FakeChat) -> None:
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    chat.fail = ["drop"]
    ask(page, "楼上漏水")
    expect(page.locator(".reply .words")).to_have_text(["收到：你好", "收到：楼上漏水"])
    expect(page.locator(".notice")).to_have_count(0)


def test_without_a_network_a_message_waits_for_its_person(page: Page, context: BrowserContext, chat: FakeChat) -> None:
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    context.set_offline(True)
    ask(page, "断网时说的话")
    expect(page.locator(".failed .fate")).to_contain_text(say("page.sending.network"))
    expect(page.locator("#connection")).to_be_visible()
    context.set_offline(False)
    page.get_by_role("button", name=say("page.sending.again")).click()
    expect(page.locator(".reply .words").last).to_have_text("收到：断网时说的话")
    expect(page.locator("#connection")).to_be_hidden()
    assert len(chat.took) == 2


def test_an_answer_that_takes_too_long_comes_later(page: Page, chat: FakeChat) -> None:
    chat.streaming = False
    chat.fail = ["later"]
    ask(page, "楼上漏水")
    expect(page.locator("#messages").get_by_text(say("page.log.slow"))).to_be_visible()
    chat.streaming = True
    expect(page.locator(".reply .words")).to_have_text("收到：楼上漏水", timeout=15_000)
    expect(page.locator(".notice")).to_have_count(0)
    assert len(chat.took) == 1


def test_what_the_server_refuses_goes_back_into_the_input(page: Page, chat: FakeChat) -> None:
    chat.fail = [422]
    ask(page, "收不下的话")
    expect(page.locator(".failed .fate")).to_contain_text("这句话收不下。")
    page.locator("#text").fill("写到一半")
    page.get_by_role("button", name=say("page.sending.edit")).click()
    expect(page.locator("#text")).to_have_value("收不下的话\n写到一半")
    expect(page.locator(".message.own")).to_have_count(0)
    page.locator("#text").press("Enter")
    expect(page.locator(".reply")).to_have_count(1)
    assert chat.asked[0]["message_id"] != chat.asked[1]["message_id"]


def test_a_failed_message_and_a_draft_survive_a_reload(page: Page, chat: FakeChat) -> None:
    chat.fail = [500]
    ask(page, "楼上漏水")
    expect(page.locator(".failed")).to_have_count(1)
    page.locator("#text").fill("还没写完")
    page.reload()
    expect(page.locator("#text")).to_have_value("还没写完")
    page.get_by_role("button", name=say("page.sending.again")).click()
    expect(page.locator(".reply .words")).to_have_text("收到：楼上漏水")
    assert chat.asked[0]["message_id"] == chat.asked[1]["message_id"]


def test_a_reload_while_an_answer_is_awaited_loses_nothing(page: Page, chat: FakeChat) -> None:
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    chat.delay = 0.6
    ask(page, "楼上漏水")
    expect(page.locator(".message.own")).to_have_count(2)
    page.reload()
    expect(page.locator(".reply .words")).to_have_text(["收到：你好", "收到：楼上漏水"])
    expect(page.locator(".failed")).to_have_count(0)
    assert len(chat.took) == 2


def test_a_reload_restores_the_conversation_as_it_stood(page: Page, chat: FakeChat) -> None:
    ask(page, "楼道灯坏了")
    page.get_by_role("button", name="是的", exact=True).click()
    expect(page.locator(".ticket")).to_be_visible()
    ask(page, "两条")
    expect(page.locator(".reply")).to_have_count(4)
    before = page.locator("#messages .words").all_inner_texts()
    page.reload()
    expect(page.locator(".reply")).to_have_count(4)
    assert page.locator("#messages .words").all_inner_texts() == before
    assert before[:4] == ["楼道灯坏了", "记下了：楼道灯坏了。\n是在幸福小区吗？", "是的", "已经为您提交。"]
    expect(page.locator(".choice.chosen")).to_have_text("是的")
    expect(page.get_by_role("button", name="不是")).to_be_disabled()
    assert len(chat.took) == 3


def test_a_history_that_cannot_be_fetched_at_once_comes_later(page: Page, context: BrowserContext) -> None:
    ask(page, "一")
    expect(page.locator(".reply")).to_have_count(1)
    ask(page, "二")
    expect(page.locator(".reply")).to_have_count(2)
    page.route("**/api/chat/messages?*", lambda route: route.abort())
    page.reload()
    expect(page.locator("#connection")).to_be_visible()
    assert own(page) == ["一", "二"]
    page.unroute("**/api/chat/messages?*")
    context.set_offline(True)
    context.set_offline(False)  # the browser says that it is back
    expect(page.locator("#messages .words")).to_have_text(["一", "收到：一", "二", "收到：二"])
    expect(page.locator("#connection")).to_be_hidden()


def test_a_conversation_that_the_server_forgot_goes_on_in_a_new_one(page: Page, chat: FakeChat) -> None:
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    chat.forget()  # also its ids begin again
    ask(page, "还在吗")
    expect(page.locator(".reply .words")).to_have_text(["收到：你好", "收到：还在吗"])
    expect(page.get_by_text(say("page.connection.moved"))).to_be_visible()
    assert own(page) == ["你好", "还在吗"]


def test_storage_that_is_switched_off_only_shortens_the_memory(context: BrowserContext, open_page: OpenPage) -> None:
    context.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('off'); }})")
    page = open_page()
    ask(page, "你好")
    expect(page.locator(".reply .words")).to_have_text("收到：你好")


def test_an_address_without_secure_context_still_makes_message_ids(
    context: BrowserContext, open_page: OpenPage, chat: FakeChat
) -> None:
    context.add_init_script("crypto.randomUUID = undefined")
    page = open_page()
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", chat.asked[0]["message_id"]
    )


# ── notices ──


def test_a_notice_arrives_by_the_stream_and_is_marked(page: Page, chat: FakeChat) -> None:
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    chat.notice("工单已派给网格员。", ticket={"number": "WG-1", "status": "assigned"})
    expect(page.locator(".notice .words")).to_have_text("工单已派给网格员。")
    expect(page.locator(".notice .notice-mark")).to_have_text(say("page.notice.mark"))
    expect(page.locator(".notice .status")).to_have_text(say("tickets.status.assigned"))


def test_notices_arrive_by_polling_where_no_stream_gets_through(open_page: OpenPage, chat: FakeChat) -> None:
    chat.streaming = False
    page = open_page()
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    chat.notice("工单已派给网格员。")
    expect(page.locator(".notice .words")).to_have_text("工单已派给网格员。", timeout=15_000)
    expect(page.locator(".reply")).to_have_count(2)


def test_notices_while_one_was_away_are_there_on_return_and_once(page: Page, chat: FakeChat) -> None:
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    page.goto("about:blank")
    for number in range(1, 6):
        chat.notice(f"第{number}条通知")
    page.go_back()
    expect(page.locator(".notice .words")).to_have_text([f"第{number}条通知" for number in range(1, 6)])
    page.wait_for_timeout(300)
    expect(page.locator(".reply")).to_have_count(6)


def test_two_tabs_show_the_same_conversation(open_page: OpenPage) -> None:
    one = open_page()
    ask(one, "你好")
    expect(one.locator(".reply")).to_have_count(1)
    two = open_page()
    ask(two, "第二页说的")
    # Where the stream of the first tab has just ended, its poll (every ten seconds) brings the news.
    same = ["你好", "收到：你好", "第二页说的", "收到：第二页说的"]
    expect(one.locator("#messages .words")).to_have_text(same, timeout=20_000)


def test_reading_above_is_not_torn_away_by_news(page: Page, chat: FakeChat) -> None:
    ask(page, "很长")
    expect(page.locator(".reply")).to_have_count(1)
    page.locator("#log").evaluate("log => { log.scrollTop = 0; }")
    page.wait_for_timeout(100)
    chat.notice("新的通知")
    newer = page.get_by_role("button", name=say("page.log.newer"))
    expect(newer).to_be_visible()
    assert page.locator("#log").evaluate("log => log.scrollTop") == 0
    newer.click()
    expect(page.locator(".notice")).to_be_in_viewport()
    expect(newer).to_be_hidden()


def test_a_long_answer_is_shown_from_its_beginning(page: Page) -> None:
    ask(page, "很长")
    expect(page.locator(".reply")).to_have_count(1)
    page.wait_for_timeout(200)
    log = page.locator("#log").bounding_box()
    reply = page.locator(".reply").bounding_box()
    assert log is not None
    assert reply is not None
    assert log["y"] <= reply["y"] < log["y"] + 60


# ── place, menu, dialogs ──


def test_the_first_visit_asks_for_the_place_and_sends_it_along(page: Page, chat: FakeChat) -> None:
    options = page.locator("#place-ask-options button")
    expect(options).to_have_text([*PLACES, say("page.place.later")])
    options.nth(2).click()
    expect(page.locator("#place-ask")).to_be_hidden()
    expect(page.locator("#place-name")).to_have_text("大连市")
    assert focused(page) == "examples-heading"
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    assert list(chat.places.values()) == ["大连市"]
    page.reload()
    expect(page.locator("#place-name")).to_have_text("大连市")
    expect(page.locator("#place-ask")).to_be_hidden()


def test_the_place_may_be_chosen_later(page: Page, chat: FakeChat) -> None:
    page.locator("#place-ask-options").get_by_text(say("page.place.later")).click()
    expect(page.locator("#place-ask")).to_be_hidden()
    expect(page.locator("#place-name")).to_have_text(say("page.place.choose"))
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    assert list(chat.places.values()) == [None]


def test_changing_the_place_keeps_the_conversation(page: Page, chat: FakeChat) -> None:
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    page.locator("#menu-place").click()
    page.locator("#place-dialog").get_by_role("button", name="太原市").click()
    expect(page.get_by_text(say("page.place.changed", place="太原市"))).to_be_visible()
    assert list(chat.places.values()) == ["太原市"]
    assert own(page) == ["你好"]
    ask(page, "再问一句")
    expect(page.locator(".reply")).to_have_count(2)
    assert len({body["conversation"] for body in chat.asked}) == 1


def test_the_place_can_be_changed_after_the_server_forgot_the_conversation(page: Page, chat: FakeChat) -> None:
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    chat.forget()
    page.locator("#menu-place").click()
    page.locator("#place-dialog").get_by_role("button", name="太原市").click()
    expect(page.locator("#place-name")).to_have_text("太原市")
    ask(page, "再问一句")
    expect(page.locator(".reply")).to_have_count(2)
    assert list(chat.places.values()) == ["太原市"]


def test_a_new_conversation_is_begun_only_after_a_confirmation(page: Page, chat: FakeChat) -> None:
    page.locator("#place-ask-options button").first.click()
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    dialog = page.locator("#fresh-dialog")
    page.locator("#menu-fresh").click()
    dialog.get_by_role("button", name=say("page.fresh.no")).click()
    assert own(page) == ["你好"]
    page.locator("#menu-fresh").click()
    dialog.get_by_role("button", name=say("page.fresh.yes")).click()
    expect(page.locator("#messages li")).to_have_count(0)
    page.reload()
    expect(page.locator("#place-name")).to_have_text("西藏自治区")
    expect(page.locator("#messages li")).to_have_count(0)
    ask(page, "新的话")
    expect(page.locator(".reply .words")).to_have_text("收到：新的话")
    assert len({body["conversation"] for body in chat.asked}) == 2


def test_an_answer_to_the_old_conversation_does_not_enter_the_new_one(page: Page, chat: FakeChat) -> None:
    chat.delay = 0.5
    ask(page, "旧的话")
    page.locator("#menu-fresh").click()
    page.locator("#fresh-dialog").get_by_role("button", name=say("page.fresh.yes")).click()
    page.wait_for_timeout(900)
    expect(page.locator("#messages li")).to_have_count(0)


def test_a_demo_is_marked_as_one(chat: FakeChat, open_page: OpenPage) -> None:
    expect(open_page().locator("#demo")).to_be_hidden()
    chat.demo = True
    page = open_page()
    expect(page.locator("#demo")).to_have_text(say("page.demo.mark"))
    expect(page.locator("#demo-note")).to_be_visible()


def test_emergency_numbers_can_be_called_at_any_size(open_page: OpenPage) -> None:
    page = open_page()
    for size in (DESK, PHONE, {"width": 740, "height": 340}, {"width": 320, "height": 256}):
        page.set_viewport_size(size)
        numbers = page.locator(".emergency a")
        assert [link.get_attribute("href") for link in numbers.all()] == ["tel:110", "tel:119", "tel:120"]
        for link in numbers.all():
            expect(link).to_be_in_viewport()


def test_emergency_numbers_stand_there_even_if_nothing_else_loads(context: BrowserContext, server: FakeServer) -> None:
    page = context.new_page()
    page.route("**/api/**", lambda route: route.abort())
    page.goto(server.address)
    expect(page.locator(".emergency a")).to_have_count(3)
    expect(page.locator("#broken")).to_be_visible()


# ── position ──


def test_a_position_is_asked_for_only_when_wanted(page: Page, context: BrowserContext, chat: FakeChat) -> None:
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 41.7281, "longitude": 125.9397})
    page.locator("#locate").click()
    expect(page.locator(".message.own .words")).to_contain_text("41.72810")
    expect(page.locator(".reply")).to_have_count(1)
    assert chat.asked[0]["location"] == {"latitude": 41.7281, "longitude": 125.9397}


def test_a_position_that_is_refused_leaves_a_way_on(page: Page, chat: FakeChat) -> None:
    page.evaluate("() => { navigator.geolocation.getCurrentPosition = (done, failed) => failed({code: 1}); }")
    page.locator("#locate").click()
    expect(page.get_by_text(say("page.location.denied"))).to_be_visible()
    assert focused(page) == "text"
    assert chat.asked == []


# ── keyboard, input methods, screen readers, sizes ──


def test_everything_can_be_done_by_keyboard(page: Page) -> None:
    keyboard = page.keyboard
    keyboard.press("Tab")
    assert focused(page) == say("page.skip")
    keyboard.press("Enter")
    assert focused(page) == "text"
    keyboard.type("灯坏了")
    keyboard.press("Enter")
    expect(page.locator(".choice")).to_have_count(2)
    assert focused(page) == "text"
    page.locator(".choice").first.focus()
    keyboard.press("Enter")
    expect(page.locator(".ticket")).to_be_visible()
    assert focused(page).startswith("own-")  # the spent button cannot hold the focus; one's own words do
    keyboard.press("Tab")
    assert focused(page) == say("page.ticket.ask")
    page.locator("#text").focus()
    keyboard.type("条例")
    keyboard.press("Enter")
    expect(page.locator(".citation")).to_have_count(2)
    page.locator("summary").first.focus()
    keyboard.press("Space")
    expect(page.locator("blockquote").first).to_be_visible()
    keyboard.press("Tab")
    assert focused(page) == say("page.citation.copy")


def test_the_menu_opens_closes_and_gives_the_focus_back(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    menu = page.locator("#menu-open")
    expect(page.locator("#menu-panel")).to_be_hidden()
    menu.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    assert focused(page) == "menu-place"
    page.keyboard.press("Escape")
    expect(page.locator("#menu-panel")).to_be_hidden()
    assert focused(page) == "menu-open"
    menu.press("Enter")
    page.locator("#menu-fresh").press("Enter")
    expect(page.locator("#fresh-dialog")).to_be_visible()
    assert focused(page) == say("page.fresh.no")
    page.keyboard.press("Escape")
    expect(page.locator("#fresh-dialog")).to_be_hidden()
    assert focused(page) == "menu-open"


def test_enter_that_chooses_a_candidate_does_not_send(page: Page, chat: FakeChat) -> None:
    text = page.locator("#text")
    text.focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "lou dao", "selectionStart": 7, "selectionEnd": 7})
    page.evaluate("window.seen = []; text.addEventListener('keydown', e => seen.push([e.key, e.isComposing]))")
    page.keyboard.press("Enter")
    assert page.evaluate("seen") == [["Enter", True]]
    # Some browsers end the composition first and mark the key by its old code only.
    page.evaluate("text.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, cancelable: true}))")
    page.wait_for_timeout(200)
    assert chat.asked == []
    assert own(page) == []
    session.send("Input.insertText", {"text": "楼道"})
    page.keyboard.press("Enter")
    expect(page.locator(".message.own")).to_have_count(1)
    expect(page.locator(".reply")).to_have_count(1)


def test_shift_and_enter_begin_a_line(page: Page, chat: FakeChat) -> None:
    text = page.locator("#text")
    text.fill("第一行")
    text.press("Shift+Enter")
    text.press_sequentially("第二行")
    text.press("Enter")
    expect(page.locator(".reply")).to_have_count(1)
    assert chat.asked[0]["text"] == "第一行\n第二行"


@pytest.mark.parametrize("large", [False, True], ids=["usual letters", "large letters"])
def test_a_phone_of_320_pixels_needs_no_sideways_scrolling(open_page: OpenPage, chat: FakeChat, large: bool) -> None:
    chat.demo = True
    page = open_page(PHONE)
    if large:
        page.locator("#large").click()
    assert sideways(page) == 0
    for said in ["条例", "楼道灯坏了", "坏话", "h" * 300]:
        ask(page, said)
    expect(page.locator(".reply")).to_have_count(4)
    page.locator(".choice").first.click()
    for summary in page.locator("summary").all():
        summary.click()
    chat.fail = [500]
    ask(page, "发不出去")
    expect(page.locator(".failed")).to_have_count(1)
    assert sideways(page) == 0
    page.locator("#place").click()
    expect(page.locator("#place-dialog")).to_be_visible()
    assert sideways(page) == 0


def test_text_of_twice_the_size_fits_and_can_be_used(page: Page) -> None:
    page.set_viewport_size({"width": 640, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    ask(page, "条例")
    page.locator("summary").first.click()
    expect(page.locator("blockquote").first).to_be_visible()
    assert sideways(page) == 0
    expect(page.locator("#send")).to_be_in_viewport()


def test_letters_can_be_made_larger_and_stay_so(page: Page) -> None:
    size = "getComputedStyle(document.querySelector('.brand-name')).fontSize"
    usual = float(page.evaluate(size).removesuffix("px"))
    page.locator("#large").click()
    assert float(page.evaluate(size).removesuffix("px")) >= usual * 1.25
    page.reload()
    expect(page.locator("#large")).to_have_attribute("aria-pressed", "true")
    assert float(page.evaluate(size).removesuffix("px")) >= usual * 1.25


def test_a_very_low_window_scrolls_as_a_whole(open_page: OpenPage) -> None:
    page = open_page({"width": 320, "height": 256})
    ask(page, "楼道灯坏了")
    expect(page.locator(".choice").first).to_be_in_viewport()
    expect(page.locator("#text")).to_be_in_viewport()
    assert sideways(page) == 0


def test_a_screen_reader_hears_replies_and_knows_every_control(page: Page) -> None:
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_have_accessible_name(say("page.log.label"))
    ask(page, "条例")
    expect(page.locator(".citation")).to_have_count(2)
    ask(page, "灯坏了")
    expect(page.locator(".choice")).to_have_count(2)
    for control in page.locator(":is(button, textarea, a, summary, [role=group]):visible").all():
        expect(control).to_have_accessible_name(re.compile("."))
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.locator("html").get_attribute("lang") == "zh-CN"


CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script, noscript")) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${walker.currentNode.data.trim()}: ${ratio.toFixed(2)}`);
  }
  return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(page: Page, chat: FakeChat, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    chat.demo = True
    for said in ["条例", "楼道灯坏了", "我家着火了"]:
        ask(page, said)
    expect(page.locator(".reply")).to_have_count(3)
    page.locator("summary").first.click()
    page.locator(".choice").first.click()
    expect(page.locator(".ticket")).to_have_count(1)
    chat.fail = [500]
    for status in ["waiting_resident", "closed"]:
        chat.notice("通知", ticket={"number": "WG-1", "status": status})
    ask(page, "发不出去")
    expect(page.locator(".failed")).to_have_count(1)
    expect(page.locator(".notice")).to_have_count(2)
    page.locator("#text").fill("字" * 2001)
    page.wait_for_timeout(200)
    assert page.evaluate(CONTRAST) == []


def test_nothing_moves_for_those_who_asked_for_calm(page: Page, chat: FakeChat) -> None:
    page.emulate_media(reduced_motion="reduce")
    chat.delay = 1.5
    ask(page, "你好")
    expect(page.locator("#typing")).to_be_visible()
    assert page.evaluate("document.getAnimations().length") == 0


# ── large letters and reading aloud (长辈版) ──

VOICES = """(voices => {
  window.said = [];
  const engine = Object.assign(new EventTarget(), {
    getVoices: () => voices,
    speak: (utterance) => { said.push(utterance.text); engine.last = utterance; },
    cancel: () => { said.push("—"); },
  });
  Object.defineProperty(window, "speechSynthesis", { value: engine });
  window.SpeechSynthesisUtterance = class extends EventTarget {
    constructor(text) { super(); this.text = text; }
  };
})(%s)"""
ON_DEVICE = '[{name: "小雅", lang: "zh-CN", localService: true}]'
ELSEWHERE = '[{name: "云端", lang: "zh-CN", localService: false}, {name: "Sam", lang: "en-US", localService: true}]'


def with_voices(context: BrowserContext, voices: str) -> None:
    context.add_init_script(VOICES % voices)


def read_aloud(page: Page) -> list[str]:
    """What the browser was given to read since it was last told to be silent."""
    said: list[str] = page.evaluate("said")
    return said[len(said) - said[::-1].index("—") :] if "—" in said else said


SMALL = """() => {
  const small = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script, noscript, .hidden-text, .skip"))
      continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < 24) small.push(`${walker.currentNode.data.trim()}: ${size}`);
  }
  for (const element of document.querySelectorAll("button, a, summary, textarea")) {
    const { height } = element.getBoundingClientRect();
    if (element.checkVisibility() && !element.closest(".hidden-text, .skip") && height < 56)
      small.push(`${element.outerHTML.slice(0, 60)}: ${height}`);
  }
  return small;
}"""


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_with_large_letters_nothing_is_smaller_than_24_pixels_and_nothing_to_press_than_56(
    context: BrowserContext, open_page: OpenPage, chat: FakeChat, size: dict[str, int]
) -> None:
    with_voices(context, ON_DEVICE)
    chat.demo = True
    page = open_page(size)
    page.locator("#large").click()
    for said in ["条例", "楼道灯坏了", "我家着火了"]:
        ask(page, said)
    expect(page.locator(".reply")).to_have_count(3)
    page.locator("summary").first.click()
    page.locator(".choice").first.click()
    expect(page.locator(".ticket")).to_have_count(1)
    chat.fail = [500]
    ask(page, "发不出去")
    expect(page.locator(".failed")).to_have_count(1)
    if page.locator("#menu-open").is_visible():
        page.locator("#menu-open").click()
    assert page.evaluate(SMALL) == []
    assert sideways(page) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("wish", ["large letters", "more contrast"])
def test_who_needs_strong_contrast_gets_seven_to_one(
    page: Page, chat: FakeChat, scheme: Literal["light", "dark"], wish: str
) -> None:
    page.emulate_media(color_scheme=scheme, contrast="more" if wish == "more contrast" else "no-preference")
    if wish == "large letters":
        page.locator("#large").click()
    for said in ["条例", "楼道灯坏了", "我家着火了"]:
        ask(page, said)
    expect(page.locator(".reply")).to_have_count(3)
    page.locator("summary").first.click()
    for status in ["waiting_resident", "closed"]:
        chat.notice("通知", ticket={"number": "WG-1", "status": status})
    expect(page.locator(".notice")).to_have_count(2)
    assert page.evaluate(CONTRAST.replace("4.5", "7")) == []


def test_with_large_letters_few_choices_are_shown_and_the_others_unfold(page: Page) -> None:
    ask(page, "选项很多")
    shown = page.locator(".choice:visible")
    expect(shown).to_have_count(7)
    page.locator("#large").click()
    expect(shown).to_have_text(["选项1", "选项2", "选项3", "选项4", say("page.buttons.more")])
    page.get_by_role("button", name=say("page.buttons.more")).press("Enter")
    expect(shown).to_have_count(7)
    assert focused(page) == "选项5"


def test_an_answer_is_read_aloud_with_the_laws_words_and_can_be_stopped(
    context: BrowserContext, open_page: OpenPage
) -> None:
    with_voices(context, ON_DEVICE)
    page = open_page()
    ask(page, "条例")
    expect(page.locator(".citation")).to_have_count(2)
    read = page.get_by_role("button", name=say("page.aloud.read"))
    expect(read).to_have_count(0)
    page.locator("#large").click()
    read.press("Enter")
    heard_words = "".join(read_aloud(page))
    assert heard_words.startswith("《通化市社区治理促进条例》第十四条是这样说的")
    for line in LAW["text"].split("\n"):
        assert line in heard_words
    page.get_by_role("button", name=say("page.aloud.stop")).press("Enter")
    expect(read).to_have_count(1)
    assert read_aloud(page) == []
    read.press("Enter")
    page.evaluate("speechSynthesis.last.dispatchEvent(new Event('end'))")
    expect(read).to_have_count(1)


def test_choices_are_read_with_the_question(context: BrowserContext, open_page: OpenPage) -> None:
    with_voices(context, ON_DEVICE)
    page = open_page()
    page.locator("#large").click()
    ask(page, "楼道灯坏了")
    page.get_by_role("button", name=say("page.aloud.read")).click()
    assert read_aloud(page)[-1] == say("page.aloud.choices", labels=say("page.aloud.between").join(["是的", "不是"]))


def test_new_answers_are_read_by_themselves_once_that_is_wanted(
    context: BrowserContext, open_page: OpenPage, chat: FakeChat
) -> None:
    with_voices(context, ON_DEVICE)
    page = open_page()
    switch = page.locator("#aloud")
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    assert read_aloud(page) == []
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    ask(page, "两条")
    expect(page.locator(".reply")).to_have_count(3)
    assert read_aloud(page) == ["第一条回复。"]
    page.evaluate("speechSynthesis.last.dispatchEvent(new Event('end'))")
    assert read_aloud(page) == ["第二条回复。"]
    chat.delay = 0.5
    ask(page, "再见")
    assert read_aloud(page) == []  # who speaks is not talked over
    expect(page.locator(".reply")).to_have_count(4)
    assert read_aloud(page) == ["收到：再见"]
    page.reload()
    expect(page.locator(".reply")).to_have_count(4)
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("said") == []  # what was said earlier is not read again
    switch.click()
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(5)
    assert "收到：你好" not in page.evaluate("said")


@pytest.mark.parametrize("voices", ["[]", ELSEWHERE], ids=["no voice", "only voices of other computers"])
def test_where_the_device_has_no_chinese_voice_that_is_said(
    context: BrowserContext, open_page: OpenPage, voices: str
) -> None:
    with_voices(context, voices)
    page = open_page()
    page.locator("#large").click()
    expect(page.locator("#aloud-none")).to_be_visible()
    expect(page.locator("#aloud")).to_have_accessible_description(say("page.aloud.none"))
    page.locator("#aloud").press("Enter")
    expect(page.locator("#aloud")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#status")).to_have_text(say("page.aloud.none"))
    ask(page, "条例")
    expect(page.locator(".citation")).to_have_count(2)
    expect(page.get_by_role("button", name=say("page.aloud.read"))).to_have_count(0)
    ask(page, "念给我听")
    expect(page.locator("#messages").get_by_text(say("page.aloud.none"))).to_be_visible()
    assert page.evaluate("said.filter(each => each !== '—')") == []


def test_a_browser_that_cannot_read_at_all_says_so(context: BrowserContext, open_page: OpenPage) -> None:
    context.add_init_script("delete window.speechSynthesis; delete Window.prototype.speechSynthesis")
    page = open_page()
    expect(page.locator("#aloud-none")).to_be_visible()
    ask(page, "条例")
    expect(page.locator(".citation")).to_have_count(2)


@pytest.mark.parametrize("said", ["字大一点", "字太小了", "能不能把字调大点", "看不清", "我看不清字", "字看不清楚"])
def test_who_cannot_read_the_letters_says_so(page: Page, chat: FakeChat, said: str) -> None:
    ask(page, said)
    expect(page.locator("#large")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#messages").get_by_text(say("page.menu.large_on"))).to_be_visible()
    assert chat.asked == []


@pytest.mark.parametrize("said", ["念给我听", "读一下", "帮我念念"])
def test_who_wants_to_listen_says_so(context: BrowserContext, open_page: OpenPage, chat: FakeChat, said: str) -> None:
    with_voices(context, ON_DEVICE)
    page = open_page()
    ask(page, "你好")
    expect(page.locator(".reply")).to_have_count(1)
    ask(page, said)
    assert read_aloud(page) == ["收到：你好"]
    assert len(chat.asked) == 1


@pytest.mark.parametrize("said", ["路牌的字太小了看不清", "车牌看不清", "孩子念书的事", "读", "看不清"])
def test_what_is_about_something_else_goes_to_the_assistant(page: Page, chat: FakeChat, said: str) -> None:
    ask(page, "楼道灯坏了")  # which is answered with a question
    expect(page.locator(".reply")).to_have_count(1)
    ask(page, said)
    expect(page.locator(".reply")).to_have_count(2)
    assert chat.asked[-1]["text"] == said
    expect(page.locator("#large")).to_have_attribute("aria-pressed", "false")


# ── in English ──


def in_english(page: Page) -> None:
    if page.locator("#menu-open").is_visible():
        page.locator("#menu-open").click()
    page.locator("#menu-language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_page_speaks_english_with_the_conversation_and_remembers_it(page: Page, chat: FakeChat) -> None:
    in_english(page)
    assert own(page) == ["English"]
    assert chat.asked[0]["payload"] == "lang:en"
    expect(page.locator(".reply .words")).to_have_text("I speak English now.")
    expect(page.locator("#welcome-heading")).to_have_text(catalogue("en")["page.welcome.heading"])
    assert page.title() == catalogue("en")["page.title"]
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".brand-name")).to_have_text(catalogue("en")["page.title"])
    page.locator("#menu-language").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#welcome-heading")).to_have_text(say("page.welcome.heading"))


def test_a_new_conversation_is_begun_in_the_language_of_the_page(page: Page, chat: FakeChat) -> None:
    in_english(page)
    expect(page.locator(".reply")).to_have_count(1)
    page.locator("#menu-fresh").click()
    page.locator("#fresh-dialog").get_by_role("button", name=catalogue("en")["page.fresh.yes"]).click()
    ask(page, "hello")
    expect(page.locator(".reply")).to_have_count(1)
    assert list(chat.languages.values()) == ["en", "en"]
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_an_example_in_english_asks_in_the_chinese_that_is_understood(page: Page, chat: FakeChat) -> None:
    in_english(page)
    page.locator("#examples-list button").first.click()
    expect(page.locator(".reply")).to_have_count(2)
    assert own(page)[-1] == catalogue("en")["page.examples.list.report"]
    assert chat.asked[-1]["text"] == say("page.examples.list.report")


def test_places_are_named_in_english_and_chosen_as_they_are(page: Page, chat: FakeChat) -> None:
    in_english(page)
    page.locator("#menu-place").click()
    page.locator("#place-dialog").get_by_role("button", name=catalogue("en")["page.place.options.taiyuan"]).click()
    expect(page.locator("#place-name")).to_have_text("太原市")
    assert list(chat.places.values()) == ["太原市"]


def test_nothing_chinese_is_left_on_the_page_but_names(page: Page) -> None:
    in_english(page)
    expect(page.locator(".reply")).to_have_count(1)
    words = page.evaluate(
        "[...document.querySelectorAll('body, body *')].flatMap(e => [e.getAttribute('aria-label'), e.title, e.placeholder,"
        " ...[...e.childNodes].filter(n => n.nodeType === 3 && !e.closest('script, noscript, #broken')).map(n => n.data)])"
        ".filter(each => each && /[\\u3400-\\u9fff]/.test(each))"
    )
    expected = {"中文", *(name for key, name in catalogue("en").items() if key.startswith("page.place.options."))}
    assert set(words) <= expected


@pytest.mark.parametrize("large", [False, True], ids=["usual letters", "large letters"])
def test_english_fits_a_phone(open_page: OpenPage, chat: FakeChat, large: bool) -> None:
    chat.demo = True
    page = open_page(PHONE)
    in_english(page)
    if large:
        page.locator("#large").click()
    ask(page, "条例")
    expect(page.locator(".citation")).to_have_count(2)
    page.locator("summary").first.click()
    assert sideways(page) == 0
    for link in page.locator(".emergency a").all():
        expect(link).to_be_in_viewport(ratio=1)


# ── the files themselves ──


def test_the_page_asks_nobody_but_its_own_server(context: BrowserContext, server: FakeServer) -> None:
    asked: list[str] = []

    def note(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    page = context.new_page()
    page.route("**/*", note)
    page.goto(server.address)
    ask(page, "条例")
    expect(page.locator(".citation")).to_have_count(2)
    assert [url for url in asked if not url.startswith(server.address)] == []


def test_every_sentence_that_the_page_uses_is_in_the_catalogue_and_none_is_idle() -> None:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    scripts = "".join(file.read_text(encoding="utf-8") for file in STATIC.glob("*.js"))
    used = set(re.findall(r'data-say(?:-\w+)?="([\w.]+)"', html))
    used |= set(re.findall(r'"([a-z]+(?:\.[a-z_]+)+|title|unread)"', scripts))
    known = {key.removeprefix("page.") for key in catalogue() if key.startswith("page.")}
    listed = {key for key in known if key.startswith(("place.options.", "examples.list."))}
    in_the_file = {"skip", *(key for key in known if key.startswith("emergency."))}
    assert known - used - listed - in_the_file == set()
    rooms = {key.split(".")[0] for key in known}
    assert {key for key in used - known if key.split(".")[0] in rooms} == {"place.options", "examples.list"}


def test_what_stands_in_the_file_itself_says_what_the_catalogue_says() -> None:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    for key in (
        "title",
        "skip",
        "emergency.group",
        "emergency.lead",
        "emergency.police",
        "emergency.fire",
        "emergency.medical",
    ):
        assert say(f"page.{key}") in html, key


def test_no_script_or_style_stands_inside_the_html() -> None:
    html = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)", html) == []
    script = "".join(file.read_text(encoding="utf-8") for file in STATIC.glob("*.js"))
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", script) == []


def test_the_catalogue_goes_to_the_page_as_flat_sentences() -> None:
    sentences = {key: value for key, value in catalogue().items() if key.startswith("page.")}
    assert json.loads(json.dumps(sentences)) == sentences
    assert [value for key, value in sentences.items() if key.startswith("page.place.options.")] == PLACES
