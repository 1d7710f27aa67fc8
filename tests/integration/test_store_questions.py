"""Questions that nobody could answer, on both stores: counted without the person, decided once, gone in time."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tickets import people, questions
from tickets.database import Database
from tickets.errors import BadInput, NotAllowed, NotFound, StaleVersion
from tickets.people import Role
from tickets.questions import Asked, Decision, Filters, State
from tickets.workflow import Actor

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


def ask(store: Database, question: str = "契税怎么算", place: str = "通化市", day: date = TODAY, **more: Any) -> str:
    asked = Asked(question, place, more.pop("outcome", "refuse"), more.pop("neighbours", ()))
    with store.begin() as session:
        questions.keep(session, asked, day)
    return questions.key_of(question, place)


def shown(store: Database, **filters: Any) -> list[dict[str, Any]]:
    with store.read() as session:
        return [questions.question_json(row) for row in questions.listing(session, Filters(**filters))]


def staff(store: Database, name: str = "孙社区", role: Role = Role.COMMUNITY_STAFF) -> Actor:
    with store.begin() as session:
        return Actor.of_staff(people.add_staff(session, name, role, None, NOW).account)


def decide(store: Database, key: str, actor: Actor, state: State, version: int = 1, **more: Any) -> None:
    with store.begin() as session:
        questions.decide(session, key, Decision(state, version, **more), actor, NOW)


def test_the_same_question_at_one_place_is_one_row_that_counts(store: Database) -> None:
    ask(store, "契税怎么算？", neighbours=[("tonghua", 18, 0.51234)])
    ask(store, " 契税 怎么算!", day=TODAY + timedelta(days=2), outcome="perhaps", neighbours=[("tonghua", 3, 0.7)])
    ask(store, "Ｗｉｆｉ归谁管", "大连市")
    ask(store, "WIFI归谁管。", "大连市")
    ask(store, "契税怎么算", "太原市")
    first, second, third = shown(store)
    assert first == {
        "key": questions.key_of("契税怎么算", "通化市"),
        "question": "契税怎么算？",
        "place": "通化市",
        "outcome": "perhaps",
        "count": 2,
        "first_day": "2026-11-20",
        "last_day": "2026-11-22",
        "state": "open",
        "again": 0,
        "answer": None,
        "taught": None,
        "neighbours": [{"document": "tonghua", "article": 3, "score": 0.7}],
    }
    assert (second["place"], second["count"]) == ("大连市", 2)
    assert (third["place"], third["count"]) == ("太原市", 1)
    with store.read() as session:
        assert set(questions.places(session)) == {"大连市", "太原市", "通化市"}


def test_two_who_ask_the_same_at_the_same_moment_are_both_counted(store: Database) -> None:
    barrier = threading.Barrier(6)

    def one() -> None:
        barrier.wait()
        for _ in range(5):
            ask(store)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["count"] for row in shown(store)] == [30]


def test_nothing_in_the_table_tells_who_asked_or_when_in_the_day(store: Database) -> None:
    ask(store, "物业费多少钱", "")
    with store.read() as session:
        row = dict(session.execute(text("SELECT * FROM unanswered_question")).mappings().one())
    assert set(row) == {
        *("key", "place", "question", "outcome", "neighbours", "count", "first_day", "last_day", "state", "again"),
        *("document", "article", "taught", "decided_day", "version"),
    }
    assert str(row["first_day"]) == str(row["last_day"]) == "2026-11-20"


def test_a_long_question_is_cut_and_control_characters_do_not_reach_the_store(store: Database) -> None:
    ask(store, "为什么" * 300 + "\x00\ud800")
    assert len(shown(store)[0]["question"]) == 200
    ask(store, "一\x00二\n\n三 " + "四")
    assert "一二 三 四" in {row["question"] for row in shown(store)}


def test_what_nobody_asks_for_half_a_year_is_deleted_when_the_next_question_comes(store: Database) -> None:
    old = ask(store, "很久以前问的")
    decide(store, old, staff(store), State.UNANSWERABLE, taught="很久以前问的")
    ask(store, "一直有人问的")
    ask(store, "一直有人问的", day=TODAY + timedelta(days=100))
    ask(store, "刚刚才问的", day=TODAY + timedelta(days=180))
    assert len(shown(store)) == 3
    ask(store, "刚刚才问的", day=TODAY + timedelta(days=181))
    assert {row["question"] for row in shown(store)} == {"一直有人问的", "刚刚才问的"}
    with store.read() as session:
        assert session.execute(text("SELECT count(*) FROM question_event")).scalar_one() == 0


def test_a_decision_is_written_down_with_who_took_it_and_can_be_taken_back(store: Database) -> None:
    key, sun = ask(store), staff(store)
    decide(store, key, sun, State.ANSWERED, document="tonghua", article=18, taught="买房要交多少契税")
    row = shown(store)[0]
    assert (row["state"], row["answer"], row["taught"]) == (
        "answered",
        {"document": "tonghua", "article": 18},
        "买房要交多少契税",
    )
    decide(store, key, sun, State.OPEN, 2)
    row = shown(store)[0]
    assert (row["state"], row["answer"], row["taught"]) == ("open", None, None)
    with store.read() as session:
        events = questions.get(session, key).events
        assert [(event.actor_label, event.state, event.article) for event in events] == [
            ("孙社区", State.ANSWERED, 18),
            ("孙社区", State.OPEN, None),
        ]


def test_of_two_colleagues_the_second_is_told_who_was_quicker_and_a_double_click_is_one_click(store: Database) -> None:
    key, sun, qian = ask(store), staff(store), staff(store, "钱街道", Role.STREET_STAFF)
    decide(store, key, sun, State.DELETED)
    decide(store, key, sun, State.DELETED)
    with pytest.raises(StaleVersion) as refused:
        decide(store, key, qian, State.DELETED)
    assert refused.value.params == {"name": "孙社区"}
    with pytest.raises(StaleVersion):
        decide(store, key, sun, State.UNANSWERABLE, taught="契税怎么算")
    with store.read() as session:
        row = questions.get(session, key)
        assert (row.state, row.version, len(row.events)) == (State.DELETED, 2, 1)


def test_what_is_decided_has_to_be_taken_back_before_it_is_decided_otherwise(store: Database) -> None:
    key, sun = ask(store), staff(store)
    decide(store, key, sun, State.OPEN)
    decide(store, key, sun, State.UNANSWERABLE, taught="契税怎么算")
    with pytest.raises(StaleVersion):
        decide(store, key, sun, State.DELETED, 2)
    decide(store, key, sun, State.OPEN, 2)
    decide(store, key, sun, State.OPEN, 2)
    decide(store, key, sun, State.DELETED, 3)
    assert shown(store)[0]["state"] == "deleted"


def test_the_same_taught_at_two_places_is_known_so_that_undoing_one_leaves_the_other(store: Database) -> None:
    sun, keys = staff(store), [ask(store, place="通化市"), ask(store, place="太原市")]
    for key, article in zip(keys, (18, 19), strict=True):
        decide(store, key, sun, State.ANSWERED, document="tonghua", article=article, taught="契税怎么算")
    with store.read() as session:
        assert not questions.taught_elsewhere(session, questions.get(session, keys[0]))
    decide(store, keys[1], sun, State.OPEN, 2)
    decide(store, keys[1], sun, State.ANSWERED, 3, document="tonghua", article=18, taught="契税，怎么算？")
    with store.read() as session:
        assert questions.taught_elsewhere(session, questions.get(session, keys[0]))


def test_only_who_decides_where_a_matter_goes_decides_about_questions(store: Database) -> None:
    key = ask(store)
    for number, role in enumerate((Role.GRID_WORKER, Role.BUILDING_LEAD)):
        with pytest.raises(NotAllowed):
            decide(store, key, staff(store, f"员{number}", role), State.DELETED)
    decide(store, key, staff(store, "网格长", Role.GRID_CHIEF), State.DELETED)
    with pytest.raises(NotFound):
        decide(store, "0" * 32, staff(store), State.DELETED)


def test_nothing_personal_is_taught(store: Database) -> None:
    key = ask(store)
    with pytest.raises(BadInput) as refused:
        decide(store, key, staff(store), State.UNANSWERABLE, taught="3单元502的契税怎么算")
    assert refused.value.code == "question_personal"
    assert shown(store)[0]["state"] == "open"


def test_what_is_asked_in_vain_after_an_answer_comes_back_to_the_desk_and_a_deleted_one_does_not(
    store: Database,
) -> None:
    sun = staff(store)
    answered, nowhere, deleted, waiting = (ask(store, f"第{i}个问题") for i in range(4))
    decide(store, answered, sun, State.ANSWERED, document="tonghua", article=18, taught="第零问")
    decide(store, nowhere, sun, State.UNANSWERABLE, taught="第一问")
    decide(store, deleted, sun, State.DELETED)

    def on_desk() -> set[str]:
        return {row["key"] for row in shown(store, state=State.OPEN)}

    assert on_desk() == {waiting}
    for i in range(3):
        ask(store, f"第{i}个问题")
    assert on_desk() == {waiting, answered}
    assert {row["key"]: (row["count"], row["again"]) for row in shown(store)}[nowhere] == (2, 1)
    ask(store, "新的", day=TODAY + timedelta(days=8))
    assert deleted not in {row["key"] for row in shown(store)}


def test_a_list_is_narrowed_by_place_and_state_and_read_in_pages(store: Database) -> None:
    for i in range(5):
        for _ in range(i + 1):
            ask(store, f"问{i}题", day=TODAY + timedelta(days=i))
    elsewhere = ask(store, "没说地方", "")
    assert [row["count"] for row in shown(store, place="通化市", limit=2)] == [5, 4]
    assert [row["count"] for row in shown(store, place="通化市", limit=2, offset=4)] == [1]
    assert [row["key"] for row in shown(store, place="")] == [elsewhere]
    decide(store, elsewhere, staff(store), State.DELETED)
    assert [row["key"] for row in shown(store, state=State.DELETED)] == [elsewhere]
    with store.read() as session:
        assert questions.count(session, Filters(place="通化市", limit=1)) == 5
