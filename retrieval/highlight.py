"""Which sentence of an article matters to a question: a span of the stored text, which itself is never touched."""

from __future__ import annotations

import re

import numpy as np

from retrieval.lexical import Lexical
from retrieval.scoring import Dense

Span = tuple[int, int]
"""Offsets of code points in the article's text: begin, and end (exclusive)."""

#: What letters weigh beside meaning, the least score of a sentence that is marked, and its least lead over the next. On
#: the curated questions these mark a sentence for one in three, and nearly always the right one.
LETTERS = 2.0
LEAST = 0.5
LEAD = 0.2
#: A shorter span says too little by itself to be compared.
SHORT = 6

_SENTENCE = re.compile(r"[^。！？；;!?\n]+[。！？；;!?]*[”’」』）)]*")


def sentences(text: str) -> list[Span]:
    """The sentences, clauses that end in a semicolon, and items of an article, in order, without the breaks between."""
    return [found.span() for found in _SENTENCE.finditer(text) if found.group().strip()]


def matters(question: str, text: str, dense: Dense | None) -> tuple[Span, ...]:
    """The one sentence that clearly answers best, or nothing: where all are alike, or there is only one.

    Args:
        question: what is asked for, without names of places and laws.
        dense: similarity by meaning; without it letters alone decide.
    """
    spans = [span for span in sentences(text) if span[1] - span[0] >= SHORT]
    if len(spans) < 2:
        return ()
    parts = [text[begin:end] for begin, end in spans]
    letters = Lexical(parts)
    scores = LETTERS * letters.scores(question) / (letters.ideal(question) or 1.0)
    if dense is not None:
        scores = scores + dense.alike(question, parts)
    best, second = np.argsort(-scores, kind="stable")[:2]
    if scores[best] < LEAST or scores[best] - scores[second] < LEAD:
        return ()
    return (spans[best],)
