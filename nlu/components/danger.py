"""How much more a missed danger weighs than a false alarm."""

from typing import Any

import numpy as np


def danger_weight(p: Any, is_danger: Any, at: int, recall: float, precision: float) -> float:
    """The weight for class ``at`` that reaches ``recall`` on unseen sentences, while ``precision`` holds.

    Weighing multiplies the class's odds and leaves the other probabilities in proportion: the ranking stays one of
    calibrated probabilities under the belief that danger is so much more frequent than in the training sentences.

    Args:
        p: probabilities that cross-validation gave to unseen sentences (sentences × classes).
        is_danger: which of them are danger indeed.
    """
    others = np.delete(p, at, axis=1).max(axis=1)
    best = 1.0
    for weight in np.exp(np.linspace(0.0, np.log(12.0), 40)):
        said = p[:, at] * weight >= others
        hits = float((said & is_danger).sum())
        if hits / max(float(said.sum()), 1.0) < precision:
            break
        best = float(weight)
        if hits / max(float(is_danger.sum()), 1.0) >= recall:
            break
    return best
