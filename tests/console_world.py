"""A small community with staff and tickets, and the console over it: for the console's tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from console import api, questions_api
from console.pages import router
from retrieval.library import Library
from retrieval.ordinances.model import Article, Document
from retrieval.search import Search
from tickets import outbox, people, queries
from tickets.database import Database
from tickets.filing import NewTicket, file_ticket
from tickets.grid import Area, AreaKind, add_area
from tickets.models import Ticket, Urgency
from tickets.people import Person, Post, Role
from tickets.workflow import Actor

MATTERS: Mapping[str, Mapping[str, str]] = {
    "公共设施": {"street_light": "路灯照明", "road_manhole": "道路与井盖"},
    "环境卫生": {"garbage": "垃圾清运"},
    "紧急危险": {"fire": "火灾"},
}
LAW = "网格员应当及时收集居民反映的问题，\n并在两个工作日内<答复>。"
PASSWORD = "晚风吹过第三网格的路灯"
# A hash says itself how dear its check is: tests sign in often, so theirs is cheap.
_HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
RESIDENT = Actor.resident("web", "chat-of-wang")


class StillClock:
    """A clock that moves only when a test says so."""

    def __init__(self) -> None:
        # A Wednesday without holidays near it, 10:30 in China.
        self.at = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def passes(self, **length: float) -> None:
        self.at += timedelta(**length)


def small_library() -> Library:
    articles = (
        Article("tonghua", 18, "第三章 社区治理", tuple(LAW.split("\n"))),
        Article("tonghua", 19, "第三章 社区治理", ("读不清的一条",), doubt="garbled"),
    )
    document = Document("tonghua", "通化市社区治理促进条例", "通化市", articles, effective=datetime(2023, 7, 1).date())
    return Library({"tonghua": document})


@dataclass
class World:
    """Two communities of one street; a chief and a worker in the first one's grid, staff in both."""

    database: Database
    clock: StillClock = field(default_factory=StillClock)
    areas: dict[str, Area] = field(default_factory=dict)
    workers: dict[str, Person] = field(default_factory=dict)
    home: Path = Path("/dev/null/home")
    """Where search keeps what staff teach it: a test that teaches names a folder."""
    _filed: int = 0

    def __post_init__(self) -> None:
        with self.database.begin() as session:
            street = self._area(session, AreaKind.STREET, "示范街道", None)
            for name, grid in (("一社区", "第一网格"), ("二社区", "第二网格")):
                community = self._area(session, AreaKind.COMMUNITY, name, street)
                self._area(session, AreaKind.GRID, grid, community)
            for name, role in (("赵网格", Role.GRID_WORKER), ("钱网格长", Role.GRID_CHIEF)):
                post = Post(role=role, area=self.areas["第一网格"], since=self.clock.now())
                self.workers[name] = Person(name=name, phone="00000000051", posts=[post])
                session.add(self.workers[name])

    def _area(self, session: Session, kind: AreaKind, name: str, parent: Area | None) -> Area:
        self.areas[name] = add_area(session, kind, name, parent)
        return self.areas[name]

    def staff(
        self, login: str = "孙社区", role: Role = Role.COMMUNITY_STAFF, area: str = "一社区", *, fresh: bool = False
    ) -> str:
        """Add an account; returns its password: ``PASSWORD``, or the one-time one when ``fresh``."""
        with self.database.begin() as session:
            new = people.add_staff(session, login, role, session.merge(self.areas[area]), self.clock.now())
            if not fresh:
                new.account.password_hash, new.account.must_change_password = _HASHED, False
        return new.one_time_password if fresh else PASSWORD

    def ticket(self, description: str = "楼下路灯不亮三天了", area: str | None = "第一网格", **more: object) -> str:
        """File a ticket; returns its number."""
        self._filed += 1
        values: dict[str, object] = {
            "category": "street_light",
            "place": "幸福里3号楼",
            "name": "王小明",
            "phone": "13812345678",
            "basis": [("tonghua", 18)],
            "urgency": Urgency.NORMAL,
        }
        with self.database.begin() as session:
            where = session.merge(self.areas[area]) if area else None
            new = NewTicket(description=description, area=where, **(values | more))  # type: ignore[arg-type]
            return file_ticket(session, new, RESIDENT, self.clock.now(), origin=f"web:test:{self._filed}").number

    def stored(self, number: str) -> Ticket:
        with self.database.read() as session:
            return queries.get(session, number)

    def told(self) -> list[dict[str, object]]:
        """What the resident's chat was sent."""
        with self.database.read() as session:
            return [message.body for message in outbox.messages_after(session, "web", "chat-of-wang")]

    def app(self) -> FastAPI:
        app = FastAPI()
        app.include_router(api.router(self.database, self.clock))
        app.include_router(questions_api.router(self.database, self.clock))
        search = Search(small_library())
        app.include_router(router(self.database, self.clock, search, MATTERS, self.home, lambda: None))
        return app


def hidden(page: str, name: str) -> str:
    """The value of the first hidden field of this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return found.group(1)


@dataclass
class Browser:
    """A member of staff at her browser, without one."""

    client: TestClient

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def sign_in(self, login: str = "孙社区", password: str = PASSWORD, next: str = "") -> Any:
        form = self.get("/console/sign-in" + (f"?next={next}" if next else "")).text
        fields = {name: hidden(form, name) for name in ("csrf", "next")}
        return self.client.post("/console/sign-in", data={**fields, "login": login, "password": password})

    def step(self, number: str, action: str, seen_page: str = "", **fields: str) -> Any:
        """Send the form of a step as the ticket's page (read now, or the one given) holds it."""
        page = seen_page or self.get(f"/console/tickets/{number}").text
        sent = {name: hidden(page, name) for name in ("csrf", "version", "seen")} | fields
        return self.client.post(f"/console/tickets/{number}/{action}", data=sent)
