from __future__ import annotations

import numpy as np

from retrieval.support import LawSupport

LAWS = ["民法典", "民法典", "劳动法", "刑法"]


def test_a_like_question_speaks_for_every_article_of_its_law_and_no_other() -> None:
    support = LawSupport(LAWS, answered=[0, 2])
    np.testing.assert_array_equal(support.likeness(np.array([0.4, 0.7])), [0.4, 0.4, 0.7, 0])


def test_of_several_like_questions_the_likest_counts() -> None:
    support = LawSupport(LAWS, answered=[0, 1])
    np.testing.assert_array_equal(support.likeness(np.array([0.2, 0.9])), [0.9, 0.9, 0, 0])


def test_laws_asked_about_more_often_come_first() -> None:
    habit = LawSupport(LAWS, answered=[0, 1, 2]).habit()
    assert habit[0] == habit[1] == 1
    assert 0 < habit[2] < 1
    assert habit[3] == 0


def test_questions_that_do_not_count_leave_no_trace() -> None:
    support = LawSupport(LAWS, answered=[0, 2])
    np.testing.assert_array_equal(support.habit(np.array([False, True])), [0, 0, 1, 0])


def test_without_any_question_nothing_is_said() -> None:
    support = LawSupport(LAWS, answered=[])
    assert not support.likeness(np.zeros(0)).any()
    assert not support.habit().any()
