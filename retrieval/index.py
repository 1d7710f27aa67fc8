"""The vectors of all passages, searched exactly with FAISS and kept on disk between starts."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval.encoder import Encoder
from retrieval.passages import Passage

#: Part of the fingerprint: raise it when the meaning of what is stored changes.
FORMAT = 1
#: So many texts are encoded at a time, so that progress can be shown and memory stays small.
BATCH = 1024
#: Passages further down are no candidates; a complete ranking of many would cost more than the search itself.
DEEPEST = 8192

# On a busy machine two threads were 90 times slower than one.
faiss.omp_set_num_threads(1)


def fingerprint(passages: Sequence[Passage], encoder: Encoder) -> str:
    """Changes whenever the index would: with the encoder, a passage, their order, or the format."""
    digest = hashlib.sha256(f"{FORMAT} {encoder.fingerprint} {encoder.dimensions}".encode())
    for passage in passages:
        digest.update(f"\x00{passage.document}\x01{passage.article}\x01{passage.kind}\x01{passage.text}".encode())
    return digest.hexdigest()


class DenseIndex:
    """Similarity by meaning between a query and every passage.

    Args:
        passages: in the order in which ``scores`` answers.
        encoder: for the passages and later for the queries.
        cache: folder for the finished vectors; without it they are computed at every start. A file that cannot be
            read, or belongs to other texts or another encoder, is replaced.
        progress: called with (done, all) while encoding.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        encoder: Encoder,
        cache: Path | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.fingerprint = fingerprint(passages, encoder)
        self.encoder_fingerprint = encoder.fingerprint
        self._encoder = encoder
        self._size = len(passages)
        index = self._read(cache) if cache else None
        if index is None:
            index = faiss.IndexFlatIP(encoder.dimensions)
            for start in range(0, self._size, BATCH):
                index.add(encoder.encode([passage.text for passage in passages[start : start + BATCH]]))
                if progress:
                    progress(index.ntotal, self._size)
            if cache:
                self._write(index, cache)
        self._index = index

    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Cosines, one row per query, one column per passage; 0 for those beyond a query's nearest ``DEEPEST``."""
        found = np.zeros((len(queries), self._size), dtype=np.float32)
        if self._size:
            cosines, rows = self._index.search(self._encoder.encode(queries), min(self._size, DEEPEST))
            np.put_along_axis(found, rows, cosines, axis=1)
        return found

    def alike(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Cosines of the query with any texts, which need not be passages."""
        first, *others = self._encoder.encode([query, *texts])
        return np.array([vector @ first for vector in others], dtype=np.float32)

    def _file(self, cache: Path) -> Path:
        return cache / f"passages-{self.fingerprint[:16]}.faiss"

    def _read(self, cache: Path) -> faiss.Index | None:
        try:
            index = faiss.read_index(str(self._file(cache)))
        except RuntimeError:  # missing, cut short, or no index at all
            return None
        return index if index.ntotal == self._size and index.d == self._encoder.dimensions else None

    def _write(self, index: faiss.Index, cache: Path) -> None:
        """Write beside and rename: another process never sees half a file. Older indexes are removed."""
        cache.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=cache, suffix=".part")
        os.close(handle)
        faiss.write_index(index, temporary)
        Path(temporary).replace(self._file(cache))
        for old in cache.glob("passages-*.faiss"):
            if old != self._file(cache):
                old.unlink(missing_ok=True)
