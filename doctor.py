"""What ``gridbot doctor`` looks at: every part that has to be there, and in plain words how to mend it."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from settings import ROOT, Settings, WrongSetting, read_settings

_SPACE_NEEDED = 500 * 2**20
"""Bytes that should be free where the state lives."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``advice`` is empty when nothing is to be mended and nothing to be said."""

    what: str
    fine: bool
    advice: str = ""


def findings() -> Iterator[Finding]:
    """Look at everything, the quick things first."""
    try:
        settings = read_settings()
    except WrongSetting as error:
        yield Finding("settings", False, str(error))
        return
    yield Finding("settings", True)
    checks: list[Callable[[Settings], Finding]] = [
        _home,
        _space,
        _port,
        _rasa,
        _model,
        _store,
        _knowledge,
        _encoder,
        _telegram,
    ]
    for check in checks:
        try:
            yield check(settings)
        except Exception as error:
            # A doctor that falls ill helps nobody: what a check cannot say is said by its class.
            yield Finding(check.__name__.strip("_"), False, f"could not be checked ({type(error).__name__})")


def _home(settings: Settings) -> Finding:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / ".doctor"
        probe.touch()
        probe.unlink()
    except OSError:
        return Finding("home", False, f"GRIDBOT_HOME: {settings.home} cannot be written; choose another folder")
    return Finding("home", True, str(settings.home))


def _space(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    fine = free >= _SPACE_NEEDED
    return Finding(
        "disk space", fine, "" if fine else f"only {free // 2**20} MiB are free at {settings.home}; make room"
    )


def _port(settings: Settings) -> Finding:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return Finding("port", True, f"{settings.port} is in use (by the running assistant? else set GRIDBOT_PORT)")
    if settings.host not in {"127.0.0.1", "::1", "localhost"}:
        return Finding("port", True, f"{settings.host} can be reached from outside; put an HTTPS proxy in front")
    return Finding("port", True, f"{settings.port} is free")


def _rasa(settings: Settings) -> Finding:
    if settings.nlu_url:
        return Finding("understanding service", True, "runs elsewhere (GRIDBOT_NLU_URL)")
    python = ROOT / "nlu" / ".venv" / "bin" / "python"
    if not python.exists():
        return Finding("understanding service", False, "its environment is missing; run `make setup`")
    done = subprocess.run(
        [python, "-c", "import importlib.metadata as m; print(m.version('rasa'))"], capture_output=True
    )
    version = done.stdout.decode().strip()
    fine = done.returncode == 0
    return Finding("understanding service", fine, f"Rasa {version}" if fine else "Rasa is missing; run `make setup`")


def _model(settings: Settings) -> Finding:
    from nlu.fingerprint import current_model, is_trained

    if settings.nlu_url:
        return Finding("understanding model", True, "is served elsewhere")
    if current_model() is None:
        return Finding("understanding model", False, "is not trained; run `make model`")
    if not is_trained():
        return Finding("understanding model", False, "is older than what it is made of; run `make model`")
    return Finding("understanding model", True)


def _store(settings: Settings) -> Finding:
    from problems import line_of
    from tickets.database import Database
    from tickets.errors import StoreError

    if not settings.database and not (settings.home / "gridbot.sqlite3").exists():
        return Finding("store", True, "is empty; the first start makes it")
    database = Database(settings.database_url)
    try:
        database.check()
    except StoreError as error:
        return Finding("store", False, line_of(error, settings) or error.code)
    finally:
        database.close()
    return Finding("store", True)


def _knowledge(settings: Settings) -> Finding:
    import opening
    from retrieval.errors import RetrievalError

    try:
        library = opening.open_library(settings)
    except RetrievalError as error:
        # A running service goes on with what it read before; a new one does not start.
        return Finding("ordinances", False, f"{error}; mend or remove this file")
    articles = sum(len(document.articles) for document in library.documents.values())
    return Finding("ordinances", bool(articles), f"{len(library.documents)} documents, {articles} articles")


def _encoder(settings: Settings) -> Finding:
    from retrieval.encoder import load_encoder
    from retrieval.errors import EncoderUnavailable

    try:
        encoder = load_encoder(settings.encoder)
    except EncoderUnavailable as error:
        return Finding("sentence encoder", False, f"GRIDBOT_ENCODER: {error}")
    return Finding("sentence encoder", True, f"{encoder.dimensions} dimensions")


def _telegram(settings: Settings) -> Finding:
    if not settings.telegram_token.get_secret_value():
        return Finding("telegram", True, "off; set TELEGRAM_BOT_TOKEN to turn it on")
    return Finding("telegram", True, "on")
