"""Around every request: headers that keep browsers from doing harm, and no failure that leaves as a stack trace."""

from __future__ import annotations

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.errors import refusal

logger = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(self)",
}
PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
CHAT = "/api/chat/"
PHOTOS = "/api/chat/photos"
LARGEST_BODY = 256 * 1024
"""Bytes of a chat request that are read: the longest message, most of its signs escaped. Photos are never read at all."""


class Guard:
    """An ASGI middleware. Headers that an answer brings itself are left as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        data = path.startswith("/api/") or path in {"/healthz", "/openapi.json"}
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", DATA_POLICY if data else PAGE_POLICY)
                headers.setdefault("Cache-Control", "no-store" if data else "no-cache")
            await send(message)

        try:
            limited = path.startswith(CHAT) and path != PHOTOS
            await self._app(scope, _limit(scope, receive) if limited else receive, sending)
        except Exception as error:
            # Not raised on: the server would print it, and an exception's text can repeat what a resident wrote.
            logger.error("request_failed", extra={"error": type(error).__name__, "begun": begun})
            if not begun:
                await refusal(500, "http_500")(scope, receive, sending)


def _limit(scope: Scope, receive: Receive) -> Receive:
    """Refuse a body that is too large before it is read, or as soon as it turns out to be."""
    said = Headers(scope=scope).get("content-length", "")
    left = -1 if said.isdigit() and int(said[:18]) > LARGEST_BODY else LARGEST_BODY

    async def receiving() -> Message:
        nonlocal left
        if left < 0:
            raise HTTPException(413)
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return receiving
