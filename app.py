"""The composition root: puts the parts together into the web application and all that runs beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from anyio import to_thread
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

import console.api
import console.pages
import console.questions_api
from bot.lanes import Lanes, Understands
from bot.telegram.channel import TelegramChannel
from bot.web import api, errors, shapes
from bot.web.guard import Guard
from bot.web.stream import Waker
from clock import Clock, SystemClock
from handlers.categories import Categories
from handlers.turn import Services
from opening import (
    KNOWLEDGE,
    MODELS,
    fill_demo,
    open_database,
    open_library,
    open_live_search,
    open_search,
    open_understanding,
)
from retrieval.duties import Duties
from retrieval.glosses import Glosses
from retrieval.live import LiveSearch
from retrieval.search import Searcher
from settings import ROOT, Settings
from tables import METADATA
from tickets.database import Database
from tickets.errors import StoreError

__all__ = [
    "KNOWLEDGE",
    "METADATA",
    "MODELS",
    "ROOT",
    "Parts",
    "assemble",
    "create_app",
    "fill_demo",
    "open_database",
    "open_library",
    "open_live_search",
    "open_search",
    "open_understanding",
]


@dataclass
class Parts:
    """The things an app is made of; tests put their own in place."""

    settings: Settings
    database: Database
    search: Searcher
    understanding: Understands
    clock: Clock
    demo: bool = False


def assemble(
    settings: Settings,
    understanding: Understands,
    *,
    demo: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Parts:
    """Everything for real use, from the settings. Slow (it loads the encoder): not for the event loop.

    Raises:
        StoreError, RetrievalError: a part cannot be opened; nothing is left open.
    """
    clock = SystemClock()
    database = open_database(settings)
    try:
        if demo:
            fill_demo(database, clock)
        return Parts(settings, database, open_live_search(settings, progress), understanding, clock, demo)
    except BaseException:
        database.close()
        raise


def create_app(parts: Parts) -> FastAPI:
    """The web application with everything that runs beside it in its lifespan.

    ``app.state.stop`` (a coroutine function) ends what would keep requests open: a server calls it before it waits for them.
    """
    settings, database, clock = parts.settings, parts.database, parts.clock
    services = Services(
        parts.search,
        Categories.load(KNOWLEDGE / "categories.yml"),
        Duties.load(KNOWLEDGE / "duties", parts.search.library),
        Glosses.load(KNOWLEDGE / "glosses", parts.search.library),
    )
    live = parts.search if isinstance(parts.search, LiveSearch) else None
    waker = Waker()
    telegram: TelegramChannel | None = None

    def delivered(channel: str, conversation: str) -> None:
        if channel == api.CHANNEL:
            waker.wake(conversation)
        elif telegram is not None:
            telegram.wake()

    lanes = Lanes(database, parts.understanding, services, clock, delivered=delivered)
    if settings.telegram_token.get_secret_value():
        telegram = TelegramChannel(settings, database, lanes, clock)

    async def stop() -> None:
        waker.close()
        await lanes.close()

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
            await stop()
            if live is not None:
                await to_thread.run_sync(live.close)
            await parts.understanding.aclose()
            database.close()

    app = FastAPI(title="社区网格助手 GridBot", version="0.1.0", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.stop = stop
    app.add_middleware(Guard)
    errors.install(app)

    def known_place(said: str) -> str | None:
        places = parts.search.library.places
        return next((level for level in places.chain(said) if level in places.jurisdictions), None)

    @app.get(
        "/healthz",
        response_model=shapes.Health,
        responses={503: {"model": shapes.Health, "description": "A part is down; its field says which"}},
    )
    async def healthz() -> JSONResponse:
        """200 when every part can be used; 503 naming the part that cannot.

        Trouble with Telegram is said but does not count: the page and the staff's desk go on without it.
        """
        understanding = "ok" if await parts.understanding.healthy() else "down"
        try:
            await to_thread.run_sync(database.check)
            store = "ok"
        except StoreError as error:
            store = error.code
        fine = understanding == store == "ok"
        health = shapes.Health(
            status="ok" if fine else "degraded",
            understanding=understanding,
            database=store,
            telegram="off" if telegram is None else telegram.trouble or "ok",
            passages=parts.search.size,
            demo=parts.demo,
        )
        return JSONResponse(health.model_dump(), status_code=200 if fine else 503)

    app.include_router(api.router(database, lanes, clock, known_place, waker, demo=parts.demo))
    app.mount("/static", StaticFiles(directory=api.STATIC), name="static")
    app.include_router(console.api.router(database, clock))
    app.include_router(console.questions_api.router(database, clock))
    matters = services.categories.tree()
    app.include_router(
        console.pages.router(
            database, clock, parts.search, matters, settings.home, relearn=live.refresh if live else lambda: None
        )
    )
    return app
