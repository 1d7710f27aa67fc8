"""The residents' chat over HTTP: the API of the contract and the page at ``/``."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, Response, StreamingResponse

from bot.inbox import LONGEST
from bot.lanes import Lanes
from bot.notices import reply_json
from bot.web import shapes
from bot.web.errors import ChatError
from bot.web.stream import Waker, events
from clock import Clock
from handlers.messages import Incoming
from handlers.state import ConversationRow, language_of, open_conversation
from tickets import outbox
from tickets.database import Database
from wording import catalogue

CHANNEL = "web"
STATIC = Path(__file__).parent / "static"
ANSWER_SECONDS = 20.0
"""How long a request waits for its answer; what comes later is fetched as a notice."""
MOST_WAITING = 50
"""Messages of one conversation that may wait: whoever asks one after the other never has more than one."""

Position = Annotated[int, Query(ge=0, le=2**62)]
Secret = Annotated[str, Query(min_length=1, max_length=64)]

_REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"model": shapes.Refusal, "description": "Unknown conversation"},
    413: {"model": shapes.Refusal, "description": "Too long"},
    422: {"model": shapes.Refusal, "description": "Not of this shape"},
    429: {"model": shapes.Refusal, "description": "Too many messages of this conversation wait for their answers"},
    503: {"model": shapes.Refusal, "description": "The store cannot take it now; the same request later will do"},
}


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: _REFUSALS[status] for status in statuses}


def router(
    database: Database, lanes: Lanes, clock: Clock, places: Callable[[str], str | None], waker: Waker, *, demo: bool
) -> APIRouter:
    """The routes of the web channel.

    Args:
        places: the place with ordinances that a said place is, None for an unknown one.
        demo: whether the store holds the invented community; the page marks it.
    """
    routes = APIRouter()

    def place_of(conversation: str) -> str | None:
        with database.read() as session:
            row = session.get(ConversationRow, (CHANNEL, conversation))
            if row is None:
                raise ChatError(404, "unknown_conversation")
            return row.place

    def read_replies(conversation: str, after: int) -> list[dict[str, Any]]:
        with database.read() as session:
            language = language_of(session, CHANNEL, conversation)
            return [reply_json(row, language) for row in outbox.messages_after(session, CHANNEL, conversation, after)]

    def answer_to(conversation: str, key: str) -> dict[str, Any]:
        with database.read() as session:
            rows = outbox.answers_to(session, CHANNEL, conversation, key)
            place = session.get_one(ConversationRow, (CHANNEL, conversation)).place
            language = language_of(session, CHANNEL, conversation)
            return {"replies": [reply_json(row, language) for row in rows], "place": place, "language": language}

    @routes.post("/api/chat/sessions", responses=_refusals(404, 422, 503))
    def open_session(new: shapes.NewSession) -> shapes.Opened:
        """Begin a conversation, or say where the person of an existing one lives."""
        place = places(new.place) if new.place else None
        if new.place and place is None:
            raise ChatError(422, "unknown_place")
        conversation = new.conversation or secrets.token_urlsafe(24)
        if new.conversation:
            place_of(new.conversation)
        with database.begin() as session:
            open_conversation(session, CHANNEL, conversation, place, clock.now(), new.language)
        return shapes.Opened(conversation=conversation, place=place, demo=demo)

    @routes.post("/api/chat/messages", response_model=shapes.Answer, responses=_refusals(404, 413, 422, 429, 503))
    async def post_message(message: shapes.Message) -> dict[str, Any]:
        """Take a message and answer it. The same ``message_id`` again gives the same replies and does nothing twice."""
        incoming = _incoming(message, clock)
        await to_thread.run_sync(place_of, message.conversation)
        key = await lanes.ask(incoming, ANSWER_SECONDS, most_waiting=MOST_WAITING)
        return await to_thread.run_sync(answer_to, message.conversation, key)

    @routes.post(
        "/api/chat/photos",
        status_code=415,
        response_class=Response,
        responses={415: {"model": shapes.Refusal, "description": "Photos are not taken yet"}},
    )
    async def post_photo() -> None:
        """Photos are not taken yet; said plainly rather than swallowed."""
        raise ChatError(415, "photo_not_taken")

    @routes.get("/api/chat/messages", response_model=shapes.Replies, responses=_refusals(404, 422, 503))
    def later_messages(conversation: Secret, after: Position = 0) -> dict[str, Any]:
        """Replies and notices with an id above ``after``, at most a hundred at once."""
        place_of(conversation)
        return {"replies": read_replies(conversation, after)}

    @routes.get(
        "/api/chat/stream",
        response_class=StreamingResponse,
        responses={
            200: {"content": {"text/event-stream": {}}, "description": "Events `reply`, each with a Reply as its data"},
            **_refusals(404, 422, 503),
        },
    )
    async def stream(request: Request, conversation: Secret, after: Position = 0) -> StreamingResponse:
        """Replies and notices as they are committed; ``Last-Event-ID`` goes on where a broken stream ended."""
        await to_thread.run_sync(place_of, conversation)
        last = request.headers.get("last-event-id", "")
        position = max(after, int(last)) if last.isascii() and last.isdigit() and len(last) < 19 else after

        async def read(after: int) -> list[dict[str, Any]]:
            return await to_thread.run_sync(read_replies, conversation, after)

        return StreamingResponse(events(read, waker, conversation, position), media_type="text/event-stream")

    @routes.get("/api/chat/wording")
    def wording(language: shapes.Language = "zh-CN") -> dict[str, str]:
        """The page's own sentences, in a language."""
        return {key: text for key, text in catalogue(language).items() if key.startswith(("page.", "tickets.status."))}

    @routes.get("/", include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    return routes


def _incoming(message: shapes.Message, clock: Clock) -> Incoming:
    given = [name for name in ("text", "payload", "location") if getattr(message, name) is not None]
    if len(given) != 1:
        raise ChatError(422, "one_of_text_payload_location")
    if message.text is not None and len(message.text) > LONGEST:
        raise ChatError(413, "text_too_long", limit=LONGEST)
    kind: Literal["text", "payload", "location"] = (
        "text" if message.text is not None else "payload" if message.payload is not None else "location"
    )
    location = message.location
    return Incoming(
        channel=CHANNEL,
        conversation=message.conversation,
        message_id=message.message_id,
        kind=kind,
        text=message.text or message.payload or "",
        received_at=clock.now(),
        latitude=location.latitude if location else None,
        longitude=location.longitude if location else None,
    )
