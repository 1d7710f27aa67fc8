from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.stard import FEATURES, PIPELINES, Features, Letters, Question, Stard, best, figures, fit, measure
from retrieval.training_data import questions_of

ARTICLES = [
    ("劳动法第一条", "用人单位应当按月支付工资，不得拖欠。"),
    ("劳动法第二条", "劳动者解除合同应当提前三十日通知。"),
    ("民法典第一条", "夫妻共同债务由夫妻共同偿还。"),
    ("民法典第二条", "遗产由继承人按顺序继承。"),
    *((f"刑法第{n}条", f"第{n}种罪的刑罚。") for n in "一二三四五六七八九"),
]
QUESTIONS = [
    {"query": "老板欠薪怎么办", "gold_ids": [0], "split": "train"},
    {"query": "离职要提前几天说", "gold_ids": [1], "split": "train"},
    {"query": "老公借的钱我要还吗", "gold_ids": [2], "split": "dev"},
    {"query": "工资拖欠了找谁", "gold_ids": [0], "split": "dev"},
]


class Blind:
    """An encoder to which every text is the same."""

    fingerprint, dimensions = "blind", 2

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.tile(np.array([1, 0], dtype=np.float32), (len(texts), 1))


@pytest.fixture
def stard(tmp_path: Path) -> Stard:
    rows = [{"id": n, "name": name, "text": text} for n, (name, text) in enumerate(ARTICLES)]
    for name, lines in (("stard_corpus", rows), ("stard_queries", QUESTIONS)):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (tmp_path / "stard_unseen_gold_dev.json").write_text("[1, 2]")
    return Stard.read(tmp_path)


def column(table: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    found: NDArray[np.float64] = table[:, FEATURES.index(name)]
    return found


def test_no_question_is_learned_from_and_measured_on(stard: Stard) -> None:
    assert questions_of(stard.folder, "official") == ([0, 1], [2, 3])
    assert questions_of(stard.folder, "strict") == ([0, 3], [1, 2])
    assert questions_of(stard.folder, "neither") == ([0], [1, 2, 3])
    learned, held = questions_of(stard.folder, "fitting")
    assert sorted([*learned, *held]) == [0], "weights are fitted on what no dev split holds"


def test_an_article_is_read_with_the_name_of_its_law(stard: Stard) -> None:
    assert stard.articles[0].startswith("劳动法 用人单位")
    assert stard.laws[:3] == ["劳动法", "劳动法", "民法典"]


def test_an_answered_question_points_to_its_article_and_less_sharply_to_its_law(stard: Stard) -> None:
    known, _ = stard.split("official")
    table = Features(stard, Letters(stard.articles), known, None).table("老板欠薪")
    assert column(table, "question by bigrams").argmax() == 0
    law = column(table, "law of like questions")
    assert law[0] == law[1] > 0
    assert not law[2:].any()


def test_what_is_hidden_leaves_no_trace_of_its_question(stard: Stard) -> None:
    known, _ = stard.split("official")
    table = Features(stard, Letters(stard.articles), known, None).table("老板欠薪", hidden={0})
    assert column(table, "question by bigrams")[0] == 0
    assert column(table, "law often asked about")[0] > 0, "the other question about that law still counts"


def test_weights_are_fitted_only_for_what_a_pipeline_has_and_find_what_helps() -> None:
    chance = np.random.default_rng(1)
    tables = [chance.normal(size=(30, len(FEATURES))) for _ in range(40)]
    golds = [frozenset({int(table[:, 1].argmax())}) for table in tables]
    weights = fit(tables, golds, FEATURES[:2])
    assert not weights[2:].any()
    assert weights[1] > 3 * abs(weights[0])


def test_rank_and_recall_count_the_first_ten() -> None:
    questions = [Question("甲", frozenset({3})), Question("乙", frozenset({1, 7}))]
    found = figures([[9, 3], [7, 2]], questions, seconds=0.004)
    assert found.mrr == pytest.approx((1 / 2 + 1) / 2)
    assert found.recall == pytest.approx((1 + 1 / 2) / 2)
    assert found.milliseconds == pytest.approx(2)
    assert best(np.array([0.1, 0.9, 0.5]), 2) == [1, 2]


def test_every_pipeline_can_be_measured(stard: Stard) -> None:
    known, dev = stard.split("official")
    features = Features(stard, Letters(stard.articles), known, Blind())
    weights = {name: np.isin(FEATURES, pipeline).astype(float) for name, pipeline in PIPELINES.items()}
    found = measure(features, dev, weights)
    assert list(found) == list(PIPELINES)
    assert found["bigrams"].recall >= 0.5, "the question that shares its words with its article is found"
