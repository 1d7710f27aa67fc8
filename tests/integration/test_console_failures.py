"""What goes wrong at the console: said in a sentence, nothing lost, nothing twice, never a stack trace."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from html import escape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pysqlite3 import dbapi2 as sqlite

import console
from console import auth, lists
from console.masking import mask_name, mask_phone
from console.rendering import error_sentence
from console.steps import FIELDS
from tests.console_world import RESIDENT, Browser, World, hidden
from tickets import service
from tickets.database import Database
from tickets.workflow import Action
from wording import has

NASTY = [
    "<script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "'; DROP TABLE ticket; --",
    "**粗** [点我](javascript:alert(1)) {{ 7*7 }} {number} %s",
    '" autofocus onfocus="alert(1)',
]


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    with closing(Database(sqlite_url, busy_seconds=0.3)) as database:
        yield World(database)


@pytest.fixture
def browser(world: World) -> Iterator[Browser]:
    world.staff()
    with TestClient(world.app()) as client:
        browser = Browser(client)
        browser.sign_in()
        yield browser


@pytest.mark.parametrize("nasty", NASTY)
def test_what_residents_and_staff_write_is_shown_as_text_and_never_obeyed(
    world: World, browser: Browser, nasty: str
) -> None:
    number = world.ticket(nasty, place=nasty, name=nasty[:50], time_said=nasty, phone=nasty[:30])
    browser.step(number, "write_to_resident", text=nasty)
    assert world.told()[0]["params"] == {"number": number, "note": nasty}
    for page in (f"/console/tickets/{number}", "/console/tickets", "/console/tickets?q=" + nasty):
        text = browser.get(page).text
        assert "<script" not in text
        assert "<img src=x" not in text
        assert 'onfocus="alert' not in text
    ticket_page = browser.get(f"/console/tickets/{number}").text
    assert ticket_page.count(escape(nasty).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")) >= 4


def test_a_refused_text_stays_in_its_field(world: World, browser: Browser) -> None:
    number = world.ticket()
    long = "</textarea>\n  第二行" + "长" * 2000
    answer = browser.step(number, "write_to_resident", text=long)
    assert answer.status_code == 400
    assert "请控制在2000字以内" in answer.text
    kept = re.search(
        r'<textarea id="text-write_to_resident"[^>]*aria-invalid="true"[^>]*>\n(.*?)</textarea>', answer.text, re.S
    )
    assert kept is not None
    assert kept.group(1) == escape(long)
    assert world.told() == []


@pytest.mark.parametrize("empty", ["", "  \n ", "\x00\x07"])
def test_an_empty_text_is_refused(world: World, browser: Browser, empty: str) -> None:
    answer = browser.step(world.ticket(), "decline", text=empty)
    assert answer.status_code == 400
    assert "内容不能为空" in answer.text


def test_control_characters_are_left_out_and_the_rest_is_kept(world: World, browser: Browser) -> None:
    number = world.ticket()
    browser.step(number, "internal_note", text="一\x00二\x1b[31m三\r\n四")
    assert world.stored(number).events[-1].note == "一二[31m三\n四"


def test_a_hundred_thousand_characters_are_refused_with_a_sentence(world: World, browser: Browser) -> None:
    answer = browser.step(world.ticket(), "resolve", text="长" * 100_000)
    assert answer.status_code in {400, 409}
    assert "字以内" in answer.text or "已经不能这样操作" in answer.text


def test_more_than_any_form_holds_is_refused_before_it_is_read(browser: Browser) -> None:
    answer = browser.client.post("/console/sign-in", data={"login": "x" * 2_500_000})
    assert answer.status_code == 413
    assert "太大" in answer.text


def test_a_step_on_an_old_page_shows_what_changed_and_keeps_what_was_typed(world: World, browser: Browser) -> None:
    number = world.ticket()
    old = browser.step(number, "accept").text
    world.staff("吴同事")
    with TestClient(world.app()) as client:
        colleague = Browser(client)
        colleague.sign_in("吴同事")
        colleague.step(number, "start")
        colleague.step(number, "internal_note", text="我在路上了")
    answer = browser.step(number, "resolve", old, text="已经修好了")
    assert answer.status_code == 409
    assert "刚刚被别人修改过" in answer.text
    news = answer.text.split("有了新的变化")[1].split("</ol>")[0]
    assert "吴同事" in news
    assert "开始处理" in news
    assert "我在路上了" in news
    assert "孙社区" not in news
    assert "已经修好了</textarea>" in answer.text
    unfolded = re.findall(r'<details class="step[^>]* open>\s*<summary>([^<]*)', answer.text)
    assert unfolded == ["办结"]
    assert world.stored(number).status == "in_progress"
    again = browser.step(number, "resolve", answer.text, text="已经修好了")
    assert again.status_code == 200
    assert world.stored(number).status == "resolved"


def test_a_step_that_is_possible_no_longer_says_so_and_hands_the_words_back(world: World, browser: Browser) -> None:
    number = world.ticket()
    old = browser.step(number, "accept").text
    with world.database.begin() as session:
        service.withdraw(session, number, RESIDENT, world.clock.now(), reason="自己修好了")
    answer = browser.step(number, "resolve", old, text="已经修好了")
    assert answer.status_code == 409
    assert "当前的状态已经不能这样操作" in answer.text
    assert "自己修好了" in answer.text
    assert "已不能进行“办结”" in answer.text
    assert "已经修好了</textarea>" in answer.text


def test_a_form_sent_twice_acts_once(world: World, browser: Browser) -> None:
    number = world.ticket()
    worker = str(world.workers["赵网格"].id)
    for action, fields in (
        ("accept", {}),
        ("assign", {"worker": worker}),
        ("write_to_resident", {"text": "师傅下午到\r\n请留意"}),
        ("change_category", {"category": "garbage"}),
        ("resolve", {"text": "好了"}),
    ):
        page = browser.get(f"/console/tickets/{number}").text
        before = len(world.stored(number).events)
        for _ in range(2):
            assert browser.step(number, action, page, **fields).status_code == 200, action
        assert len(world.stored(number).events) == before + 1, action
    assert [m["key"].rsplit(".")[-1] for m in world.told()] == ["accept", "assign", "write_to_resident", "resolve"]


def test_two_people_at_the_same_moment_do_not_both_win(world: World, browser: Browser) -> None:
    number = world.ticket()
    world.staff("吴同事")
    page = browser.get(f"/console/tickets/{number}").text
    with TestClient(world.app()) as client:
        colleague = Browser(client)
        colleague.sign_in("吴同事")
        hers = colleague.get(f"/console/tickets/{number}").text
        with ThreadPoolExecutor(2) as pool:
            answers = [
                pool.submit(browser.step, number, "accept", page),
                pool.submit(colleague.step, number, "accept", hers),
            ]
        assert sorted(answer.result().status_code for answer in answers) == [200, 409]
    assert [event.action for event in world.stored(number).events] == ["file", "accept"]


@pytest.mark.parametrize("number", ["SQ20260311-9999", "nothing", "%00", "路灯", "a" * 500, "..%2f..%2fetc", "'--"])
def test_an_unknown_ticket_is_a_page_that_says_so(world: World, browser: Browser, number: str) -> None:
    for answer in (browser.get(f"/console/tickets/{number}"), _accept(browser, number)):
        assert answer.status_code == 404
        assert "没有" in answer.text
        assert "<h1>没有找到</h1>" in answer.text
    assert world.told() == []


def _accept(browser: Browser, number: str):  # type: ignore[no-untyped-def]
    csrf = hidden(browser.get("/console/tickets").text, "csrf")
    return browser.client.post(f"/console/tickets/{number}/accept", data={"csrf": csrf, "version": "1", "seen": "1"})


@pytest.mark.parametrize(
    "sent", [{}, {"version": ""}, {"version": "abc"}, {"version": "-1"}, {"version": "9" * 30}, {"seen": "1"}]
)
def test_a_form_that_does_not_say_what_its_reader_saw_changes_nothing(
    world: World, browser: Browser, sent: dict[str, str]
) -> None:
    number = world.ticket()
    csrf = hidden(browser.get("/console/tickets").text, "csrf")
    answer = browser.client.post(f"/console/tickets/{number}/accept", data={"csrf": csrf} | sent)
    assert answer.status_code == 409
    assert world.stored(number).status == "submitted"


def test_a_made_up_category_or_step_is_refused(world: World, browser: Browser) -> None:
    number = world.ticket()
    assert browser.step(number, "change_category", category="made-up").status_code == 400
    same = browser.step(number, "change_category", category="street_light")
    assert same.status_code == 400
    assert "新分类和原来的一样" in same.text
    for action in ("rate", "withdraw", "file", "explode", "resident_answers"):
        assert browser.step(number, action, text="写了很多字").status_code == 404
        assert "写了很多字</textarea>" in browser.step(number, action, text="写了很多字").text
    assert world.stored(number).version == 1


def test_a_file_where_a_word_belongs_is_refused(world: World, browser: Browser) -> None:
    number = world.ticket()
    answer = browser.client.post(f"/console/tickets/{number}/accept", files={"csrf": b"x"})
    assert answer.status_code == 400
    assert "提交的内容格式不对" in answer.text


def test_a_busy_store_keeps_the_words_and_asks_for_patience(world: World, browser: Browser) -> None:
    number = world.ticket()
    browser.step(number, "accept")
    page = browser.get(f"/console/tickets/{number}").text
    with closing(sqlite.connect(str(world.database.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = browser.step(number, "resolve", page, text="换了灯泡，辛苦写了很久")
        assert answer.status_code == 503
        assert "系统正忙" in answer.text
        assert "换了灯泡，辛苦写了很久</textarea>" in answer.text
        assert answer.headers["retry-after"] == "5"
        world.clock.passes(minutes=5)
        assert browser.get("/console/tickets").status_code == 200, "reading goes on"
        other.execute("ROLLBACK")
    assert browser.step(number, "resolve", answer.text, text="换了灯泡").status_code == 200


def test_a_lost_store_is_a_page_too(world: World, browser: Browser) -> None:
    number = world.ticket()
    world.database.close()
    Path(str(world.database.url.database)).write_bytes(b"this is no database at all" * 400)
    answer = browser.get(f"/console/tickets/{number}")
    assert answer.status_code == 503
    assert "数据库" in answer.text


def test_a_session_that_ended_while_somebody_wrote_gives_her_words_back(world: World, browser: Browser) -> None:
    number = world.ticket()
    page = browser.get(f"/console/tickets/{number}").text
    world.clock.passes(hours=2)
    sent = {name: hidden(page, name) for name in ("csrf", "version", "seen")} | {"text": "写了半天<的话>"}
    path = f"/console/tickets/{number}/write_to_resident"
    answer = browser.client.post(path, data=sent, headers={"Origin": "http://testserver"})
    assert answer.status_code == 401
    assert "写了半天&lt;的话&gt;</textarea>" in answer.text
    assert f"next=/console/tickets/{number}" in answer.text
    foreign = browser.client.post(path, data=sent, headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 401
    assert "写了半天" not in foreign.text
    assert world.told() == []


def test_the_address_of_a_failed_step_opened_again_is_the_ticket(world: World, browser: Browser) -> None:
    number = world.ticket()
    assert browser.get(f"/console/tickets/{number}/resolve").url.path == f"/console/tickets/{number}"


@pytest.mark.parametrize(
    "path", ["/console/nowhere", "/console/a/b/c", "/console/static/../pages.py", "/console/static/x"]
)
def test_a_page_that_does_not_exist_is_said_so_in_chinese(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text


def test_a_mistake_of_ours_is_a_plain_sentence_and_its_log_holds_no_words_of_people(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("王小明的电话13812345678")

    monkeypatch.setattr(lists.queries, "listing", broken)
    answer = browser.get("/console/tickets")
    assert answer.status_code == 500
    assert "系统出了点问题" in answer.text
    assert "Runtime" not in answer.text
    assert "console_failed error=RuntimeError" in caplog.text
    assert "王小明" not in caplog.text


def test_every_answer_carries_its_armour(world: World, browser: Browser) -> None:
    number = world.ticket()
    for path in ("/console/tickets", f"/console/tickets/{number}", "/console/nowhere", "/console/sign-in"):
        headers = browser.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "script-src 'none'" in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"


def test_pages_bring_nothing_from_elsewhere_and_run_no_script(world: World, browser: Browser) -> None:
    number = world.ticket()
    for path in (
        "/console/tickets",
        f"/console/tickets/{number}",
        "/console/volunteers",
        "/console/password",
        "/console/tokens",
    ):
        page = browser.get(path).text
        assert "<script" not in page
        assert " style=" not in page
        assert re.findall(r'(?:src|href|action)="(?!/|#)([^"]*)"', page) == []
        assert re.findall(r"\son[a-z]+=", page) == []


def test_every_page_can_be_used_with_a_keyboard_and_a_screen_reader(world: World, browser: Browser) -> None:
    number = world.ticket()
    for path in (
        "/console/tickets",
        f"/console/tickets/{number}",
        "/console/volunteers",
        "/console/password",
        "/console/tokens",
    ):
        page = browser.get(path).text
        assert '<html lang="zh-CN">' in page
        assert page.count("<h1") == 1
        assert page.count("<main") == 1
        assert 'href="#main"' in page
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        labelled = set(re.findall(r'<label for="([^"]+)"', page))
        visible = re.findall(
            r'<(?:input|select|textarea)\b(?![^>]*type="(?:hidden|checkbox)")(?![^>]*\bhidden\b)[^>]*>', page
        )
        assert all(re.search(r'id="([^"]+)"', field).group(1) in labelled for field in visible)  # type: ignore[union-attr]
        described = {
            id for value in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', page) for id in value.split()
        }
        assert described <= set(ids)
        assert page.count("<table") == page.count("<caption")


def test_no_sentence_for_people_stands_in_the_code() -> None:
    folder = Path(console.__file__).parent
    for file in [*folder.glob("*.py"), *folder.glob("templates/*.html")]:
        text = re.sub(r'"""(?s:.*?)"""|#.*|``.*?``', "", file.read_text(encoding="utf-8"))
        assert re.findall(r"[\u4e00-\u9fff]+", text) == [], file.name


def test_every_step_and_refusal_has_its_words() -> None:
    for action in FIELDS:
        assert has(f"console.step.{action}.button")
        assert has(f"console.step.{action}.hint")
        assert has(f"console.done.{action}")
        assert has(f"console.step.{action}.label") == (FIELDS[action] != "none")
    by_residents = {Action.FILE, Action.RESIDENT_ANSWERS, Action.ADD_INFO, Action.WITHDRAW, Action.RATE}
    by_residents |= {Action.ERASE_IDENTITY}
    assert set(FIELDS) == set(Action) - by_residents
    assert error_sentence("no_such_code") == error_sentence("unknown")


@pytest.mark.parametrize(
    ("mask", "plain", "masked"),
    [
        (mask_name, "王小明", "王**"),
        (mask_name, "王", "王*"),
        (mask_name, None, ""),
        (mask_phone, None, ""),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "+8613812345678", "+86*******5678"),
        (mask_phone, "12345", "***45"),
        (mask_phone, "02012345678", "020****5678"),
    ],
)
def test_masks_hide_the_middle(mask: Callable[[str | None], str], plain: str | None, masked: str) -> None:
    assert mask(plain) == masked


@pytest.mark.parametrize(
    "address", ["/console", "/console/", "/console/tickets", "/console/tickets?status=open&q=%E8%B7%AF"]
)
def test_pages_of_ours_are_known_as_such(address: str) -> None:
    assert auth.own_page(address) == address
