"""Unit vectors in rows: their cosines with a query, and which are nearest to it.

Few rows are compared one by one. Of many, FAISS first finds candidates by codes of half a byte for two dimensions in the
nearest of 256 lists (docs/decisions/008-index-at-scale.md), whose cosines are then computed like those of few.
"""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

#: From so many rows on candidates are found by codes, and rows are kept in half precision.
MANY = 100_000
#: How many lists there are, and how many of them are searched: 0.988 of the ten nearest are among the candidates.
LISTS = 256
PROBED = 128
#: From so many rows the lists and codes are learnt.
SAMPLE = 40_000
#: Rows that fit into a core's cache, so that several queries read them from memory once.
BLOCK = 2048

# On a busy machine two threads were 90 times slower than one.
faiss.omp_set_num_threads(1)

Rows = NDArray[np.float32] | NDArray[np.float16]


class Vectors:
    """All rows, and the lists of codes where there are many.

    Args:
        rows: unit vectors (or zeros), in half precision only where ``lists`` are given.
        lists: as ``learn_lists`` made them of these rows.
    """

    def __init__(self, rows: Rows, lists: faiss.Index | None = None) -> None:
        self.rows = rows
        self.lists = lists

    def cosines(self, queries: NDArray[np.float32], numbers: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """One row per query, one column for each of the rows called ``numbers``; by default for all of them."""
        size = len(self.rows) if numbers is None else len(numbers)
        found = np.empty((len(queries), size), dtype=np.float32)
        queries = np.ascontiguousarray(queries)
        for start in range(0, size, BLOCK):
            here = slice(start, min(start + BLOCK, size))
            block = self.rows[here] if numbers is None else self.rows[numbers[here]]
            block = np.ascontiguousarray(block, dtype=np.float32)
            for query, row in zip(queries, found, strict=True):
                faiss.fvec_inner_products_ny(*_pointers(row[here], query, block), block.shape[1], len(block))  # type: ignore[attr-defined]
        return found

    def nearest(
        self, queries: NDArray[np.float32], count: int, among: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """About the ``count`` nearest rows of each query, together and in ascending order.

        Args:
            among: which rows are meant; by default all.
        """
        if self.lists is None:
            cosines = self.cosines(queries)
            if among is not None:
                cosines[:, ~among] = -2.0
            count = min(count, len(self.rows))
            best = np.argpartition(-cosines, count - 1, axis=1)[:, :count] if count else np.zeros((1, 0), dtype=int)
            found = np.unique(best)
            return found if among is None else found[among[found]]
        selector = None if among is None else faiss.IDSelectorBitmap(np.packbits(among, bitorder="little"))  # type: ignore[arg-type,call-arg]
        parameters = faiss.SearchParametersIVF(nprobe=PROBED, sel=selector)  # type: ignore[call-arg]
        _, numbers = self.lists.search(queries, count, params=parameters)
        return np.unique(numbers[numbers >= 0]).astype(np.int64)


def learn_lists(rows: Rows) -> faiss.Index:
    """An index that finds candidates among ``rows``; the same rows give the same index."""
    dimensions = rows.shape[1]
    index = faiss.index_factory(dimensions, f"IVF{LISTS},PQ{dimensions // 2}x4fs", faiss.METRIC_INNER_PRODUCT)
    sample = np.linspace(0, len(rows) - 1, min(SAMPLE, len(rows)), dtype=np.int64)
    index.train(rows[sample].astype(np.float32))
    for start in range(0, len(rows), SAMPLE):
        index.add(rows[start : start + SAMPLE].astype(np.float32))
    return index


def _pointers(*arrays: NDArray[Any]) -> list[Any]:
    return [faiss.swig_ptr(array) for array in arrays]
