"""STARD: laypeople's questions over 56,849 articles, ``python -m bench.stard``.

A pipeline is a weighted sum of features; its weights are fitted on training questions that its encoder and its memory of
questions have not seen, never on a dev split. Each of these is asked twice: as it is, and as if nobody had ever asked
about its articles, so that memory is not trusted more than it deserves.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.encoder import Encoder, load_encoder
from retrieval.lexical import Lexical
from retrieval.support import LawSupport
from retrieval.training_data import Split, data_folder, questions_of, read_lines, stard_text

FEATURES = (
    "bigrams",
    "characters",
    "meaning",
    "question by meaning",
    "question by bigrams",
    "nearly the same question",
    "law of like questions",
    "law often asked about",
)
#: Which of the features each pipeline adds up.
PIPELINES: dict[str, tuple[str, ...]] = {
    "bigrams": FEATURES[:1],
    "bigrams and characters": FEATURES[:2],
    "meaning": FEATURES[2:3],
    "meaning and letters": FEATURES[:3],
    "… and answered questions": FEATURES[:6],
    "… and their laws": (*FEATURES[:3], *FEATURES[6:]),
    "… and both": FEATURES,
}
#: Candidates per question while weights are fitted.
CANDIDATES = 300
LIMIT = 10
Table = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """A question with the rows of the articles that answer it."""

    text: str
    gold: frozenset[int]


@dataclass(frozen=True)
class Stard:
    """Articles (law's name and text), the law of each, and all questions in the file's order."""

    articles: list[str]
    laws: list[str]
    questions: list[Question]
    folder: Path

    @classmethod
    def read(cls, folder: Path) -> Stard:
        """From the folder of ``training_data.data_folder``."""
        rows: list[dict[str, Any]] = list(read_lines(folder / "stard_corpus.jsonl.gz"))
        articles = [stard_text(row) for row in rows]
        questions = [
            Question(row["query"], frozenset(row["gold_ids"])) for row in read_lines(folder / "stard_queries.jsonl.gz")
        ]
        return cls(articles, [article.split(" ", 1)[0] for article in articles], questions, folder)

    def split(self, name: Split) -> tuple[list[Question], list[Question]]:
        """The questions of the training and of the other side."""
        known, held = questions_of(self.folder, name)
        return [self.questions[at] for at in known], [self.questions[at] for at in held]


@dataclass(frozen=True)
class Figures:
    """Mean reciprocal rank and recall, both over the first ten, and milliseconds per question."""

    mrr: float
    recall: float
    milliseconds: float


class Letters:
    """BM25 over bigrams and over single characters; the same for every encoder, so made once."""

    def __init__(self, articles: Sequence[str]) -> None:
        self.indexes = (Lexical(articles), Lexical([" ".join(article) for article in articles]))

    def scores(self, text: str) -> list[Table]:
        """Per index, BM25 over what the question could reach at most."""
        spelt = (text, " ".join(text))
        return [index.scores(one) / max(index.ideal(one), 1e-9) for index, one in zip(self.indexes, spelt, strict=True)]


class Features:
    """What there is to say about each article for a question.

    Args:
        known: answered questions: knowledge that points to articles.
        encoder: without one, all that needs meaning is 0.
    """

    def __init__(self, stard: Stard, letters: Letters, known: Sequence[Question], encoder: Encoder | None) -> None:
        self._letters, self._known, self._encoder = letters, known, encoder
        pairs = [(number, gold) for number, question in enumerate(known) for gold in sorted(question.gold)]
        self._asked = np.array([number for number, _ in pairs], dtype=np.int64)
        self._gold = np.array([gold for _, gold in pairs], dtype=np.int64)
        self._support = LawSupport(stard.laws, [gold for _, gold in pairs])
        self._bigrams = Lexical([question.text for question in known])
        self._size = len(stard.articles)
        if encoder:
            self._articles = encoder.encode(stard.articles)
            self._questions = encoder.encode([question.text for question in known])

    def table(self, text: str, hidden: Collection[int] = ()) -> Table:
        """Per article one column per name in ``FEATURES``.

        Args:
            hidden: articles about which nobody shall have asked before.
        """
        bigrams, signs = self._letters.scores(text)
        meaning, by_meaning = np.zeros(self._size), np.zeros(len(self._known))
        if self._encoder:
            vector = self._encoder.encode([text])[0]
            meaning, by_meaning = (self._articles @ vector).astype(float), (self._questions @ vector).astype(float)
        by_letters = self._bigrams.scores(text) / max(self._bigrams.ideal(text), 1e-9)
        seen = np.ones(len(self._known), dtype=bool)
        if hidden:
            seen[[number for number, question in enumerate(self._known) if question.gold & set(hidden)]] = False
        likeness, spelling = np.maximum(by_meaning, 0) * seen, by_letters * seen
        both = (likeness + spelling) / 2
        return np.stack(
            [
                bigrams,
                signs,
                meaning,
                self._spread(likeness),
                self._spread(spelling),
                self._spread(both**3),
                self._support.likeness(both[self._asked]),
                self._support.habit(seen[self._asked]),
            ],
            axis=1,
        )

    def _spread(self, likeness: Table) -> Table:
        best = np.zeros(self._size)
        np.maximum.at(best, self._gold, likeness[self._asked])
        return best


def columns(pipeline: Sequence[str]) -> list[int]:
    return [FEATURES.index(name) for name in pipeline]


def fit(tables: Sequence[Table], golds: Sequence[frozenset[int]], pipeline: Sequence[str]) -> Table:
    """Weights (0 for features that the pipeline lacks) that make the right articles likeliest among candidates."""
    chosen = columns(pipeline)
    weights = torch.ones(len(chosen), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")
    sets = [(torch.from_numpy(t[:, chosen]), torch.tensor(sorted(g))) for t, g in zip(tables, golds, strict=True)]

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        losses = [torch.logsumexp(t @ weights, 0) - torch.logsumexp((t @ weights)[gold], 0) for t, gold in sets]
        loss = torch.stack(losses).mean() + 1e-4 * (weights**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    found = np.zeros(len(FEATURES))
    found[chosen] = weights.detach().numpy()
    return found


def fitting_tables(features: Features, questions: Sequence[Question]) -> tuple[list[Table], list[frozenset[int]]]:
    """Candidates of each question, asked twice (see above), with the places of the right ones among them."""
    tables, golds = [], []
    for question in questions:
        for hidden in (frozenset[int](), question.gold):
            table = features.table(question.text, hidden)
            likely = np.argpartition(-(table @ np.array([2, 1, 1, 0.2, 0.2, 1, 0.7, 0.2])), CANDIDATES)[:CANDIDATES]
            rows = np.array(sorted({*likely.tolist(), *question.gold}))
            tables.append(table[rows])
            golds.append(frozenset(np.flatnonzero(np.isin(rows, list(question.gold))).tolist()))
    return tables, golds


def best(scores: Table, limit: int = LIMIT) -> list[int]:
    """Rows of the highest scores, best first."""
    rows = np.argpartition(-scores, limit)[:limit]
    return [int(row) for row in rows[np.argsort(-scores[rows], kind="stable")]]


def figures(found: Sequence[Sequence[int]], questions: Sequence[Question], seconds: float) -> Figures:
    """Over lists of at most ten rows."""
    ranks = [
        next((1 / at for at, row in enumerate(rows, 1) if row in question.gold), 0.0)
        for rows, question in zip(found, questions, strict=True)
    ]
    recalls = [
        len(question.gold.intersection(rows)) / len(question.gold)
        for rows, question in zip(found, questions, strict=True)
    ]
    count = len(questions)
    return Figures(sum(ranks) / count, sum(recalls) / count, seconds * 1000 / count)


def measure(features: Features, questions: Sequence[Question], weights: dict[str, Table]) -> dict[str, Figures]:
    """Each pipeline on these questions; the time is that of all features together."""
    found: dict[str, list[list[int]]] = {name: [] for name in weights}
    seconds = 0.0
    for question in questions:
        began = time.perf_counter()
        table = features.table(question.text)
        seconds += time.perf_counter() - began
        for name, weight in weights.items():
            found[name].append(best(table @ weight))
    return {name: figures(rows, questions, seconds) for name, rows in found.items()}


def compare(
    stard: Stard, letters: Letters, fitting: Encoder | None, measured: dict[Split, Encoder | None]
) -> dict[str, dict[str, Figures]]:
    """Fit every pipeline and measure it on dev splits.

    Args:
        fitting: trained on the split of that name.
        measured: dev split and an encoder that has not seen it. What knows nothing of either split may stand for both.
    """
    known, held = stard.split("fitting")
    tables, golds = fitting_tables(Features(stard, letters, known, fitting), held)
    weights = {name: fit(tables, golds, pipeline) for name, pipeline in PIPELINES.items()}
    results: dict[str, dict[str, Figures]] = {name: {} for name in PIPELINES}
    for split, encoder in measured.items():
        known, dev = stard.split(split)
        for name, found in measure(Features(stard, letters, known, encoder), dev, weights).items():
            results[name][split] = found
    for name, weight in weights.items():
        shown = ", ".join(f"{FEATURES[at]} {weight[at]:.1f}" for at in columns(PIPELINES[name]))
        print(f"{name}: {shown}")
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Measure pipelines on STARD's dev splits. Each encoder is a folder made by "
        "`python -m retrieval.train_encoder --split NAME --out FOLDER`."
    )
    for name in ("fitting", "official", "strict"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=f"encoder trained with --split {name}")
    parser.add_argument("--out", type=Path, help="where the figures go as JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    stard = Stard.read(data_folder())
    encoders: dict[Split, Encoder | None] = {
        name: load_encoder(getattr(options, name)) for name in ("official", "strict")
    }
    results = compare(stard, Letters(stard.articles), load_encoder(options.fitting), encoders)
    print(f"{'':<28}{'official MRR@10':>16}{'R@10':>8}{'strict MRR@10':>16}{'R@10':>8}{'ms':>8}")
    for name, by_split in results.items():
        official, strict = by_split["official"], by_split["strict"]
        print(
            f"{name:<28}{official.mrr:>16.3f}{official.recall:>8.3f}{strict.mrr:>16.3f}{strict.recall:>8.3f}{strict.milliseconds:>8.1f}"
        )
    if options.out:
        values = {name: {split: asdict(one) for split, one in by_split.items()} for name, by_split in results.items()}
        options.out.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
