"""A linear classifier with calibrated probabilities, kept as arrays (no pickle), asked with numpy alone.

Training fits once on everything, and once per fold to see what it says of sentences it was not shown. From those
answers comes the temperature (probabilities that mean what they say).
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from nlu.components.features import describe, is_cue

Array = Any  # numpy's own types differ between the two environments


@dataclass
class Settings:
    """How features are made and the classifier is fitted; all of it stands in config.yml.

    Attributes:
        sizes: shortest and longest n-gram.
        rarest: an n-gram counts when it is in at least so many sentences.
        cue_weight: length of the cue part beside the n-grams' unit length; 0: no cues.
        matter_weight: the same for the words of matters.
        dense_weight: the same for the encoder's vector.
        strength: inverse regularisation (scikit-learn's C).
        solver: scikit-learn's; lbfgs (all classes at once) or liblinear (each against the rest: far faster with many).
        folds: for calibration.
    """

    sizes: tuple[int, int] = (1, 4)
    rarest: int = 2
    cue_weight: float = 1.0
    matter_weight: float = 0.0
    dense_weight: float = 1.0
    strength: float = 12.0
    solver: str = "lbfgs"
    folds: int = 5
    seed: int = 20261120

    def describe(self, text: str) -> dict[str, float]:
        """The named features of one text under these settings."""
        return describe(text, self.sizes, self.cue_weight, self.matter_weight)


@dataclass
class Linear:
    """A fitted classifier. ``probabilities`` is all that is asked of it."""

    settings: Settings
    classes: list[str]
    vocabulary: dict[str, int]
    idf: Array
    weights: Array
    bias: Array
    temperature: float = 1.0
    embed: Callable[[Sequence[str]], Array] | None = None

    def row(self, text: str) -> tuple[list[int], list[float]]:
        """Sparse features of one text: columns and values."""
        return vectorise(self.settings.describe(text), self.vocabulary, self.idf)

    def scores(self, text: str) -> Array:
        columns, values = self.row(text)
        scores = self.bias.copy()
        if columns:
            scores += np.asarray(values, dtype=np.float32) @ self.weights[columns]
        if self.embed is not None:
            scores += (self.embed([text])[0] * self.settings.dense_weight) @ self.weights[len(self.vocabulary) :]
        return scores

    def probabilities(self, text: str) -> list[tuple[str, float]]:
        """Classes with calibrated probabilities, likeliest first."""
        p = softmax(self.scores(text)[None, :] / self.temperature)[0]
        order = np.argsort(-p)
        return [(self.classes[at], float(p[at])) for at in order]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "linear.npz", idf=self.idf, weights=self.weights, bias=self.bias)
        about = {
            "classes": self.classes,
            "vocabulary": list(self.vocabulary),
            "temperature": self.temperature,
            "settings": {**vars(self.settings), "sizes": list(self.settings.sizes)},
            "dense": self.embed is not None,
        }
        (folder / "linear.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, embed: Callable[[Sequence[str]], Array] | None = None) -> "Linear":
        about = json.loads((folder / "linear.json").read_text(encoding="utf-8"))
        arrays = np.load(folder / "linear.npz")
        settings = Settings(**{**about["settings"], "sizes": tuple(about["settings"]["sizes"])})
        vocabulary = {name: at for at, name in enumerate(about["vocabulary"])}
        if about["dense"] and embed is None:
            raise FileNotFoundError("the encoder that this model was trained with is gone; train again")
        return cls(
            settings, about["classes"], vocabulary, arrays["idf"], arrays["weights"], arrays["bias"],
            about["temperature"], embed if about["dense"] else None,
        )  # fmt: skip


def vectorise(features: dict[str, float], vocabulary: dict[str, int], idf: Array) -> tuple[list[int], list[float]]:
    """Columns and values: n-grams weighted by idf and brought to unit length, cues as they are."""
    columns: list[int] = []
    values: list[float] = []
    grams: list[int] = []  # where in ``values`` the n-grams stand
    total = 0.0
    for name, value in features.items():
        at = vocabulary.get(name)
        if at is None:
            continue
        if not is_cue(name):
            value *= float(idf[at])
            total += value * value
            grams.append(len(values))
        columns.append(at)
        values.append(value)
    length = total**0.5 or 1.0
    for at in grams:
        values[at] /= length
    return columns, values


def softmax(scores: Array) -> Array:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def build_vocabulary(described: Sequence[dict[str, float]], rarest: int) -> tuple[dict[str, int], Array]:
    """Features met often enough, and their inverse document frequencies (1 for cues)."""
    counts: Counter[str] = Counter()
    for features in described:
        counts.update(features.keys())
    kept = sorted(name for name, count in counts.items() if count >= rarest)
    total = len(described)
    idf = [1.0 if is_cue(name) else log((1 + total) / (1 + counts[name])) + 1.0 for name in kept]
    return {name: at for at, name in enumerate(kept)}, np.array(idf, dtype=np.float32)


def matrix(described: Sequence[dict[str, float]], vocabulary: dict[str, int], idf: Array, dense: Array | None) -> Any:
    from scipy.sparse import csr_matrix, hstack

    pointers, columns, values = [0], [], []
    for features in described:
        at, value = vectorise(features, vocabulary, idf)
        columns += at
        values += value
        pointers.append(len(columns))
    sparse = csr_matrix(
        (np.array(values, dtype=np.float32), columns, pointers), shape=(len(described), len(vocabulary))
    )
    return sparse if dense is None else hstack([sparse, csr_matrix(dense)], format="csr")


def fit_one(data: Any, labels: Array, settings: Settings) -> tuple[Array, Array]:
    """Weights (features × classes) and bias of a logistic regression."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=settings.strength, solver=settings.solver, class_weight="balanced", max_iter=300, tol=1e-3
    )
    model.fit(data, labels)
    coefficients, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        coefficients, bias = np.vstack([-coefficients, coefficients]) / 2, np.array([-bias[0], bias[0]]) / 2
    return coefficients.T.astype(np.float32), bias.astype(np.float32)


