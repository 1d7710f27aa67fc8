"""The page 「没答上来的问题」: read, answer, say that there is none, delete, take back; by those who may, one at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from retrieval.questions import added_questions
from tests.console_world import LAW, Browser, World, hidden
from tickets import questions
from tickets.database import Database
from tickets.people import Role
from tickets.questions import Asked

ASKED = "网格员多久答复居民"


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    with closing(Database(sqlite_url)) as database:
        yield World(database, home=tmp_path / "home")


@pytest.fixture
def browser(world: World) -> Iterator[Browser]:
    world.staff()
    with TestClient(world.app()) as client:
        browser = Browser(client)
        browser.sign_in()
        yield browser


def ask(world: World, question: str = ASKED, place: str = "通化市", times: int = 1) -> str:
    today = world.clock.now().date()
    with world.database.begin() as session:
        for _ in range(times):
            questions.keep(session, Asked(question, place, "refuse"), today)
    return questions.key_of(question, place)


def decide(browser: Browser, key: str, step: str, seen: str = "", **fields: str) -> Any:
    page = seen or browser.get(f"/console/questions/{key}").text
    sent = {name: hidden(page, name) for name in ("csrf", "version")} | fields
    return browser.client.post(f"/console/questions/{key}/{step}", data=sent)


def taught(world: World) -> tuple[dict[tuple[str, int], tuple[str, ...]], tuple[str, ...]]:
    """What search was taught: the questions with an article, and those without."""
    added = added_questions(world.home)
    return {key: asked for key, asked in added.answered.items() if asked}, added.unanswerable


def test_the_list_shows_what_is_asked_most_often_first_with_the_articles_next_to_it(
    world: World, browser: Browser
) -> None:
    assert "还没有答不上来的问题" in browser.get("/console/questions").text
    ask(world, "彩票在哪买", times=2)
    ask(world, times=3)
    ask(world, "<b>电梯票</b>", place="")
    page = browser.get("/console/questions").text
    assert re.findall(r"问过 (\d) 次", page) == ["3", "2", "1"]
    assert page.index(ASKED) < page.index("彩票在哪买")
    assert "《通化市社区治理促进条例》第十八条" in page
    assert "&lt;b&gt;电梯票" in page
    assert "共 3 个" in page
    assert ASKED not in browser.get("/console/questions?place=-").text
    assert "电梯票" not in browser.get("/console/questions?place=通化市").text


def test_a_long_list_is_read_page_by_page_and_keeps_its_filter(world: World, browser: Browser) -> None:
    for number in range(25):
        ask(world, f"问题{number}号怎么办", times=2 if number < 20 else 1)
    ask(world, "别处的", place="大连市")
    first = browser.get("/console/questions?place=通化市").text
    link = unescape(first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0])
    second = browser.get(link).text
    assert first.count("问过 2 次") == 20
    assert second.count("问过 1 次") == 5
    assert "别处的" not in first + second
    assert "回到最前" in second
    for nonsense in ("page=99999999999", "page=-1", "page=x", "state=x&place=%00", "place=" + "长" * 3000):
        assert browser.get(f"/console/questions?{nonsense}").status_code == 200


def test_the_nearest_articles_are_quoted_word_for_word_and_a_damaged_one_cannot_answer(
    world: World, browser: Browser
) -> None:
    page = unescape(browser.get(f"/console/questions/{ask(world)}").text)
    assert LAW in page
    assert 'value="tonghua:18"' in page
    assert "这一条的文本残缺" in page
    assert 'value="tonghua:19"' not in page


def test_an_answer_is_one_click_and_search_has_learned_it(world: World, browser: Browser) -> None:
    key = ask(world)
    done = decide(browser, key, "answer", taught=ASKED, target="tonghua:18")
    assert "居民再这样问，助手就会引用这一条" in done.text
    assert "《通化市社区治理促进条例》第十八条" in done.text
    assert "孙社区" in done.text
    assert taught(world) == ({("tonghua", 18): (ASKED,)}, ())
    assert ASKED not in browser.get("/console/questions").text
    assert ASKED in browser.get("/console/questions?state=answered").text


@pytest.mark.parametrize("written", ["18", " １８ ", "十八", "第十八条", "第18条"])
def test_an_article_is_chosen_by_its_number_as_people_write_it(world: World, browser: Browser, written: str) -> None:
    key = ask(world)
    decide(browser, key, "answer", taught="多久要答复", target="other", document="tonghua", article=written)
    assert taught(world) == ({("tonghua", 18): ("多久要答复",)}, ())


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"target": "other", "document": "", "article": "18"}, "请选择法规"),
        ({"target": "other", "document": "tonghua", "article": "十八乘二"}, "请选择法规"),
        ({"target": "other", "document": "tonghua", "article": "99"}, "没有第99条"),
        ({"target": "other", "document": "tonghua", "article": "9" * 20}, "请选择法规"),
        ({"target": "tonghua:19"}, "残缺"),
        ({"target": "nowhere:1"}, "没有这部法规"),
        ({"target": "x" * 100 + ":1"}, "没有这部法规"),
        ({"target": "tonghua:18", "taught": "  "}, "问题太短"),
        ({"target": "tonghua:18", "taught": "长" * 201}, "控制在200字以内"),
        ({"target": "tonghua:18", "taught": "3单元502问多久答复"}, "个人信息"),
    ],
)
def test_what_cannot_be_taught_is_refused_in_a_sentence_and_what_was_typed_stays(
    world: World, browser: Browser, fields: dict[str, str], sentence: str
) -> None:
    key = ask(world)
    answer = decide(browser, key, "answer", **{"taught": "多久要答复居民", **fields})
    assert answer.status_code == 400
    assert sentence in answer.text
    assert fields.get("taught", "多久要答复居民").strip() in answer.text
    assert taught(world) == ({}, ())
    assert "待处理" in browser.get(f"/console/questions/{key}").text


def test_what_no_article_answers_is_refused_from_now_on_and_can_be_taken_back(world: World, browser: Browser) -> None:
    key = ask(world, "彩票在哪买")
    assert "直接说条例里没有" in decide(browser, key, "unanswerable", taught="彩票在哪买").text
    assert taught(world) == ({}, ("彩票在哪买",))
    assert "已撤销" in decide(browser, key, "undo").text
    assert taught(world) == ({}, ())
    assert "彩票在哪买" in browser.get("/console/questions").text


def test_an_answer_is_taken_back_but_not_what_another_place_was_taught(world: World, browser: Browser) -> None:
    here, there = ask(world), ask(world, place="")
    for key in (here, there):
        decide(browser, key, "answer", taught=ASKED, target="tonghua:18")
    decide(browser, here, "undo")
    assert taught(world) == ({("tonghua", 18): (ASKED,)}, ())
    log = decide(browser, there, "undo").text
    assert taught(world) == ({}, ())
    assert log.index("由《通化市社区治理促进条例》第十八条回答") < log.index("撤销了处理")


def test_a_deleted_question_comes_back_for_a_week_and_then_is_gone(world: World, browser: Browser) -> None:
    first, second = ask(world, "乱七八糟的话"), ask(world, "另一句胡话")
    for key in (first, second):
        decide(browser, key, "delete", taught="不重要")
    assert "乱七八糟的话" not in browser.get("/console/questions").text
    decide(browser, first, "undo")
    assert "乱七八糟的话" in browser.get("/console/questions").text
    world.clock.passes(days=8)
    browser.sign_in()
    assert "另一句胡话" not in browser.get("/console/questions?state=all").text
    gone = browser.get(f"/console/questions/{second}")
    assert gone.status_code == 404
    assert "可能已经过期删除了" in gone.text


def test_the_second_of_two_colleagues_is_told_who_was_quicker_and_keeps_her_words(
    world: World, browser: Browser
) -> None:
    key = ask(world)
    seen = browser.get(f"/console/questions/{key}").text
    world.staff("李街道", Role.STREET_STAFF, area="示范街道")
    with TestClient(world.app()) as client:
        other = Browser(client)
        other.sign_in("李街道")
        decide(other, key, "unanswerable", taught=ASKED)
        refused = decide(browser, key, "answer", seen, taught="我的另一种问法", target="tonghua:18")
        assert refused.status_code == 409
        assert "已经由李街道处理" in refused.text
        assert "我的另一种问法" in refused.text
        assert taught(world) == ({}, (ASKED,))
        # Her own form sent twice is one click.
        seen = other.get(f"/console/questions/{key}").text
        for _ in range(2):
            assert decide(other, key, "undo", seen).status_code == 200
    assert browser.get(f"/console/questions/{key}").text.count("撤销了处理") == 1


def test_who_does_not_decide_where_matters_go_sees_neither_the_page_nor_its_link(world: World) -> None:
    key = ask(world)
    world.staff("赵网格员", Role.GRID_WORKER, area="第一网格")
    with TestClient(world.app()) as client:
        browser = Browser(client)
        assert "/console/sign-in" in str(browser.get("/console/questions").url)
        browser.sign_in("赵网格员")
        tickets = browser.get("/console/tickets").text
        assert "/console/questions" not in tickets
        for path in ("/console/questions", f"/console/questions/{key}"):
            answer = browser.get(path)
            assert answer.status_code == 403
            assert "没有这个权限" in answer.text
        sent = {"csrf": hidden(tickets, "csrf"), "version": "1", "taught": ASKED, "target": "tonghua:18"}
        assert client.post(f"/console/questions/{key}/answer", data=sent).status_code == 403
    assert taught(world) == ({}, ())


def test_a_form_from_elsewhere_or_of_no_step_changes_nothing(world: World, browser: Browser) -> None:
    key = ask(world)
    assert decide(browser, key, "answer", csrf="x", taught=ASKED, target="tonghua:18").status_code == 403
    assert decide(browser, key, "answer", version="", taught=ASKED, target="tonghua:18").status_code == 403
    assert decide(browser, key, "answer", version="7", taught=ASKED, target="tonghua:18").status_code == 409
    assert decide(browser, key, "burn", taught=ASKED).status_code == 404
    page = browser.get(f"/console/questions/{key}").text
    absent = {name: hidden(page, name) for name in ("csrf", "version")}
    assert browser.client.post("/console/questions/%00/delete", data=absent).status_code == 404
    assert browser.get(f"/console/questions/{key}/answer").text == browser.get(f"/console/questions/{key}").text
    assert taught(world) == ({}, ())


def test_a_home_that_is_no_folder_leaves_the_question_open(world: World, browser: Browser) -> None:
    world.home.write_text("no folder", encoding="utf-8")
    key = ask(world)
    refused = decide(browser, key, "unanswerable", taught=ASKED)
    assert refused.status_code == 503
    assert ASKED in refused.text
    assert ASKED in browser.get("/console/questions").text


def test_programs_read_the_same_with_a_token_of_somebody_who_may(world: World, browser: Browser) -> None:
    key = ask(world, times=2)
    made = browser.client.post(
        "/console/tokens", data={"csrf": hidden(browser.get("/console/tokens").text, "csrf"), "label": "x"}
    )
    token = re.search(r'class="secret" readonly value="([^"]+)"', made.text)
    assert token is not None
    headers = {"Authorization": f"Bearer {token.group(1)}"}
    listed = browser.client.get("/api/questions?state=open&place=通化市", headers=headers).json()
    assert [(row["key"], row["question"], row["count"], row["state"]) for row in listed] == [(key, ASKED, 2, "open")]
    assert browser.client.get(f"/api/questions/{key}", headers=headers).json() == listed[0]
    assert browser.client.get("/api/questions?place=%00", headers=headers).json() == []
    for path, status in (("/api/questions/none", 404), ("/api/questions?state=x", 422)):
        refused = browser.client.get(path, headers=headers)
        assert refused.status_code == status
        assert set(json.loads(refused.text)["error"]) == {"code", "message"}
    assert browser.client.get("/api/questions").status_code == 401


def test_the_page_works_the_same_on_both_stores(store: Database, tmp_path: Path) -> None:
    world = World(store, home=tmp_path)
    world.staff()
    key = ask(world)
    with TestClient(world.app()) as client:
        browser = Browser(client)
        browser.sign_in()
        seen = browser.get(f"/console/questions/{key}").text
        assert decide(browser, key, "answer", taught=ASKED, target="tonghua:18").status_code == 200
        assert decide(browser, key, "delete", seen).status_code == 409
        assert decide(browser, key, "undo").status_code == 200
        assert browser.get("/console/questions?place=%00&state=all").text.count(ASKED) == 1
    assert taught(world) == ({}, ())
