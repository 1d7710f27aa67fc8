"""The whole web application over a real store, without Rasa and without the encoder: a test says what texts mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

import app
from nlu.client import Understanding, UnderstandingUnavailable
from retrieval.search import Searcher
from settings import Settings
from tickets import queries
from tickets.database import Database

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
MEANS = {
    "路灯坏了": "report_issue",
    "居民委员会做什么": "ask_ordinance",
    "我报的事办到哪一步了": "ticket_status",
    "匿名": "privacy_request",
}


class StillClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class FakeUnderstanding:
    """Knows the meaning of a few texts; everything else is a greeting."""

    down: bool = False
    asked: list[str] = field(default_factory=list)

    async def parse(self, text: str) -> Understanding:
        self.asked.append(text)
        await asyncio.sleep(0)
        if self.down:
            raise UnderstandingUnavailable
        return Understanding(MEANS.get(text, "greet"), 0.97)

    async def healthy(self) -> bool:
        return not self.down

    async def aclose(self) -> None:
        pass


@dataclass
class HttpWorld:
    """What tests hold in their hands."""

    database: Database
    search: Searcher
    home: Path
    understanding: FakeUnderstanding = field(default_factory=FakeUnderstanding)
    application: FastAPI | None = None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Client]:
        """A process that starts, serves, and is stopped; the store stays open for the next one."""
        parts = app.Parts(Settings(home=self.home), self.database, self.search, self.understanding, StillClock())
        self.application = app.create_app(parts)
        async with self.application.router.lifespan_context(self.application):
            transport = httpx.ASGITransport(app=self.application, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://grid") as http:
                yield Client(http)

    def tickets(self) -> list[dict[str, Any]]:
        with self.database.read() as session:
            found = queries.listing(session)
            return [queries.ticket_json(ticket, NOW, render=lambda key, **_: key) for ticket in found]


class Client:
    """A resident's page, as far as the server can tell."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self._said = 0

    async def open(self, place: str | None = "通化市") -> str:
        response = await self.http.post("/api/chat/sessions", json={"place": place} if place else {})
        assert response.status_code == 200, response.text
        conversation: str = response.json()["conversation"]
        return conversation

    async def post(self, conversation: str, message_id: str = "", **content: Any) -> httpx.Response:
        self._said += 1
        body = {"conversation": conversation, "message_id": message_id or f"m{self._said}", **content}
        return await self.http.post("/api/chat/messages", json=body)

    async def say(self, conversation: str, text: str, message_id: str = "") -> list[dict[str, Any]]:
        response = await self.post(conversation, message_id, text=text)
        assert response.status_code == 200, response.text
        return list(response.json()["replies"])

    async def later(self, conversation: str, after: int = 0) -> list[dict[str, Any]]:
        response = await self.http.get("/api/chat/messages", params={"conversation": conversation, "after": after})
        assert response.status_code == 200, response.text
        return list(response.json()["replies"])


def is_refusal(response: httpx.Response, status: int, code: str = "") -> bool:
    """Whether an answer is a refusal with a Chinese sentence."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"code", "message"}
    assert any("\u4e00" <= sign <= "\u9fff" for sign in error["message"]), error
    assert not code or error["code"] == code, error
    return True
