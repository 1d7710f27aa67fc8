"""Server-sent events: a conversation's replies and notices as they are committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

LOOK_AGAIN_SECONDS = 2.0
"""Notices that staff cause are committed by other threads, which wake nobody."""
SIGN_OF_LIFE_SECONDS = 15.0
"""Proxies cut silent connections, and only writing shows that the other side is gone."""
STREAM_SECONDS = 300.0
"""A stream ends after so long; the page opens a new one from where it was."""


class Waker:
    """Wakes the event streams of a conversation when something was committed for it."""

    def __init__(self) -> None:
        self._events: dict[str, set[asyncio.Event]] = {}
        self.closed = False

    def wake(self, conversation: str) -> None:
        for event in self._events.get(conversation, ()):
            event.set()

    def close(self) -> None:
        """End all streams: they would keep the server from stopping."""
        self.closed = True
        for events in self._events.values():
            for event in events:
                event.set()

    @contextmanager
    def listening(self, conversation: str) -> Iterator[asyncio.Event]:
        """An event that is set by every ``wake`` while the block lasts."""
        event = asyncio.Event()
        listening = self._events.setdefault(conversation, set())
        listening.add(event)
        try:
            yield event
        finally:
            listening.discard(event)
            if not listening:
                self._events.pop(conversation, None)


async def events(
    read: Callable[[int], Awaitable[list[dict[str, Any]]]], waker: Waker, conversation: str, position: int
) -> AsyncIterator[str]:
    """The text of an event stream.

    Args:
        read: the replies with an id above the given one.
        position: id of the last reply that the other side has.
    """
    now = asyncio.get_running_loop().time
    ends, said = now() + STREAM_SECONDS, now()
    yield ": open\n\n"
    with waker.listening(conversation) as woken:
        while now() < ends and not waker.closed:
            woken.clear()
            for reply in await read(position):
                position, said = int(reply["id"]), now()
                yield f"id: {position}\nevent: reply\ndata: {json.dumps(reply, ensure_ascii=False)}\n\n"
            if now() - said > SIGN_OF_LIFE_SECONDS:
                said = now()
                yield ": here\n\n"
            try:
                async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                    await woken.wait()
            except TimeoutError:
                continue
