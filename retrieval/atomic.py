"""Files that are there whole or not at all, however a process ends."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def replace(file: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a new file beside ``file`` and rename it: readers see the old one or the new one.

    Only this user can read it. Missing folders are made.

    Raises:
        OSError: it cannot be written; ``file`` is as before.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
