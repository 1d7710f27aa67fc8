"""What tests of several rooms share: the real understanding service and the real search, each started once."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

import app
from clock import Clock
from nlu.client import UnderstandingClient
from nlu.supervisor import service_command
from retrieval.search import Search
from settings import Settings

MakeApp = Callable[[Path, Clock], FastAPI]


@pytest.fixture(scope="session")
def understanding() -> Iterator[str]:
    """The socket of the real understanding service with the trained model.

    ``GRIDBOT_TEST_NLU_SOCKET`` names one that runs already, which saves its start while a test is being written.
    """
    running = os.environ.get("GRIDBOT_TEST_NLU_SOCKET")
    if running:
        yield running
        return
    with tempfile.TemporaryDirectory(prefix="gridbot-nlu-") as folder:
        socket = f"{folder}/nlu.sock"
        command = [*service_command(app.MODELS), "--socket", socket]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=app.ROOT) as service:
            assert service.stdout is not None
            first = service.stdout.readline()
            assert "listening" in json.loads(first or "{}"), "the service did not start; `make train` trains its model"
            try:
                yield socket
            finally:
                service.terminate()


@pytest.fixture(scope="session")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    """The real search over the shipped ordinances."""
    return app.open_search(Settings(home=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session")
def make_app(understanding: str, search: Search) -> MakeApp:
    """Makes the whole application over the store in a folder (made if need be), with the demo community in it."""

    def make(home: Path, clock: Clock) -> FastAPI:
        home.mkdir(parents=True, exist_ok=True)
        settings = Settings(home=home)
        database = app.open_database(settings)
        app.fill_demo(database, clock)
        http = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=understanding), base_url="http://understanding")
        client = UnderstandingClient(http, deadline=20)
        return app.create_app(app.Parts(settings, database, search, client, clock, demo=True))

    return make
