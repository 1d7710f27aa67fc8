"""Around every request: headers that keep browsers from doing harm, and no failure that leaves as a stack trace."""

from __future__ import annotations

import logging

from starlette.datastructures import MutableHeaders
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
            await self._app(scope, receive, sending)
        except Exception as error:
            # Not raised on: the server would print it, and an exception's text can repeat what a resident wrote.
            logger.error("request_failed", extra={"error": type(error).__name__, "begun": begun})
            if not begun:
                await refusal(500, "http_500")(scope, receive, sending)
