"""One ticket: all that is known of it, and the forms for what can be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from console import auth
from console.desk import Desk
from console.errors import PageNotFound
from console.rendering import error_sentence, page
from console.steps import FIELDS, Entry, offered, perform, whole_number
from console.web import failure, status_of
from retrieval.errors import RetrievalError
from retrieval.library import Library
from retrieval.ordinances.model import label_of
from retrieval.quotation import Citation, cite
from tickets import grid, queries
from tickets.errors import BadInput, NotAllowed, NotFound, StoreError, TicketError
from tickets.models import Status, Ticket, TicketEvent
from tickets.people import Person
from tickets.steps import TOLD
from tickets.workflow import Action, Actor
from wording import say

Text = Annotated[str, Form()]
Parameter = Annotated[str, Query()]

# The way of a ticket on which nothing goes astray, drawn at its top.
PATH = (Status.SUBMITTED, Status.ACCEPTED, Status.ASSIGNED, Status.IN_PROGRESS, Status.RESOLVED, Status.CLOSED)
NUMBER_LENGTH = 24


@dataclass(frozen=True)
class Attempt:
    """A step that did not succeed: shown above the form, which keeps what was typed.

    Attributes:
        is_input: what was typed is at fault, and not what happened meanwhile.
    """

    action: Action
    entry: Entry
    problem: str
    status: int
    is_input: bool


def add(router: APIRouter, desk: Desk) -> None:
    """Add the pages to the router."""

    @router.get("/tickets/{number}")
    def ticket_page(request: Request, number: str, done: Parameter = "") -> Response:
        visitor = auth.visitor(request, desk.database, desk.clock.now())
        said = say(f"console.done.{done}") if any(done == action for action in FIELDS) else ""
        return _page(desk, visitor, number, done=said)

    @router.get("/tickets/{number}/{action}")
    def after_a_failure(number: str, action: str) -> Response:  # noqa: ARG001
        """The address that stands in the browser when a step failed; opened again it is the ticket."""
        return RedirectResponse(auth.own_page(f"{auth.HOME}/{number}"), 303)

    @router.post("/tickets/{number}/{action}")
    def take_step(
        request: Request,
        number: str,
        action: str,
        csrf: Text = "",
        version: Text = "",
        seen: Text = "",
        text: Text = "",
        worker: Text = "",
        category: Text = "",
    ) -> Response:
        now = desk.clock.now()
        visitor = auth.visitor(request, desk.database, now, kept=text)
        auth.check_form(visitor.csrf, csrf, kept=text)
        step = next((known for known in FIELDS if known == action), None)
        if step is None:
            raise PageNotFound(kept=text)
        entry = Entry(text=text, worker=worker, category=category, version=version, seen=seen)
        try:
            with desk.database.begin() as session:
                perform(session, tidy_number(number), step, visitor.actor, now, entry, desk.matters)
                still_seen = _sees(session, tidy_number(number), visitor.actor)
        except (TicketError, StoreError) as error:
            return _again(request, desk, visitor, number, step, entry, error)
        if not still_seen:  # its new place lies in somebody else's area
            return RedirectResponse(f"{auth.HOME}?done=handed_over", 303)
        return RedirectResponse(f"{auth.HOME}/{tidy_number(number)}?done={step.value}", 303)


def _again(
    request: Request,
    desk: Desk,
    visitor: auth.Visitor,
    number: str,
    action: Action,
    entry: Entry,
    error: TicketError | StoreError,
) -> Response:
    """The ticket's page again, with what went wrong and what was typed; where even that fails, at least the words."""
    problem = error_sentence(error.code, error.params)
    attempt = Attempt(action, entry, problem, status_of(error), isinstance(error, BadInput))
    try:
        response = _page(desk, visitor, number, attempt=attempt)
    except (TicketError, StoreError) as worse:
        return failure(request, worse, kept=entry.text)
    if attempt.status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _page(
    desk: Desk, visitor: auth.Visitor, number: str, *, done: str = "", attempt: Attempt | None = None
) -> Response:
    now = desk.clock.now()
    with desk.database.read() as session:
        ticket = queries.get(session, tidy_number(number), visitor.actor)
        steps = offered(ticket, visitor.actor)
        workers = _workers(session, ticket, now) if Action.ASSIGN in steps else []
        where = grid.full_name(session, ticket.area) if ticket.area else ""
    return page(
        "ticket.html",
        attempt.status if attempt else 200,
        visitor=visitor,
        desk=desk,
        now=now,
        ticket=ticket,
        steps=steps,
        fields=FIELDS,
        told=TOLD,
        workers=workers,
        where=where,
        path=_path(ticket),
        done=done,
        attempt=attempt,
        problem=attempt.problem if attempt else "",
        news=_news(ticket, attempt.entry) if attempt else [],
        seen=max((event.id for event in ticket.events), default=0),
        overdue=queries.is_overdue(ticket, now),
        due_reason=queries.due_reason(ticket, say),
        basis=_basis(desk.library, ticket),
    )


def _sees(session: Session, number: str, actor: Actor) -> bool:
    try:
        queries.get(session, number, actor)
    except NotAllowed:
        return False
    return True


def tidy_number(number: str) -> str:
    """Raises: NotFound: no ticket has such a number, so the store need not be asked (nor be handed a NUL)."""
    tidy = number.strip().upper()
    if not tidy.isascii() or not tidy.replace("-", "").isalnum() or len(tidy) > NUMBER_LENGTH:
        raise NotFound
    return tidy


def _news(ticket: Ticket, entry: Entry) -> Sequence[TicketEvent]:
    seen = whole_number(entry.seen)
    return [event for event in ticket.events if event.id > seen] if seen is not None else []


def _path(ticket: Ticket) -> list[tuple[Status, str]]:
    """The usual way with how far the ticket is on it: ``done``, ``current`` or empty for each station."""
    reached = [event.to_status for event in ticket.events if event.to_status in PATH] or [Status.SUBMITTED]
    here = PATH.index(ticket.status if ticket.status in PATH else reached[-1])
    return [(one, "done" if i < here else "current" if i == here else "") for i, one in enumerate(PATH)]


def _workers(session: Session, ticket: Ticket, now: datetime) -> list[tuple[Person, str]]:
    """To whom it can be given, each with the posts that say why."""
    found = []
    for person in grid.workers_for(session, ticket.area, now):
        held = [post for post in person.posts if post.since <= now and (post.until is None or post.until > now)]
        posts = [post for post in held if ticket.area is None or ticket.area.is_within(post.area_id)]
        words = [
            say("console.step.assign.option", name=person.name, role=say(f"tickets.role.{p.role}"), area=p.area.name)
            for p in posts[:1]
        ]
        found.append((person, words[0] if words else person.name))
    return found


def _basis(library: Library, ticket: Ticket) -> list[tuple[str, str, Citation | None]]:
    """Title, label and quotation of each governing article, word for word; None where it may not be quoted."""
    quoted: list[tuple[str, str, Citation | None]] = []
    for basis in ticket.basis:
        try:
            citation = cite(library, basis.document, basis.article)
        except RetrievalError:
            citation = None
        known = library.documents.get(basis.document)
        quoted.append((known.title if known else basis.document, label_of(basis.article), citation))
    return quoted
