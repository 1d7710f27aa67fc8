"""What residents asked and no ordinance answered, kept without the person, and what staff decided about it.

A row holds no conversation, no account and no time finer than the day; its words come blanked (``tickets.blanking``).
The key is a digest of the words and the place: no running number says in which order people asked.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, and_, case, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tickets.blanking import is_personal
from tickets.columns import text_enum
from tickets.database import Base, UtcDateTime
from tickets.deadlines import SHANGHAI
from tickets.errors import BadInput, NotAllowed, NotFound, StaleVersion
from tickets.texts import storable
from tickets.workflow import TRIAGE, Actor

LONGEST = 200
"""Signs of a question that are kept; what is longer is a story."""
KEPT = timedelta(days=180)
"""How long a question is kept after it was asked last."""
DELETED_KEPT = timedelta(days=7)
"""How long a deletion can be undone; then the row is gone."""


class State(StrEnum):
    """What staff decided; Chinese names at ``questions.state.<value>``."""

    OPEN = "open"
    ANSWERED = "answered"  # an article answers it
    UNANSWERABLE = "unanswerable"  # the ordinances say nothing about it
    DELETED = "deleted"


class UnansweredQuestion(Base):
    """A question that was refused or only guessed at, as people at one place ask it.

    Attributes:
        key: digest of place and normalised words.
        place: whose ordinances were asked for (通化市); empty where it was not said.
        question: the words of the first who asked, blanked.
        outcome: of the last time: ``refuse`` or ``perhaps``.
        neighbours: the nearest articles of the last time, best first: ``document``, ``article``, ``score``.
        again: how often it was asked in vain since the decision.
        document, article: with ``ANSWERED``, what answers it.
        taught: the words that search was taught, which staff may have changed.
        decided_day: the day of the decision.
        version: counts decisions; nobody decides on what she has not seen.
    """

    __tablename__ = "unanswered_question"
    __table_args__ = (Index(None, "state", "count", "last_day"),)

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    place: Mapped[str] = mapped_column(String(40))
    question: Mapped[str] = mapped_column(String(LONGEST))
    outcome: Mapped[str] = mapped_column(String(10))
    neighbours: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    count: Mapped[int]
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
    state: Mapped[State] = mapped_column(text_enum(State), default=State.OPEN)
    again: Mapped[int] = mapped_column(default=0)
    document: Mapped[str | None] = mapped_column(String(60))
    article: Mapped[int | None]
    taught: Mapped[str | None] = mapped_column(String(LONGEST))
    decided_day: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    events: Mapped[list[QuestionEvent]] = relationship(
        back_populates="question", order_by="QuestionEvent.id", passive_deletes=True
    )


class QuestionEvent(Base):
    """Who of the staff decided what about a question, and when. Goes with its question."""

    __tablename__ = "question_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(ForeignKey("unanswered_question.key", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_label: Mapped[str | None] = mapped_column(String(50))
    state: Mapped[State] = mapped_column(text_enum(State))
    document: Mapped[str | None] = mapped_column(String(60))
    article: Mapped[int | None]

    question: Mapped[UnansweredQuestion] = relationship(back_populates="events")


@dataclass(frozen=True)
class Asked:
    """One time that a question was asked in vain. ``question`` has to be blanked already."""

    question: str
    place: str
    outcome: str
    neighbours: Sequence[tuple[str, int, float]] = ()


@dataclass(frozen=True)
class Decision:
    """What staff decide about a question.

    Attributes:
        version: the row's version that was seen.
        document, article, taught: with ``ANSWERED`` and, ``taught`` alone, with ``UNANSWERABLE``.
    """

    state: State
    version: int
    document: str | None = None
    article: int | None = None
    taught: str | None = None


@dataclass(frozen=True)
class Filters:
    """What a list shows.

    Attributes:
        place: only of this place, an empty text for those without one; None for all.
        state: ``OPEN`` takes also what was answered and is asked in vain all the same; None for all.
        limit: rows at most; None for all.
    """

    place: str | None = None
    state: State | None = None
    offset: int = 0
    limit: int | None = 50


def same(question: str) -> str:
    """What spellings of one question have in common: letters and digits, half-width, lower case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", question).lower() if sign.isalnum())


def key_of(question: str, place: str) -> str:
    return hashlib.sha256(f"{place}\n{same(question)}".encode("utf-8", "replace")).hexdigest()[:32]


def keep(session: Session, asked: Asked, today: date) -> None:
    """Count a question that was not answered; what nobody has asked for long is deleted on this occasion.

    One statement, so that two who ask the same at the same moment are both counted.
    """
    purge(session, today)
    question = " ".join(storable(asked.question).split())
    neighbours = [
        {"document": document, "article": article, "score": round(score, 4)}
        for document, article, score in asked.neighbours
    ]
    row = UnansweredQuestion.__table__.c
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(UnansweredQuestion)
    new = insert.values(
        key=key_of(question, asked.place),
        place=asked.place,
        question=question[:LONGEST],
        outcome=asked.outcome,
        neighbours=neighbours,
        count=1,
        first_day=today,
        last_day=today,
        state=State.OPEN,
        again=0,
        version=1,
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=[row.key],
            set_={
                "count": row.count + 1,
                "again": case((row.state == State.OPEN, 0), else_=row.again + 1),
                "outcome": new.excluded.outcome,
                "neighbours": new.excluded.neighbours,
                "last_day": new.excluded.last_day,
            },
        )
    )


