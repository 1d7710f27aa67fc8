"""The inbox: each message once, its text harmless, and the next one found without looking at all others."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bot import inbox
from bot.models import DONE
from tests.fakes.lanes_world import LanesWorld, message


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("路灯\n坏了\t三天", "路灯\n坏了\t三天"),
        ("a\x00b\x07c\x1bd\x7fe\x85f", "abcdef"),
        ("\u202e反过来\u2066了\u2069", "反过来了"),
        ("半个\ud83d表情\ude00", "半个表情"),
        ("家👨‍👩‍👧和é", "家👨‍👩‍👧和é"),
        ("<b>'; DROP TABLE ticket; --", "<b>'; DROP TABLE ticket; --"),
    ],
)
def test_what_was_typed_is_kept_but_for_signs_that_do_harm(typed: str, kept: str) -> None:
    assert inbox.clean(typed) == kept


def test_a_message_longer_than_the_limit_is_kept_up_to_it(world: LanesWorld) -> None:
    with world.database.begin() as session:
        row, new = inbox.accept(session, message("长" * (inbox.LONGEST + 1), "1"))
        assert new
        assert len(row.text) == inbox.LONGEST


def test_a_message_comes_back_as_it_was_taken(world: LanesWorld) -> None:
    typed = message("路灯坏了", "1")
    with world.database.begin() as session:
        row, _ = inbox.accept(session, typed)
        assert inbox.incoming_of(row) == typed
        assert row.key == inbox.key_of(typed) == "web:c:1"
        assert inbox.accept(session, typed) == (row, False)


def test_conversations_that_wait_come_with_the_longest_waiting_first(world: LanesWorld) -> None:
    with world.database.begin() as session:
        for conversation, number in (("b", 1), ("a", 2), ("b", 3), ("c", 4)):
            row, _ = inbox.accept(session, message(str(number), conversation=conversation))
            row.status = DONE if conversation == "c" else row.status
    with world.database.read() as session:
        assert inbox.conversations_waiting(session) == [("web", "b"), ("web", "a")]
        first = inbox.next_of(session, "web", "b")
        assert first is not None
        assert first.text == "1"
        assert inbox.waiting(session, "web", "b") == 2
        assert inbox.next_of(session, "web", "c") is None


def test_the_next_message_is_found_in_the_index_of_those_that_wait(world: LanesWorld) -> None:
    seen: list[str] = []
    with world.database.read() as session:
        statement = inbox.select(inbox.InboxMessage).where(*inbox._pending_of("web", "c"))
        compiled = statement.order_by(inbox.InboxMessage.id).compile(
            session.get_bind(), compile_kwargs={"render_postcompile": True}
        )
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ("web", "c"))
        seen = [row[-1] for row in plan]
        session.execute(text("SELECT 1"))
    assert any("ix_inbox_message_pending" in step for step in seen), seen
