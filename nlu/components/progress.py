"""How far a training is. Components report; ``nlu.train`` listens and draws; anybody else hears nothing."""

from collections.abc import Callable

Listener = Callable[[str, int, int], None]
_listener: Listener | None = None


def listen(listener: Listener | None) -> None:
    """Send every later report to ``listener(stage, done, total)``."""
    global _listener
    _listener = listener


def report(stage: str, done: int, total: int) -> None:
    """Say that ``done`` of ``total`` steps of ``stage`` are finished."""
    if _listener is not None:
        _listener(stage, done, total)
