"""Keeps the understanding service alive as a child process (app's environment).

The child listens on a Unix socket in a folder that only this user can enter. The address is chosen once and stays the
same when the child is started again, so one httpx client serves for the whole life of the app.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx

from nlu.client import UnderstandingClient

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
FIRST_WAIT = 0.5  # seconds before a dead child is started again; doubled each time it dies soon after
LONGEST_WAIT = 30.0
SETTLED = 60.0  # a child that served this many seconds counts as healthy: the waiting begins anew
GRACE = 3.0  # seconds between SIGTERM and SIGKILL


class UnderstandingNotStarted(Exception):
    """The service did not come up; ``code`` says why (``model_missing``, ``start_timeout``, ``start_failed``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def service_command(model: Path, *, python: Path = ROOT / "nlu" / ".venv" / "bin" / "python") -> list[str]:
    """The command that serves ``model``, but for the address, which the supervisor adds."""
    return [str(python), "-m", "nlu.server", "--model", str(model.absolute()), "--with-parent"]


class UnderstandingProcess:
    """The understanding service as a supervised child.

    ``start`` returns when texts can be parsed; from then on a task watches the child and starts it again, with
    growing pauses, whenever it dies. Until it is back, ``client().parse`` raises ``UnderstandingUnavailable``.

    Args:
        command: program and arguments; ``--socket PATH`` is appended.
        log: where the child's stderr goes (event names only); None: this process's own.
        start_timeout: seconds one start may take (importing Rasa takes 8 s on two idle cores).
    """

    def __init__(self, command: Sequence[str], *, log: IO[bytes] | None = None, start_timeout: float = 120.0) -> None:
        self._command = list(command)
        self._log = log
        self._start_timeout = start_timeout
        # A socket's path may have 108 bytes at most, so it cannot live under an arbitrary GRIDBOT_HOME.
        self._folder = Path(tempfile.mkdtemp(prefix="gridbot-nlu-"))
        self.socket = self._folder / "nlu.sock"
        self._child: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._http: httpx.AsyncClient | None = None
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    def http(self) -> httpx.AsyncClient:
        """The HTTP client that reaches the child, the same one for good; closed by ``stop``."""
        if self._http is None:
            self._http = httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(uds=str(self.socket)), base_url="http://understanding"
            )
        return self._http

    def client(self, *, deadline: float = 3.0) -> UnderstandingClient:
        return UnderstandingClient(self.http(), deadline=deadline)

    async def start(self) -> None:
        """Start the child and wait until it can be asked.

        Raises:
            UnderstandingNotStarted: it ended or kept silent for ``start_timeout`` seconds; nothing is left running.
        """
        try:
            await self._launch()
        except BaseException:
            await self.stop()
            raise
        self._watcher = asyncio.create_task(self._watch(), name="understanding")

    async def stop(self) -> None:
        """End the child, politely first; safe to call twice."""
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
            self._watcher = None
        await self._end_child()
        if self._http is not None:
            await self._http.aclose()
            self._http = None
        shutil.rmtree(self._folder, ignore_errors=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _launch(self) -> None:
        self.socket.unlink(missing_ok=True)
        try:
            self._child = await asyncio.create_subprocess_exec(
                *self._command,
                "--socket",
                str(self.socket),
                cwd=ROOT,
                # Held open and never written to: when this process dies, however it dies, the child reads its end.
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=self._log,
                # Ctrl-C reaches the whole process group; the child is to be stopped by us, after the last message.
                start_new_session=True,
            )
        except OSError as error:
            raise UnderstandingNotStarted("start_failed") from error
        try:
            async with asyncio.timeout(self._start_timeout):
                await self._until_listening(self._child)
        except TimeoutError as error:
            await self._end_child()
            raise UnderstandingNotStarted("start_timeout") from error

    @staticmethod
    async def _until_listening(child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None
        while line := await child.stdout.readline():
            with contextlib.suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict) and "listening" in message:
                    return
        code = await child.wait()
        raise UnderstandingNotStarted("model_missing" if code == 2 else "start_failed")

    async def _watch(self) -> None:
        wait = FIRST_WAIT
        while True:
            since = time.monotonic()
            if self._child is not None:
                assert self._child.stdout is not None
                while await self._child.stdout.read(4096):
                    pass  # nothing is expected; an unread pipe would fill and block the child
                await self._child.wait()
                logger.warning("understanding_died", extra={"returncode": self._child.returncode})
            if time.monotonic() - since > SETTLED:
                wait = FIRST_WAIT
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            self.restarts += 1
            try:
                await self._launch()
                logger.info("understanding_restarted", extra={"restarts": self.restarts})
            except UnderstandingNotStarted as error:
                logger.warning("understanding_not_restarted", extra={"code": error.code})
                self._child = None

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            try:
                async with asyncio.timeout(GRACE):
                    await child.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        # Without this the transport is closed by the garbage collector, after the loop, with a warning.
        child._transport.close()  # type: ignore[attr-defined]
