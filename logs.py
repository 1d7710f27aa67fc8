"""What the process writes to its standard error: event names and identifiers of ours, never what people wrote."""

from __future__ import annotations

import logging
from types import TracebackType

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Formatter(logging.Formatter):
    """One line: time, level, logger, event, and the ``extra`` fields as ``name=value``.

    Of an exception only its class and place: its text can repeat a message, and so can the lines of a trace.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        fields = [f"{name}={value}" for name, value in vars(record).items() if name not in _STANDARD]
        return " ".join([super().formatMessage(record), *fields])

    def formatException(self, ei: _Caught) -> str:
        return place_of(ei[1]) if ei[1] is not None else ""


def to_stderr(level: int = logging.WARNING) -> None:
    """Let every logger, also those of libraries, write through ``Formatter``."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def place_of(error: BaseException) -> str:
    """Class, module and line of an error: enough to find a mistake, and nothing that a person wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__}@{where}"
