"""Opens each part from the settings. What a part needs is imported when it is opened: a command pays for what it uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from clock import SHANGHAI, SystemClock
from settings import ROOT, Settings

if TYPE_CHECKING:
    from clock import Clock
    from nlu.client import UnderstandingClient
    from nlu.supervisor import UnderstandingProcess
    from retrieval.glosses import Glosses
    from retrieval.library import Library
    from retrieval.live import LiveSearch
    from retrieval.search import Search
    from tickets.database import Database

KNOWLEDGE = ROOT / "knowledge"
MODELS = ROOT / ".cache" / "understanding" / "current" / "model.tar.gz"
DEMO_NAME = "示范社区工作人员"


def open_database(settings: Settings) -> Database:
    """The store, brought to the newest schema.

    Raises:
        StoreError: it cannot be made or reached.
    """
    from tickets import migrate
    from tickets.database import Database

    database = Database(settings.database_url)
    try:
        migrate.upgrade(database)
    except BaseException:
        database.close()
        raise
    return database


def open_library(settings: Settings) -> Library:
    """The shipped ordinances and those that the operator added. Raises RetrievalError."""
    from retrieval import collection

    return collection.load_library(settings.home)


def open_glosses(library: Library) -> Glosses:
    """What the shipped articles are about. Raises RetrievalError."""
    from retrieval.glosses import Glosses

    return Glosses.load(KNOWLEDGE / "glosses", library)


def open_search(settings: Settings, progress: Callable[[int, int], None] | None = None) -> Search:
    """Retrieval over all texts; vectors are computed only when texts or encoder changed. Raises RetrievalError."""
    from retrieval import collection

    return collection.open_search(settings.home, settings.encoder, today=_today, progress=progress)


def open_live_search(settings: Settings, progress: Callable[[int, int], None] | None = None) -> LiveSearch:
    """As ``open_search``, for serving: it takes up what is added or taught meanwhile."""
    from retrieval import collection
    from retrieval.encoder import load_encoder
    from retrieval.live import LiveSearch

    return LiveSearch(
        lambda: collection.load_library(settings.home),
        load_encoder(settings.encoder),
        collection.files_of(settings.home),
        cache=settings.home / "index",
        today=_today,
        progress=progress,
    )


def _today() -> date:
    """Which law is in force is decided by the day in China, wherever the server stands."""
    return SystemClock().now().astimezone(SHANGHAI).date()


def open_understanding(settings: Settings) -> tuple[UnderstandingClient, UnderstandingProcess | None]:
    """The client of the understanding service, and the child process where no service elsewhere is named."""
    import httpx

    from nlu.client import UnderstandingClient
    from nlu.supervisor import UnderstandingProcess, service_command

    if settings.nlu_url:
        return UnderstandingClient(httpx.AsyncClient(base_url=settings.nlu_url)), None
    process = UnderstandingProcess(service_command(MODELS))
    return process.client(), process


def fill_demo(database: Database, clock: Clock) -> bool:
    """The invented community 示范社区, marked as demo; nothing where it is there already. Says whether it was filled."""
    from tickets import grid

    with database.begin() as session:
        return grid.load_demo(session, KNOWLEDGE / "grid-demo.yml", clock.now())


def demo_account(database: Database, home: Path, clock: Clock) -> Path:
    """The file with the demo desk's account. It is made with the store's first account, and only this user can read it."""
    from sqlalchemy import select

    from tickets import people

    file = home / "demo-staff.txt"
    with database.read() as session:
        known = session.scalar(select(people.StaffAccount.id).limit(1)) is not None
    if not known:
        with database.begin() as session:
            made = people.add_staff(session, DEMO_NAME, people.Role.COMMUNITY_STAFF, None, clock.now(), demo=True)
            # Inside the transaction: an account without its password would help nobody.
            file.unlink(missing_ok=True)
            file.touch(mode=0o600)
            file.write_text(
                f"login: {made.account.login}\none-time password: {made.one_time_password}\n", encoding="utf-8"
            )
    return file
