"""Errors of the HTTP interface as JSON: ``{"error": {"code", "message"}}``, the message a sentence to show: in English where
the client accepts exactly ``en``, as the page does in English, and in Chinese else."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from bot.inbox import TooManyWaiting
from tickets.errors import StoreError
from wording import has, say, speaking

SOON = {"Retry-After": "5"}


class ChatError(Exception):
    """A request that cannot be served. ``status`` is the HTTP status, ``code`` stands at ``errors.<code>``."""

    def __init__(self, status: int, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.status, self.code, self.parameters = status, code, parameters


def refusal(
    status: int, code: str, parameters: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    key = f"errors.{code}"
    message = say(key, **(parameters or {})) if has(key) else say("errors.http_other")
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)


def _in_language_of(request: Request) -> AbstractContextManager[None]:
    return speaking(request.headers.get("accept-language", ""))


def install(app: FastAPI) -> None:
    """Let every failure of the JSON interface leave as a clear sentence."""

    async def chat_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, ChatError)
        with _in_language_of(request):
            return refusal(error.status, error.code, error.parameters)

    async def bad_request(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # The place of the mistake only: the value may be a resident's words.
        where = ".".join(str(part) for part in error.errors()[0]["loc"][1:]) or "body"
        return refusal(422, "bad_request", {"where": where[:60]})

    async def store_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, StoreError)
        with _in_language_of(request):
            return refusal(503, error.code, headers=SOON)

    async def too_many(request: Request, _error: Exception) -> Response:
        with _in_language_of(request):
            return refusal(429, "too_many_waiting", headers=SOON)

    async def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return refusal(error.status_code, f"http_{error.status_code}", headers=error.headers)

    app.add_exception_handler(ChatError, chat_error)
    app.add_exception_handler(RequestValidationError, bad_request)
    app.add_exception_handler(StoreError, store_error)
    app.add_exception_handler(TooManyWaiting, too_many)
    app.add_exception_handler(HTTPException, http_error)
