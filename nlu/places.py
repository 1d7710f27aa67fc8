"""Train the tagger of places (Rasa's environment, which has CRFsuite): ``python -m nlu.places [--compare]``.

Reads ``nlu/marked/*.txt``: one sentence a line, its places in square brackets, ``#`` begins a note. Writes
``nlu/components/places.json``, which is part of the repository: the same sentences give the same file. ``--compare`` writes
nothing and prints what rules, tagger and both find in sentences that they were not shown.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from nlu.components.find import others_in
from nlu.components.normalise import normalise
from nlu.components.place_rules import places_by_rule
from nlu.components.places import WEIGHTS
from nlu.components.spans import Span, without_overlaps
from nlu.components.tagging import LABELS, Tagger, features_of, labels_of
from nlu.variants import lead, renamed

MARKED = Path(__file__).resolve().parent / "marked"
SETTINGS = {"c1": 0.05, "c2": 0.3, "max_iterations": 120, "feature.possible_transitions": True}
VARIANTS = 2
FOLDS = 5
SEED = 20261120


@dataclass(frozen=True)
class Sentence:
    """A normalised text and where its places stand in it."""

    text: str
    spans: tuple[tuple[int, int], ...]


def read(folder: Path = MARKED) -> list[Sentence]:
    """The marked sentences, each once.

    Raises:
        ValueError: brackets that do not match, or a place of one character; the message names file and line.
    """
    found: dict[str, Sentence] = {}
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            try:
                sentence = parse(line.strip())
            except ValueError as error:
                raise ValueError(f"{path.name}:{number}: {error}") from None
            found.setdefault(sentence.text, sentence)
    return list(found.values())


def parse(line: str) -> Sentence:
    """``[幸福里]停水`` as text and spans.

    Raises:
        ValueError: brackets that do not match, or a place of one character.
    """
    parts: list[str] = []
    marked: list[tuple[int, int]] = []
    length, opened = 0, None
    for mark in line:
        if mark == "[" and opened is None:
            opened = length
        elif mark == "]" and opened is not None:
            marked.append((opened, length))
            opened = None
        elif mark in "[]":
            raise ValueError("brackets do not match")
        else:
            parts.append(mark)
            length += 1
    if opened is not None:
        raise ValueError("brackets do not match")
    folded = normalise("".join(parts))
    spans = []
    for start, end in marked:
        inside = [at for at, origin in enumerate(folded.origin) if start <= origin < end]
        if len(inside) < 2:
            raise ValueError("a place has two characters at least")
        spans.append((inside[0], inside[-1] + 1))
    return Sentence(folded.text, tuple(spans))


def varied(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """The sentences, and those with places ``VARIANTS`` times more under other names."""
    chance = Random(SEED)
    for sentence in sentences:
        yield sentence
        for _ in range(VARIANTS if sentence.spans else 0):
            parts: list[str] = []
            spans: list[tuple[int, int]] = []
            at = length = 0
            if sentence.spans[0][0] == 0:
                parts.append(lead(sentence.text, chance))
                length = len(parts[0])
            for start, end in sentence.spans:
                name = normalise(renamed(sentence.text[start:end], chance)).text
                parts += [sentence.text[at:start], name]
                length += start - at
                spans.append((length, length + len(name)))
                length, at = length + len(name), end
            text = "".join([*parts, sentence.text[at:]])
            if text != sentence.text:
                yield Sentence(text, tuple(spans))


def train(sentences: Sequence[Sentence]) -> tuple[dict[str, list[float]], list[list[float]]]:
    """Weights of features and of steps between labels, rounded to two places."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=SETTINGS, verbose=False)
    for sentence in varied(sentences):
        trainer.append(
            features_of(sentence.text, others_in(sentence.text)), labels_of(len(sentence.text), sentence.spans)
        )
    with tempfile.TemporaryDirectory() as folder:
        trainer.train(f"{folder}/crf")
        tagger = pycrfsuite.Tagger()
        tagger.open(f"{folder}/crf")
        info = tagger.info()
        tagger.close()
    weights: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(LABELS))
    for (name, label), weight in info.state_features.items():
        if abs(weight) >= 0.02:
            weights[name][LABELS.index(label)] = round(weight, 2)
    steps = [[round(info.transitions.get((one, other), 0.0), 2) for other in LABELS] for one in LABELS]
    return dict(sorted(weights.items())), steps


def tagger_of(sentences: Sequence[Sentence]) -> Tagger:
    weights, steps = train(sentences)
    return Tagger({name: tuple(row) for name, row in weights.items()}, tuple(tuple(row) for row in steps))


def digest(folder: Path = MARKED) -> str:
    """Hash of the marked sentences, so that it can be seen whether the weights were made from them."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.txt")):
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def folds(sentences: Sequence[Sentence]) -> Iterator[tuple[list[Sentence], list[Sentence]]]:
    """What is shown and what is asked, ``FOLDS`` times; the same each time."""
    order = list(sentences)
    Random(SEED).shuffle(order)
    for fold in range(FOLDS):
        yield [one for at, one in enumerate(order) if at % FOLDS != fold], order[fold::FOLDS]


def judge(asked: Sequence[Sentence], find: Callable[[str], Sequence[Span]]) -> tuple[int, int, int]:
    """How many places were right (to the character), said, and there."""
    right = said = there = 0
    for sentence in asked:
        found = {(span.start, span.end) for span in find(sentence.text)}
        right += len(found & set(sentence.spans))
        said += len(found)
        there += len(sentence.spans)
    return right, said, there


def kept_places(text: str, places: Sequence[Span]) -> list[Span]:
    """The places that stay beside whatever else was found."""
    return [span for span in without_overlaps([*others_in(text), *places]) if span.kind == "place"]


def by_rule(text: str) -> list[Span]:
    return kept_places(text, places_by_rule(text))


def compare(sentences: Sequence[Sentence]) -> None:
    """Print precision, recall and F1 of exact spans on unseen sentences."""
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for shown, asked in folds(sentences):
        tagger = tagger_of(shown)

        def tagged(text: str, tagger: Tagger = tagger) -> list[Span]:
            found = tagger.spans(text, others_in(text))
            return kept_places(text, [Span("place", text[start:end], start, end) for start, end in found])

        for name, find in (("rules", by_rule), ("rules and tagger", tagged)):
            totals[name] = [sum(pair) for pair in zip(totals[name], judge(asked, find), strict=True)]
    for name, (right, said, there) in totals.items():
        precision, recall = right / max(said, 1), right / max(there, 1)
        both = 2 * precision * recall / max(precision + recall, 1e-9)
        print(f"{name:<20} precision {precision:.3f}  recall {recall:.3f}  F1 {both:.3f}  of {there}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Train the tagger of places, or compare it with the rules.")
    parser.add_argument("--compare", action="store_true", help="cross-validate, write nothing")
    options = parser.parse_args()
    try:
        sentences = read()
    except ValueError as error:
        print(f"places: {error}", file=sys.stderr)
        return 1
    if options.compare:
        compare(sentences)
        return 0
    weights, steps = train(sentences)
    lines = ",\n".join(f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(row)}" for name, row in weights.items())
    head = f'"marked": {json.dumps(digest())},\n"steps": {json.dumps(steps)},\n'
    WEIGHTS.write_text(f'{{{head}"weights": {{\n{lines}\n}}}}\n', encoding="utf-8")
    print(f"places: {len(sentences)} sentences, {len(weights)} features, {WEIGHTS.stat().st_size // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
