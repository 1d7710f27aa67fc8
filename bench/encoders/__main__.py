"""Trains kinds of encoders alike and measures them alike: ``python -m bench.encoders``.

All learn from the split ``fitting`` of STARD and from the curated questions of all texts but ``LEFT_OUT``, whose questions
then stand for those about a law that nobody has curated. One run takes about an hour and a half on one core.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from transformers import BertModel

from bench.encoders.cross import ARTICLES, CrossEncoder
from bench.encoders.transformer import (
    Budget,
    TransformerEncoder,
    characters,
    configuration,
    contrast,
    pair_source,
    pretrain,
    questions_with_articles,
)
from bench.stard import (
    PIPELINES,
    Features,
    Figures,
    Letters,
    Question,
    Stard,
    Table,
    best,
    figures,
    fit,
    fitting_tables,
    measure,
)
from retrieval.calibrate import TUNING, score
from retrieval.encoder import Encoder, load_encoder
from retrieval.evaluation import Case, read_cases
from retrieval.judging import CALIBRATION
from retrieval.library import Library
from retrieval.scoring import Calibration
from retrieval.train_encoder import Recipe, train
from retrieval.training_data import ROOT, Split, TrainingData, data_folder, gather

LEFT_OUT = "dalian"
RESULTS = ROOT / "bench" / "results" / "encoders.json"
#: How the static kinds differ from the shipped recipe, whose subwords have up to three characters.
STATIC: dict[str, dict[str, int]] = {
    "static, characters": {"vocabulary": 1},  # every character is known in any case; nothing is joined
    "static, up to two characters": {"longest_subword": 2},
    "static, subwords": {},
}
TRANSFORMER, CROSS = "transformer", "transformer and cross-encoder"
KINDS = (*STATIC, TRANSFORMER, CROSS)
PAIRS: tuple[str, ...] = ("meaning", "meaning and letters")
DEVS: tuple[Split, ...] = ("official", "strict")
#: How many of the first stage's articles the cross-encoder reads.
READ_AGAIN = 50


@dataclass(frozen=True)
class Row:
    """What was found out about one kind.

    Attributes:
        stard: per pipeline and dev split.
        tuning, left_out: share of questions with a right article first: the tuning set's about the curated texts, and
            all questions about the text left out; fused with the shipped weights, within the place's own law.
        milliseconds: to encode one question (to read ``READ_AGAIN`` articles again, for the cross-encoder).
        mebibytes: of its weights in half precision.
        minutes: of one core's time, spent in training.
    """

    kind: str
    stard: dict[str, dict[str, Figures]]
    tuning: float | None
    left_out: float | None
    milliseconds: float
    mebibytes: float
    minutes: float


class Laboratory:
    """What all kinds share: data, letters, and questions to measure on."""

    def __init__(self) -> None:
        whole = Library.load(ROOT / "knowledge" / "ordinances")
        kept = {key: asked for key, asked in whole.questions.items() if key[0] != LEFT_OUT}
        self.library = replace(whole, questions=kept)
        self.data: TrainingData = gather(data_folder(), self.library, "fitting")
        self.stard = Stard.read(data_folder())
        self.letters = Letters(self.stard.articles)
        place = whole.documents[LEFT_OUT].jurisdiction
        self.new = [
            Case("", question, place, frozenset([key]), "", 0)
            for key, asked in whole.questions.items()
            if key[0] == LEFT_OUT
            for question in asked
        ]
        self.tuning = [case for case in read_cases(TUNING) if case.gold and case.place != place]

    def measured(self, kind: str, encoder: Encoder, parameters: int, minutes: float) -> Row:
        weights, _ = self.fitted(encoder)
        results: dict[str, dict[str, Figures]] = {name: {} for name in PAIRS}
        for split in DEVS:
            known, dev = self.stard.split(split)
            for name, found in measure(Features(self.stard, self.letters, known, encoder), dev, weights).items():
                results[name][split] = found
        first = self.everyday(encoder, self.tuning), self.everyday(encoder, self.new)
        return Row(kind, results, *first, encoding_time(encoder, self.new), parameters * 2 / 2**20, minutes)

    def fitted(self, encoder: Encoder) -> tuple[dict[str, Table], Features]:
        """Weights of the two pipelines, and the features they were fitted on."""
        known, held = self.stard.split("fitting")
        features = Features(self.stard, self.letters, known, encoder)
        tables, golds = fitting_tables(features, held)
        return {name: fit(tables, golds, PIPELINES[name]) for name in PAIRS}, features

    def everyday(self, encoder: Encoder, cases: list[Case]) -> float:
        """The share of questions whose own law's first article is right."""
        fusion = Calibration.read(CALIBRATION, "default").fusion
        return float(np.mean([one.rank(fusion) == 1 for one in score(self.library, encoder, cases)]))


def encoding_time(encoder: Encoder, cases: list[Case]) -> float:
    """Median milliseconds to encode one question."""
    spent = []
    for case in cases[:200]:
        began = time.perf_counter()
        encoder.encode([case.query])
        spent.append(time.perf_counter() - began)
    return float(np.median(spent)) * 1000


def static(laboratory: Laboratory, kind: str, steps: int) -> Row:
    """One of the static kinds."""
    began = time.process_time()
    model = train(laboratory.data, replace(Recipe(steps=steps), **STATIC[kind]))
    minutes = (time.process_time() - began) / 60
    parameters = sum(parameter.numel() for parameter in model.parameters())
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder, create_model_card=False)
        return laboratory.measured(kind, load_encoder(folder), parameters, minutes)


