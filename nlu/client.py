"""What a text means, asked of the understanding service. Failure is reported as failure, never as a guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from nlu.when import When, when


class UnderstandingUnavailable(Exception):
    """The service did not answer in time, or answered wrongly. Nothing is known of the text."""


@dataclass(frozen=True)
class Entity:
    """One thing named in a text.

    Attributes:
        kind: place, time, phone, name, ticket_number, category, role or service.
        value: normalised value (a phone without spaces, a category's id); for a place, the text itself.
        text: the exact substring, empty where the entity was concluded from the whole text (category).
        start, end: offsets in characters of the text, ``text == message[start:end]``.
    """

    kind: str
    value: str
    text: str = ""
    start: int = 0
    end: int = 0
    confidence: float = 1.0

    def interval(self, now: datetime) -> When | None:
        """The interval that a time means at ``now`` (aware); None for what is no time or names no interval."""
        return when(self.text or self.value, now) if self.kind == "time" else None


@dataclass(frozen=True)
class Understanding:
    """What one text means: the likeliest intent, its probability, the runners-up, and the entities in order.

    ``parts`` holds what each clause means by itself, where that was asked.
    """

    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[Entity, ...] = field(default=())
    parts: tuple[Understanding, ...] = ()

    def first(self, kind: str) -> Entity | None:
        return next((entity for entity in self.entities if entity.kind == kind), None)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Understanding:
        return cls(
            intent=data["intent"],
            confidence=float(data["confidence"]),
            ranking=tuple((name, float(p)) for name, p in data["ranking"]),
            entities=tuple(Entity(**entity) for entity in data["entities"]),
        )


class UnderstandingClient:
    """Asks the understanding service over HTTP, each question within ``deadline`` seconds."""

    def __init__(self, http: httpx.AsyncClient, *, deadline: float = 3.0) -> None:
        self._http = http
        self._deadline = deadline

    async def parse(self, text: str) -> Understanding:
        """What ``text`` means.

        Raises:
            UnderstandingUnavailable: no usable answer within the deadline.
        """
        try:
            response = await self._http.post("/parse", json={"text": text}, timeout=self._deadline)
            response.raise_for_status()
            return Understanding.from_json(response.json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise UnderstandingUnavailable(type(error).__name__) from error

    async def healthy(self) -> bool:
        try:
            response = await self._http.get("/healthz", timeout=self._deadline)
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def aclose(self) -> None:
        """Close the connections; safe to call twice."""
        await self._http.aclose()
