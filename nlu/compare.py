"""Compare ways of understanding on the same folds (Rasa's environment): ``python -m nlu.compare [--diet]``.

The table in docs/decisions/004-understanding.md comes from here. Cross-validation over nlu/data, and the tuning set;
the frozen evaluation set is not for choosing and is not read.
"""

import argparse
import json
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
SEED = 1
Scores = Callable[[Sequence[str], Sequence[str], Sequence[str]], Any]  # texts, labels, asked → scores by sorted label

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

    def scores(texts: Sequence[str], names: Sequence[str], asked: Sequence[str]) -> Any:
        labels = np.array([sorted(set(names)).index(name) for name in names])
        shown, hidden = [settings.describe(one) for one in texts], [settings.describe(one) for one in asked]
        dense: tuple[Any, Any] = (None, None)
        embed = load_encoder(ENCODER) if encoder else None
        if embed is not None:
            rows, others = embed(texts), embed(asked)
            middle = rows.mean(axis=0)
            dense = tuple(0.5 * (one - middle) / np.linalg.norm(one - middle, axis=1, keepdims=True).clip(1e-9)
                          for one in (rows, others))  # fmt: skip
        vocabulary, idf = linear.build_vocabulary(shown, settings.rarest)
        data = linear.matrix(shown, vocabulary, idf, dense[0])
        question = linear.matrix(hidden, vocabulary, idf, dense[1])
        weights, bias = linear.fit_one(data, labels, settings)
        first = np.asarray(question @ weights + bias)
        if not second:
            return first
        from sklearn.neural_network import MLPClassifier

        warnings.simplefilter("ignore")  # twelve rounds are meant to be too few: more of them only overfit
        network = MLPClassifier((256,), max_iter=12, random_state=SEED).fit(data, labels)
        return (np.log(linear.softmax(first)) + network.predict_log_proba(question)) / 2

    return scores


def diet(texts: Sequence[str], names: Sequence[str], asked: Sequence[str]) -> Any:
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
        agent = Agent.load(train_nlu(f"{folder}/config.yml", f"{folder}/nlu.yml", folder))
        classes = sorted(set(names))
        rows = np.full((len(asked), len(classes)), 1e-6)
        for row, text in zip(rows, asked, strict=True):
            for one in asyncio.run(agent.parse_message(text))["intent_ranking"]:
                row[classes.index(one["name"])] = max(one["confidence"], 1e-6)
    return np.log(rows)


def judge(scores: Any, labels: Any, temperature: float) -> str:
    p = linear.softmax(scores / temperature)
    said, sure = p.argmax(axis=1), p.max(axis=1)
    surprise = -np.log(p[np.arange(len(labels)), labels] + 1e-12).mean()
    return f"{(said == labels).mean():.3f} | {surprise:.3f} | {((said != labels) & (sure > 0.7)).mean():.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare ways of understanding on the same folds.")
    parser.add_argument("--diet", action="store_true", help="DIET too (minutes for each fold)")
    options = parser.parse_args()
    texts, names = read()
    classes = sorted(set(names))
    labels = np.array([classes.index(name) for name in names])
    rows = [json.loads(line) for line in TUNING.read_text(encoding="utf-8").splitlines()]
    asked, right = [row["text"] for row in rows], np.array([classes.index(row["intent"]) for row in rows])
    ours = Settings(cue_weight=0.3, strength=30.0, solver="liblinear")
    plain = Settings(cue_weight=0.0, strength=30.0, solver="liblinear")
    ways: dict[str, Scores] = {
        "n-grams": regression(plain),
        "n-grams + cues": regression(ours),
        "n-grams + cues + encoder": regression(ours, encoder=True),
        "n-grams + cues, network beside": regression(ours, second=True),
    }
    if options.diet:
        ways["DIET"] = diet
    print(f"{len(texts)} sentences, {FOLDS} folds; tuning set {len(rows)}")
    print("way | accuracy | surprise | wrong > 0.7 | tuning: accuracy | surprise | wrong > 0.7 | seconds a training")
    for title, way in ways.items():
        unseen = np.zeros((len(texts), len(classes)))
        began = time.monotonic()
        for held in linear.folds_of(labels, FOLDS, SEED):
            rest = np.setdiff1d(np.arange(len(texts)), held)
            unseen[held] = way([texts[at] for at in rest], [names[at] for at in rest], [texts[at] for at in held])
        seconds = (time.monotonic() - began) / FOLDS
        heat = linear.best_temperature(unseen, labels)
        tuned = judge(way(texts, names, asked), right, heat)
        print(f"{title} | {judge(unseen, labels, heat)} | {tuned} | {seconds:.1f}", flush=True)


if __name__ == "__main__":
    main()
