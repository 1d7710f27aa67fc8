"""The residents' chat over HTTP: the API of the contract and the page at ``/``."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.lanes import Lanes
from bot.models import InboxMessage
from bot.notices import reply_json
from bot.web.errors import ChatError
from clock import Clock
from handlers.messages import Incoming
from handlers.state import ConversationRow, open_conversation
from tickets import outbox
from tickets.database import Database
from wording import catalogue

logger = logging.getLogger(__name__)

CHANNEL = "web"
STATIC = Path(__file__).parent / "static"
LONGEST_TEXT = 20_000
ANSWER_SECONDS = 20.0
"""How long a request waits for its answer; what comes later is fetched as a notice."""
LOOK_AGAIN_SECONDS = 2.0
STREAM_SECONDS = 300.0
"""An event stream ends after so long; the page opens a new one from where it was."""
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class NewSession(Strict):
    """Begin a conversation, or say where an existing one is (``conversation``)."""

    place: str | None = Field(None, max_length=40)
    conversation: str | None = Field(None, max_length=64)


class Location(Strict):
    latitude: float = Field(ge=-90, le=90, strict=False)
    longitude: float = Field(ge=-180, le=180, strict=False)


class Message(Strict):
    """One of ``text``, ``payload`` (what a pressed button carried) or ``location``."""

    conversation: str = Field(min_length=1, max_length=64)
    message_id: str = Field(min_length=1, max_length=64)
    text: str | None = None
    payload: str | None = Field(None, max_length=200)
    location: Location | None = None


class Waker:
    """Wakes the event streams of a conversation when something was committed for it."""

    def __init__(self) -> None:
        self._events: dict[str, set[asyncio.Event]] = {}

    def wake(self, conversation: str) -> None:
        for event in self._events.get(conversation, ()):
            event.set()

    async def wait(self, conversation: str, seconds: float) -> None:
        event = asyncio.Event()
        listening = self._events.setdefault(conversation, set())
        listening.add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            listening.discard(event)
            if not listening:
                self._events.pop(conversation, None)


def router(
    database: Database, lanes: Lanes, clock: Clock, places: Callable[[str], str | None], waker: Waker, *, demo: bool
) -> APIRouter:
    """The routes of the web channel.

    Args:
        places: the place with ordinances that a said place is, None for an unknown one.
        demo: whether the store holds the invented community; the page marks it.
    """
    routes = APIRouter()

    def check_conversation(conversation: str) -> None:
        with database.read() as session:
            if session.get(ConversationRow, (CHANNEL, conversation)) is None:
                raise ChatError(404, "unknown_conversation")

    def read_replies(conversation: str, after: int) -> list[dict[str, Any]]:
        with database.read() as session:
            return [reply_json(row) for row in outbox.messages_after(session, CHANNEL, conversation, after)]

    @routes.post("/api/chat/sessions")
    def open_session(new: NewSession) -> dict[str, Any]:
        """Begin a conversation; its id is a secret that only its person knows."""
        place = None
        if new.place:
            place = places(new.place)
            if place is None:
                raise ChatError(422, "unknown_place")
        conversation = new.conversation or secrets.token_urlsafe(24)
        if new.conversation:
            check_conversation(new.conversation)
        with database.begin() as session:
            open_conversation(session, CHANNEL, conversation, place, clock.now())
        return {"conversation": conversation, "place": place, "demo": demo}

    @routes.post("/api/chat/messages")
    async def post_message(message: Message) -> dict[str, Any]:
        """Take a message and answer it. The same ``message_id`` again gives the same replies and does nothing twice."""
        incoming = _incoming(message, clock)
        await to_thread.run_sync(check_conversation, message.conversation)
        inbox_id = await lanes.accept(incoming)
        await lanes.answered(inbox_id, ANSWER_SECONDS)

        def answers() -> list[dict[str, Any]]:
            with database.read() as session:
                key = session.get_one(InboxMessage, inbox_id).key
                return [reply_json(row) for row in outbox.answers_to(session, CHANNEL, message.conversation, key)]

        return {"replies": await to_thread.run_sync(answers)}

    @routes.post("/api/chat/photos")
    async def post_photo() -> JSONResponse:
        """Photos are not taken yet; said plainly rather than swallowed."""
        raise ChatError(415, "photo_not_taken")

    @routes.get("/api/chat/messages")
    def later_messages(
        conversation: Annotated[str, Query(max_length=64)], after: Annotated[int, Query(ge=0, le=2**62)] = 0
    ) -> dict[str, Any]:
        """Replies and notices with an id above ``after``, at most a hundred at once."""
        check_conversation(conversation)
        return {"replies": read_replies(conversation, after)}

    @routes.get("/api/chat/stream")
    async def stream(
        request: Request,
        conversation: Annotated[str, Query(max_length=64)],
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    ) -> StreamingResponse:
        """Server-sent events ``reply`` as they are committed."""
        await to_thread.run_sync(check_conversation, conversation)
        last = request.headers.get("last-event-id", "")
        start = max(after, int(last)) if last.isdigit() and len(last) < 19 else after

        async def events() -> AsyncIterator[str]:
            position = start
            ends = asyncio.get_running_loop().time() + STREAM_SECONDS
            yield ": open\n\n"
            while asyncio.get_running_loop().time() < ends:
                for reply in await to_thread.run_sync(read_replies, conversation, position):
                    position = max(position, int(reply["id"]))
                    yield f"id: {position}\nevent: reply\ndata: {json.dumps(reply, ensure_ascii=False)}\n\n"
                await waker.wait(conversation, LOOK_AGAIN_SECONDS)

        return StreamingResponse(events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @routes.get("/api/chat/wording")
    def wording() -> dict[str, str]:
        """The page's own sentences."""
        return {key: text for key, text in catalogue().items() if key.startswith(("page.", "tickets.status."))}

    @routes.get("/", include_in_schema=False)
    def page() -> FileResponse:
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
        return FileResponse(STATIC / "index.html", headers={**headers, "Cache-Control": "no-cache"})

    return routes


def _incoming(message: Message, clock: Clock) -> Incoming:
    given = [part for part in (message.text, message.payload, message.location) if part is not None]
    if len(given) != 1:
        raise ChatError(422, "one_of_text_payload_location")
    if message.text is not None and len(message.text) > LONGEST_TEXT:
        raise ChatError(413, "text_too_long", limit=LONGEST_TEXT)
    kind = "text" if message.text is not None else "payload" if message.payload is not None else "location"
    location = message.location
    return Incoming(
        channel=CHANNEL,
        conversation=message.conversation,
        message_id=message.message_id,
        kind=kind,  # type: ignore[arg-type]
        text=message.text or message.payload or "",
        received_at=clock.now(),
        latitude=location.latitude if location else None,
        longitude=location.longitude if location else None,
    )
