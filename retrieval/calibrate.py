"""Fits the numbers in calibration.json: ``python -m retrieval.calibrate``.

``--encoder`` fits them for another encoder than the shipped one; such an encoder has learned nothing from the curated
questions, so that nothing has to be held out of its training.

A fifth of the curated questions and half of the unanswerable ones are taken out of both the encoder's training and the
index; they teach what an answerable question looks like. Fusion weights are chosen
and thresholds on the held-out questions and the tuning set. The evaluation set is never read.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from retrieval.encoder import DEFAULT_MODEL, Encoder, load_encoder
from retrieval.errors import EncoderUnavailable
from retrieval.evaluation import Case, read_cases
from retrieval.index import DenseIndex
from retrieval.judging import CALIBRATION
from retrieval.library import Library
from retrieval.passages import passages_of
from retrieval.scoring import Calibration, Scorer, Scores, evidence
from retrieval.search import cleaned
from retrieval.train_encoder import Recipe, train
from retrieval.training_data import ROOT, TrainingDataMissing, data_folder, gather

TUNING = ROOT / "knowledge" / "tuning" / "retrieval.jsonl"
SEED = 7
#: Of the answerable questions at most this share may be refused.
REFUSED = 0.035
#: Of the questions without an answer at most this share may be answered from another place's law.
LED_ASTRAY = 0.005
#: Of those answered without "perhaps", at least this share shall have the right article first.
PRECISE = 0.92


@dataclass(frozen=True)
class Scored:
    """A case with its scores, the rows of its place's own law, and those of other places."""

    case: Case
    scores: Scores
    rows: NDArray[np.int64]
    foreign: NDArray[np.int64]
    keys: Sequence[tuple[str, int]]

    def ranked(self, fusion: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        fused = self.scores.articles @ np.array(fusion)
        return fused, self.rows[np.argsort(-fused[self.rows], kind="stable")]

    def elsewhere(self) -> Scored:
        """The same question answered from other places."""
        return replace(self, rows=self.foreign)

    def rank(self, fusion: Sequence[float]) -> int:
        """Of the first right article, from 1; a large number when it is not found."""
        _, order = self.ranked(fusion)
        return next((at for at, row in enumerate(order, 1) if self.keys[row] in self.case.gold), 10**6)

    def evidence(self, fusion: Sequence[float]) -> NDArray[np.float64]:
        return evidence(self.scores, *self.ranked(fusion))


def hold_out(library: Library) -> tuple[Library, list[Case]]:
    """The library without a fifth of each article's questions and half of the unanswerable ones, and these as cases.

    What is left is both learned from and indexed, as with the shipped encoder; what is held out is new to both.
    """
    chance = random.Random(SEED)
    kept: dict[tuple[str, int], tuple[str, ...]] = {}
    held: list[Case] = []
    for key, questions in library.questions.items():
        taken = set(chance.sample(questions, len(questions) // 5))
        kept[key] = tuple(question for question in questions if question not in taken)
        place = library.documents[key[0]].jurisdiction
        held.extend(Case("", question, place, frozenset([key]), "", 0) for question in sorted(taken))
    places = library.places.jurisdictions
    for number, question in enumerate(library.unanswerable[1::2]):
        held.append(Case("", question, places[number % len(places)], frozenset(), "", 0))
    return replace(library, questions=kept, unanswerable=library.unanswerable[::2]), held


def score(library: Library, encoder: Encoder | None, cases: Iterable[Case]) -> list[Scored]:
    """Score the cases against a library as ``Search`` would."""
    passages = passages_of(library)
    scorer = Scorer(passages, DenseIndex(passages, encoder) if encoder else None)
    places = np.array([library.documents[document].jurisdiction for document, _ in scorer.keys])
    scored = []
    for case in cases:
        query, asked = cleaned(case.query, library)
        if not asked.articles:
            own = places == case.place
            here, there = np.flatnonzero(own), np.flatnonzero(~own)
            scored.append(Scored(case, scorer.scores(query), here, there, scorer.keys))
    return scored


def fit_fusion(scored: Sequence[Scored]) -> tuple[float, ...]:
    """The weights of ``FEATURES`` with the best mean reciprocal rank, from a small grid."""
    answerable = [one for one in scored if one.case.gold]
    steps = (0.25, 0.5, 1.0, 1.5)
    dense = any(one.scores.articles[:, 0].any() for one in answerable[:20])
    grid = [
        (a if dense else 0.0, 1.0 if dense else 0.0, b, c)
        for a, b, c in itertools.product(steps if dense else (0.0,), steps, steps)
    ]
    return max(grid, key=lambda fusion: float(np.mean([1 / one.rank(fusion) for one in answerable])))


def fit_decision(table: NDArray[np.float64], answerable: NDArray[np.bool_]) -> tuple[tuple[float, ...], float]:
    """Logistic regression with both classes weighing the same; returns weights and bias for raw evidence."""
    mean, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    x = torch.from_numpy((table - mean) / spread)
    y = torch.from_numpy(answerable.astype(np.float64))
    balance = torch.where(y > 0, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    weights = torch.zeros(table.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=500, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        losses = torch.nn.functional.binary_cross_entropy_with_logits(
            x @ weights[:-1] + weights[-1], y, weight=balance, reduction="mean"
        )
        loss: torch.Tensor = losses + 0.003 * (weights[:-1] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    found = weights.detach().numpy()
    raw = found[:-1] / spread
    return tuple(float(w) for w in raw), float(found[-1] - raw @ mean)


def _threshold(held: NDArray[np.float64], tuning: NDArray[np.float64]) -> float:
    """The highest probability below which, in the mean of both sets, at most ``REFUSED`` of the questions lie.

    Held-out questions are harder than real ones (the encoder has not learned from their neighbours), the tuning set is
    small: neither alone is to be believed.
    """
    steps = np.linspace(0.01, 0.99, 99)
    return float(max(step for step in steps if ((held < step).mean() + (tuning < step).mean()) / 2 <= REFUSED))


def calibrate(library: Library, encoder: Encoder | None, final: Encoder | None, provenance: str) -> Calibration:
    """Fit everything.

    Args:
        encoder: trained without the held-out questions.
        final: the one that is shipped, with which the tuning set is scored.
    """
    reduced, held = hold_out(library)
    training = score(reduced, encoder, held)
    tuning = score(library, final, read_cases(TUNING))
    fusion = fit_fusion([*training, *tuning])
    table = np.stack([one.evidence(fusion) for one in training])
    taught = np.array([bool(one.case.gold) for one in training])
    decision, bias = fit_decision(table, taught)
    draft = Calibration(fusion, decision, bias, 0.5, 0.5, 0.9, provenance)

    def chances(scored: Iterable[Scored]) -> NDArray[np.float64]:
        return np.array([draft.probability(one.evidence(fusion)) for one in scored])

    perhaps = _threshold(
        chances(one for one in training if one.case.gold), chances(one for one in tuning if one.case.gold)
    )
    none = [one for one in (*training, *tuning) if not one.case.gold]
    elsewhere = float(np.quantile(chances(one.elsewhere() for one in none), 1 - LED_ASTRAY))
    sure, right = chances(tuning), np.array([one.rank(fusion) == 1 for one in tuning])
    steps = np.linspace(perhaps, 0.99, 200)
    answer = next((float(step) for step in steps if right[sure >= step].mean() >= PRECISE), 0.99)
    return replace(
        draft,
        perhaps=round(perhaps, 3),
        answer=round(answer, 3),
        elsewhere=round(min(elsewhere, 0.9999), 4),
        encoder=final.fingerprint if final else "",
    )


def held_out_encoder(library: Library, folder: Path | None) -> Encoder:
    """Trained as the shipped one, without what is held out; taken from ``folder`` when it is there, else put there.

    Without ``folder`` it is always trained anew.

    Raises:
        TrainingDataMissing: it cannot be trained here.
    """
    if folder is None or not folder.exists():
        os.nice(10)
        folder = folder or ROOT / ".cache" / "held-out-encoder"
        model = train(gather(data_folder(), hold_out(library)[0]), Recipe())
        model.save(str(folder), create_model_card=False)
    return load_encoder(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fit the numbers that say when to answer.")
    parser.add_argument("--held-out-encoder", type=Path, help="folder to keep that encoder in, or to take it from")
    parser.add_argument("--encoder", help="fit for this one instead: a folder or a name, as in GRIDBOT_ENCODER")
    parser.add_argument("--out", type=Path, default=CALIBRATION, help="default: %(default)s")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    library = Library.load(ROOT / "knowledge" / "ordinances")
    try:
        final = load_encoder(arguments.encoder or DEFAULT_MODEL)
        taught = final if arguments.encoder else held_out_encoder(library, arguments.held_out_encoder)
    except TrainingDataMissing as missing:
        print(f"{missing}; {CALIBRATION.name} stays as it is", file=sys.stderr)
        return
    except EncoderUnavailable as problem:
        raise SystemExit(str(problem)) from None
    found = {
        "default": calibrate(
            library,
            taught,
            final,
            "fusion: held-out curated questions and knowledge/tuning/retrieval.jsonl; decision: held-out curated and "
            "knowledge/unanswerable.yml; thresholds: these and the tuning set; encoder: "
            f"{arguments.encoder or 'retrieval/encoder-model'}",
        ),
        "lexical": calibrate(library, None, None, "as default, without an encoder"),
    }
    values = json.loads(arguments.out.read_text(encoding="utf-8")) if arguments.out.exists() else {}
    values |= {name: calibration.to_json() for name, calibration in found.items()}
    arguments.out.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(values, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
