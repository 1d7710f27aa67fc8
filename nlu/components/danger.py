"""A missed danger weighs more than a false alarm, where the words speak of danger at all."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nlu.components.cues import DANGER, cues_in
from nlu.components.normalise import normalise


def sounds_dangerous(text: str) -> bool:
    """Whether any word family of danger is met. Without one, a text that is merely unknown would become an alarm."""
    return not DANGER.isdisjoint(cues_in(normalise(text).text))


def weigh(ranking: Sequence[tuple[str, float]], name: str, weight: float) -> list[tuple[str, float]]:
    """The ranking with the odds of ``name`` multiplied by ``weight``, the others in proportion."""
    raised = [(one, p * weight if one == name else p) for one, p in ranking]
    total = sum(p for _, p in raised)
    return sorted(((one, p / total) for one, p in raised), key=lambda pair: -pair[1])


def danger_weight(p: Any, is_danger: Any, sounds: Any, at: int, recall: float, precision: float) -> float:
    """The weight for class ``at`` that reaches ``recall`` on unseen sentences, while ``precision`` holds.

    Args:
        p: probabilities that cross-validation gave to unseen sentences (sentences × classes).
        is_danger: which of them are danger indeed.
        sounds: which of them sound dangerous; only these are weighed.
        at: the column of danger.
    """
    others = np.delete(p, at, axis=1).max(axis=1)
    best = 1.0
    for weight in np.exp(np.linspace(0.0, np.log(12.0), 40)):
        said = p[:, at] * np.where(sounds, weight, 1.0) >= others
        hits = float((said & is_danger).sum())
        if hits / max(float(said.sum()), 1.0) < precision:
            break
        best = float(weight)
        if hits / max(float(is_danger.sum()), 1.0) >= recall:
            break
    return best
