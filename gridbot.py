"""The door of the ``gridbot`` command: it minds signals before anything slow is imported.

A Ctrl-C in the seconds of importing would otherwise leave as a stack trace. Nothing has been started by then, so the
process may simply end; ``serve`` puts its own, careful handlers in place before it starts anything.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

ENDED_BY_REQUEST = 0
INTERRUPTED = 130


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(ENDED_BY_REQUEST if sys.argv[1:2] == ["serve"] else INTERRUPTED)


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    import cli

    cli.main()


if __name__ == "__main__":
    main()
