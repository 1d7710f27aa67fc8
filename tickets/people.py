"""People with a role (角色) in the grid, their posts (任职), and staff accounts (账号).

Residents are no rows here: a ticket holds what they left, and nothing else is kept of them.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ForeignKey, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tickets.columns import text_enum
from tickets.database import Base, Database, UtcDateTime
from tickets.errors import BadInput
from tickets.texts import clean, storable

if TYPE_CHECKING:
    from tickets.grid import Area

FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)
BINDING_VALID_FOR = timedelta(days=7)
PASSWORD_LENGTH = 10


class Role(StrEnum):
    """Who somebody is in the chain. Chinese names stand in the wording at ``tickets.role.<value>``."""

    RESIDENT = "resident"
    VOLUNTEER = "volunteer"
    HOUSEHOLD_LEAD = "household_lead"  # 联户长
    BUILDING_LEAD = "building_lead"  # 楼栋长
    UNIT_LEAD = "unit_lead"  # 单元长
    GRID_WORKER = "grid_worker"  # 网格员
    GRID_CHIEF = "grid_chief"  # 网格长
    COMMUNITY_STAFF = "community_staff"  # 社区工作者
    STREET_STAFF = "street_staff"  # 街道(乡镇)
    DISTRICT_STAFF = "district_staff"  # 区县
    CITY_STAFF = "city_staff"  # 市
    ADMIN = "admin"  # 系统管理员


LEADS = frozenset({Role.HOUSEHOLD_LEAD, Role.BUILDING_LEAD, Role.UNIT_LEAD})
OFFICE = frozenset({Role.COMMUNITY_STAFF, Role.STREET_STAFF, Role.DISTRICT_STAFF, Role.CITY_STAFF, Role.ADMIN})
WORKERS = frozenset({Role.GRID_WORKER, Role.GRID_CHIEF}) | OFFICE
STAFF = WORKERS | LEADS


class Person(Base):
    """Somebody who holds posts: name and work telephone are posted publicly (挂牌公示), so they are no secret."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    phone: Mapped[str | None] = mapped_column(String(30))
    demo: Mapped[bool] = mapped_column(default=False)

    posts: Mapped[list[Post]] = relationship(back_populates="person", order_by="Post.id")


