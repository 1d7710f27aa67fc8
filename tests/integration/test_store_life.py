"""Whole lives of tickets, invented by Hypothesis, against a plain dictionary."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from tickets import outbox, queries, service
from tickets.database import Database
from tickets.errors import WrongState
from tickets.grid import AreaKind, add_area
from tickets.models import TicketEvent
from tickets.outbox import OutboxMessage
from tickets.people import Person, Post, Role
from tickets.service import NewTicket
from tickets.workflow import Actor

OFFICE = Actor("staff", Role.COMMUNITY_STAFF, None, "示范社区人员甲")
UNFINISHED = ("accepted", "assigned", "in_progress")
OPEN = ("submitted", *UNFINISHED, "waiting_resident")
EVERY = (*OPEN, "resolved", "closed", "declined", "withdrawn")

# Written down a second time on purpose: action → (from, to, told); "=" stays, "back" returns to before the question.
LIFE: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "accept": (("submitted",), "accepted", True),
    "assign": (UNFINISHED, "assigned", True),
    "start": (("accepted", "assigned"), "in_progress", True),
    "ask_resident": (UNFINISHED, "waiting_resident", True),
    "resident_answers": (("waiting_resident",), "back", False),
    "resolve": (UNFINISHED, "resolved", True),
    "close": (("resolved",), "closed", True),
    "decline": (("submitted", "accepted"), "declined", True),
    "withdraw": (OPEN, "withdrawn", False),
    "reopen": (("resolved", "closed", "declined"), "accepted", False),
    "rate": (("resolved", "closed"), "=", False),
    "write_to_resident": (EVERY, "=", True),
    "internal_note": (EVERY, "=", False),
    "change_category": (OPEN, "=", False),
}
BY_RESIDENT = {"resident_answers", "withdraw", "reopen", "rate"}
MORE: dict[str, dict[str, Any]] = {
    "ask_resident": {"question": "几楼？"},
    "resident_answers": {"text": "三楼"},
    "resolve": {"result": "修好了"},
    "decline": {"reason": "不属于受理范围"},
    "reopen": {"reason": "又坏了"},
    "rate": {"rating": 4},
    "write_to_resident": {"text": "明天来看"},
    "internal_note": {"text": "内部"},
    "change_category": {"category": "noise"},
}
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
_chats = count(1)


class Life(RuleBasedStateMachine):
    """Files tickets and does anything to any of them; the model is ``{number: {status, before, events, notices}}``."""

    store: Database
    worker_id: int

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, dict[str, Any]] = {}
        self.now = NOW
        self.resident = Actor.resident("web", f"chat-{next(_chats)}")
        self.messages = 0

    @rule(again=st.booleans())
    def file(self, again: bool) -> None:
        again = again and self.messages > 0
        self.messages += not again
        origin = f"web:{self.resident.address}:{self.messages}:0"
        with self.store.begin() as session:
            new = NewTicket("street_light", "路灯不亮")
            number = service.file_ticket(session, new, self.resident, self.now, origin=origin).number
        assert (number in self.model) is again
        self.model.setdefault(number, {"status": "submitted", "before": "", "events": 1, "notices": 0})

    @precondition(lambda self: self.model)
    @rule(which=st.integers(0, 99), action=st.sampled_from(sorted(LIFE)), minutes=st.integers(0, 3000))
    def do(self, which: int, action: str, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        number = sorted(self.model)[which % len(self.model)]
        mine = self.model[number]
        sources, target, told = LIFE[action]
        verb: Callable[..., object] = getattr(service, action)
        more = {"worker_id": self.worker_id} if action == "assign" else MORE.get(action, {})
        actor = self.resident if action in BY_RESIDENT else OFFICE

        def act() -> None:
            with self.store.begin() as session:
                verb(session, number, actor, self.now, **more)

        if mine["status"] not in sources:
            with pytest.raises(WrongState):
                act()
            return
        act()
        if action == "ask_resident":
            mine["before"] = mine["status"]
        if target != "=":
            mine["status"] = mine["before"] if target == "back" else target
        mine["events"] += 1
        mine["notices"] += told

    @invariant()
    def the_store_is_as_the_model_says(self) -> None:
        with self.store.read() as session:
            mine = queries.tickets_of(session, "web", self.resident.address, limit=1000)
            assert {ticket.number: ticket.status.value for ticket in mine} == {
                number: one["status"] for number, one in self.model.items()
            }
            for ticket in mine:
                self._its_log_holds_together(ticket.events, self.model[ticket.number]["events"])
                running = ticket.status.value in ("submitted", *UNFINISHED)
                assert (ticket.clock_stopped_at is None) is running
            told = outbox.messages_after(session, "web", self.resident.address, limit=1000)
            assert len(told) == sum(one["notices"] for one in self.model.values())

    @staticmethod
    def _its_log_holds_together(events: list[TicketEvent], expected: int) -> None:
        assert len(events) == expected
        assert [event.from_status for event in events[1:]] == [event.to_status for event in events[:-1]]


def test_a_ticket_s_life_is_what_a_plain_dictionary_says_it_is(store: Database) -> None:
    with store.begin() as session:
        worker = Person(name="示范网格员甲")
        session.add(worker)
        session.flush()
        session.add(Post(person=worker, role=Role.GRID_WORKER, area=add_area(session, AreaKind.GRID, "一"), since=NOW))
    machine = type("LifeHere", (Life,), {"store": store, "worker_id": worker.id})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with store.read() as session:
        # Enough happened to prove something.
        assert (session.scalar(select(func.count(TicketEvent.id))) or 0) > 50
        assert (session.scalar(select(func.count(OutboxMessage.id))) or 0) > 10
