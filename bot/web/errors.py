"""Errors of the HTTP interface as JSON: ``{"error": {"code", "message"}}``, the message a Chinese sentence to show."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from tickets.errors import StoreError
from wording import has, say

logger = logging.getLogger(__name__)


class ChatError(Exception):
    """A request that cannot be served. ``status`` is the HTTP status, ``code`` stands at ``errors.<code>``."""

    def __init__(self, status: int, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.status, self.code, self.parameters = status, code, parameters


def answer(status: int, code: str, **parameters: object) -> JSONResponse:
    key = f"errors.{code}"
    message = say(key, **parameters) if has(key) else say("errors.http_other")
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


def install(app: FastAPI) -> None:
    """Let every failure of the JSON interface leave as a clear sentence, never as a stack trace."""

    async def chat_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, ChatError)
        return answer(error.status, error.code, **error.parameters)

    async def bad_request(_request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # The place of the mistake only: the value may be a resident's words.
        where = ".".join(str(part) for part in error.errors()[0]["loc"][1:]) or "body"
        return answer(422, "bad_request", where=where[:60])

    async def store_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, StoreError)
        return answer(503, error.code)

    async def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer(error.status_code, f"http_{error.status_code}")

    async def unexpected(request: Request, error: Exception) -> Response:
        logger.error("request_failed", extra={"path": request.url.path, "error": type(error).__name__})
        return answer(500, "http_500")

    app.add_exception_handler(ChatError, chat_error)
    app.add_exception_handler(RequestValidationError, bad_request)
    app.add_exception_handler(StoreError, store_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Exception, unexpected)
