"""Tickets on both stores: filing once, transitions, areas, notices, the contract's JSON."""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

import wording
from tickets import grid, outbox, queries, service
from tickets.database import Database
from tickets.errors import BadInput, NotAllowed, NotFound, StaleVersion, StoreConflict, WrongState
from tickets.grid import AreaKind
from tickets.models import OPEN, Follower, Status, Ticket, TicketEvent, Urgency
from tickets.people import Person, Post, Role
from tickets.queries import Filters
from tickets.service import NewTicket
from tickets.workflow import Action, Actor, actions, can

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
WANG = Actor.resident("web", "wang")
LI = Actor.resident("web", "li")


@dataclass
class World:
    """Two communities, each with a grid; staff here and there."""

    store: Database
    grid_id: int
    worker_id: int
    worker: Actor
    office: Actor
    elsewhere: Actor

    def file(self, *, origin: str = "web:wang:1:0", by: Actor = WANG, **said: object) -> Ticket:
        with self.store.begin() as session:
            area = session.get_one(grid.Area, self.grid_id)
            new = NewTicket(**{"category": "street_light", "description": "路灯不亮", "area": area, **said})  # type: ignore[arg-type]
            return service.file_ticket(session, new, by, NOW, origin=origin)

    def do(self, verb: Callable[..., Ticket], number: str, by: Actor, *, at: datetime = NOW, **more: object) -> Ticket:
        with self.store.begin() as session:
            return verb(session, number, by, at, **more)

    def get(self, number: str) -> Ticket:
        with self.store.read() as session:
            return queries.get(session, number)

    def told(self, by: Actor = WANG) -> list[str]:
        with self.store.read() as session:
            return [m.body["key"] for m in outbox.messages_after(session, by.channel, by.address)]


@pytest.fixture
def world(store: Database) -> World:
    with store.begin() as session:
        street = grid.add_area(session, AreaKind.STREET, "示范街道")
        here = grid.add_area(session, AreaKind.COMMUNITY, "示范一社区", street)
        there = grid.add_area(session, AreaKind.COMMUNITY, "示范二社区", street)
        first = grid.add_area(session, AreaKind.GRID, "示范一社区第一网格", here)

        def post(name: str, role: Role, area: grid.Area) -> Actor:
            person = Person(name=name, posts=[Post(role=role, area=area, since=NOW)])
            session.add(person)
            session.flush()
            return Actor("staff", role, person.id, name, area.id)

        worker = post("示范网格员甲", Role.GRID_WORKER, first)
        office = post("示范社区人员甲", Role.COMMUNITY_STAFF, here)
        elsewhere = post("示范社区人员乙", Role.COMMUNITY_STAFF, there)
        assert worker.person_id is not None
        return World(store, first.id, worker.person_id, worker, office, elsewhere)


def test_a_ticket_gets_the_number_of_the_shanghai_day(world: World) -> None:
    first = world.file(origin="a")
    assert (first.number, first.status, first.version) == ("SQ20261120-0001", Status.SUBMITTED, 1)
    assert world.file(origin="b").number == "SQ20261120-0002"
    with world.store.begin() as session:
        evening = datetime(2026, 11, 20, 16, tzinfo=UTC)  # midnight in Shanghai
        new = NewTicket("noise", "楼上太吵")
        assert service.file_ticket(session, new, WANG, evening, origin="c").number == "SQ20261121-0001"


def test_filing_the_same_message_twice_gives_the_same_ticket_and_wastes_no_number(world: World) -> None:
    first = world.file(origin="web:wang:1:0")
    assert world.file(origin="web:wang:1:0", description="又发一遍").number == first.number
    assert world.file(origin="web:wang:2:0").number == "SQ20261120-0002"
    again = world.get(first.number)
    assert (again.description, len(again.events), len(again.followers)) == ("路灯不亮", 1, 1)


def test_the_origin_of_a_ticket_does_not_tell_the_chat(world: World) -> None:
    assert "wang" not in world.file(origin="telegram:wang:1:0").origin


