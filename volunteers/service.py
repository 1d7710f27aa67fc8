"""The verbs of volunteers. Like those of tickets they work in the caller's transaction and never commit."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from tickets.errors import BadInput
from tickets.grid import Area
from tickets.queries import local
from tickets.texts import clean, needed
from volunteers.models import Volunteer, VolunteerStatus


@dataclass(frozen=True)
class SignUp:
    """What somebody says who wants to help. ``area`` is what was found for ``place``, if anything."""

    name: str
    phone: str
    services: Iterable[str] = ()
    availability: str = ""
    place: str = ""
    area: Area | None = None
    demo: bool = False


def sign_up(session: Session, new: SignUp, *, channel: str, address: str, origin: str, now: datetime) -> Volunteer:
    """Sign somebody up, or renew the sign-up of the same person (who had perhaps withdrawn).

    The same person: of chat, name and telephone at least two agree. So a whole family can sign up from one chat, and
    a corrected name or a new number does not make a second person.

    Args:
        origin: key of the message; the same key again changes nothing.

    Raises:
        BadInput: ``text_missing`` (name), ``phone_wrong``, ``text_too_long``.
    """
    key = hashlib.sha256(origin.encode("utf-8", "replace")).hexdigest()
    done = session.scalar(select(Volunteer).where(Volunteer.origin == key))
    if done is not None:
        return done
    name, phone = needed(new.name, 50), tidy_phone(new.phone)
    here = and_(Volunteer.channel == channel, Volunteer.address == address)
    same_name, same_phone = Volunteer.name == name, Volunteer.phone == phone
    same = or_(and_(here, same_name), and_(here, same_phone), and_(same_name, same_phone))
    volunteer = session.scalar(select(Volunteer).where(same).order_by(Volunteer.id).limit(1))
    if volunteer is None:
        volunteer = Volunteer(created_at=now, demo=new.demo)
        session.add(volunteer)
    volunteer.origin = key
    volunteer.name, volunteer.phone = name, phone
    volunteer.services = [service for one in dict.fromkeys(new.services) if (service := clean(one, 50))]
    volunteer.availability = clean(new.availability, 200)
    volunteer.place, volunteer.area = clean(new.place, 200), new.area
    volunteer.channel, volunteer.address = channel, address
    volunteer.status = VolunteerStatus.ACTIVE
    volunteer.updated_at = now
    session.flush()
    return volunteer


def withdraw(session: Session, *, channel: str, address: str, now: datetime) -> list[Volunteer]:
    """Take back all sign-ups of a chat; returns those that were active."""
    withdrawn = [one for one in of_chat(session, channel, address) if one.status == VolunteerStatus.ACTIVE]
    for volunteer in withdrawn:
        volunteer.status, volunteer.updated_at = VolunteerStatus.WITHDRAWN, now
    session.flush()
    return withdrawn


def erase(session: Session, *, channel: str, address: str) -> int:
    """Delete the sign-ups of a chat with all that they hold; returns how many there were."""
    rows = of_chat(session, channel, address)
    for volunteer in rows:
        session.delete(volunteer)
    session.flush()
    return len(rows)


def of_chat(session: Session, channel: str, address: str) -> Sequence[Volunteer]:
    """The sign-ups made from a chat, newest first."""
    query = select(Volunteer).where(Volunteer.channel == channel, Volunteer.address == address)
    return session.scalars(query.order_by(Volunteer.id.desc())).all()


def listing(session: Session, *, limit: int | None = None) -> Sequence[Volunteer]:
    """All volunteers, newest first."""
    return session.scalars(select(Volunteer).order_by(Volunteer.id.desc()).limit(limit)).all()


def volunteer_json(volunteer: Volunteer) -> dict[str, Any]:
    """The shape of ``gridbot volunteers list --json``."""
    return {
        "name": volunteer.name,
        "phone": volunteer.phone,
        "services": list(volunteer.services),
        "availability": volunteer.availability,
        "place": volunteer.place,
        "area": volunteer.area.name if volunteer.area else None,
        "status": volunteer.status.value,
        "created_at": local(volunteer.created_at),
        "demo": volunteer.demo,
    }


def tidy_phone(said: str) -> str:
    """Digits with an optional leading plus: ``138 0000-0000`` → ``13800000000``.

    Raises:
        BadInput: ``phone_wrong``: fewer than 5 digits or more than 15.
    """
    tidy = re.sub(r"[\s\-—()]", "", unicodedata.normalize("NFKC", said))
    if not re.fullmatch(r"\+?[0-9]{5,15}", tidy):
        raise BadInput("phone_wrong")
    return tidy
