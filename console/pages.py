"""The staff's pages, to be mounted by the composition root: ``app.include_router(router(database, …))``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from clock import Clock
from console import account, entrance, lists, question_pages, ticket_pages
from console.desk import Desk
from console.errors import PageNotFound
from console.rendering import FOLDER
from console.steps import Matters
from console.web import MAX_FORM, PageRoute
from retrieval.search import Searcher
from tickets.database import Database

# Where a sender does not say how much is coming, reading stops here without a page; see also ``web.MAX_FORM``.
HARD_LIMIT = 2 * MAX_FORM
_STATIC = {"console.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


def router(
    database: Database, clock: Clock, search: Searcher, matters: Matters, home: Path, relearn: Callable[[], None]
) -> APIRouter:
    """All pages under ``/console``, their style sheet included.

    Args:
        search: where the governing articles are quoted from, and what staff teach.
        matters: the tree of categories, label of the group → id → label.
        home, relearn: as ``Desk`` has them.
    """
    routes = APIRouter(
        prefix="/console",
        route_class=PageRoute,
        include_in_schema=False,
        max_body_size=HARD_LIMIT,
        default_response_class=PlainTextResponse,
    )
    desk = Desk(database, clock, search, matters, home, relearn)
    entrance.add(routes, desk)
    account.add(routes, desk)
    lists.add(routes, desk)
    ticket_pages.add(routes, desk)
    question_pages.add(routes, desk)

    @routes.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in _STATIC:
            raise PageNotFound
        content = (FOLDER / "static" / name).read_bytes()
        # The address carries the content's digest (see base.html), so it may be kept for ever.
        kept = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(content, media_type=_STATIC[name], headers=kept)

    @routes.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def nowhere(request: Request, rest: str) -> Response:  # noqa: ARG001
        raise PageNotFound

    return routes
