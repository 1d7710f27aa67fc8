"""Erasing a reporter on both stores: her name, number and chat go, the ticket and what was done about it stay."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tickets import erasure, outbox, queries, service
from tickets.database import Database
from tickets.erasure import without_person
from tickets.filing import NewTicket
from tickets.models import Status, TicketEvent
from tickets.workflow import Actor
from volunteers import service as volunteers

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
WANG, LI = Actor.resident("web", "wang"), Actor.resident("web", "li")
NAME, PHONE = "王秀英", "13900001111"


@pytest.fixture
def number(store: Database) -> str:
    """A ticket of hers on which staff and she herself have written her name and number."""
    with store.begin() as session:
        new = NewTicket(
            "street_light", f"路灯不亮，我是{NAME}，打139 0000 1111", place="幸福里3号楼", name=NAME, phone=PHONE
        )
        number = service.file_ticket(session, new, WANG, NOW, origin="web:wang:1:0").number
        service.accept(session, number, Actor.system(), NOW)
        service.add_info(session, number, WANG, NOW, text=f"也可以打 {PHONE}")
        service.internal_note(session, number, Actor.system(), NOW, text=f"已电话联系{NAME}")
        service.ask_resident(session, number, Actor.system(), NOW, question="第几盏？")
    return number


def erase(store: Database, by: Actor = WANG) -> list[str]:
    with store.begin() as session:
        return [one.number for one in erasure.erase_reporter(session, by.channel, by.address, NOW)]


def test_name_number_and_chat_go_and_the_matter_stays(store: Database, number: str) -> None:
    assert erase(store) == [number]
    with store.read() as session:
        ticket = queries.get(session, number)
        assert (ticket.reporter_name, ticket.reporter_phone, list(ticket.followers)) == (None, None, [])
        assert ticket.place == "幸福里3号楼"
        assert ticket.description.startswith("路灯不亮")
        written = ticket.description + "".join(event.note for event in ticket.events)
        assert ticket.events[-1].action == "erase_identity"
        assert not queries.tickets_of(session, "web", "wang")
    assert NAME not in written
    assert "1111" not in written
    assert "已电话联系" in written


def test_nobody_waits_for_an_answer_that_cannot_come(store: Database, number: str) -> None:
    erase(store)
    with store.read() as session:
        ticket = queries.get(session, number)
        assert ticket.status == Status.ACCEPTED
        assert ticket.clock_stopped_at is None


@pytest.mark.usefixtures("number")
def test_a_second_time_changes_nothing(store: Database) -> None:
    erase(store)
    with store.read() as session:
        before = session.scalars(select(TicketEvent.id)).all()
    assert erase(store) == []
    with store.read() as session:
        assert session.scalars(select(TicketEvent.id)).all() == before


def test_other_peoples_tickets_stay_as_they_are(store: Database, number: str) -> None:
    assert erase(store, LI) == []
    with store.read() as session:
        assert queries.get(session, number).reporter_phone == PHONE


def test_sign_ups_and_messages_of_the_chat_are_gone(store: Database) -> None:
    with store.begin() as session:
        new = volunteers.SignUp(name=NAME, phone=PHONE)
        volunteers.sign_up(session, new, channel="web", address="wang", origin="web:wang:2", now=NOW)
        message = outbox.put(session, channel="web", address="wang", kind="reply", body={"text": PHONE}, now=NOW)
        outbox.put(session, channel="web", address="li", kind="reply", body={"text": "您好"}, now=NOW)
    with store.begin() as session:
        assert volunteers.erase(session, channel="web", address="wang") == 1
        outbox.forget(session, "web", "wang")
        outbox.mark_failed(session, message.id, "timeout", NOW)  # the sender had it in its hands
    with store.read() as session:
        assert not volunteers.of_chat(session, "web", "wang")
        assert not outbox.messages_after(session, "web", "wang")
        assert len(outbox.messages_after(session, "web", "li")) == 1


@pytest.mark.usefixtures("number")
def test_nothing_of_her_can_be_read_in_the_files(store: Database) -> None:
    if not store.is_sqlite:
        pytest.skip("PostgreSQL's files are cleaned by its own vacuum")
    file = Path(str(store.url.database))
    files = [file, file.with_name(file.name + "-wal")]

    def found(word: str) -> bool:
        return any(word.encode() in one.read_bytes() for one in files if one.exists())

    assert found(NAME)
    assert found(PHONE)
    with store.read() as session:  # a reader that has come before and goes on using its connection
        session.execute(text("SELECT count(*) FROM ticket"))
    erase(store)
    assert not found(NAME)
    assert not found(PHONE)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("打139 0000 1111", "打***"),
        ("打139-0000-1111找王秀英", "打***找***"),
        ("邻居13812345678", "邻居***"),
        ("座机0435-1234567", "座机***"),
        ("身份证110101199001011234", "身份证***"),
        ("幸福里3号楼2单元502，三天了，12345打过", "幸福里3号楼2单元502，三天了，12345打过"),
    ],
)
def test_numbers_go_out_of_words_and_places_stay(said: str, left: str) -> None:
    assert without_person(said, [NAME, PHONE]) == left
