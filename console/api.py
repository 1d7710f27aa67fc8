"""Tickets as JSON for programs with a staff token: ``GET /api/tickets`` and ``GET /api/tickets/{number}``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from clock import Clock
from console import tokens
from console.masking import mask_name, mask_phone
from console.rendering import error_sentence
from console.ticket_pages import tidy_number
from console.web import status_of
from tickets import queries
from tickets.database import Database
from tickets.errors import StoreError, TicketError
from tickets.models import Status, Ticket, Urgency
from tickets.people import WORKERS
from tickets.queries import Filters
from tickets.workflow import Actor
from wording import say

log = logging.getLogger(__name__)

PAGE = 50
LONGEST_PAGE = 200


class Refused(Exception):
    """No token, or none that opens anything."""


class JsonRoute(APIRoute):
    """A route whose failures are ``{"error": {"code", "message"}}``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_always(request: Request) -> Response:
            try:
                response = await answer(request)
            except Refused:
                response = _error(401, "token_refused")
                response.headers["WWW-Authenticate"] = "Bearer"
            except RequestValidationError:
                response = _error(422, "bad_parameter")
            except (TicketError, StoreError) as error:
                response = _error(status_of(error), error.code, error.params)
            response.headers["Cache-Control"] = "no-store"
            return response

        return answer_always


def router(database: Database, clock: Clock) -> APIRouter:
    """The routes under ``/api/tickets``; the shape of a ticket is that of ``gridbot tickets list --json``."""
    routes = APIRouter(prefix="/api/tickets", route_class=JsonRoute, tags=["tickets"])

    @routes.get("", response_class=JSONResponse)
    def list_tickets(
        authorization: Annotated[str, Header()] = "",
        status: Annotated[list[Status], Query()] = [],  # noqa: B006 (FastAPI copies defaults)
        category: Annotated[str, Query(max_length=50)] = "",
        urgency: Urgency | None = None,
        overdue: bool = False,
        q: Annotated[str, Query(max_length=100)] = "",
        after: Annotated[str, Query(description="number of the last ticket of the page before")] = "",
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = PAGE,
    ) -> list[dict[str, Any]]:
        """Tickets of the token's area, newest first."""
        now = clock.now()
        with database.read() as session:
            actor = actor_of(session, authorization, clock)
            filters = Filters(
                statuses=frozenset(status), category=category or None, urgency=urgency, text=q, limit=limit,
                overdue_at=now if overdue else None,
                before=queries.get(session, tidy_number(after), actor).id if after else None,
            )  # fmt: skip
            return [_json(ticket, actor, clock) for ticket in queries.listing(session, filters, actor)]

    @routes.get("/{number}", response_class=JSONResponse)
    def get_ticket(number: str, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        """One ticket."""
        with database.read() as session:
            actor = actor_of(session, authorization, clock)
            return _json(queries.get(session, tidy_number(number), actor), actor, clock)

    return routes


def actor_of(session: Session, authorization: str, clock: Clock) -> Actor:
    """The member of staff whose token a request carries. Raises: Refused."""
    scheme, _, value = authorization.partition(" ")
    account = tokens.account_of(session, value.strip(), clock.now()) if scheme.lower() == "bearer" else None
    if account is None:
        raise Refused
    return Actor.of_staff(account)


def _json(ticket: Ticket, actor: Actor, clock: Clock) -> dict[str, Any]:
    shape = queries.ticket_json(ticket, clock.now(), render=say)
    reporter = shape["reporter"]
    if reporter and actor.role not in WORKERS:
        shape["reporter"] = {"name": mask_name(reporter["name"]), "phone": mask_phone(reporter["phone"])}
    return shape


def _error(status: int, code: str, params: dict[str, str | int] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": error_sentence(code, params)}}, status)
