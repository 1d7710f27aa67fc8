"""Unanswered questions as JSON for programs with a staff token: ``GET /api/questions`` and ``GET /api/questions/{key}``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse

from clock import Clock
from console.api import LONGEST_PAGE, PAGE, JsonRoute, actor_of
from tickets import questions
from tickets.database import Database
from tickets.questions import Filters, State


def router(database: Database, clock: Clock) -> APIRouter:
    """The routes under ``/api/questions``; the shape is that of ``gridbot questions list --json``."""
    routes = APIRouter(prefix="/api/questions", route_class=JsonRoute, tags=["questions"])

    @routes.get("", response_class=JSONResponse)
    def list_questions(
        authorization: Annotated[str, Header()] = "",
        state: State | None = None,
        place: Annotated[str | None, Query(max_length=40, description="empty: the place was not said")] = None,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = PAGE,
    ) -> list[dict[str, Any]]:
        """What no ordinance answered, asked most often first; without anything about who asked."""
        with database.read() as session:
            questions.check_may_decide(actor_of(session, authorization, clock))
            filters = Filters(place, state, offset, limit)
            return [questions.question_json(row) for row in questions.listing(session, filters)]

    @routes.get("/{key}", response_class=JSONResponse)
    def get_question(key: str, authorization: Annotated[str, Header()] = "") -> dict[str, Any]:
        """One question."""
        with database.read() as session:
            questions.check_may_decide(actor_of(session, authorization, clock))
            return questions.question_json(questions.get(session, key))

    return routes
