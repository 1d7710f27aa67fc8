"""What all pages have in common: every failure becomes a page in plain words, and every answer carries its armour."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from console import auth
from console.errors import ConsoleError, ForgedForm, PageNotFound, PasswordDue, SignInNeeded
from console.rendering import error_sentence, page
from tickets.errors import BadInput, NotAllowed, NotFound, StaleVersion, StoreError, TicketError, WrongState

log = logging.getLogger(__name__)

# 100,000 Chinese characters are 900 kB in a form: they are read, and refused by a sentence on their length.
MAX_FORM = 2 * 1024 * 1024

HEADERS = {
    # Pages hold what residents wrote: no script runs, nothing comes from elsewhere, no frame, no copy on the disk.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: that makes browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_STATUSES: dict[type[Exception], int] = {
    NotFound: 404,
    PageNotFound: 404,
    NotAllowed: 403,
    ForgedForm: 403,
    StaleVersion: 409,
    WrongState: 409,
    BadInput: 400,
    StoreError: 503,
}


class PageRoute(APIRoute):
    """A route whose failures are pages: never a stack trace, never JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_always(request: Request) -> Response:
            try:
                if int(request.headers.get("content-length") or 0) > MAX_FORM:
                    raise HTTPException(413)
                response = await answer(request)
            except Exception as error:
                response = failure(request, error)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return answer_always


def status_of(error: Exception) -> int:
    return next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), 500)


def failure(request: Request, error: Exception, *, kept: str = "") -> Response:
    """The page for a failure that the page itself did not deal with; ``kept`` is what the person had typed."""
    visitor = getattr(request.state, "visitor", None)
    if isinstance(error, ConsoleError):
        kept = kept or error.kept
    if isinstance(error, SignInNeeded):
        return _to_sign_in(request, kept)
    if isinstance(error, PasswordDue):
        return RedirectResponse("/console/password", 303)
    if isinstance(error, TicketError | StoreError):
        code, params, status = error.code, error.params, status_of(error)
    elif isinstance(error, ConsoleError):
        code, params, status = error.code, {}, status_of(error)
    elif isinstance(error, RequestValidationError):
        code, params, status = "bad_request", {}, 400
    elif isinstance(error, HTTPException):
        code, params, status = _http_code(error.status_code), {}, error.status_code
    else:
        # Where it happened, not what it said: an exception's text may repeat what a resident wrote.
        frames = reversed(traceback.extract_tb(error.__traceback__))
        where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
        log.error("console_failed error=%s at=%s", type(error).__name__, where)
        code, params, status = "unknown", {}, 500
    response = page(
        "error.html", status, visitor=visitor, status=status, sentence=error_sentence(code, params), kept=kept
    )
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _to_sign_in(request: Request, kept: str) -> Response:
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method == "GET":
        wanted = auth.own_page(here)
        back = f"?next={quote(wanted, safe='')}" if wanted != auth.HOME else ""
        return RedirectResponse(f"/console/sign-in{back}", 303)
    # The session ended while she wrote. Show her words, so that they can be copied; but only what a page of ours sent.
    kept = kept if auth.from_here(request) else ""
    return page("session_ended.html", 401, kept=kept, back=auth.own_page(here.rsplit("/", 1)[0]))


def _http_code(status: int) -> str:
    return {404: "page_not_found", 405: "page_not_found", 413: "too_large"}.get(status, "bad_request")