class Post(Base):
    """A role held in an area from a moment until another (None: still held)."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime())
    until: Mapped[datetime | None] = mapped_column(UtcDateTime())

    person: Mapped[Person] = relationship(back_populates="posts")
    area: Mapped[Area] = relationship()


class StaffAccount(Base):
    """What a member of staff signs in with.

    ``area_id`` None means the whole installation; otherwise the area and all below it.
    """

    __tablename__ = "staff_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    role: Mapped[Role] = mapped_column(text_enum(Role))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    binding_hash: Mapped[str | None] = mapped_column(String(64))
    binding_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    area: Mapped[Area | None] = relationship(lazy="joined")


class SignInFailures(Base):
    """Failures per login that was typed, whether it exists or not: a lock-out must not tell which logins exist."""

    __tablename__ = "sign_in_failures"

    login_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime())


class NewStaff(NamedTuple):
    """A fresh account with the two secrets that are shown once and stored only as hashes."""

    account: StaffAccount
    one_time_password: str
    binding_code: str


@dataclass(frozen=True)
class SignIn:
    """How a sign-in went.

    Attributes:
        code: ``ok``, ``wrong_credentials`` or ``locked_out``; the sentences stand at ``errors.<code>``.
        account: set exactly when ``code`` is ``ok``.
        minutes: with ``locked_out``, how long to wait.
    """

    code: str
    account: StaffAccount | None = None
    minutes: int = 0


def add_staff(
    session: Session, name: str, role: Role, area: Area | None, now: datetime, *, phone: str = "", demo: bool = False
) -> NewStaff:
    """Make a person with an account, and with a post where an area is given.

    The login is the name; a number is added where the name is taken (张三, 张三2).

    Raises:
        BadInput: ``name_missing``; ``text_too_long``; ``role_wrong`` for a role that does not sign in.
    """
    name = clean(unicodedata.normalize("NFKC", name), 50)
    if not name:
        raise BadInput("name_missing")
    if role not in STAFF:
        raise BadInput("role_wrong")
    person = Person(name=name, phone=phone or None, demo=demo)
    if area is not None:
        person.posts.append(Post(role=role, area=area, since=now))
    password, code = secrets.token_urlsafe(9), secrets.token_hex(4)
    account = StaffAccount(
        person=person,
        login=_free_login(session, name),
        password_hash=_hasher().hash(password),
        role=role,
        area=area,
        binding_hash=_digest(code),
        binding_until=now + BINDING_VALID_FOR,
        created_at=now,
    )
    session.add(account)
    session.flush()
    return NewStaff(account, password, code)


def sign_in(database: Database, login: str, password: str, now: datetime) -> SignIn:
    """Check a login and its password.

    Takes the database and not a session: Argon2 works for tens of milliseconds, which must not pass inside a write
    transaction, and the count of failures must stay although the sign-in fails. An unknown login costs the same time.
    """
    login = _canonical(login)
    with database.read() as session:
        failures = session.get(SignInFailures, _digest(login))
        if failures and failures.count >= FAILURES_ALLOWED and now < failures.last_at + LOCKED_FOR:
            left = failures.last_at + LOCKED_FOR - now
            return SignIn("locked_out", minutes=int(left.total_seconds() // 60) + 1)
        account = session.scalar(select(StaffAccount).where(StaffAccount.login == login))
    right = _matches(account.password_hash if account else _decoy(), password)
    if account is not None and right and account.disabled_at is None:
        if failures is not None:
            with database.begin() as session:
                session.execute(delete(SignInFailures).where(SignInFailures.login_hash == _digest(login)))
        return SignIn("ok", account)
    with database.begin() as session:
        _count_failure(session, login, now)
    return SignIn("wrong_credentials")


def change_password(database: Database, account_id: int, old: str, new: str, now: datetime) -> SignIn:
    """Replace a password by one of the person's own, knowing the old one; counts failures like ``sign_in``.

    Raises:
        BadInput: ``password_short`` (parameter ``least``), ``password_same``.
    """
    if len(new) < PASSWORD_LENGTH:
        raise BadInput("password_short", least=PASSWORD_LENGTH)
    if new == old:
        raise BadInput("password_same")
    with database.read() as session:
        account = session.get(StaffAccount, account_id)
    result = sign_in(database, account.login if account else "", old, now)
    if result.account is not None:
        hashed = _hasher().hash(new)
        with database.begin() as session:
            stored = session.get_one(StaffAccount, account_id)
            stored.password_hash, stored.must_change_password = hashed, False
    return result


def account(session: Session, account_id: int) -> StaffAccount | None:
    """The account, unless it was disabled."""
    found = session.get(StaffAccount, account_id)
    return found if found is not None and found.disabled_at is None else None


def _count_failure(session: Session, login: str, now: datetime) -> None:
    # Logins that nobody owns leave rows too; they go when their lock is long over.
    session.execute(delete(SignInFailures).where(SignInFailures.last_at < now - timedelta(days=1)))
    failures = session.get(SignInFailures, _digest(login))
    if failures is None:
        session.add(SignInFailures(login_hash=_digest(login), count=1, last_at=now))
    else:
        expired = now >= failures.last_at + LOCKED_FOR
        failures.count = 1 if expired else failures.count + 1
        failures.last_at = now


def _free_login(session: Session, name: str) -> str:
    base = _canonical(name)
    login, number = base, 1
    while session.scalar(select(func.count()).select_from(StaffAccount).where(StaffAccount.login == login)):
        number += 1
        login = f"{base}{number}"
    return login


def _canonical(login: str) -> str:
    return storable(unicodedata.normalize("NFKC", login[:200])).strip().casefold()[:60]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


@lru_cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@lru_cache
def _decoy() -> str:
    return _hasher().hash(secrets.token_urlsafe(9))


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher().verify(stored, password.encode("utf-8", "replace"))
    except (VerificationError, InvalidHashError):
        return False
