"""Signing in and out, and the person's own password in place of the one-time one."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from console import auth
from console.desk import Desk
from console.errors import ForgedForm, SignInNeeded
from console.rendering import error_sentence, page
from tickets import people
from tickets.errors import BadInput, TicketError

Text = Annotated[str, Form()]
Parameter = Annotated[str, Query()]


def add(router: APIRouter, desk: Desk) -> None:
    """Add the pages to the router."""
    database = desk.database

    @router.get("/sign-in")
    def sign_in_page(request: Request, next: Parameter = "", out: Parameter = "") -> Response:
        if auth.signed_in(request, database, desk.clock.now()) is not None:
            return RedirectResponse(auth.own_page(next), 303)
        return _form(request, next=next, signed_out=bool(out))

    @router.post("/sign-in")
    def sign_in(request: Request, login: Text = "", password: Text = "", next: Text = "", csrf: Text = "") -> Response:
        try:
            auth.check_form(request.cookies.get(auth.FORM_COOKIE, ""), csrf)
        except ForgedForm as error:
            return _form(request, 403, login=login, next=next, problem=error_sentence(error.code))
        now = desk.clock.now()
        result = people.sign_in(database, login, password, now)
        if result.account is None:
            locked = result.code == "locked_out"
            problem = error_sentence(result.code, {"minutes": result.minutes} if locked else {})
            response = _form(request, 429 if locked else 401, login=login, next=next, problem=problem)
            if locked:
                response.headers["Retry-After"] = str(result.minutes * 60)
            return response
        with database.begin() as session:
            token = auth.open_session(session, result.account.id, now)
        # Always a new session, never one that the browser brought along: it may have been planted there.
        response = RedirectResponse(auth.own_page(next), 303)
        auth.set_cookie(request, response, token)
        response.delete_cookie(auth.FORM_COOKIE, path="/console", httponly=True, samesite="strict")
        return response

    @router.post("/sign-out")
    def sign_out(request: Request, csrf: Text = "") -> Response:
        visitor = auth.signed_in(request, database, desk.clock.now())
        response = RedirectResponse("/console/sign-in?out=1", 303)
        if visitor is not None:
            auth.check_form(visitor.csrf, csrf)
            with database.begin() as session:
                auth.close_session(session, visitor.token_hash)
        auth.drop_cookie(response)
        return response

    @router.get("/password")
    def password_page(request: Request) -> Response:
        return page("password.html", visitor=_anyone(request, desk), least=people.PASSWORD_LENGTH)

    @router.post("/password")
    def change_password(
        request: Request, csrf: Text = "", old: Text = "", new: Text = "", again: Text = ""
    ) -> Response:
        visitor = _anyone(request, desk)
        auth.check_form(visitor.csrf, csrf)
        now = desk.clock.now()
        try:
            if new != again:
                raise BadInput("passwords_differ")
            result = people.change_password(database, visitor.account.id, old, new, now)
            if result.code == "locked_out":
                raise BadInput("locked_out", minutes=result.minutes)
            if result.account is None:
                raise BadInput("old_password_wrong")
        except TicketError as error:
            problem = error_sentence(error.code, error.params)
            return page("password.html", 400, visitor=visitor, least=people.PASSWORD_LENGTH, problem=problem)
        with database.begin() as session:
            auth.close_sessions(session, visitor.account.id)
            token = auth.open_session(session, visitor.account.id, now)
        response = RedirectResponse(f"{auth.HOME}?done=password", 303)
        auth.set_cookie(request, response, token)
        return response


def _anyone(request: Request, desk: Desk) -> auth.Visitor:
    """Who is signed in, also with a one-time password."""
    visitor = auth.signed_in(request, desk.database, desk.clock.now())
    if visitor is None:
        raise SignInNeeded
    request.state.visitor = visitor
    return visitor


def _form(
    request: Request,
    status: int = 200,
    *,
    login: str = "",
    next: str = "",
    problem: str = "",
    signed_out: bool = False,
) -> Response:
    known = request.cookies.get(auth.FORM_COOKIE, "")
    secret = known if len(known) >= 32 else secrets.token_urlsafe(32)
    response = page(
        "sign_in.html",
        status,
        csrf=secret,
        login=login[:60],
        next=auth.own_page(next),
        problem=problem,
        signed_out=signed_out,
    )
    if secret != known:
        auth.set_form_cookie(request, response, secret)
    return response
