"""Fits the numbers for texts that nobody has curated yet: ``python -m retrieval.calibrate_new --encoder FOLDER``.

What a first-day question looks like is learned from STARD: each question is asked of the law that answers it and of
another one; the questions of knowledge/unanswerable.yml, which are about no law of STARD's in particular, are asked of
laws, too. The encoder has to be one trained with ``--split fitting``, which has not seen these questions; its cosines
lie where the shipped one's do, because both come from one recipe. Neither dev split and no evaluation set is read.

Nothing tells a question that such a text answers from one that it nearly does (in a law without the article that
answers, likeness falls by a tenth only). So only what is far from all of it is refused; what may be near is offered as a
guess of three titles.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from retrieval.calibrate import fit_decision
from retrieval.encoder import DEFAULT_MODEL, Encoder, load_encoder
from retrieval.index import DenseIndex
from retrieval.judging import CALIBRATION
from retrieval.library import Library
from retrieval.ordinances.model import Article, Document
from retrieval.passages import passages_of
from retrieval.scoring import EVIDENCE, FEATURES, Calibration, Scorer, Scores, evidence, ranked
from retrieval.search import cleaned
from retrieval.training_data import ROOT, TrainingDataMissing, data_folder, law_of, questions_of, read_lines

SEED = 11
#: A first-day law is at most so long; of a longer one the stretch around the answer is taken.
LONGEST = 120
SHORTEST = 8
#: Share of the questions about nothing in a law that has to be refused: a guess costs less than a wrong no.
REFUSED = 0.85
#: Of those answered without "perhaps", at least this share shall have the right article first.
PRECISE = 0.7
#: Of the questions without an answer at most this share may be answered from another place's law.
LED_ASTRAY = 0.005
#: What a text without curated questions can be judged by.
_COLUMNS = [
    at for at, name in enumerate(EVIDENCE) if "question" not in name and "unanswerable" not in name
]  # fmt: skip


def laws_of(folder: Path) -> tuple[Library, list[tuple[str, frozenset[tuple[str, int]]]]]:
    """Laws as a library, one stretch of articles for each held-out question, and the questions with what answers them."""
    rows = list(read_lines(folder / "stard_corpus.jsonl.gz"))
    names = [law_of(row) for row in rows]
    members: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(names):
        members[name].append(at)
    asked = list(read_lines(folder / "stard_queries.jsonl.gz"))
    documents: dict[str, Document] = {}
    cases = []
    for number in questions_of(folder, "fitting")[1]:
        gold = asked[number]["gold_ids"]
        law = members[names[gold[0]]]
        at = law.index(gold[0])
        start = max(0, min(at - LONGEST // 2, len(law) - LONGEST))
        stretch = law[start : start + LONGEST]
        id = f"law-{law[0]}-{start}"
        if len(stretch) < SHORTEST:
            continue
        articles = tuple(
            Article(id, n, "", tuple(rows[one]["text"].split("\n"))) for n, one in enumerate(stretch, 1)
        )  # fmt: skip
        documents[id] = Document(id=id, title=names[gold[0]], jurisdiction=id, articles=articles)
        right = frozenset((id, n) for n, one in enumerate(stretch, 1) if one in gold)
        cases.append((asked[number]["query"], right))
    return Library(documents), cases


def scored(
    library: Library, encoder: Encoder | None, cases: list[tuple[str, frozenset[tuple[str, int]]]], others: list[str]
) -> Iterator[tuple[Scores, frozenset[int]]]:
    """Scores of each case in its law and in another one, then of ``others``, each in some law.

    Yields with each the rows that answer; none where nothing does.
    """
    chance = random.Random(SEED)
    passages = passages_of(library)
    scorer = Scorer(passages, DenseIndex(passages, encoder) if encoder else None)
    documents = np.array([document for document, _ in scorer.keys])
    ids = sorted(library.documents)
    for question, right in cases:
        reading = scorer.read(cleaned(question, library)[0])
        own = documents == next(iter(right))[0]
        answers = np.array([key in right for key in scorer.keys])
        yield scorer.scores(reading, own), frozenset(np.flatnonzero(answers).tolist())
        yield scorer.scores(reading, documents == chance.choice(ids)), frozenset()
    for question in others:
        yield scorer.scores(cleaned(question, library)[0], documents == chance.choice(ids)), frozenset()


def fit(cases: list[tuple[Scores, frozenset[int]]], far: int, provenance: str) -> Calibration:
    """Fusion by mean reciprocal rank, the decision by logistic regression, thresholds by what may go wrong.

    Args:
        far: so many cases at the end are about nothing in a law.
    """

    def rank(scores: Scores, answers: frozenset[int], fusion: tuple[float, ...]) -> int:
        order = ranked(scores, fusion)[1]
        return next((at for at, line in enumerate(order, 1) if int(scores.rows[line]) in answers), 10**6)

    answerable = [case for case in cases if case[1]]
    dense = any(scores.articles[:, 0].any() for scores, _ in answerable)
    grid = [(1.0 if dense else 0.0, 0.0, weight, 0.0) for weight in ((0.5, 1.0, 1.5, 2.0, 3.0) if dense else (1.0,))]
    assert len(grid[0]) == len(FEATURES)
    fusion = max(grid, key=lambda one: float(np.mean([1 / rank(*case, one) for case in answerable])))
    table = np.stack([evidence(scores, *ranked(scores, fusion)) for scores, _ in cases])
    yes = np.array([bool(answers) for _, answers in cases])
    chosen = [column for column in _COLUMNS if table[:, column].std() > 1e-6]
    weights, bias = fit_decision(table[:, chosen], yes)
    decision = np.zeros(len(EVIDENCE))
    decision[chosen] = weights
    draft = Calibration(fusion, tuple(decision.tolist()), bias, 0.5, 0.5, 0.9, provenance)
    sure = np.array([draft.probability(row) for row in table])
    right = np.array([bool(answers) and rank(scores, answers, fusion) == 1 for scores, answers in cases])
    perhaps = float(np.quantile(sure[-far:], REFUSED))
    steps = np.linspace(perhaps, 0.99, 200)
    answer = next((float(step) for step in steps if right[sure >= step].mean() >= PRECISE), 0.99)
    found = [rank(*case, fusion) for case in answerable]
    print(
        f"{len(found)} questions: hit@1 {np.mean(np.array(found) <= 1):.3f} hit@3 {np.mean(np.array(found) <= 3):.3f}; "
        f"fusion {fusion}; perhaps from {perhaps:.3f}, answer from {answer:.3f}; "
        f"refused: {np.mean(sure[yes] < perhaps):.3f} of these, {np.mean(sure[~yes] < perhaps):.3f} without an answer"
    )
    elsewhere = float(np.quantile(sure[~yes], 1 - LED_ASTRAY))
    return replace(draft, perhaps=round(perhaps, 3), answer=round(answer, 3), elsewhere=round(elsewhere, 4))


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the numbers for texts that nobody has curated.")
    parser.add_argument("--encoder", type=Path, required=True, help="trained with --split fitting")
    parser.add_argument("--out", type=Path, default=CALIBRATION, help="default: %(default)s")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    try:
        library, cases = laws_of(data_folder())
    except TrainingDataMissing as missing:
        print(f"{missing}; {arguments.out.name} stays as it is", file=sys.stderr)
        return
    others = list(Library.load(ROOT / "knowledge" / "ordinances").unanswerable)
    source = "STARD's training questions that the encoder has not seen, in their laws, and knowledge/unanswerable.yml"
    encoder = load_encoder(arguments.encoder)
    new = fit(list(scored(library, encoder, cases, others)), len(others), source)
    letters = fit(list(scored(library, None, cases, others)), len(others), f"{source}; without an encoder")
    values = json.loads(arguments.out.read_text(encoding="utf-8"))
    values["new"] = replace(new, encoder=load_encoder(DEFAULT_MODEL).fingerprint).to_json()
    values["new_lexical"] = letters.to_json()
    arguments.out.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
