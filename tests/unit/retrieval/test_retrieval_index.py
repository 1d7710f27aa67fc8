from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.index import DenseIndex, fingerprint
from retrieval.lexical import BATCH, Lexical, grams
from retrieval.library import Library
from retrieval.passages import Passage, passages_of
from retrieval.scoring import Scorer
from retrieval.vectors import Vectors, learn_lists
from tests.unit.retrieval.conftest import BigramEncoder

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


def test_of_changed_texts_only_the_new_ones_are_encoded(tmp_path: Path) -> None:
    DenseIndex(passages(["甲乙", "丙丁", "网格"]), Counting(), tmp_path)
    encoder = Counting()
    changed = ["网格", "物业", "甲乙"]
    index = DenseIndex(passages(changed), encoder, tmp_path)
    assert encoder.encoded == 1
    np.testing.assert_array_equal(index.scores(["物业"]), DenseIndex(passages(changed), Counting()).scores(["物业"]))


def test_another_encoders_vectors_are_not_taken_over(tmp_path: Path) -> None:
    DenseIndex(passages(["甲乙"]), Counting(), tmp_path)
    encoder = Counting()
    encoder.fingerprint = "another"
    DenseIndex(passages(["甲乙", "丙丁"]), encoder, tmp_path)
    assert encoder.encoded == 2


@pytest.fixture(scope="module")
def many_rows() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """30,000 vectors as articles have them, in clusters of clusters with noise, and 50 queries near some of them."""
    chance = np.random.default_rng(7)
    topics = chance.normal(size=(60, 64))
    laws = np.repeat(topics, 50, axis=0) + 0.7 * chance.normal(size=(3000, 64))
    rows = np.repeat(laws, 10, axis=0) + 0.6 * chance.normal(size=(30_000, 64))
    queries = rows[chance.choice(len(rows), 50, replace=False)] + 0.5 * chance.normal(size=(50, 64))
    return unit(rows), unit(queries)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def found_of_ten_nearest(
    vectors: Vectors, queries: NDArray[np.float32], exact: NDArray[np.float32], among: NDArray[np.bool_] | None
) -> float:
    """The share of the ten rows that are truly nearest which are among the candidates."""
    shares = []
    for query, cosines in zip(queries, exact, strict=True):
        if among is not None:
            cosines = np.where(among, cosines, -2)
        best = set(np.argsort(-cosines)[:10])
        shares.append(len(best & set(vectors.nearest(query[None], 100, among))) / 10)
    return float(np.mean(shares))


@pytest.mark.parametrize("part", [1, 2, 7])
def test_candidates_of_many_rows_hold_nearly_all_of_the_ten_nearest(
    many_rows: tuple[NDArray[np.float32], NDArray[np.float32]], part: int
) -> None:
    rows, queries = many_rows
    half = rows.astype(np.float16)
    vectors = Vectors(half, learn_lists(half))
    among = None if part == 1 else np.arange(len(rows)) // 100 % part == 0
    assert found_of_ten_nearest(vectors, queries, queries @ rows.T, among) >= 0.98
    if among is not None:
        assert among[vectors.nearest(queries, 100, among)].all()


def test_few_rows_give_exactly_the_nearest(many_rows: tuple[NDArray[np.float32], NDArray[np.float32]]) -> None:
    rows, queries = many_rows
    vectors = Vectors(rows[:5000])
    among = np.arange(5000) % 3 == 0
    exact = queries @ rows[:5000].T
    np.testing.assert_allclose(vectors.cosines(queries), exact, atol=1e-6)
    assert found_of_ten_nearest(vectors, queries, exact, among) == 1.0
    assert len(vectors.nearest(queries[:1], 100, np.zeros(5000, dtype=bool))) == 0


def test_an_index_of_many_passages_is_kept_with_its_codes(tmp_path: Path, encoder: BigramEncoder) -> None:
    chance = np.random.default_rng(7)
    signs = list("社区网格员物业志愿服务楼道垃圾分类公示投诉停车噪音")
    many = passages(["".join(chance.choice(signs, 9)) for _ in range(10_500)])
    first = DenseIndex(many, encoder, tmp_path, many=10_000)
    again = DenseIndex(many, Silent(), tmp_path, many=10_000)
    queries = encoder.encode([many[7].text, "网格员"])
    np.testing.assert_array_equal(again.nearest(queries, 50), first.nearest(queries, 50))
    assert 7 in first.nearest(queries[:1], 50)
    exact = DenseIndex(many, encoder)
    np.testing.assert_allclose(again.cosines(queries), exact.cosines(queries), atol=2e-3)


class Silent(BigramEncoder):
    """The same encoder, which must not be asked."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise AssertionError(f"{len(texts)} texts were encoded again")


def test_what_comes_into_question_among_many_is_what_all_of_them_would_give(
    monkeypatch: pytest.MonkeyPatch, encoder: BigramEncoder
) -> None:
    chance = np.random.default_rng(7)
    signs = list("社区网格员物业志愿服务楼道垃圾分类公示投诉停车噪音")
    many = passages(["".join(chance.choice(signs, 30)) for _ in range(3000)])
    scorer = Scorer(many, DenseIndex(many, encoder))
    among = np.arange(3000) % 2 == 0
    for query in ("物业公示停车", "楼道垃圾分类,志愿服务网格员"):
        every = scorer.scores(query, among)
        with monkeypatch.context() as patch:
            patch.setattr("retrieval.scoring.FEW", 10)
            some = scorer.scores(query, among)
        assert len(some.rows) < len(every.rows) == 1500
        assert among[some.rows].all()
        np.testing.assert_allclose(some.articles.max(axis=0), every.articles.max(axis=0))
        np.testing.assert_allclose(some.clause_articles.max(axis=0), every.clause_articles.max(axis=0))
        same = np.searchsorted(every.rows, some.rows)
        np.testing.assert_allclose(some.articles, every.articles[same])
        assert every.rows[every.articles.sum(axis=1).argmax()] == some.rows[some.articles.sum(axis=1).argmax()]


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


@given(
    st.lists(st.text(st.sampled_from("社区网格员，。 \nabC12３①🙂éΩ\x00\ud800"), max_size=12), min_size=1, max_size=12),
    st.text(st.sampled_from("社区网格员，abC12３🙂"), max_size=8),
)
def test_lexical_scores_are_bm25_for_any_signs(texts: list[str], query: str) -> None:
    if any(grams(text) for text in texts):
        np.testing.assert_allclose(Lexical(texts).scores(query), bm25(query, texts), atol=1e-9)


def test_texts_beyond_one_batch_are_numbered_on() -> None:
    texts = ["网格"] * BATCH + ["物业"] * BATCH + ["楼道"]
    assert np.flatnonzero(Lexical(texts).scores("楼道")).tolist() == [2 * BATCH]
    assert np.flatnonzero(Lexical(texts).scores("物业")).tolist() == list(range(BATCH, 2 * BATCH))


def test_signs_that_stand_for_several_are_counted_as_several() -> None:
    lexical = Lexical(["㍿㍿㍿", "株式会社"])  # each of them is 株式会社
    assert (lexical.scores("会社") > 0).all()


def test_relative_scores_are_shares_of_what_a_query_could_reach() -> None:
    lexical = Lexical(["社区网格", "物业"])
    queries = ["网格", "物业网格", "", "火星"]
    expected = [lexical.scores(query) / (lexical.ideal(query) or 1.0) for query in queries]
    np.testing.assert_allclose(lexical.relative(queries), expected)


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
