from __future__ import annotations

from dataclasses import replace

import numpy as np

from retrieval.calibrate import _threshold, fit_decision, fit_fusion, hold_out, score
from retrieval.encoder import Encoder
from retrieval.evaluation import Case
from retrieval.index import DenseIndex
from retrieval.judging import Judge
from retrieval.library import Library
from retrieval.passages import passages_of
from retrieval.scoring import EVIDENCE, Calibration
from retrieval.search import Search


def test_held_out_questions_are_in_neither_training_nor_index(library: Library) -> None:
    many = replace(library, questions={("east", 2): tuple(f"{n}号网格员管什么" for n in range(10))})
    reduced, cases = hold_out(many)
    held = {case.query for case in cases}
    assert len([case for case in cases if case.gold]) == 2
    assert not held & {*reduced.questions["east", 2], *reduced.unanswerable}
    assert hold_out(many)[1] == cases, "drawn from a seed"


def test_the_decision_separates_what_can_be_separated() -> None:
    chance = np.random.default_rng(0)
    answerable = np.arange(200) % 2 == 0
    table = chance.normal(size=(200, 3)) + np.where(answerable, 2.0, -2.0)[:, None] * np.array([1, 0, 0])
    weights, bias = fit_decision(table, answerable)
    judged = table @ np.array(weights) + bias > 0
    assert (judged == answerable).mean() > 0.95


def test_the_threshold_keeps_refusals_of_both_sets_in_bounds() -> None:
    held, tuning = np.linspace(0, 1, 100), np.full(100, 0.9)
    assert abs(_threshold(held, tuning) - 0.07) < 0.011


def test_fusion_prefers_what_ranks_best(library: Library, encoder: Encoder) -> None:
    cases = [Case("a", "谁来当楼长", "东海市", frozenset({("east", 2)}), "", 1)]
    fusion = fit_fusion(score(library, encoder, cases))
    assert len(fusion) == 4
    assert fit_fusion(score(library, None, cases))[:2] == (0.0, 0.0)


def test_an_encoder_without_fitting_numbers_ranks_but_letters_decide(library: Library, encoder: Encoder) -> None:
    dense = DenseIndex(passages_of(library), encoder)
    assert Judge.fitting(dense).ranks != Judge.fitting(dense).decides == Judge.fitting(None).decides
    search = Search(library, dense)
    assert search.search("今天天气怎么样", "东海市").outcome == "refuse"
    assert search.search("垃圾分类和环境绿化由谁做", "东海市").hits[0].article == 3


def test_a_probability_lies_between_nothing_and_certainty() -> None:
    calibration = Calibration((1, 1, 1, 1), (1.0,) * len(EVIDENCE), 0.0, 0.5, 0.5, 0.9)
    assert calibration.probability(np.zeros(len(EVIDENCE))) == 0.5
    assert 0.99 < calibration.probability(np.full(len(EVIDENCE), 9.0)) <= 1