def purge(session: Session, today: date) -> None:
    """Delete what is kept no longer."""
    session.execute(delete(UnansweredQuestion).where(_over(today)))


def purge_is_due(session: Session, today: date) -> bool:
    """Whether there is anything for ``purge``: a page that only reads can ask before it writes."""
    return session.scalar(select(UnansweredQuestion.key).where(_over(today)).limit(1)) is not None


def _over(today: date) -> ColumnElement[bool]:
    undone_no_more = UnansweredQuestion.decided_day < today - DELETED_KEPT
    return or_(
        UnansweredQuestion.last_day < today - KEPT,
        and_(UnansweredQuestion.state == State.DELETED, undone_no_more),
    )


def check_may_decide(actor: Actor) -> None:
    """Raises: NotAllowed: this role does not decide where a matter goes."""
    if actor.kind != "system" and actor.role not in TRIAGE:
        raise NotAllowed


def get(session: Session, key: str) -> UnansweredQuestion:
    """Raises: NotFound: there is none of this key (any more)."""
    found = session.get(UnansweredQuestion, storable(key)[:64])
    if found is None:
        raise NotFound("question_not_found")
    return found


def decide(session: Session, key: str, decision: Decision, actor: Actor, now: datetime) -> UnansweredQuestion:
    """Write down a decision about an open question, or with ``OPEN`` take one back; sent twice it is done once.

    Raises:
        NotAllowed, NotFound.
        BadInput: ``question_personal``: somebody could be recognised by what search is to be taught.
        StaleVersion: ``question_decided`` (parameter ``name``): a colleague was quicker.
    """
    check_may_decide(actor)
    if decision.taught and is_personal(decision.taught):
        raise BadInput("question_personal")
    row = session.get(UnansweredQuestion, storable(key)[:64], with_for_update=True)
    if row is None:
        raise NotFound("question_not_found")
    if row.state == decision.state == State.OPEN:
        return row
    if row.version != decision.version or State.OPEN not in {row.state, decision.state}:
        if _is_own(row, decision, actor):
            return row
        raise StaleVersion("question_decided", name=(row.events[-1].actor_label or "") if row.events else "")
    row.state, row.document, row.article = decision.state, decision.document, decision.article
    row.taught, row.again, row.version = decision.taught, 0, row.version + 1
    row.decided_day = None if decision.state == State.OPEN else now.astimezone(SHANGHAI).date()
    event = QuestionEvent(
        at=now, person_id=actor.person_id, actor_label=actor.label or None,
        state=decision.state, document=decision.document, article=decision.article,
    )  # fmt: skip
    row.events.append(event)
    session.flush()
    return row


def taught_elsewhere(session: Session, row: UnansweredQuestion) -> bool:
    """Whether another question, such as the same one at another place, taught search the same."""
    others = select(UnansweredQuestion.taught).where(
        UnansweredQuestion.key != row.key,
        UnansweredQuestion.state == row.state,
        UnansweredQuestion.document.is_not_distinct_from(row.document),
        UnansweredQuestion.article.is_not_distinct_from(row.article),
    )
    return any(same(taught or "") == same(row.taught or "") for taught in session.scalars(others))


def _is_own(row: UnansweredQuestion, decision: Decision, actor: Actor) -> bool:
    """Whether the row stands as the decision wants it, by the same person's one step."""
    wanted = (decision.state, decision.document, decision.article, decision.taught)
    last = row.events[-1] if row.events else None
    one_step = last is not None and row.version == decision.version + 1 and last.person_id == actor.person_id
    return one_step and (row.state, row.document, row.article, row.taught) == wanted


def listing(session: Session, filters: Filters = Filters()) -> Sequence[UnansweredQuestion]:
    """Questions, those asked most often first, then those asked last."""
    query = select(UnansweredQuestion).where(*_conditions(filters))
    order = (UnansweredQuestion.count.desc(), UnansweredQuestion.last_day.desc(), UnansweredQuestion.key)
    return session.scalars(query.order_by(*order).offset(filters.offset).limit(filters.limit)).all()


def count(session: Session, filters: Filters = Filters()) -> int:
    """How many there are, over all pages."""
    return session.scalar(select(func.count(UnansweredQuestion.key)).where(*_conditions(filters))) or 0


def places(session: Session) -> Sequence[str]:
    """The places at which something was asked in vain."""
    return session.scalars(select(UnansweredQuestion.place).distinct().order_by(UnansweredQuestion.place)).all()


def question_json(row: UnansweredQuestion) -> dict[str, Any]:
    """The shape of ``gridbot questions list --json`` and ``GET /api/questions``."""
    return {
        "key": row.key,
        "question": row.question,
        "place": row.place or None,
        "outcome": row.outcome,
        "count": row.count,
        "first_day": row.first_day.isoformat(),
        "last_day": row.last_day.isoformat(),
        "state": row.state.value,
        "again": row.again,
        "answer": {"document": row.document, "article": row.article} if row.document else None,
        "taught": row.taught,
        "neighbours": list(row.neighbours),
    }


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.place is not None:
        wanted.append(UnansweredQuestion.place == storable(filters.place))
    if filters.state == State.OPEN:
        in_vain = and_(UnansweredQuestion.state == State.ANSWERED, UnansweredQuestion.again > 0)
        wanted.append(or_(UnansweredQuestion.state == State.OPEN, in_vain))
    elif filters.state is not None:
        wanted.append(UnansweredQuestion.state == filters.state)
    return wanted
