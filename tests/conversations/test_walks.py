"""Conversations in any order: digressions, corrections, repeats, old buttons, waiting and restarts between turns.

The understanding is a small table, so thousands of walks need no model. ``GRIDBOT_WALKS`` sets how many are walked.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import app
from handlers import converse
from handlers.categories import Categories
from handlers.flow import CONFIRM, RESTS, flow_of
from handlers.messages import Incoming
from handlers.state import ConversationRow, State
from handlers.turn import Services
from nlu.client import Entity, Understanding
from retrieval.library import Library
from retrieval.ordinances.model import Article, Document
from retrieval.search import Search
from tickets import migrate, queries
from tickets.database import Database
from tickets.models import Urgency
from tickets.queries import Filters
from volunteers import service as volunteers

WALKS = int(os.environ.get("GRIDBOT_WALKS", "40"))
LAW = Document(
    "tonghua",
    "通化市社区治理促进条例",
    "通化市",
    (Article("tonghua", 14, "第三章", ("社区网格应当配备网格长和网格员。",)),),
    effective=date(2023, 7, 1),
)


@dataclass(frozen=True)
class Line:
    """Something people say: what the classifier makes of it, and the facts in it."""

    text: str
    intent: str = "out_of_scope"
    sure: float = 0.3
    facts: tuple[tuple[str, str], ...] = ()
    category: str | None = None
    parts: tuple[Line, ...] = ()
    """Its clauses, as ``handlers.several`` finds them."""

    def meaning(self) -> Understanding:
        entities = [
            Entity(kind, value, value, self.text.index(value), self.text.index(value) + len(value))
            for kind, value in self.facts
        ]
        if self.category:
            entities.append(Entity("category", self.category))
        rest = round((1 - self.sure) / 2, 3)
        ranking = ((self.intent, self.sure), ("help", rest), ("ask_ordinance", rest))
        parts = tuple(part.meaning() for part in self.parts)
        return Understanding(self.intent, self.sure, ranking, tuple(entities), parts)

    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.facts}


PLACE, OTHER_PLACE = ("place", "幸福里3号楼2单元"), ("place", "翠湖小区1号楼")
PHONE, TIME = ("phone", "13812345678"), ("time", "三天")
YES = [Line("嗯", "affirm", 1.0), Line("好", "affirm", 0.9), Line("提交吧", "affirm", 0.9), Line("没错", "deny", 0.5)]
NO = [Line("不对", "deny", 0.9), Line("不用了", "deny", 0.9)]
EMERGENCIES = [
    Line("着火了", "report_emergency", 0.95, (), "fire"),
    Line("幸福里3号楼2单元煤气漏了", "report_emergency", 0.9, (PLACE,), "gas_leak"),
    Line("我不想活了", "report_emergency", 0.8, (), "self_harm"),
]
LIGHT = Line("路灯坏了", "report_issue", 0.95, (), "street_light")
RUBBISH = Line("翠湖小区1号楼垃圾没人收", "report_issue", 0.95, (OTHER_PLACE,), "rubbish")
SEVERAL = [
    Line("路灯坏了，另外翠湖小区1号楼垃圾没人收", "report_issue", 0.9, (OTHER_PLACE,), "rubbish", (LIGHT, RUBBISH)),
    Line("路灯坏了，还想问网格长干什么", "report_issue", 0.6, (), "street_light",
         (LIGHT, Line("想问网格长干什么", "ask_duty", 0.95, (("role", "网格长"),)))),
    Line("路灯坏了，另外我想当志愿者", "report_issue", 0.6, (), "street_light",
         (LIGHT, Line("我想当志愿者", "volunteer_signup", 0.95))),
]  # fmt: skip
LINES = [
    *YES,
    *NO,
    *EMERGENCIES,
    Line("路灯坏了", "report_issue", 0.95, (), "street_light"),
    Line("幸福里3号楼2单元漏水三天了", "report_issue", 0.95, (PLACE, TIME), "drainage_leak"),
    Line("翠湖小区1号楼垃圾没人清三天了，电话13812345678", "report_issue", 0.95, (OTHER_PLACE, TIME, PHONE), "rubbish"),
    Line("我要投诉", "report_issue", 0.5),
    Line("另外井盖也没了", "report_issue", 0.8, (), "road_manhole"),
    Line("幸福里3号楼2单元", "abusive", 0.6, (PLACE,), "fire_hazard"),
    Line("翠湖小区1号楼", "greet", 0.7, (OTHER_PLACE,)),
    Line("不是2单元是三单元", "ticket_add_info", 0.7, (("place", "2单元"), ("place", "三单元"))),
    Line("地址写错了", "deny", 0.9),
    Line("三天", "greet", 0.6, (TIME,)),
    Line("13812345678", "abusive", 0.7, (PHONE,)),
    Line("电话换一个13812345678", "find_grid_worker", 0.5, (PHONE,)),
    Line("匿名", "privacy_request", 1.0),
    Line("不想留电话", "deny", 0.6),
    Line("不知道", "deny", 0.9),
    Line("算了不报了", "cancel_flow", 1.0),
    Line("啥"),
    Line("楼里谁管", "ask_ordinance", 0.95),
    Line("网格长干什么", "ask_duty", 0.95, (("role", "网格长"),)),
    Line("我想当志愿者", "volunteer_signup", 1.0),
    Line("我叫王秀英", "out_of_scope", 0.4, (("name", "王秀英"),)),
    Line("陪老人聊天", "request_volunteer", 0.8, (("service", "陪老人聊天"),)),
    Line("退出志愿者", "volunteer_cancel", 0.95),
    Line("转人工", "human_handoff", 1.0),
    Line("我家网格员是谁", "find_grid_worker", 0.95, (("role", "网格员"),)),
    Line("办到哪了", "ticket_status", 0.95),
    Line("补充一下", "ticket_add_info", 0.9),
    Line("撤了吧", "ticket_withdraw", 0.95),
    Line("没解决", "ticket_reopen", 0.9),
    Line("给五星", "rate_service", 0.95),
    Line("把我的信息删了", "privacy_request", 0.95),
    Line("没事了误报", "goodbye_thanks", 0.8),
    Line("删掉我的所有信息", "privacy_request", 0.95),
    Line("导出我的信息", "privacy_request", 0.95),
    Line("你们存了我什么", "privacy_request", 0.95),
    Line("别告诉楼上是我", "privacy_request", 0.8),
    Line("楼上王大力天天吵，他电话13699998888", "report_issue", 0.95, (), "neighbour_noise"),
    Line("隐去再提交", "out_of_scope", 0.4),
    Line("把三天改成五天", "ticket_add_info", 0.6, (TIME, ("time", "五天"))),
    Line("不是幸福里是翠湖小区", "deny", 0.6, (("place", "幸福里"), ("place", "翠湖小区"))),
    Line("匿名反映", "privacy_request", 0.6),
    *SEVERAL,
    Line("你好", "greet", 1.0),
    Line("谢谢", "goodbye_thanks", 1.0),
    Line("你能干啥", "help", 0.95),
    Line("你个废物", "abusive", 0.95),
    Line("接着填", "cancel_flow", 0.7),
    Line("等一下"),
    Line("我在通化"),
    Line("/report"),
    Line("/cancel"),
    Line("/start"),
    Line("   "),
]


class Walk(RuleBasedStateMachine):
    """One person, one conversation, any order."""

    template: Path
    services: Services

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gridbot-walk-"))
        self.file = shutil.copy(self.template, self.folder / "store.sqlite3")
        self.database = Database(f"sqlite:///{self.file}")
        self.now = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)
        self.sent = 0
        self.buttons: list[str] = []
        self.tickets: dict[str, str] = {}
        self.erased: set[str] = set()
        self.state = State()

    def teardown(self) -> None:
        if not hasattr(self, "database"):
            return
        try:
            self.everything_can_be_finished()
        finally:
            self.database.close()
            shutil.rmtree(self.folder)

    @rule(line=st.sampled_from(LINES))
    def say(self, line: Line) -> None:
        self.turn("text", line.text, line)

    @rule(data=st.data())
    def press(self, data: st.DataObject) -> None:
        """Any button ever shown: those of older questions must do nothing."""
        if self.buttons:
            self.turn("payload", data.draw(st.sampled_from(self.buttons[-40:])))

    @rule()
    def send_a_sticker(self) -> None:
        self.turn("other", "")

    @rule(hours=st.sampled_from([0.5, 3, 30]))
    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def restart(self) -> None:
        self.database.close()
        self.database = Database(f"sqlite:///{self.file}")

    @invariant()
    def state_survives_json(self) -> None:
        if hasattr(self, "state"):
            assert State.from_json(json.loads(json.dumps(self.state.to_json()))) == self.state

    def turn(self, kind: Any, text: str, line: Line | None = None) -> None:
        self.now += timedelta(seconds=5)
        self.sent += 1
        before = self.state
        incoming = Incoming("web", "walker", f"m{self.sent}", kind, text, self.now)
        asks = converse.needs_understanding(incoming)
        meaning = line.meaning() if line is not None and asks else None
        with self.database.begin() as session:
            replies = converse.turn(session, incoming, meaning, self.services, self.now)
        with self.database.read() as session:
            self.state = State.from_json(session.get_one(ConversationRow, ("web", "walker")).state)
            filed = queries.listing(session, Filters(limit=None))
            hers = {ticket.number for ticket in queries.tickets_of(session, "web", "walker", limit=500)}
            identified = [ticket.number for ticket in filed if ticket.reporter_phone or ticket.reporter_name]
            tickets = {ticket.number: ticket.description for ticket in filed}
            urgent = {ticket.number for ticket in filed if ticket.urgency == Urgency.EMERGENCY}
        self.check_replies(replies)
        if line in YES or text == f"q{before.question}:yes":
            self.check_erasure(line, before, tickets, hers, identified)
        self.check_tickets(tickets, urgent, before, text, line)
        assert hers | self.erased == tickets.keys(), "a ticket is not hers any more"
        self.check_questions(line, before)

    def check_replies(self, replies: Any) -> None:
        assert replies
        for reply in replies:
            assert reply.text.strip()
            assert "None" not in reply.text
            for button in reply.buttons:
                assert button.label
                assert len(button.payload.encode()) <= 64
                self.buttons.append(button.payload)

    def check_erasure(
        self, line: Line | None, before: State, tickets: dict[str, str], hers: set[str], identified: list[str]
    ) -> None:
        """After a yes to the deletion no ticket is lost, and nothing of her is left: on no ticket, in no file."""
        draft = before.active
        if draft is None or draft.flow != "erase" or draft.asked != CONFIRM:
            return
        if line is not None and self.now - datetime.fromisoformat(draft.touched_at) > RESTS:
            return  # the question is no longer open: a word said the next day deletes nothing
        assert tickets.keys() == self.tickets.keys(), "a ticket was lost with its reporter"
        assert not hers
        assert not identified
        for file in self.folder.iterdir():
            assert PHONE[1].encode() not in file.read_bytes(), f"her number is still in {file.name}"
        self.tickets, self.erased = tickets, set(tickets)

    def check_tickets(
        self, tickets: dict[str, str], urgent: set[str], before: State, text: str, line: Line | None
    ) -> None:
        """No ticket is lost or changed, and none is made without a yes, but for danger to life."""
        assert self.tickets.items() <= tickets.items(), "a ticket was lost or its words were changed"
        new = tickets.keys() - self.tickets.keys()
        assert len(new) <= 1
        if new and new <= urgent:
            danger = before.unclear is not None and before.unclear["intent"] == "report_emergency"
            assert line in EMERGENCIES or danger
        elif new:
            assert before.active is not None
            assert before.active.asked == CONFIRM
            agreed = {f"q{before.question}:yes", f"q{before.question}:blank"}
            assert line in YES or text in agreed
        self.tickets = tickets

    def check_questions(self, line: Line | None, before: State) -> None:
        """What is asked is not known yet; what the message has just said is not asked."""
        draft = self.state.active
        if draft is None or draft.asked is None:
            return
        assert draft.slots.get(draft.asked) is None, f"asked for {draft.asked} though it is known"
        slot = flow_of(draft).slot(draft.asked)
        stays = before.active is not None and before.active.flow == draft.flow
        if slot is not None and line is not None and line not in EMERGENCIES and stays:
            assert not line.kinds() & set(slot.kinds), f"{line.text} was said and {slot.name} is asked"

    def everything_can_be_finished(self) -> None:
        """Whatever was begun comes to its end when the person answers plainly: nothing is stuck."""
        for _ in range(80):
            draft = self.state.active
            if draft is None and not self.state.parked and not self.state.later:
                return
            if draft is None:
                self.turn("text", "接着填", Line("接着填", "cancel_flow", 0.7))
            elif draft.asked == CONFIRM:
                self.turn("text", "嗯", YES[0])
            else:
                self.turn("text", "不知道", Line("不知道", "deny", 0.9))
        raise AssertionError(f"stuck: {self.state}")


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory) -> type[Walk]:
    file = tmp_path_factory.mktemp("walk") / "migrated.sqlite3"
    database = Database(f"sqlite:///{file}")
    migrate.upgrade(database)

    class StillClock:
        def now(self) -> datetime:
            return datetime(2026, 1, 1, tzinfo=UTC)

    app.fill_demo(database, StillClock())
    database.close()
    Walk.template = file
    Walk.services = Services(Search(Library({LAW.id: LAW})), Categories.load(app.KNOWLEDGE / "categories.yml"))
    return Walk


def test_in_any_order_nothing_is_lost_doubled_stuck_or_asked_twice(walker: type[Walk]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        walker,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if WALKS < 100 else [])],
        ),
    )


def test_volunteers_are_entered_only_with_a_yes(walker: type[Walk]) -> None:
    walk = walker()
    walk.begin()
    lines = [Line("我想当志愿者", "volunteer_signup", 1.0), Line("我叫王秀英", "greet", 0.9, (("name", "王秀英"),)),
             Line("13812345678", "abusive", 0.9, (PHONE,))]  # fmt: skip
    for line in lines:
        walk.say(line)
    for _ in range(3):
        walk.say(Line("都行", "affirm", 0.4))
    with walk.database.read() as session:
        assert not volunteers.of_chat(session, "web", "walker")
    walk.teardown()
