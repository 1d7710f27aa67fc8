"""Running the app: one clear line when it cannot start, one when it can be used, and a clean end at Ctrl-C."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import uvicorn

from logs import place_of
from nlu.client import UnderstandingClient
from opening import MODELS, demo_account, open_understanding
from problems import CannotStart, line_of
from settings import Settings

if TYPE_CHECKING:
    from app import Parts

logger = logging.getLogger(__name__)

GRACE_SECONDS = 1
"""How long open requests may take at the end, once nothing makes them wait any more."""
LAST_SECONDS = 4.5
"""After so long the process ends, whatever hangs: what is not committed is taken up at the next start."""


class Server(uvicorn.Server):
    """Leaves signals to us, ends what would keep requests open before it waits for them, and says that it can be used."""

    def __init__(self, config: uvicorn.Config, before_end: Callable[[], Awaitable[None]], ready: str) -> None:
        super().__init__(config)
        self._before_end = before_end
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(self._ready, flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._before_end()
        await super().shutdown(sockets)


def run(settings: Settings, *, demo: bool) -> NoReturn:
    """Serve until stopped, and end the process: 0 when it was asked to, 1 with one line when it cannot start."""
    try:
        serve(settings, demo=demo)
        status = 0
    except Exception as error:
        line = line_of(error, settings) or f"unexpected failure ({place_of(error)})"
        print(f"gridbot: {line}", file=sys.stderr)
        status = 1
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # whoever read it may be gone
            stream.flush()
    # All that matters is closed; a thread that is still loading the encoder could not be stopped in order.
    os._exit(status)


def serve(settings: Settings, *, demo: bool) -> None:
    """Serve until stopped.

    Raises:
        CannotStart, StoreError, RetrievalError, UnderstandingNotStarted: see ``problems.line_of``; no child is left.
    """
    with _listen(settings) as listening:
        _check(settings)
        asyncio.run(_serve(settings, listening, demo=demo))


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything slow, so that a taken one is said at once."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise CannotStart("GRIDBOT_HOST: should be an address of this machine, such as 127.0.0.1") from None
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen()  # two that have only bound can both have the port
    except OSError as error:
        listening.close()
        said = {
            errno.EADDRINUSE: f"GRIDBOT_PORT: port {settings.port} is in use; stop what uses it or choose another",
            errno.EACCES: f"GRIDBOT_PORT: port {settings.port} is not allowed to this user; choose one above 1023",
        }
        other = "GRIDBOT_HOST: should be an address of this machine, such as 127.0.0.1"
        raise CannotStart(said.get(error.errno or 0, other)) from None
    return listening


def _check(settings: Settings) -> None:
    """What can be known to be missing before anything is started."""
    probe = settings.home / f".writable-{os.getpid()}"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError:
        raise CannotStart(f"GRIDBOT_HOME: {settings.home} cannot be written; choose another folder") from None
    if settings.missing_encoder:
        raise CannotStart(f"GRIDBOT_ENCODER: there is no folder {settings.missing_encoder}")
    if not settings.nlu_url and not MODELS.is_file():
        raise CannotStart("the understanding model is not trained; run `make model`")


async def _serve(settings: Settings, listening: socket.socket, *, demo: bool) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_unhandled)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _end, stop)
    stopping = asyncio.create_task(stop.wait())

    client, process = open_understanding(settings)
    # The child needs its seconds for importing Rasa; ours pass meanwhile.
    starting = asyncio.create_task(process.start()) if process is not None else None
    try:
        parts = _in_daemon(loop, lambda: _assemble(settings, client, demo))
        both: asyncio.Future[list[Any]] = asyncio.gather(parts, *([starting] if starting else []))
        either: set[asyncio.Future[Any]] = {stopping, both}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            both.cancel()
            await asyncio.gather(both, return_exceptions=True)
        else:
            (assembled, ready), *_ = both.result()
            await _until_stopped(settings, assembled, ready, listening, stopping)
    finally:
        stopping.cancel()
        if starting is not None and process is not None:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await process.stop()


async def _until_stopped(
    settings: Settings, parts: Parts, ready: str, listening: socket.socket, stopping: asyncio.Task[Any]
) -> None:
    import app

    application = app.create_app(parts)
    config = uvicorn.Config(
        application,
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
    )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    server = Server(config, application.state.stop, f"{ready}ready: http://{host}:{settings.port}")
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    await asyncio.wait({stopping, serving}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    try:
        await serving
    except SystemExit:  # how uvicorn says that the lifespan did not begin
        raise CannotStart("the web server did not start; the line above says why") from None


def _assemble(settings: Settings, client: UnderstandingClient, demo: bool) -> tuple[Parts, str]:
    """The parts, and what to say before the ready line. In a thread: importing and loading take seconds."""
    import app

    parts = app.assemble(settings, client, demo=demo)
    if not demo:
        return parts, ""
    file = demo_account(parts.database, settings.home, parts.clock)
    return parts, f"demo community 示范社区; staff pages at /console, account in {file}\n"


def _in_daemon(loop: asyncio.AbstractEventLoop, function: Callable[[], Any]) -> asyncio.Future[Any]:
    """Run in a thread that nobody has to wait for: a Ctrl-C while it is importing ends the process at once."""
    future: asyncio.Future[Any] = loop.create_future()

    def settle(put: Callable[[Any], None], value: object) -> None:
        if not future.done():
            put(value)

    def work() -> None:
        put: Callable[[Any], None] = future.set_result
        try:
            value = function()
        except BaseException as error:
            put, value = future.set_exception, error
        with suppress(RuntimeError):  # the loop is closed: we are ending
            loop.call_soon_threadsafe(settle, put, value)

    threading.Thread(target=work, name="assemble", daemon=True).start()
    return future


def _end(stop: asyncio.Event) -> None:
    if not stop.is_set():
        stop.set()
        last = threading.Timer(LAST_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()


def _unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Of what no task caught: the class and the place. The event loop's own report would print a stack trace."""
    error = context.get("exception")
    logger.error("unhandled", extra={"error": place_of(error) if error else "?"})