def best_temperature(scores: Array, labels: Array) -> float:
    """The temperature under which the unseen sentences were least surprising."""
    grid = np.exp(np.linspace(np.log(0.2), np.log(5.0), 60))
    rows = np.arange(len(labels))
    losses = [-np.log(softmax(scores / t)[rows, labels] + 1e-12).mean() for t in grid]
    return float(grid[int(np.argmin(losses))])


def folds_of(labels: Sequence[int], count: int, seed: int) -> list[Array]:
    """Stratified folds as index arrays of the sentences held out."""
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(count, shuffle=True, random_state=seed)
    return [held for _, held in splitter.split(np.zeros(len(labels)), labels)]


def train(
    texts: Sequence[str],
    names: Sequence[str],
    settings: Settings,
    embed: Callable[[Sequence[str]], Array] | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> tuple[Linear, Array, Array]:
    """Fit and calibrate.

    Returns:
        the classifier, what the folds said of unseen sentences (scores before temperature), and the labels.
    """
    classes = sorted(set(names))
    labels = np.array([classes.index(name) for name in names])
    described = [settings.describe(text) for text in texts]
    dense = embed(texts) * settings.dense_weight if embed is not None else None
    tell = tell or (lambda _done, _total: None)
    fewest = min(Counter(names).values())
    count = min(settings.folds, fewest)
    unseen = np.zeros((len(texts), len(classes)), dtype=np.float32)
    tell(0, count + 1)
    if count >= 2:
        for done, held in enumerate(folds_of(labels, count, settings.seed), start=1):
            rest = np.setdiff1d(np.arange(len(texts)), held)
            unseen[held] = _fit_and_score(described, dense, labels, rest, held, settings)
            tell(done, count + 1)
    vocabulary, idf = build_vocabulary(described, settings.rarest)
    weights, bias = fit_one(matrix(described, vocabulary, idf, dense), labels, settings)
    model = Linear(settings, classes, vocabulary, idf, weights, bias, embed=embed)
    if count >= 2:
        model.temperature = best_temperature(unseen, labels)
    tell(count + 1, count + 1)
    return model, unseen, labels


def _fit_and_score(
    described: Sequence[dict[str, float]],
    dense: Array | None,
    labels: Array,
    rest: Array,
    held: Array,
    settings: Settings,
) -> Array:
    shown = [described[at] for at in rest]
    vocabulary, idf = build_vocabulary(shown, settings.rarest)
    weights, bias = fit_one(
        matrix(shown, vocabulary, idf, None if dense is None else dense[rest]), labels[rest], settings
    )
    hidden = matrix([described[at] for at in held], vocabulary, idf, None if dense is None else dense[held])
    return hidden @ weights + bias
