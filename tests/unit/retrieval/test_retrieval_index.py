from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.index import DenseIndex, fingerprint
from retrieval.lexical import Lexical, grams
from retrieval.library import Library
from retrieval.passages import Passage, passages_of
from retrieval.scoring import Scorer

TEXTS = st.lists(st.text("甲乙丙丁社区网格员物业", min_size=1, max_size=12), min_size=1, max_size=30)


def passages(texts: list[str]) -> list[Passage]:
    return [Passage("x", n, "article", text) for n, text in enumerate(texts, 1)]


class Counting:
    """An encoder that counts the texts it is given."""

    dimensions = 8
    fingerprint = "counting"

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        vectors = np.stack([np.bincount([ord(sign) % 8 for sign in text] or [0], minlength=8) for text in texts])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@given(TEXTS, st.lists(st.text("甲乙丙丁社区网格员物业", min_size=1), min_size=1, max_size=3))
@settings(max_examples=50)
def test_faiss_gives_what_numpy_gives(texts: list[str], queries: list[str]) -> None:
    encoder = Counting()
    exact = encoder.encode(queries) @ encoder.encode(texts).T
    np.testing.assert_allclose(DenseIndex(passages(texts), encoder).scores(queries), exact, atol=1e-6)


def test_a_second_start_encodes_nothing(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    texts = passages(["甲乙", "丙丁"])
    before = DenseIndex(texts, first, tmp_path).scores(["甲"])
    again = DenseIndex(texts, second, tmp_path)
    assert second.encoded == 0
    np.testing.assert_array_equal(again.scores(["甲"]), before)


def test_changed_texts_are_encoded_anew_and_the_old_index_goes(tmp_path: Path) -> None:
    DenseIndex(passages(["甲乙"]), Counting(), tmp_path)
    encoder = Counting()
    DenseIndex(passages(["甲丁"]), encoder, tmp_path)
    assert encoder.encoded == 1
    assert len(list(tmp_path.iterdir())) == 1


def test_a_spoilt_file_is_replaced(tmp_path: Path) -> None:
    texts = passages(["甲乙"])
    DenseIndex(texts, Counting(), tmp_path)
    file = next(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:10])
    encoder = Counting()
    DenseIndex(texts, encoder, tmp_path)
    assert encoder.encoded == 1


def test_the_fingerprint_covers_all_that_matters() -> None:
    plain = passages(["甲", "乙"])
    other = Counting()
    other.fingerprint = "another"
    prints = {
        fingerprint(plain, Counting()),
        fingerprint(plain, other),
        fingerprint(plain[::-1], Counting()),
        fingerprint(passages(["甲", "丙"]), Counting()),
        fingerprint([Passage("x", 1, "question", "甲"), plain[1]], Counting()),
    }
    assert len(prints) == 5


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    DenseIndex(passages(["甲"] * 1500), Counting(), tmp_path, lambda done, of: told.append((done, of)))
    assert told == [(1024, 1500), (1500, 1500)]


def bm25(query: str, texts: list[str]) -> list[float]:
    """The formula, written out."""
    split = [grams(text) for text in texts]
    mean = sum(map(len, split)) / len(split)
    scores = []
    for words in split:
        score = 0.0
        for gram in set(grams(query)):
            having = sum(gram in other for other in split)
            if having:
                idf = np.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
                times = words.count(gram)
                score += idf * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * len(words) / mean))
        scores.append(score)
    return scores


@given(TEXTS, st.text("甲乙丙丁社区网格员物业", min_size=1))
def test_lexical_scores_are_bm25(texts: list[str], query: str) -> None:
    np.testing.assert_allclose(Lexical(texts).scores(query), bm25(query, texts), atol=1e-9)


def test_bigrams_do_not_cross_punctuation_and_keep_words_of_other_scripts() -> None:
    assert grams("网格员，做Abc12什么") == ["网格", "格员", "做", "abc", "12", "什么"]


def test_an_empty_index_answers_nothing() -> None:
    assert Lexical([]).scores("甲乙").shape == (0,)
    assert Lexical(["甲乙"]).scores("").tolist() == [0.0]


def test_long_articles_are_also_searched_by_paragraph(library: Library) -> None:
    kinds = {passage.kind for passage in passages_of(library)}
    assert kinds == {"article", "question", "unanswerable"}


def test_each_article_takes_its_best_passage(library: Library) -> None:
    scorer = Scorer(passages_of(library), None)
    scores = scorer.scores("谁来当楼长")
    row = scorer.keys.index(("east", 2))
    assert scores.articles[row, 3] == pytest.approx(scores.articles[:, 3].max())
    assert scores.unanswerable.shape == (2,)


def test_the_best_clause_is_never_below_the_whole(library: Library) -> None:
    scores = Scorer(passages_of(library), None).scores("我家楼下很乱,垃圾分类由谁来管,天天有味道")
    assert (scores.clause_articles >= scores.articles).all()
    assert scores.clause_articles.max() > scores.articles.max()
