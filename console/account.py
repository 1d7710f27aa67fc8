"""The person's own tokens: made here, shown once, taken back here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from console import auth, tokens
from console.desk import Desk
from console.rendering import error_sentence, page
from console.steps import whole_number
from tickets.errors import BadInput

Text = Annotated[str, Form()]


def add(router: APIRouter, desk: Desk) -> None:
    """Add the pages to the router."""

    @router.get("/tokens")
    def token_list(request: Request) -> Response:
        return _page(desk, auth.visitor(request, desk.database, desk.clock.now()))

    @router.post("/tokens")
    def make_token(request: Request, csrf: Text = "", label: Text = "") -> Response:
        now = desk.clock.now()
        visitor = auth.visitor(request, desk.database, now)
        auth.check_form(visitor.csrf, csrf)
        try:
            with desk.database.begin() as session:
                value = tokens.new_token(session, visitor.account.id, label, now)
        except BadInput as error:
            return _page(desk, visitor, 400, problem=error_sentence(error.code, error.params), label=label)
        # No redirect: the value is in no address, no history and no store, only on this one page.
        return _page(desk, visitor, value=value)

    @router.post("/tokens/revoke")
    def revoke_token(request: Request, csrf: Text = "", token: Text = "") -> Response:
        visitor = auth.visitor(request, desk.database, desk.clock.now())
        auth.check_form(visitor.csrf, csrf)
        with desk.database.begin() as session:
            tokens.revoke(session, visitor.account.id, whole_number(token) or 0)
        return RedirectResponse("/console/tokens", 303)


def _page(
    desk: Desk, visitor: auth.Visitor, status: int = 200, *, problem: str = "", label: str = "", value: str = ""
) -> Response:
    with desk.database.read() as session:
        rows = [one for one in tokens.tokens_of(session, visitor.account.id) if one.expires_at > desk.clock.now()]
    return page(
        "tokens.html", status, visitor=visitor, rows=rows, problem=problem, label_typed=label, value=value,
        limit=tokens.LABEL_LIMIT,
    )  # fmt: skip
