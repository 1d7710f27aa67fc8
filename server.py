"""Running the app: one clear line when it cannot start, one when it can be used, and a clean end at Ctrl-C."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import uvicorn

import app
from clock import SystemClock
from nlu.supervisor import UnderstandingNotStarted
from settings import Settings
from tickets import people
from tickets.database import Database

GRACE_SECONDS = 3
"""How long open requests may take at the end; event streams would never end by themselves."""


class Server(uvicorn.Server):
    """Says that it can be used once it can."""

    def __init__(self, config: uvicorn.Config, ready: str) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(self._ready, flush=True)


def serve(settings: Settings, *, demo: bool) -> int:
    """Serve until stopped; returns the exit status."""
    listening = _listen(settings)
    if listening is None:
        print(f"gridbot: GRIDBOT_PORT: port {settings.port} on {settings.host} is in use or not allowed", file=sys.stderr)
        return 1
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError:
        print(f"gridbot: GRIDBOT_HOME: {settings.home} cannot be made", file=sys.stderr)
        return 1
    try:
        return asyncio.run(_serve(settings, listening, demo=demo))
    except UnderstandingNotStarted as error:
        print(f"gridbot: the understanding service did not start ({error.code}); `make train` trains it", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        listening.close()


async def _serve(settings: Settings, listening: socket.socket, *, demo: bool) -> int:
    client, process = app.open_understanding(settings)
    try:
        # The child needs its seconds for importing; ours pass meanwhile.
        starting = asyncio.create_task(process.start()) if process is not None else None
        parts = await asyncio.to_thread(app.assemble, settings, client, demo=demo)
        if starting is not None:
            await starting
        note = _demo_note(parts.database, settings.home) if demo else ""
        application = app.create_app(parts)
        config = uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_SECONDS,
            server_header=False,
        )
        address = f"http://{settings.host}:{settings.port}"
        server = Server(config, f"{note}ready: {address}")
        await server.serve(sockets=[listening])
        return 0 if server.started else 1
    finally:
        if process is not None:
            await process.stop()


def _listen(settings: Settings) -> socket.socket | None:
    """Bind before anything slow, so that a taken port is said at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError:
        listening.close()
        return None
    return listening


def _demo_note(database: Database, home: Path) -> str:
    """The demo desk's account, made once; its password lies in a file that only this user can read."""
    file = home / "demo-staff.txt"
    if not file.exists():
        with database.begin() as session:
            account, password, _code = people.add_staff(
                session, "示范社区工作人员", people.Role.COMMUNITY_STAFF, None, SystemClock().now()
            )
            login = account.login
        file.touch(mode=0o600)
        file.write_text(f"login: {login}\none-time password: {password}\n", encoding="utf-8")
    return f"demo community 示范社区; staff pages at /console, account in {file}\n"


