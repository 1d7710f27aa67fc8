"""Compare ways of understanding on the same folds (Rasa's environment): ``python -m nlu.compare [--diet]``.

The table in docs/decisions/004-understanding.md comes from here. Cross-validation over nlu/data, and the tuning set;
the frozen evaluation set is not for choosing and is not read. Each way runs in a process of its own, so that its memory
can be told. DIET takes minutes for each training: it is asked one fold.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from nlu.components import linear
from nlu.components.encoder import load_encoder
from nlu.components.linear import Settings
from nlu.fingerprint import DATA, ENCODER, ROOT

TUNING = ROOT / "knowledge" / "tuning" / "understanding.jsonl"
FOLDS = 3
BINS = 10  # of confidence, for the calibration error
SEED = 1
# texts, labels, asked → scores by sorted label, seconds of training, milliseconds for each text asked
Scores = Callable[[Sequence[str], Sequence[str], Sequence[str]], tuple[Any, float, float]]

DIET = {
    "recipe": "default.v1",
    "assistant_id": "comparison",
    "language": "en",  # the whitespace tokenizer refuses zh; the n-grams of characters do the work
    "pipeline": [
        {"name": "WhitespaceTokenizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": 12, "entity_recognition": False, "random_seed": SEED},
    ],
}


def read(folder: Path = DATA) -> tuple[list[str], list[str]]:
    """Training sentences and their intents."""
    texts: list[str] = []
    names: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = [line.strip()[2:].strip() for line in block["examples"].splitlines() if line.strip()]
            texts += lines
            names += [block["intent"]] * len(lines)
    return texts, names


def regression(settings: Settings, encoder: bool = False, second: bool = False) -> Scores:
    """The classifier of ours; with the sentence encoder; with a small neural network beside it."""

    def scores(texts: Sequence[str], names: Sequence[str], asked: Sequence[str]) -> tuple[Any, float, float]:
        began = time.monotonic()
        labels = np.array([sorted(set(names)).index(name) for name in names])
        shown = [settings.describe(one) for one in texts]
        embed = load_encoder(ENCODER) if encoder else None
        rows = embed(texts) if embed is not None else None
        middle = None if rows is None else rows.mean(axis=0)

        def centred(vectors: Any) -> Any:
            if vectors is None:
                return None
            moved = vectors - middle
            return 0.5 * moved / np.linalg.norm(moved, axis=1, keepdims=True).clip(1e-9)

        vocabulary, idf = linear.build_vocabulary(shown, settings.rarest)
        data = linear.matrix(shown, vocabulary, idf, centred(rows))
        weights, bias = linear.fit_one(data, labels, settings)
        network: Any = None
        if second:
            from sklearn.neural_network import MLPClassifier

            warnings.simplefilter("ignore")  # twelve rounds are meant to be too few: more of them only overfit
            network = MLPClassifier((256,), max_iter=12, random_state=SEED).fit(data, labels)
        trained = time.monotonic()
        hidden = [settings.describe(one) for one in asked]
        question = linear.matrix(hidden, vocabulary, idf, centred(embed(asked) if embed is not None else None))
        first = np.asarray(question @ weights + bias)
        if network is not None:
            first = (np.log(linear.softmax(first)) + network.predict_log_proba(question)) / 2
        return first, trained - began, 1000 * (time.monotonic() - trained) / len(asked)

    return scores


def diet(texts: Sequence[str], names: Sequence[str], asked: Sequence[str]) -> tuple[Any, float, float]:
    """Rasa's DIET over counted n-grams."""
    from nlu import quiet  # noqa: F401  isort:skip
    import asyncio

    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    by_name: dict[str, str] = {}
    for text, name in zip(texts, names, strict=True):
        by_name[name] = by_name.get(name, "") + f"- {text.replace('[', '(')}\n"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.yml").write_text(yaml.safe_dump(DIET), encoding="utf-8")
        blocks = [{"intent": name, "examples": examples} for name, examples in by_name.items()]
        (Path(folder) / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True))
        began = time.monotonic()
        archive = train_nlu(f"{folder}/config.yml", f"{folder}/nlu.yml", folder)
        trained = time.monotonic()
        agent = Agent.load(archive)
        classes = sorted(set(names))
        rows = np.full((len(asked), len(classes)), 1e-6)
        loaded = time.monotonic()
        for row, text in zip(rows, asked, strict=True):
            for one in asyncio.run(agent.parse_message(text))["intent_ranking"]:
                row[classes.index(one["name"])] = max(one["confidence"], 1e-6)
    return np.log(rows), trained - began, 1000 * (time.monotonic() - loaded) / len(asked)


def ways() -> dict[str, Scores]:
    """What is compared, by its title."""
    ours = Settings(cue_weight=0.3, strength=30.0, solver="liblinear")
    return {
        "n-grams": regression(Settings(cue_weight=0.0, strength=30.0, solver="liblinear")),
        "n-grams + cues": regression(ours),
        "n-grams + cues + encoder": regression(ours, encoder=True),
        "n-grams + cues, network beside": regression(ours, second=True),
        "DIET": diet,
    }


def judge(scores: Any, labels: Any, temperature: float) -> str:
    """Accuracy, macro F1, calibration error and confident mistakes as cells of a table."""
    p = linear.softmax(scores / temperature)
    said, sure = p.argmax(axis=1), p.max(axis=1)
    right = said == labels
    f1 = [
        2 * (right & (labels == name)).sum() / max((labels == name).sum() + (said == name).sum(), 1)
        for name in np.unique(labels)
    ]
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    error = sum(abs(right[bins == at].sum() - sure[bins == at].sum()) for at in range(BINS)) / len(labels)
    return f"{right.mean():.3f} | {np.mean(f1):.3f} | {error:.3f} | {(~right & (sure > 0.7)).mean():.3f}"


def row_of(title: str) -> str:
    """One line of the table; runs in a process of its own."""
    way = ways()[title]
    texts, names = read()
    classes = sorted(set(names))
    labels = np.array([classes.index(name) for name in names])
    rows = [json.loads(line) for line in TUNING.read_text(encoding="utf-8").splitlines()]
    asked, right = [row["text"] for row in rows], np.array([classes.index(row["intent"]) for row in rows])
    unseen = np.zeros((len(texts), len(classes)))
    judged: list[int] = []
    for held in linear.folds_of(labels, FOLDS, SEED)[: 1 if title == "DIET" else FOLDS]:
        rest = np.setdiff1d(np.arange(len(texts)), held)
        unseen[held], seconds, each = way(
            [texts[at] for at in rest], [names[at] for at in rest], [texts[at] for at in held]
        )
        judged += held.tolist()
    heat = linear.best_temperature(unseen[judged], labels[judged])
    tuned, seconds, each = way(texts, names, asked)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cells = f"{judge(unseen[judged], labels[judged], heat)} | {judge(tuned, right, heat)}"
    return f"| {title} | {cells} | {each:.1f} | {memory:.0f} | {seconds:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare ways of understanding on the same folds.")
    parser.add_argument("--diet", action="store_true", help="DIET too (minutes for each training)")
    options = parser.parse_args()
    figures = "accuracy | macro F1 | ECE | wrong > 0.7"
    print(f"| way | folds: {figures} | tuning: {figures} | ms a text | peak MB | training s |")
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for title in ways():
            if title != "DIET" or options.diet:
                print(pool.apply(row_of, (title,)), flush=True)


if __name__ == "__main__":
    main()
