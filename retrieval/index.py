"""The vectors of all passages: encoded once, kept on disk between starts, and only encoded again where a text changed."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from retrieval import atomic
from retrieval.encoder import Encoder
from retrieval.passages import Passage
from retrieval.vectors import MANY, Rows, Vectors, learn_lists

#: Part of the fingerprint: raise it when the meaning of what is stored changes.
FORMAT = 2
#: So many texts are encoded at a time, so that progress can be shown and memory stays small.
BATCH = 1024


def fingerprint(passages: Sequence[Passage], encoder: Encoder) -> str:
    """Changes whenever the index would: with the encoder, a passage, their order, or the format."""
    digest = hashlib.sha256(f"{FORMAT} {encoder.fingerprint} {encoder.dimensions}".encode())
    for passage in passages:
        digest.update(f"\x00{passage.document}\x01{passage.article}\x01{passage.kind}\x01{passage.text}".encode())
    return digest.hexdigest()


class DenseIndex:
    """Similarity by meaning between a query and every passage.

    Args:
        passages: in the order in which they are numbered.
        encoder: for the passages and later for the queries.
        cache: folder for the finished vectors; without it they are computed at every start. A file that cannot be
            read is replaced; one of other texts gives the vectors of the texts that both have.
        progress: called with (done, all) while encoding.
        many: from so many passages on the nearest are found by codes, see ``retrieval.vectors``.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        encoder: Encoder,
        cache: Path | None = None,
        progress: Callable[[int, int], None] | None = None,
        many: int = MANY,
    ) -> None:
        self.fingerprint = fingerprint(passages, encoder)
        self.encoder_fingerprint = encoder.fingerprint
        self._encoder = encoder
        file = cache / f"passages-{self.fingerprint[:16]}.npz" if cache else None
        kept = _Kept.read(file, encoder) if file else None
        if kept is None or len(kept.vectors.rows) != len(passages):
            digests = np.array([_digest(passage.text) for passage in passages], dtype=np.uint64)
            kind = np.float16 if len(passages) >= many else np.float32
            rows = np.zeros((len(passages), encoder.dimensions), dtype=kind)
            new = _take_over(digests, rows, cache, encoder)
            for start in range(0, len(new), BATCH):
                numbers = new[start : start + BATCH]
                rows[numbers] = encoder.encode([passages[number].text for number in numbers])
                if progress:
                    progress(min(start + BATCH, len(new)), len(new))
            kept = _Kept(digests, Vectors(rows, learn_lists(rows) if len(passages) >= many else None))
            if file:
                kept.write(file, encoder)
        self._vectors = kept.vectors

    def encode(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """The queries' vectors, one row each."""
        return self._encoder.encode(queries)

    def cosines(self, queries: NDArray[np.float32], numbers: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """One row per encoded query, one column per passage of these numbers (by default all of them)."""
        return self._vectors.cosines(queries, numbers)

    def nearest(
        self, queries: NDArray[np.float32], count: int, among: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Numbers of about ``count`` passages nearest to each query, together, of those that ``among`` marks."""
        return self._vectors.nearest(queries, count, among)

    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]:
        """Cosines, one row per query, one column per passage."""
        return self.cosines(self.encode(queries))

    def alike(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Cosines of the query with any texts, which need not be passages."""
        first, *others = self._encoder.encode([query, *texts])
        return np.array([vector @ first for vector in others], dtype=np.float32)


class _Kept:
    """What stands in a file of vectors: a digest of each text, its vector, and the lists of codes where there are any."""

    def __init__(self, digests: NDArray[np.uint64], vectors: Vectors) -> None:
        self.digests = digests
        self.vectors = vectors

    @classmethod
    def read(cls, file: Path, encoder: Encoder) -> _Kept | None:
        """None where there is no such file, it is spoilt, or it is another encoder's."""
        try:
            with file.open("rb") as stream, np.load(stream) as stored:
                if str(stored["encoder"]) != encoder.fingerprint or stored["rows"].shape[1] != encoder.dimensions:
                    return None
                lists = faiss.deserialize_index(stored["lists"]) if len(stored["lists"]) else None
                return cls(stored["digests"], Vectors(stored["rows"], lists))
        except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile):
            return None

    def write(self, file: Path, encoder: Encoder) -> None:
        """Older files go: their vectors were taken over."""
        lists = self.vectors.lists

        def write(new: Path) -> None:
            with new.open("wb") as stream:
                np.savez(
                    stream,
                    encoder=np.array(encoder.fingerprint),
                    digests=self.digests,
                    lists=np.zeros(0, dtype=np.uint8) if lists is None else faiss.serialize_index(lists),
                    rows=self.vectors.rows,
                )

        atomic.replace(file, write)
        for old in file.parent.glob("passages-*"):
            if old != file:
                old.unlink(missing_ok=True)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _take_over(digests: NDArray[np.uint64], rows: Rows, cache: Path | None, encoder: Encoder) -> NDArray[np.int64]:
    """Fill in the vectors of texts that the newest file in ``cache`` has; says which are left."""
    files = sorted(cache.glob("passages-*.npz"), key=lambda file: file.stat().st_mtime) if cache else []
    kept = _Kept.read(files[-1], encoder) if files else None
    if kept is None or not len(kept.digests) or kept.vectors.rows.dtype != rows.dtype:
        return np.arange(len(digests))
    order = np.argsort(kept.digests, kind="stable")
    known = kept.digests[order]
    at = np.minimum(np.searchsorted(known, digests), len(known) - 1)
    same = known[at] == digests
    rows[same] = kept.vectors.rows[order[at[same]]]
    return np.flatnonzero(~same)
