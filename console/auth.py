"""Who is signed in: sessions in the store, their cookie, and the secret that every form carries.

A session ends when it rests for ``IDLE``, after ``LONGEST`` in any case (a shared office computer is not left open over
night), at sign-out, when the account is disabled, and everywhere when the password is changed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request, Response
from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from console.errors import ForgedForm, PasswordDue, SignInNeeded
from console.models import StaffSession
from tickets import people
from tickets.database import Database
from tickets.errors import StoreError
from tickets.people import WORKERS, StaffAccount
from tickets.workflow import TRIAGE, Actor

HOME = "/console/tickets"
COOKIE = "gridbot_console"
FORM_COOKIE = "gridbot_console_form"
IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
# Writing at every click would queue readers for the store's one writer; a minute's precision is enough for an hour.
TOUCH_EVERY = timedelta(minutes=1)
_OWN_PAGE = re.compile(r"/console(?:/[A-Za-z0-9_\-]+)*/?(?:\?[A-Za-z0-9_\-=&%.+]*)?")


@dataclass(frozen=True)
class Visitor:
    """The member of staff who asked for a page.

    Attributes:
        csrf: what the forms of this page carry.
    """

    account: StaffAccount
    csrf: str
    token_hash: str

    @property
    def actor(self) -> Actor:
        return Actor.of_staff(self.account)

    @property
    def handles(self) -> bool:
        """Whether her role works on tickets: then she may read how to reach a resident."""
        return self.account.role in WORKERS

    @property
    def triages(self) -> bool:
        """Whether her role decides where a matter goes: then she may say what answers a question."""
        return self.account.role in TRIAGE


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def open_session(session: Session, account_id: int, now: datetime) -> str:
    """Start a session for an account whose password was checked; returns the cookie's value, known to nobody else."""
    ended = or_(StaffSession.expires_at <= now, StaffSession.last_seen_at <= now - IDLE)
    session.execute(delete(StaffSession).where(ended))
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_hash=digest(token),
            account_id=account_id,
            csrf=secrets.token_urlsafe(32),
            created_at=now,
            last_seen_at=now,
            expires_at=now + LONGEST,
        )
    )
    session.flush()
    return token


def close_sessions(session: Session, account_id: int) -> None:
    """Sign the account out in every browser."""
    session.execute(delete(StaffSession).where(StaffSession.account_id == account_id))


def close_session(session: Session, token_hash: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.token_hash == token_hash))


def visitor(request: Request, database: Database, now: datetime, *, kept: str = "") -> Visitor:
    """Who asks.

    Args:
        kept: what she typed, to be shown again should she have to sign in.

    Raises:
        SignInNeeded: nobody is signed in here, or not any more.
        PasswordDue: she still has her one-time password.
    """
    found = signed_in(request, database, now)
    if found is None:
        raise SignInNeeded(kept=kept)
    request.state.visitor = found
    if found.account.must_change_password:
        raise PasswordDue(kept=kept)
    return found


def signed_in(request: Request, database: Database, now: datetime) -> Visitor | None:
    """Like ``visitor``, without refusing."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    with database.read() as session:
        stored = session.get(StaffSession, digest(token))
        if stored is None or now >= min(stored.expires_at, stored.last_seen_at + IDLE):
            return None
        account = people.account(session, stored.account_id)
    if account is None:
        return None
    if now >= stored.last_seen_at + TOUCH_EVERY:
        _touch(database, stored.token_hash, now)
    return Visitor(account, stored.csrf, stored.token_hash)


def check_form(expected: str, sent: str, *, kept: str = "") -> None:
    """Pass when a form carries the secret that we gave it.

    Raises:
        ForgedForm: it does not.
    """
    if not expected or not hmac.compare_digest(expected.encode(), sent.encode("utf-8", "replace")):
        raise ForgedForm(kept=kept)


def own_page(address: str) -> str:
    """The address when it is one of our pages, else the first one: nobody is sent to another site after signing in."""
    return address if _OWN_PAGE.fullmatch(address) and "sign-" not in address else HOME


def from_here(request: Request) -> bool:
    """Whether the browser says that this request was made by a page of ours."""
    origin = request.headers.get("origin", "")
    return bool(origin) and origin.split("://", 1)[-1] == request.headers.get("host", "")


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Give the browser its session.

    ``Lax`` and not ``Strict``: a link to a ticket in a colleague's message has to open without signing in again. Every
    change is a POST with the form's secret, and ``Lax`` keeps the cookie off those of other sites as well.
    """
    response.set_cookie(
        COOKIE,
        token,
        path="/console",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        max_age=int(LONGEST.total_seconds()),
    )


def set_form_cookie(request: Request, response: Response, secret: str) -> None:
    """Tie the sign-in form, which has no session yet, to this browser."""
    response.set_cookie(
        FORM_COOKIE, secret, path="/console", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )


def drop_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path="/console", httponly=True, samesite="lax")


def _touch(database: Database, token_hash: str, now: datetime) -> None:
    try:
        with database.begin() as session:
            session.execute(update(StaffSession).where(StaffSession.token_hash == token_hash).values(last_seen_at=now))
    except StoreError:
        pass  # A page that can be read is worth more than the exact moment of its reading.
