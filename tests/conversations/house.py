"""A running GridBot with an injected clock, and people who talk to it over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from tickets import queries, service
from tickets.database import Database
from tickets.grid import workers_for
from tickets.models import Ticket
from tickets.workflow import Actor
from volunteers import service as volunteers
from volunteers.service import volunteer_json
from wording import say


class StillClock:
    """A clock that moves only when a script waits."""

    def __init__(self) -> None:
        # A Wednesday without holidays near it, 10:30 in China.
        self.at = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class House:
    """The application over one store; ``restart`` closes it and opens it again, as after a crash or an update."""

    def __init__(self, home: Path, make: Callable[[Path, StillClock], FastAPI]) -> None:
        self.clock = StillClock()
        self._home, self._make = home, make
        self._open()

    def _open(self) -> None:
        self.client = TestClient(self._make(self._home, self.clock))
        self.client.__enter__()
        self.database = Database(f"sqlite:///{self._home / 'gridbot.sqlite3'}")

    def close(self) -> None:
        self.client.__exit__(None, None, None)
        self.database.close()

    def wait(self, hours: float) -> None:
        self.clock.at += timedelta(hours=hours)

    def restart(self) -> None:
        self.close()
        self._open()


class Person:
    """Somebody with a conversation of her own."""

    def __init__(self, house: House, place: str | None = None) -> None:
        self.house = house
        opened = house.client.post("/api/chat/sessions", json={"place": place} if place else {})
        opened.raise_for_status()
        self.conversation: str = opened.json()["conversation"]
        self.sent = 0
        self.buttons: dict[str, str] = {}
        """Payloads of all buttons seen, by label; the latest of a label counts."""

    def say(self, text: str) -> list[dict[str, Any]]:
        return self._post({"text": text})

    def press(self, label: str) -> list[dict[str, Any]]:
        return self._post({"payload": self.buttons[label]})

    def press_payload(self, payload: str) -> list[dict[str, Any]]:
        return self._post({"payload": payload})

    def stand_at(self, latitude: float, longitude: float) -> list[dict[str, Any]]:
        return self._post({"location": {"latitude": latitude, "longitude": longitude}})

    def repeat(self, what: dict[str, Any]) -> list[dict[str, Any]]:
        """Send the last message once more under the same id."""
        self.sent -= 1
        return self._post(what)

    def _post(self, what: dict[str, Any]) -> list[dict[str, Any]]:
        # Two messages never come at the same moment; what is filed first is older.
        self.house.clock.at += timedelta(seconds=2)
        self.sent += 1
        self.last = what
        message = {"conversation": self.conversation, "message_id": f"m{self.sent}", **what}
        answer = self.house.client.post("/api/chat/messages", json=message)
        answer.raise_for_status()
        replies: list[dict[str, Any]] = answer.json()["replies"]
        for reply in replies:
            for button in reply["buttons"]:
                self.buttons[button["label"]] = button["payload"]
        return replies

    def tickets(self) -> list[dict[str, Any]]:
        """Her tickets as staff see them, oldest first."""
        with self.house.database.read() as session:
            own = queries.tickets_of(session, "web", self.conversation)
            return [queries.ticket_json(one, self.house.clock.now(), render=say) for one in reversed(own)]

    def volunteers(self) -> list[dict[str, Any]]:
        with self.house.database.read() as session:
            return [volunteer_json(one) for one in volunteers.of_chat(session, "web", self.conversation)]

    def staff(self, action: str, text: str = "") -> None:
        """Somebody in the office works on her newest ticket."""
        now, actor = self.house.clock.now(), Actor.system()
        with self.house.database.begin() as session:
            ticket: Ticket = queries.tickets_of(session, "web", self.conversation)[0]
            number = ticket.number
            if action == "assign":
                worker = workers_for(session, ticket.area, now)[0]
                service.assign(session, number, actor, now, worker_id=worker.id)
            elif action == "ask":
                service.ask_resident(session, number, actor, now, question=text)
            elif action == "resolve":
                service.resolve(session, number, actor, now, result=text)
            elif action == "decline":
                service.decline(session, number, actor, now, reason=text)
            elif action == "close":
                service.close(session, number, actor, now)
            else:
                assert action == "accept"
                service.accept(session, number, actor, now)
