"""Staff accounts: one-time passwords, sign-in, lock-out, on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from tickets import grid, people
from tickets.database import Database
from tickets.errors import BadInput
from tickets.grid import AreaKind
from tickets.people import NewStaff, Role

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def zhang(store: Database) -> NewStaff:
    with store.begin() as session:
        return people.add_staff(session, "张三", Role.COMMUNITY_STAFF, None, NOW)


def test_a_new_account_signs_in_with_its_one_time_password_and_must_change_it(store: Database, zhang: NewStaff) -> None:
    signed = people.sign_in(store, " 张三 ", zhang.one_time_password, NOW)
    assert signed.code == "ok"
    assert signed.account is not None
    assert signed.account.must_change_password
    assert signed.account.person.name == "张三"


def test_the_store_keeps_neither_password_nor_code(store: Database, zhang: NewStaff) -> None:
    with store.read() as session:
        row = session.execute(text("SELECT * FROM staff_account")).one()
    assert zhang.one_time_password not in str(row)
    assert zhang.binding_code not in str(row)


def test_a_second_person_of_the_same_name_gets_a_login_of_her_own(store: Database, zhang: NewStaff) -> None:
    with store.begin() as session:
        assert people.add_staff(session, "张三", Role.GRID_WORKER, None, NOW).account.login == "张三2"
    assert zhang.account.login == "张三"


def test_an_account_with_an_area_comes_with_a_post_there(store: Database) -> None:
    with store.begin() as session:
        area = grid.add_area(session, AreaKind.GRID, "第一网格")
        people.add_staff(session, "李四", Role.GRID_WORKER, area, NOW)
        post = grid.grid_worker_of(session, area, NOW)
        assert post is not None
        assert post.person.name == "李四"


@pytest.mark.parametrize(("name", "role"), [("", Role.ADMIN), ("王五", Role.RESIDENT), ("长" * 51, Role.ADMIN)])
def test_an_account_that_cannot_be_is_refused(store: Database, name: str, role: Role) -> None:
    with pytest.raises(BadInput), store.begin() as session:
        people.add_staff(session, name, role, None, NOW)


def test_wrong_password_unknown_login_and_disabled_account_answer_alike(store: Database, zhang: NewStaff) -> None:
    answers = [people.sign_in(store, "张三", "falsch", NOW), people.sign_in(store, "谁", "falsch", NOW)]
    with store.begin() as session:
        session.get_one(people.StaffAccount, zhang.account.id).disabled_at = NOW
    answers.append(people.sign_in(store, "张三", zhang.one_time_password, NOW))
    assert answers == [people.SignIn("wrong_credentials")] * 3
    with store.read() as session:
        assert people.account(session, zhang.account.id) is None


def test_after_five_failures_the_login_is_locked_for_a_while_whether_it_exists_or_not(
    store: Database, zhang: NewStaff
) -> None:
    for login in ("张三", "谁"):
        for _ in range(5):
            assert people.sign_in(store, login, "falsch", NOW).code == "wrong_credentials"
        locked = people.sign_in(store, login, zhang.one_time_password, NOW + timedelta(minutes=1))
        assert (locked.code, locked.minutes) == ("locked_out", 15)
    later = NOW + timedelta(minutes=15)
    assert people.sign_in(store, "张三", zhang.one_time_password, later).code == "ok"


def test_a_success_forgets_the_failures_before_it(store: Database, zhang: NewStaff) -> None:
    for _ in range(3):
        for _ in range(4):
            people.sign_in(store, "张三", "falsch", NOW)
        assert people.sign_in(store, "张三", zhang.one_time_password, NOW).code == "ok"


def test_an_unknown_login_costs_one_verification_like_a_known_one(
    store: Database, zhang: NewStaff, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    real = people._matches

    def watched(stored: str, password: str) -> bool:
        verified.append(stored.split("$p=")[0])
        return real(stored, password)

    monkeypatch.setattr(people, "_matches", watched)
    for login in (zhang.account.login, "不在"):
        people.sign_in(store, login, "falsch", NOW)
    assert len(verified) == 2
    # The same algorithm with the same costs.
    assert verified[0].split("$")[:4] == verified[1].split("$")[:4]


def test_a_password_of_her_own_replaces_the_one_time_password(store: Database, zhang: NewStaff) -> None:
    account = zhang.account.id
    assert people.change_password(store, account, "falsch", "ein langes Wort", NOW).code == "wrong_credentials"
    assert people.change_password(store, account, zhang.one_time_password, "ein langes Wort", NOW).code == "ok"
    assert people.sign_in(store, "张三", zhang.one_time_password, NOW).code == "wrong_credentials"
    signed = people.sign_in(store, "张三", "ein langes Wort", NOW)
    assert signed.account is not None
    assert not signed.account.must_change_password


@pytest.mark.parametrize("new", ["kurz", "genau dasselbe"])
def test_a_short_or_unchanged_password_is_refused(store: Database, zhang: NewStaff, new: str) -> None:
    with pytest.raises(BadInput):
        people.change_password(store, zhang.account.id, "genau dasselbe", new, NOW)


def test_passwords_of_any_characters_are_compared_and_never_break_anything(store: Database, zhang: NewStaff) -> None:
    assert zhang.account.id
    for odd in ("", "\x00", "\ud800", "长" * 10000):
        assert people.sign_in(store, odd, odd, NOW).code == "wrong_credentials"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is slow on purpose; a cheaper setting of it is as good for these rules."""
    cheap = PasswordHasher(time_cost=1, memory_cost=1024)
    monkeypatch.setattr(people, "_hasher", lambda: cheap)
    people._decoy.cache_clear()
