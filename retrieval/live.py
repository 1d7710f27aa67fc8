"""Search that follows its files while it serves: what is added, taught or removed counts within seconds."""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

from retrieval.encoder import Encoder
from retrieval.errors import RetrievalError
from retrieval.index import DenseIndex
from retrieval.library import Library
from retrieval.passages import Passage, passages_of
from retrieval.search import Answer, Result, Search

logger = logging.getLogger(__name__)

#: Seconds between two looks at the files.
EVERY = 2.0

Signature = frozenset[tuple[str, int, int]]


class LiveSearch:
    """Answers with what was read last, and reads anew in a thread of its own when a file changed.

    Who asks twice and needs the same texts both times holds on to ``current``.

    Args:
        load: reads the library.
        encoder: for passages and queries; None searches by letters alone.
        watched: folders (their ``*.md`` and ``*.yml``) and files that ``load`` reads; they need not exist.
        cache: folder for vectors; only what changed is encoded again.
        today: says which day it is.
        progress: called with (done, all) while the first index is encoded.
        every: seconds between two looks at the files.

    Raises:
        RetrievalError: the first time the files cannot be read. Later on what was read before is kept, see ``trouble``.
    """

    def __init__(
        self,
        load: Callable[[], Library],
        encoder: Encoder | None,
        watched: Sequence[Path],
        cache: Path | None = None,
        today: Callable[[], date] = date.today,
        progress: Callable[[int, int], None] | None = None,
        every: float = EVERY,
    ) -> None:
        self._load = load
        self._encoder = encoder
        self._watched = tuple(watched)
        self._cache = cache
        self._today = today
        self._trouble = ""
        self._renewing = threading.Lock()
        self._wake = threading.Event()
        self._closed = False
        # Looked at before they are read: what changes meanwhile is seen at the next look.
        self._read = signature(self._watched)
        self._current = self._build(progress)
        self._thread = threading.Thread(target=self._follow, args=(every,), name="live-search", daemon=True)
        self._thread.start()

    @property
    def current(self) -> Search:
        """What is searched at present; it never changes, a later one takes its place."""
        return self._current

    @property
    def library(self) -> Library:
        return self._current.library

    @property
    def passages(self) -> Sequence[Passage]:
        return self._current.passages

    @property
    def size(self) -> int:
        return self._current.size

    @property
    def trouble(self) -> str:
        """The name of the file that cannot be read since the last change (or the kind of failure), else empty."""
        return self._trouble

    def search(self, query: str, place: str | None = None, limit: int = 10) -> Result:
        """See ``Search.search``."""
        return self._current.search(query, place, limit)

    def answer(self, query: str, place: str | None = None) -> Answer:
        """See ``Search.answer``."""
        return self._current.answer(query, place)

    def refresh(self) -> None:
        """Look at the files now instead of at the next look; does not wait for it."""
        self._wake.set()

    def renew(self) -> bool:
        """Read anew if a file changed since it was last read; says whether other texts are searched now."""
        with self._renewing:
            seen = signature(self._watched)
            if seen == self._read:
                return False
            self._read = seen
            try:
                self._current = self._build()
            except Exception as error:  # whatever it is, people go on asking
                file = error.parameters.get("file", "") if isinstance(error, RetrievalError) else ""
                self._trouble = str(file) or type(error).__name__
                logger.warning("search_not_renewed", extra={"file": file, "error": type(error).__name__})
                return False
            self._trouble = ""
            return True

    def close(self) -> None:
        """Follow the files no longer. What was read last goes on answering."""
        self._closed = True
        self._wake.set()
        self._thread.join()

    def _follow(self, every: float) -> None:
        while not self._closed:
            self._wake.wait(every)
            self._wake.clear()
            if not self._closed:
                self.renew()

    def _build(self, progress: Callable[[int, int], None] | None = None) -> Search:
        library = self._load()
        dense = None
        if self._encoder is not None:
            dense = DenseIndex(passages_of(library), self._encoder, self._cache, progress)
        search = Search(library, dense, today=self._today)
        give_back_memory()
        return search


def give_back_memory() -> None:
    """Return to the system what building has left free: of very many texts 100 MiB and more, which glibc would keep."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def signature(watched: Sequence[Path]) -> Signature:
    """Name, size and time of change of every file that is read."""
    found = set()
    for path in watched:
        files = [*path.glob("*.md"), *path.glob("*.yml")] if path.is_dir() else [path]
        for file in files:
            try:
                state = file.stat()
            except OSError:  # not there, or gone since
                continue
            found.add((str(file), state.st_size, state.st_mtime_ns))
    return frozenset(found)
