"""The console's work: finding tickets, reading one, and every step that staff can take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from html import escape

import pytest
from fastapi.testclient import TestClient

from tests.console_world import LAW, MATTERS, RESIDENT, Browser, World
from tickets import service
from tickets.database import Database
from tickets.models import Urgency
from tickets.people import Role
from volunteers import service as volunteers


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


def numbers_on(page: str, known: list[str]) -> list[str]:
    """The tickets on a list, in its order."""
    return sorted((number for number in known if f"/tickets/{number}" in page), key=page.index)


def test_the_list_shows_the_newest_first_with_what_matters(world: World, browser: Browser) -> None:
    filed = [
        world.ticket("垃圾没人清", category="garbage"),
        world.ticket("着火了", urgency=Urgency.EMERGENCY, demo=True),
    ]
    page = browser.get("/console/tickets").text
    assert numbers_on(page, filed) == filed[::-1]
    for words in (
        "垃圾清运",
        "垃圾没人清",
        "幸福里3号楼",
        "待受理",
        "紧急",
        "演示数据",
        "3月11日 10:30",
        "未派单",
        "共 2 件",
    ):
        assert words in page
    assert "有 1 件紧急工单还没有办结" in page
    assert "13812345678" not in page


def test_the_list_narrows_by_status_category_urgency_deadline_person_and_words(world: World, browser: Browser) -> None:
    lamp = world.ticket("路灯坏了")
    rubbish = world.ticket("垃圾堆成山", category="garbage", urgency=Urgency.EMERGENCY, place="示范菜市场")
    browser.step(lamp, "accept")
    world.clock.passes(minutes=55)
    browser.get("/console/tickets")
    world.clock.passes(minutes=10)
    filed = [lamp, rubbish]

    def found(query: str) -> list[str]:
        return numbers_on(browser.get(f"/console/tickets?{query}").text, filed)

    assert found("status=accepted") == [lamp]
    assert found("status=open") == [rubbish, lamp]
    assert found("status=closed") == []
    assert found("category=garbage") == [rubbish]
    assert found("urgency=emergency") == [rubbish]
    assert found("overdue=1") == [rubbish]
    assert found("q=菜市场") == [rubbish]
    assert found(f"q={lamp}") == [lamp]
    assert found("q=路灯&status=submitted") == []
    assert found("mine=1") == []
    assert "没有符合条件的工单" in browser.get("/console/tickets?mine=1").text


def test_an_address_with_nonsense_in_it_is_the_list_without_that_filter(world: World, browser: Browser) -> None:
    filed = [world.ticket()]
    nonsense = "status=1%27--&category=%3Cscript%3E&urgency=%00&before=999999999999999999999&overdue=&done=%3Cb%3E"
    answer = browser.get(f"/console/tickets?{nonsense}")
    assert answer.status_code == 200
    assert numbers_on(answer.text, filed) == filed
    assert browser.get("/console/tickets?q=%00%25_%27%22%3B--" + "长" * 5000).status_code == 200


def test_a_long_list_is_read_page_by_page_and_keeps_its_filter(world: World, browser: Browser) -> None:
    filed = [world.ticket(f"第{i}件") for i in range(35)]
    first = browser.get("/console/tickets?status=submitted").text
    assert numbers_on(first, filed) == filed[:4:-1]
    link = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "status=submitted" in link
    second = browser.get(link).text
    assert numbers_on(second, filed) == filed[4::-1]
    assert "回到最新" in second
    assert "共 35 件" in second


def test_staff_see_their_own_area_and_the_offices_what_lies_nowhere(world: World, browser: Browser) -> None:
    here, there, nowhere = world.ticket(), world.ticket(area="第二网格"), world.ticket(area=None)
    assert numbers_on(browser.get("/console/tickets").text, [here, there, nowhere]) == [nowhere, here]
    refused = browser.get(f"/console/tickets/{there}")
    assert refused.status_code == 403
    assert "不在您负责的区域内" in refused.text
    assert "路灯" not in refused.text
    assert browser.get(f"/console/tickets/{nowhere}").status_code == 200


def test_a_ticket_shows_all_that_is_known_and_the_law_word_for_word(world: World, browser: Browser) -> None:
    number = world.ticket(time_said="三天前", basis=[("tonghua", 18), ("tonghua", 19), ("gone", 3)], demo=True)
    page = browser.get(f"/console/tickets/{number}").text
    for words in (
        "路灯照明",
        number,
        "楼下路灯不亮三天了",
        "幸福里3号楼",
        "一社区 第一网格",
        "三天前",
        "2026年3月11日 10:30",
        "王小明",
        "13812345678",
        "2026年3月18日 18:00",
        "登记次日起5个工作日",
        "网格 · 第一网格",
        "演示数据",
        "《通化市社区治理促进条例》第十八条",
        "第三章 社区治理",
        "2023年7月1日起施行",
        "《通化市社区治理促进条例》第十九条",
        "《gone》第三条",
        "不能引用",
    ):
        assert words in page, words
    assert escape(LAW) in page
    assert "读不清的一条" not in page


def test_an_anonymous_ticket_shows_nobody(world: World, browser: Browser) -> None:
    number = world.ticket(anonymous=True)
    page = browser.get(f"/console/tickets/{number}").text
    assert "匿名反映，不显示身份" in page
    for secret in ("王小明", "13812345678", "138****", "chat-of-wang"):
        assert secret not in page


def test_who_does_not_handle_tickets_sees_identities_masked_and_no_steps(world: World) -> None:
    number = world.ticket()
    world.staff("李楼长", Role.BUILDING_LEAD, "第一网格")
    with TestClient(world.app()) as client:
        lead = Browser(client)
        lead.sign_in("李楼长")
        page = lead.get(f"/console/tickets/{number}").text
        assert "王**" in page
        assert "138****5678" in page
        assert "13812345678" not in page
        assert "没有可以进行的操作" in page
        assert "accept" not in page


def test_a_ticket_is_worked_from_accepting_to_closing_and_the_resident_is_told(world: World, browser: Browser) -> None:
    number = world.ticket()
    worker = str(world.workers["赵网格"].id)
    for action, fields, said, status in (
        ("accept", {}, "已受理，居民会收到通知", "accepted"),
        ("assign", {"worker": worker}, "已派单", "assigned"),
        ("start", {}, "已开始处理", "in_progress"),
        ("write_to_resident", {"text": "师傅下午到"}, "居民会在聊天中收到", "in_progress"),
        ("internal_note", {"text": "注意回访"}, "居民看不到", "in_progress"),
        ("change_category", {"category": "road_manhole"}, "分类已更改", "in_progress"),
        ("resolve", {"text": "换了灯泡"}, "结果会发给居民", "resolved"),
        ("close", {"text": ""}, "已结案", "closed"),
        ("reopen", {"text": "又坏了"}, "期限从现在重新计算", "accepted"),
    ):
        answer = browser.step(number, action, **fields)
        assert answer.status_code == 200, (action, answer.text)
        assert said in answer.text, action
        assert world.stored(number).status == status, action
    told = world.told()
    assert [message["key"] for message in told] == [
        f"tickets.notice.{a}" for a in ("accept", "assign", "start", "write_to_resident", "resolve", "close", "reopen")
    ]
    assert told[3]["params"] == {"number": number, "note": "师傅下午到"}
    assert "注意回访" not in str(told)
    assert world.stored(number).category == "road_manhole"
    page = browser.get(f"/console/tickets/{number}").text
    assert "路灯照明 → 道路与井盖" in page
    internal = page.split("注意回访")[0].rsplit("<li", 1)[1]
    assert "internal" in internal
    assert "居民看不到" in internal


def test_a_question_to_the_resident_and_her_answer_stand_in_the_log(world: World, browser: Browser) -> None:
    number = world.ticket()
    browser.step(number, "accept")
    page = browser.step(number, "ask_resident", text="是哪个门？").text
    assert "待居民补充" in page
    assert "等待居民补充，期限暂停" in page
    with world.database.begin() as session:
        service.resident_answers(session, number, RESIDENT, world.clock.now(), text="北门")
    page = browser.get(f"/console/tickets/{number}").text
    assert "居民答复" in page
    assert "北门" in page


def test_a_ticket_is_declined_with_the_reason_that_the_resident_reads(world: World, browser: Browser) -> None:
    number = world.ticket()
    assert "不予受理" in browser.step(number, "decline", text="不归社区管，请拨12345").text
    assert world.told()[0]["params"] == {"number": number, "note": "不归社区管，请拨12345"}


def test_only_what_can_be_done_now_is_offered(world: World, browser: Browser) -> None:
    number = world.ticket()

    def offered() -> set[str]:
        page = browser.get(f"/console/tickets/{number}").text
        return {part.split('"')[0] for part in page.split(f'action="/console/tickets/{number}/')[1:]}

    anytime = {"write_to_resident", "internal_note"}
    assert offered() == anytime | {"accept", "decline", "change_category", "locate"}
    browser.step(number, "accept")
    assert offered() == anytime | {"assign", "start", "resolve", "ask_resident", "decline", "change_category", "locate"}
    browser.step(number, "resolve", text="修好了")
    assert offered() == anytime | {"close", "reopen"}


def test_a_grid_worker_takes_and_finishes_a_ticket_but_assigns_none(world: World, browser: Browser) -> None:
    number = world.ticket()
    world.staff("周网格", Role.GRID_WORKER, "第一网格")
    with TestClient(world.app()) as client:
        worker = Browser(client)
        worker.sign_in("周网格")
        page = worker.get(f"/console/tickets/{number}").text
        assert f"/{number}/accept" in page
        assert f"/{number}/decline" not in page
        refused = worker.step(number, "decline", text="不想管")
        assert refused.status_code == 403
        assert "您的岗位没有这个权限" in refused.text
        assert "不想管" in refused.text
        worker.step(number, "accept")
        worker.step(number, "resolve", text="换了灯泡")
    assert world.stored(number).status == "resolved"
    assert "周网格" in browser.get(f"/console/tickets/{number}").text


def test_work_is_given_to_people_of_the_area_only_and_shows_up_as_theirs(world: World, browser: Browser) -> None:
    number = world.ticket()
    browser.step(number, "accept")
    page = browser.get(f"/console/tickets/{number}").text
    assert "赵网格（网格员，第一网格）" in page
    assert "钱网格长（网格长，第一网格）" in page
    for nobody in ("", "0", "99999", "99999999999999", "-1", "abc", "1 OR 1=1"):
        refused = browser.step(number, "assign", worker=nobody)
        assert refused.status_code == 400, nobody
    browser.step(number, "assign", worker=str(world.workers["赵网格"].id))
    assert "赵网格" in browser.get("/console/tickets").text
    again = browser.step(number, "assign", worker=str(world.workers["钱网格长"].id))
    assert "改派" in again.text
    assert world.stored(number).assignee_id == world.workers["钱网格长"].id


def test_a_corrected_place_finds_its_grid_and_may_hand_the_ticket_over(world: World, browser: Browser) -> None:
    number = world.ticket(area=None, place="")
    page = browser.step(number, "locate", text="第一网格东头").text
    assert "地点已更正" in page
    assert "一社区 第一网格" in page
    browser.step(number, "locate", text="靠近车棚")
    assert (world.stored(number).place, world.stored(number).grid_id) == ("靠近车棚", world.areas["第一网格"].id)
    gone = browser.step(number, "locate", text="二社区门口")
    assert gone.url.path == "/console/tickets"
    assert "工单已转给那边的工作人员" in gone.text
    assert browser.get(f"/console/tickets/{number}").status_code == 403


def test_the_way_of_the_ticket_says_where_it_stands(world: World, browser: Browser) -> None:
    number = world.ticket()
    page = browser.step(number, "accept").text
    assert '<li class="current" aria-current="step"><span>已受理</span>' in page
    assert '<li class="done"><span>待受理</span>' in page


def test_categories_can_be_chosen_by_their_group(world: World, browser: Browser) -> None:
    page = browser.get(f"/console/tickets/{world.ticket()}").text
    for group, members in MATTERS.items():
        assert f'<optgroup label="{group}">' in page
        assert all(f'<option value="{id}"' in page and f">{label}</option>" in page for id, label in members.items())


def test_volunteers_of_the_own_area_are_listed(world: World, browser: Browser) -> None:
    assert "还没有志愿者登记" in browser.get("/console/volunteers").text
    with world.database.begin() as session:
        for i, (name, area) in enumerate([("李爱华", "第一网格"), ("远方来", "第二网格"), ("没说哪", None)]):
            where = session.merge(world.areas[area]) if area else None
            new = volunteers.SignUp(name, f"1390000111{i}", ["陪伴老人"], "周末", "幸福里", area=where, demo=i == 0)
            volunteers.sign_up(session, new, channel="web", address=str(i), origin=str(i), now=world.clock.now())
        volunteers.withdraw(session, channel="web", address="2", now=world.clock.now())
    page = browser.get("/console/volunteers").text
    for words in (
        "李爱华",
        "13900001110",
        "陪伴老人",
        "周末",
        "演示数据",
        "2026年3月11日",
        "没说哪",
        "已退出",
        "共 2 人",
    ):
        assert words in page
    assert "远方来" not in page


def test_staff_work_the_same_on_both_stores(store: Database) -> None:
    world = World(store)
    world.staff()
    number = world.ticket(area=None)
    with TestClient(world.app()) as client:
        browser = Browser(client)
        browser.sign_in()
        old = browser.get(f"/console/tickets/{number}").text
        assert browser.step(number, "accept").status_code == 200
        assert browser.step(number, "decline", old, text="迟了").status_code == 409
        assert browser.step(number, "write_to_resident", text="在办").status_code == 200
        assert browser.get("/console/tickets/%00").status_code == 404
        assert number in browser.get("/console/tickets?q=路灯&overdue=&before=2147483647").text
        world.clock.passes(minutes=5)
        assert browser.get("/console/volunteers").status_code == 200
    assert [message["key"] for message in world.told()] == ["tickets.notice.accept", "tickets.notice.write_to_resident"]
