"""The outbox: order per address, back-off, addresses switched off, on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tickets import outbox
from tickets.database import Database
from tickets.outbox import OutboxMessage

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def put(
    store: Database, address: str = "a", *, channel: str = "telegram", key: str | None = None, text: str = "x"
) -> int:
    with store.begin() as session:
        return outbox.put(
            session, channel=channel, address=address, kind="reply", body={"text": text}, now=NOW, inbox_key=key
        ).id


def due(store: Database, now: datetime = NOW, limit: int = 100) -> list[int]:
    with store.read() as session:
        return [message.id for message in outbox.due(session, "telegram", now, limit)]


def test_each_address_gives_its_earliest_message_and_the_rest_wait(store: Database) -> None:
    first, second, other = put(store), put(store), put(store, "b")
    put(store, channel="web")
    assert due(store) == [first, other]
    assert due(store, limit=1) == [first]
    with store.begin() as session:
        outbox.mark_sent(session, first, NOW)
    assert due(store) == [second, other]


def test_a_message_that_failed_for_now_holds_back_those_after_it(store: Database) -> None:
    first, second = put(store), put(store)
    with store.begin() as session:
        outbox.mark_failed(session, first, "timeout", NOW)
    assert due(store) == []
    assert due(store, NOW + timedelta(seconds=2)) == [first]
    with store.begin() as session:
        outbox.mark_failed(session, first, "flood", NOW, retry_after=30)
    assert due(store, NOW + timedelta(seconds=29)) == []
    assert due(store, NOW + timedelta(seconds=30)) == [first]
    with store.begin() as session:
        outbox.mark_failed(session, first, "bad_request", NOW, permanent=True)
    assert due(store) == [second]


def test_attempts_grow_apart_and_end(store: Database) -> None:
    message, now, waits = put(store), NOW, []
    while due(store, now):
        with store.begin() as session:
            outbox.mark_failed(session, message, "timeout", now)
        with store.read() as session:
            row = session.get_one(OutboxMessage, message)
        waits.append((row.next_attempt_at - now).total_seconds())
        now = row.next_attempt_at if row.failed_at is None else now
    assert len(waits) == outbox.MAX_ATTEMPTS
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == 3600
    assert row.failed_at == now


def test_an_address_switched_off_gets_nothing_until_it_is_back(store: Database) -> None:
    put(store)
    with store.begin() as session:
        outbox.switch_off(session, "telegram", "a", "blocked", NOW)
        outbox.switch_off(session, "telegram", "a", "blocked", NOW)
    put(store)
    assert due(store) == []
    with store.begin() as session:
        outbox.switch_on(session, "telegram", "a")
        outbox.switch_on(session, "telegram", "never off")
    back = put(store)
    assert due(store) == [back]


def test_a_message_and_its_answers_belong_together(store: Database) -> None:
    ids = [put(store, key="telegram:a:7", text="一"), put(store, key="telegram:a:7", text="二")]
    put(store, key="telegram:a:8")
    put(store, "b", key="telegram:a:7")
    with store.read() as session:
        answers = outbox.answers_to(session, "telegram", "a", "telegram:a:7")
    assert [(m.id, m.body["text"]) for m in answers] == list(zip(ids, ["一", "二"], strict=True))


def test_a_page_reads_on_from_the_last_message_it_has(store: Database) -> None:
    ids = [put(store) for _ in range(3)]
    put(store, "b")
    with store.read() as session:
        assert [m.id for m in outbox.messages_after(session, "telegram", "a")] == ids
        assert [m.id for m in outbox.messages_after(session, "telegram", "a", ids[0], limit=1)] == [ids[1]]
