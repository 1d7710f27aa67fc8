"""The composition root: the only place that constructs things and puts them together."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
from anyio import to_thread
from bot.telegram.channel import TelegramChannel
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

import bot.models
import console.models
import console.pages
import handlers.state
import volunteers.models
from bot.lanes import Lanes
from bot.web import api, errors
from clock import Clock, SystemClock
from handlers.categories import Categories
from handlers.turn import Services
from nlu.client import Understanding, UnderstandingClient
from nlu.supervisor import UnderstandingProcess, service_command
from retrieval.encoder import load_encoder
from retrieval.index import DenseIndex
from retrieval.library import Library
from retrieval.passages import passages_of
from retrieval.search import Search
from settings import ROOT, Settings
from tickets import grid, migrate
from tickets.database import Base, Database
from tickets.errors import StoreError

logger = logging.getLogger(__name__)

KNOWLEDGE = ROOT / "knowledge"
MODELS = ROOT / ".cache" / "understanding" / "current" / "model.tar.gz"
CACHE = ROOT / ".cache" / "retrieval"
METADATA = Base.metadata
"""All tables of all rooms; importing the rooms' models above has filled it."""
_ROOMS_WITH_TABLES = (bot.models, handlers.state, volunteers.models, console.models)


class Understands(Protocol):
    """What the app needs of the understanding service: the real client, or a test's."""

    async def parse(self, text: str) -> Understanding: ...
    async def healthy(self) -> bool: ...


@dataclass
class Parts:
    """The things an app is made of; tests put their own in place."""

    settings: Settings
    database: Database
    search: Search
    understanding: Understands
    clock: Clock
    demo: bool = False


def open_database(settings: Settings) -> Database:
    """The store, brought to the newest schema."""
    database = Database(settings.database_url)
    migrate.upgrade(database)
    return database


def open_library(settings: Settings) -> Library:
    """The shipped ordinances and those that the operator added."""
    return Library.load(KNOWLEDGE / "ordinances", settings.home / "ordinances")


def open_search(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Search:
    """Retrieval over all texts; passages' vectors are computed only when texts or encoder changed."""
    library = open_library(settings)
    dense = DenseIndex(passages_of(library), load_encoder(settings.encoder), CACHE, progress)
    return Search(library, dense)


def open_understanding(settings: Settings) -> tuple[UnderstandingClient, UnderstandingProcess | None]:
    """The client of the understanding service, and the child process where no service elsewhere is named."""
    if settings.nlu_url:
        return UnderstandingClient(httpx.AsyncClient(base_url=settings.nlu_url)), None
    process = UnderstandingProcess(service_command(MODELS))
    return process.client(), process


def fill_demo(database: Database, clock: Clock) -> None:
    """The invented community 示范社区, marked as demo; nothing where it is there already."""
    with database.begin() as session:
        grid.load_demo(session, KNOWLEDGE / "grid-demo.yml", clock.now())


def create_app(parts: Parts) -> FastAPI:
    """The web application with everything that runs beside it in its lifespan."""
    settings, database, clock = parts.settings, parts.database, parts.clock
    services = Services(parts.search, Categories.load(KNOWLEDGE / "categories.yml"))
    waker = api.Waker()
    telegram: TelegramChannel | None = None

    def delivered(channel: str, conversation: str) -> None:
        if channel == api.CHANNEL:
            waker.wake(conversation)
        elif telegram is not None:
            telegram.wake()

    lanes = Lanes(database, parts.understanding, services, clock, delivered=delivered)
    if settings.telegram_token.get_secret_value():
        telegram = TelegramChannel(settings, database, lanes, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await lanes.recover()
        if telegram is not None:
            await telegram.start()
        try:
            yield
        finally:
            if telegram is not None:
                await telegram.stop()
            await lanes.close()
            database.close()

    app = FastAPI(title="社区网格助手 GridBot", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None)
    errors.install(app)
    library = parts.search.library

    def known_place(said: str) -> str | None:
        place = library.places.resolve(said)
        return place if place in library.places.jurisdictions else None

    @app.get("/healthz")
    async def healthz() -> JSONResponse:
        """200 when every part can be used; 503 naming the part that cannot."""
        understanding = "ok" if await parts.understanding.healthy() else "down"
        try:
            await to_thread.run_sync(database.check)
            store = "ok"
        except StoreError as error:
            store = error.code
        fine = understanding == store == "ok"
        body: dict[str, Any] = {
            "status": "ok" if fine else "degraded",
            "understanding": understanding,
            "database": store,
            "passages": len(parts.search.passages),
            "demo": parts.demo,
        }
        return JSONResponse(body, status_code=200 if fine else 503)

    app.include_router(api.router(database, lanes, clock, known_place, waker, demo=parts.demo))
    app.mount("/static", StaticFiles(directory=Path(api.STATIC)), name="static")
    app.include_router(console.pages.router(database, clock, library, services.categories.tree()))
    return app


def assemble(
    settings: Settings,
    understanding: Understands,
    *,
    demo: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Parts:
    """Everything for real use, from the settings. Slow (it loads the encoder): not for the event loop."""
    clock = SystemClock()
    database = open_database(settings)
    if demo:
        fill_demo(database, clock)
    return Parts(settings, database, open_search(settings, progress), understanding, clock, demo)