def test_an_anonymous_ticket_holds_no_identity(world: World) -> None:
    ticket = world.file(anonymous=True, name="王某", phone="13800000000")
    with world.store.read() as session:
        row = session.execute(text("SELECT * FROM ticket")).mappings().one()
        assert not [value for value in row.values() if str(value) in {"王某", "13800000000"}]
        shown = queries.ticket_json(queries.get(session, ticket.number), NOW, render=wording.say)
    assert shown["reporter"] is None
    assert "wang" not in json.dumps(shown)


def test_the_store_itself_refuses_an_identity_on_an_anonymous_ticket(world: World) -> None:
    number = world.file(anonymous=True).number
    with pytest.raises(StoreConflict), world.store.begin() as session:
        queries.get(session, number).reporter_name = "王某"


def test_what_no_store_keeps_is_left_out_of_texts(world: World) -> None:
    assert world.file(description=" 路灯\x00不亮\ud800\x1b[31m\n三天了 ").description == "路灯不亮[31m\n三天了"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"description": " \n"}, "text_missing"),
        ({"description": "长" * 5001}, "text_too_long"),
        ({"place": "长" * 201}, "text_too_long"),
        ({"category": ""}, "category_missing"),
    ],
)
def test_a_matter_that_cannot_be_used_is_refused_and_nothing_is_kept(
    world: World, said: dict[str, Any], code: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        world.file(**said)
    assert refusal.value.code == code
    assert "长" not in str(refusal.value)
    with world.store.read() as session:
        assert queries.count(session) == 0
    assert world.file().number.endswith("-0001")


def test_a_ticket_lives_from_filing_to_rating_and_its_follower_is_told_each_step(world: World) -> None:
    number = world.file().number
    world.do(service.accept, number, world.office)
    world.do(service.assign, number, world.office, worker_id=world.worker_id)
    world.do(service.start, number, world.worker)
    world.do(service.ask_resident, number, world.worker, question="哪一盏灯？")
    world.do(service.add_info, number, WANG, text="东门那盏")
    world.do(service.resolve, number, world.worker, result="已换灯泡")
    world.do(service.rate, number, WANG, rating=5, comment="很快")
    ticket = world.do(service.close, number, world.office)
    assert (ticket.status, ticket.rating, ticket.rating_comment) == (Status.CLOSED, 5, "很快")
    kept = world.get(number)
    assert [(e.action, e.from_status, e.to_status, e.actor_label) for e in kept.events] == [
        ("file", None, "submitted", None),
        ("accept", "submitted", "accepted", "示范社区人员甲"),
        ("assign", "accepted", "assigned", "示范社区人员甲"),
        ("start", "assigned", "in_progress", "示范网格员甲"),
        ("ask_resident", "in_progress", "waiting_resident", "示范网格员甲"),
        ("resident_answers", "waiting_resident", "in_progress", None),
        ("resolve", "in_progress", "resolved", "示范网格员甲"),
        ("rate", "resolved", "resolved", None),
        ("close", "resolved", "closed", "示范社区人员甲"),
    ]
    told = ["accept", "assign", "start", "ask_resident", "resolve", "close"]
    assert world.told() == [f"tickets.notice.{action}" for action in told]


def test_a_notice_can_be_worded_and_carries_the_ticket(world: World) -> None:
    number = world.file().number
    world.do(service.accept, number, world.office)
    world.do(service.resolve, number, world.office, result="修好了{0}")
    with world.store.read() as session:
        body = outbox.messages_after(session, "web", "wang")[-1].body
    assert "修好了{0}" in wording.say(body["key"], **body["params"])
    assert body["ticket"] == {"number": number, "status": "resolved"}


def test_a_step_that_fails_later_leaves_neither_status_nor_log_nor_notice(world: World) -> None:
    number = world.file().number

    def fails() -> None:
        with world.store.begin() as session:
            service.accept(session, number, world.office, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    kept = world.get(number)
    assert (kept.status, len(kept.events), world.told()) == (Status.SUBMITTED, 1, [])


def test_staff_of_another_area_may_neither_see_nor_touch(world: World) -> None:
    number = world.file().number
    with pytest.raises(NotAllowed) as refusal:
        world.do(service.accept, number, world.elsewhere)
    assert refusal.value.code == "other_area"
    with world.store.read() as session:
        assert queries.listing(session, actor=world.elsewhere) == []
        assert [t.number for t in queries.listing(session, actor=world.office)] == [number]
        assert [t.number for t in queries.listing(session, actor=world.worker)] == [number]


def test_a_ticket_without_an_area_lies_on_every_office_desk(world: World) -> None:
    number = world.file(area=None, place="不知道哪儿").number
    with world.store.read() as session:
        assert len(queries.listing(session, actor=world.elsewhere)) == 1
        assert queries.listing(session, actor=world.worker) == []
    assert world.do(service.accept, number, world.elsewhere).level == "community"


def test_a_resident_does_not_learn_of_tickets_of_others(world: World) -> None:
    number = world.file().number
    for verb, more in ((service.withdraw, {}), (service.add_info, {"text": "x"}), (service.rate, {"rating": 1})):
        with pytest.raises(NotFound):
            world.do(verb, number, LI, **more)
    with world.store.read() as session:
        assert queries.tickets_of(session, "web", "li") == []
        assert queries.listing(session, actor=LI) == []
        assert [t.number for t in queries.tickets_of(session, "web", "wang")] == [number]


def test_a_follower_is_told_but_may_not_act_and_does_not_read_what_the_reporter_wrote(world: World) -> None:
    number = world.file().number
    with world.store.begin() as session:
        li = Follower(channel="web", address="li", kind="follower", since=NOW)
        ticket = queries.get(session, number)
        ticket.followers.append(li)
    with pytest.raises(NotAllowed) as refusal:
        world.do(service.withdraw, number, LI)
    assert refusal.value.code == "reporter_only"
    world.do(service.withdraw, number, WANG, reason="邻居王某说了")
    with world.store.read() as session:
        notices = outbox.messages_after(session, "web", "li")
    assert [n.body["key"] for n in notices] == ["tickets.notice.withdraw"]
    assert "王某" not in json.dumps(notices[0].body, ensure_ascii=False)
    assert world.told(WANG) == []


def test_a_step_out_of_order_is_refused_with_the_status(world: World) -> None:
    number = world.file().number
    with pytest.raises(WrongState) as refusal:
        world.do(service.resolve, number, world.office, result="好了")
    assert refusal.value.params == {"number": number, "action": "resolve", "status": "submitted"}


def test_a_grid_worker_may_not_decline(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.do(service.decline, world.file().number, world.worker, reason="不归我管")


def test_a_form_that_is_out_of_date_is_refused(world: World) -> None:
    ticket = world.file()
    world.do(service.accept, ticket.number, world.office, version=ticket.version)
    with pytest.raises(StaleVersion):
        world.do(service.decline, ticket.number, world.office, reason="重复", version=ticket.version)


def test_two_who_act_at_once_do_not_overwrite_each_other(world: World) -> None:
    number = world.file().number
    if world.store.is_sqlite:
        pytest.skip("SQLite lets one writer in at a time")

    def late() -> None:
        with world.store.begin() as session:
            seen = queries.get(session, number)
            world.do(service.accept, number, world.office)
            service.withdraw(session, seen.number, WANG, NOW)

    with pytest.raises(StaleVersion):
        late()
    assert world.get(number).status == Status.ACCEPTED


def test_only_people_with_a_post_for_the_place_can_be_assigned(world: World) -> None:
    number = world.file().number
    world.do(service.accept, number, world.office)
    for stranger in (world.elsewhere.person_id, 999):
        with pytest.raises(BadInput) as refusal:
            world.do(service.assign, number, world.office, worker_id=stranger)
        assert refusal.value.code == "worker_unknown"


def test_the_deadline_stands_still_while_the_resident_is_asked(world: World) -> None:
    number = world.file(urgency=Urgency.EMERGENCY).number
    world.do(service.accept, number, world.office)
    world.do(service.ask_resident, number, world.office, question="几楼？", at=NOW + timedelta(minutes=30))
    with world.store.read() as session:
        assert not queries.is_overdue(queries.get(session, number), NOW + timedelta(days=2))
        assert queries.listing(session, Filters(overdue_at=NOW + timedelta(days=2))) == []
    world.do(service.add_info, number, WANG, text="三楼", at=NOW + timedelta(hours=2, minutes=30))
    ticket = world.get(number)
    assert ticket.due_at == NOW + timedelta(hours=3)
    assert "等待居民补充的2小时0分钟不计" in queries.due_reason(ticket, wording.say)
    with world.store.read() as session:
        late = NOW + timedelta(hours=4)
        assert queries.is_overdue(queries.get(session, number), late)
        assert [t.number for t in queries.listing(session, Filters(overdue_at=late))] == [number]


def test_an_edit_does_not_move_the_deadline(world: World) -> None:
    before = world.file()
    world.do(service.accept, before.number, world.office)
    world.do(service.change_category, before.number, world.office, category="noise", at=NOW + timedelta(days=1))
    world.do(service.internal_note, before.number, world.office, text="催一下", at=NOW + timedelta(days=1))
    assert world.get(before.number).due_at == before.due_at


def test_reopening_starts_a_new_deadline_and_leaves_nobody_in_charge(world: World) -> None:
    number = world.file(urgency=Urgency.EMERGENCY).number
    world.do(service.accept, number, world.office)
    world.do(service.assign, number, world.office, worker_id=world.worker_id)
    world.do(service.resolve, number, world.worker, result="好了")
    later = NOW + timedelta(days=3)
    world.do(service.reopen, number, WANG, reason="又坏了", at=later)
    ticket = world.get(number)
    assert (ticket.status, ticket.assignee, ticket.due_at) == (Status.ACCEPTED, None, later + timedelta(hours=1))
    assert queries.due_reason(ticket, wording.say).startswith("重新办理")


def test_a_changed_category_keeps_the_old_one_in_the_log_and_takes_its_articles(world: World) -> None:
    number = world.file(basis=[("tonghua", 18), ("tonghua", 18)]).number
    world.do(service.accept, number, world.office)
    world.do(service.change_category, number, world.office, category="noise", basis=[("tonghua", 19), ("dalian", 22)])
    ticket = world.get(number)
    assert [(b.document, b.article) for b in ticket.basis] == [("tonghua", 19), ("dalian", 22)]
    assert ticket.events[-1].note == "street_light → noise"


def test_a_place_said_later_brings_the_ticket_to_its_grid(world: World) -> None:
    number = world.file(area=None).number
    with world.store.begin() as session:
        area = session.get_one(grid.Area, world.grid_id)
        service.locate(session, number, WANG, NOW, place="幸福里3号楼", area=area)
    ticket = world.get(number)
    assert (ticket.place, ticket.level, ticket.grid and ticket.grid.id) == ("幸福里3号楼", "grid", world.grid_id)


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_a_rating_out_of_range_is_refused(world: World, rating: int) -> None:
    number = world.file().number
    with pytest.raises(BadInput):
        world.do(service.rate, number, WANG, rating=rating)


def test_internal_notes_are_neither_told_nor_shown_to_residents(world: World) -> None:
    number = world.file().number
    world.do(service.internal_note, number, world.office, text="内部商量")
    world.do(service.write_to_resident, number, world.office, text="明天来看")
    assert world.told() == ["tickets.notice.write_to_resident"]
    with world.store.read() as session:
        ticket = queries.get(session, number)
        shown = queries.ticket_json(ticket, NOW, render=wording.say, hide_internal=True)
        assert "内部商量" not in json.dumps(shown, ensure_ascii=False)
        assert "内部商量" in json.dumps(queries.ticket_json(ticket, NOW, render=wording.say), ensure_ascii=False)


def test_the_log_is_only_ever_added_to(world: World) -> None:
    world.file()

    def change() -> None:
        with world.store.begin() as session:
            session.scalars(select(TicketEvent)).one().note = "改了"

    with pytest.raises(RuntimeError, match="only ever added"):
        change()


def test_the_json_has_the_shape_of_the_contract(world: World) -> None:
    number = world.file(
        place="幸福里", time_said="昨晚", name="王某", phone="13800000000", basis=[("tonghua", 19)]
    ).number
    with world.store.read() as session:
        shown = queries.ticket_json(queries.get(session, number.lower() + " "), NOW, render=wording.say)
    assert json.loads(json.dumps(shown)) == shown
    assert shown == {
        "number": number,
        "status": "submitted",
        "category": "street_light",
        "urgency": "normal",
        "level": "grid",
        "place": "幸福里",
        "grid": "示范一社区第一网格",
        "description": "路灯不亮",
        "time_said": "昨晚",
        "anonymous": False,
        "reporter": {"name": "王某", "phone": "13800000000"},
        "volunteer": None,
        "created_at": "2026-11-20T12:00:00+08:00",
        "due_at": "2026-11-27T18:00:00+08:00",
        "due_reason": "登记次日起5个工作日，至最后一日18时止",
        "overdue": False,
        "merged_into": None,
        "followers": 1,
        "rating": None,
        "rating_comment": None,
        "basis": [{"document": "tonghua", "article": 19}],
        "events": [
            {
                "at": "2026-11-20T12:00:00+08:00",
                "actor": "resident",
                "action": "file",
                "from": None,
                "to": "submitted",
                "note": None,
                "public": True,
            }
        ],
        "assignee": None,
        "demo": False,
        "version": 1,
    }


def test_the_list_is_newest_first_and_narrows(world: World) -> None:
    lamp = world.file(origin="a", place="幸福里100%").number
    noise = world.file(origin="b", category="noise", description="楼上太吵", urgency=Urgency.URGENT).number
    world.do(service.accept, noise, world.office)

    def numbers(**wanted: object) -> list[str]:
        with world.store.read() as session:
            filters = Filters(**wanted)  # type: ignore[arg-type]
            found = [ticket.number for ticket in queries.listing(session, filters, world.office)]
            assert queries.count(session, filters, world.office) == len(found)
            return found

    assert numbers() == [noise, lamp]
    assert numbers(statuses=frozenset({Status.ACCEPTED})) == [noise]
    assert numbers(statuses=OPEN, category="street_light") == [lamp]
    assert numbers(urgency=Urgency.URGENT) == [noise]
    assert numbers(text="太吵") == [noise]
    assert numbers(text="100%") == [lamp]
    assert numbers(text="%") == [lamp]
    assert numbers(text=lamp.lower()) == [lamp]
    assert numbers(overdue_at=NOW + timedelta(days=4)) == [noise]
    assert numbers(area_id=world.grid_id) == [noise, lamp]
    with world.store.read() as session:
        newest = queries.listing(session, Filters(limit=1))[0]
        assert [t.number for t in queries.listing(session, Filters(before=newest.id))] == [lamp]


def test_buttons_and_verbs_ask_the_same_table(world: World) -> None:
    number = world.file().number
    with world.store.read() as session:
        ticket = queries.get(session, number)
        assert can(ticket, Action.ACCEPT, world.worker)
        assert actions(ticket, world.elsewhere) == []
        assert actions(ticket, WANG) == [Action.ADD_INFO, Action.WITHDRAW, Action.LOCATE, Action.ERASE_IDENTITY]
        assert Action.DECLINE in actions(ticket, world.office)
        assert Action.DECLINE not in actions(ticket, world.worker)


def test_nothing_that_a_resident_wrote_reaches_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    number = world.file(name="王某", phone="13800000000", description="秘密的话", place="秘密的地方").number
    world.do(service.add_info, number, WANG, text="再说一句秘密")
    with pytest.raises(NotFound):
        world.do(service.add_info, "SQ20000101-0001", WANG, text="秘密的话")
    assert not [r for r in caplog.records if "秘密" in r.getMessage() or "王某" in r.getMessage()]


def _file_many(url: str, process: int, count: int) -> None:
    database = Database(url, busy_seconds=60)
    for number in range(count):
        # Every second message is one that all processes deliver.
        origin = f"shared:{number}" if number % 2 else f"own:{process}:{number}"
        with database.begin() as session:
            actor = Actor.resident("web", f"chat-{process}")
            service.file_ticket(session, NewTicket("noise", "太吵"), actor, NOW, origin=origin)
    database.close()


def test_four_processes_filing_at_once_lose_and_double_nothing(store: Database, store_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_file_many, args=(store_url, process, 20)) for process in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * 4
    with store.read() as session:
        numbers = sorted(ticket.number for ticket in queries.listing(session, Filters(limit=None)))
    # 4 × 10 messages of their own and 10 shared ones.
    assert numbers == [f"SQ20261120-{n:04d}" for n in range(1, 51)]
