"""The same conversations in Telegram: over real HTTP, with the real model, from the update to the ticket and its notice."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

import app
from nlu.client import UnderstandingClient
from retrieval.search import Search
from settings import Settings
from tests.fakes.bot_api import TOKEN, BotApi
from tickets import queries, service
from tickets.database import Database
from tickets.workflow import Actor

pytestmark = pytest.mark.model

RESIDENT = 77


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def until(happened: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def buttons(server: BotApi) -> dict[str, str]:
    """Labels and payloads under the last message that has any."""
    last = next(sent for sent in reversed(server.sent) if sent.keyboard)
    return {button["text"]: button["callback_data"] for row in last.keyboard for button in row}


def test_a_report_made_in_telegram_becomes_a_ticket_once_and_the_staffs_step_is_told_in_the_chat(
    understanding: str, search: Search, tmp_path: Path
) -> None:
    with BotApi() as server:
        settings = Settings(home=tmp_path, telegram_token=TOKEN, telegram_api_base=server.base)  # type: ignore[call-arg, arg-type]
        database = app.open_database(settings)
        app.fill_demo(database, Clock())
        http = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=understanding), base_url="http://understanding")
        parts = app.Parts(settings, database, search, UnderstandingClient(http, deadline=20), Clock(), demo=True)
        with TestClient(app.create_app(parts)):
            said = lambda: "\n".join(server.texts(RESIDENT))  # noqa: E731

            server.write(RESIDENT, "通化的网格员平时都要干些啥")
            until(lambda: "通化市社区治理促进条例" in said())

            server.write(RESIDENT, "幸福里小区3号楼门口的路灯坏了三天了")
            until(lambda: "匿名反映" in buttons(server))
            server.press(RESIDENT, buttons(server)["匿名反映"])
            until(lambda: "确认提交" in buttons(server))
            confirm = buttons(server)["确认提交"]
            pressed = server.press(RESIDENT, confirm)
            until(lambda: "SQ" in said())
            # The same press delivered again, as after a lost acknowledgement, and a second press on the old button.
            server.update({**_press(server, confirm), "update_id": pressed})
            server.press(RESIDENT, confirm)
            until(lambda: "过期" in said())

            reader = Database(settings.database_url)
            with reader.begin() as session:
                (ticket,) = queries.listing(session, queries.Filters(limit=None))
                assert ticket.anonymous
                assert ticket.grid is not None
                service.accept(session, ticket.number, Actor.system(), Clock().now())
                number = ticket.number
            reader.close()
            until(lambda: any(number in text and "受理" in text for text in server.texts(RESIDENT)))


def _press(server: BotApi, payload: str) -> dict[str, object]:
    person = {"id": RESIDENT, "is_bot": False, "first_name": "居民"}
    message = server.message(RESIDENT, text="…")
    return {
        "callback_query": {"id": "again", "from": person, "chat_instance": "1", "data": payload, "message": message}
    }
