"""Erasing who reported (删除个人信息): name, telephone and the thread to the chat go, what has to be done stays.

The log is only ever added to, with this one exception: where a note repeats the name or a number, the law's right to
erasure (个人信息保护法第四十七条) goes before it. The step itself is logged, so the change does not look like tampering.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Table, update
from sqlalchemy.orm import Session

from tickets import database, queries
from tickets.blanking import BLANK
from tickets.models import Status, Ticket, TicketEvent
from tickets.steps import finish, prepare
from tickets.workflow import Action, Actor

_EVERY = 10_000
_GAP = r"[\s\-–—.·]*"
_NUMBERS = re.compile(
    rf"(?<!\d)(?:1{_GAP}[3-9](?:{_GAP}\d){{9}}|0\d{{2,3}}{_GAP}\d{{7,8}}|\d{{17}}[\dXx])(?!\d)"  # mobile, landline, identity card
)


def erase_reporter(session: Session, channel: str, address: str, now: datetime) -> Sequence[Ticket]:
    """Take a chat's person out of the tickets that it follows; returns those that it had reported.

    Names and numbers are also taken out of her words; a question that waited for her is not waited for any longer. The
    chat no longer follows any ticket, so a second time finds nothing to do. When the transaction commits, SQLite's log
    is emptied too (``database.ERASED``).
    """
    actor = Actor.resident(channel, address)
    reported = []
    for ticket in queries.tickets_of(session, channel, address, limit=_EVERY):
        mine = [one for one in ticket.followers if (one.channel, one.address) == (channel, address)]
        if any(one.kind == "reporter" for one in mine):
            _erase(session, ticket, actor, now)
            reported.append(ticket)
        for follower in mine:
            session.delete(follower)
    session.flush()
    session.info[database.ERASED] = True
    return reported


def _erase(session: Session, ticket: Ticket, actor: Actor, now: datetime) -> None:
    prepare(session, ticket.number, Action.ERASE_IDENTITY, actor)
    known = [part for part in (ticket.reporter_name, ticket.reporter_phone) if part]
    ticket.reporter_name = ticket.reporter_phone = None
    ticket.description = without_person(ticket.description, known)
    ticket.place = without_person(ticket.place, known)
    for name in ("time_said", "rating_comment"):
        text = getattr(ticket, name)
        setattr(ticket, name, without_person(text, known) if text else text)
    log = TicketEvent.__table__
    assert isinstance(log, Table)
    for event in ticket.events:
        note = without_person(event.note, known)
        if note != event.note:
            session.execute(update(log).where(log.c.id == event.id).values(note=note))
            session.expire(event, ["note"])
    target = ticket.status
    if ticket.status == Status.WAITING_RESIDENT:
        # Nobody can answer any more: the ticket goes back to whoever asked.
        asked = next(event for event in reversed(ticket.events) if event.action == Action.ASK_RESIDENT)
        target = asked.from_status or Status.ACCEPTED
    finish(session, ticket, Action.ERASE_IDENTITY, actor, now, target)


def without_person(text: str, known: Iterable[str] = ()) -> str:
    """The text with ``BLANK`` in the place of what is known of its writer and of every telephone or identity number."""
    for part in known:
        spaced = _GAP.join(map(re.escape, part)) if part.strip("+").isdigit() else re.escape(part)
        text = re.sub(spaced, BLANK, text)
    return _NUMBERS.sub(BLANK, text)