def transformers(
    laboratory: Laboratory, report: Callable[[Row], None], budget: Budget, read_again: int, keep: Path
) -> None:
    """The transformer, and the cross-encoder that starts from the same pre-training and reads its best articles again.

    Args:
        keep: the file that the pre-trained weights are written to, or taken from: they take longest.
    """
    data, began = laboratory.data, time.process_time()
    tokenizer = characters([clause.text for clause in data.statutes], budget.characters)
    if not keep.exists():
        pretrained = pretrain(data, tokenizer, budget).bert
        keep.parent.mkdir(parents=True, exist_ok=True)
        minutes = (time.process_time() - began) / 60
        torch.save({"weights": pretrained.state_dict(), "budget": asdict(budget), "minutes": minutes}, keep)
    kept = torch.load(keep)
    if kept["budget"] != asdict(budget):
        raise SystemExit(f"{keep} was pre-trained with another budget; remove it to pre-train anew")
    began = time.process_time()
    model = BertModel(configuration(tokenizer, budget), add_pooling_layer=False)
    model.load_state_dict(kept["weights"])
    contrast(model, tokenizer, pair_source(data, budget), budget)
    minutes = kept["minutes"] + (time.process_time() - began) / 60
    encoder = TransformerEncoder(model, tokenizer)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    report(laboratory.measured(TRANSFORMER, encoder, parameters, minutes))

    began = time.process_time()
    again = BertModel(model.config, add_pooling_layer=False)
    again.load_state_dict(kept["weights"])
    cross = CrossEncoder(again, tokenizer, budget)
    asked = [(question, article) for question, article in questions_with_articles(data) if data.hard.get(question)]

    def draw(chance: object) -> tuple[str, list[str]]:
        question, article = chance.choice(asked)  # type: ignore[attr-defined]
        return question, [article, *chance.sample(data.hard[question], ARTICLES - 1)]  # type: ignore[attr-defined]

    cross.train(draw, read_again)
    minutes += (time.process_time() - began) / 60
    report(second_stage(laboratory, encoder, cross, parameters * 2, minutes))


def second_stage(laboratory: Laboratory, encoder: Encoder, cross: CrossEncoder, parameters: int, minutes: float) -> Row:
    """The first stage is meaning and letters; its score and the cross-encoder's are added with fitted weights."""
    weights, features = laboratory.fitted(encoder)
    first = weights["meaning and letters"]
    articles, spent = laboratory.stard.articles, list[float]()

    def candidates(features: Features, question: Question) -> tuple[list[int], Table]:
        scores = features.table(question.text) @ first
        rows = best(scores, READ_AGAIN)
        began = time.perf_counter()
        logits = cross.scores(question.text, [articles[row] for row in rows])
        spent.append(time.perf_counter() - began)
        return rows, np.stack([scores[rows], logits], axis=1)

    tables, golds = [], []
    for question in laboratory.stard.split("fitting")[1]:
        rows, table = candidates(features, question)
        right = frozenset(at for at, row in enumerate(rows) if row in question.gold)
        if right:
            tables.append(np.pad(table, ((0, 0), (0, len(first) - 2))))
            golds.append(right)
    both = fit(tables, golds, ("bigrams", "characters"))[:2]
    results: dict[str, dict[str, Figures]] = {name: {} for name in PAIRS}
    for split in DEVS:
        known, dev = laboratory.stard.split(split)
        features = Features(laboratory.stard, laboratory.letters, known, encoder)
        found: dict[str, list[list[int]]] = {name: [] for name in PAIRS}
        spent.clear()
        for question in dev:
            rows, table = candidates(features, question)
            for name, weight in zip(PAIRS, (np.array([0.0, 1.0]), both), strict=True):
                found[name].append([rows[at] for at in best(table @ weight)])
        for name in PAIRS:
            results[name][split] = figures(found[name], dev, sum(spent))
    return Row(CROSS, results, None, None, float(np.median(spent)) * 1000, parameters * 2 / 2**20, minutes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--steps", type=int, default=Recipe.steps, help="of each static kind (default: %(default)s)")
    parser.add_argument("--pretraining", type=int, default=Budget.pretraining)
    parser.add_argument("--contrastive", type=int, default=Budget.contrastive)
    parser.add_argument("--read-again", type=int, default=300, help="steps of the cross-encoder (default: %(default)s)")
    parser.add_argument("--pretrained", type=Path, default=ROOT / ".cache" / "pretrained.pt", help="file to keep it in")
    options = parser.parse_args()
    os.nice(10)
    torch.set_num_threads(1)
    laboratory = Laboratory()

    def report(row: Row) -> None:
        """Keep what is known: a run takes long, and may be continued with other kinds."""
        known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
        known[row.kind] = asdict(row)
        RESULTS.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(json.dumps(asdict(row), ensure_ascii=False), flush=True)

    for kind in STATIC:
        if kind in options.kinds:
            report(static(laboratory, kind, options.steps))
    if {TRANSFORMER, CROSS}.intersection(options.kinds):
        budget = Budget(pretraining=options.pretraining, contrastive=options.contrastive)
        transformers(laboratory, report, budget, options.read_again, options.pretrained)


if __name__ == "__main__":
    main()
