"""What others would take for the same task: bm25s over words and over bigrams, and latent semantic analysis (LSA).

All are given the articles' texts alone, as they come; they know neither places nor when to refuse.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.lexical import grams


class Rank(Protocol):
    """From a question to the numbers of so many texts, best first."""

    def __call__(self, query: str, count: int) -> NDArray[np.int64]: ...


#: Dimensions and vocabulary of LSA: more of either takes minutes and brings little.
COMPONENTS = 128
VOCABULARY = 50_000


def words(text: str) -> list[str]:
    """What jieba takes for words."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return [word for word in jieba.lcut(text) if word.strip()]


def bm25s_over(tokens: Callable[[str], list[str]]) -> Callable[[Sequence[str]], Rank]:
    """bm25s with its own defaults over these tokens."""

    def build(texts: Sequence[str]) -> Rank:
        import bm25s

        retriever = bm25s.BM25()
        retriever.index([tokens(text) for text in texts], show_progress=False)

        def rank(query: str, count: int) -> NDArray[np.int64]:
            found, _ = retriever.retrieve([tokens(query) or [""]], k=min(count, len(texts)), show_progress=False)
            return np.asarray(found[0], dtype=np.int64)

        return rank

    return build


def lsa(texts: Sequence[str]) -> Rank:
    """Truncated SVD over tf-idf of bigrams, compared by cosine."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer

    vectoriser = TfidfVectorizer(analyzer=grams, sublinear_tf=True, max_features=VOCABULARY, dtype=np.float32)
    components = min(COMPONENTS, len(texts) - 1)
    pipeline = make_pipeline(vectoriser, TruncatedSVD(components, random_state=7), Normalizer(copy=False))
    rows = np.asarray(pipeline.fit_transform(texts), dtype=np.float32)

    def rank(query: str, count: int) -> NDArray[np.int64]:
        cosines = rows @ np.asarray(pipeline.transform([query]), dtype=np.float32)[0]
        return np.argsort(-cosines)[:count]

    return rank


RIVALS: dict[str, Callable[[Sequence[str]], Rank]] = {
    "bm25s, jieba words": bm25s_over(words),
    "bm25s, bigrams": bm25s_over(grams),
    "LSA, bigrams": lsa,
}
