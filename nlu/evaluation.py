"""How well texts are understood, against a file of labelled ones: ``gridbot evaluate understanding FILE``.

In: JSON lines ``{"id", "text", "intent", "entities"?: [{"entity", "value", "start", "end"}]}``, each text standing alone.
Out: JSON lines ``{"id", "intent", "confidence", "entities"}``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlu.client import Understanding

ACTING = 0.7  # a wrong answer above this confidence is acted upon, not asked about: the dear mistake


class BadEvaluationFile(Exception):
    """The file cannot be used; the message is one line and names the line that is wrong."""


@dataclass(frozen=True)
class Case:
    """One labelled text; ``entities`` is None where the file marks none for it (they are not counted then)."""

    id: str
    text: str
    intent: str
    entities: frozenset[tuple[str, int, int]] | None


@dataclass(frozen=True)
class Rates:
    """Precision, recall and F1 of one intent or one kind of entity, all 0 to 1; ``support`` is how many there were."""

    precision: float
    recall: float
    f1: float
    support: int


def rates(right: int, said: int, support: int) -> Rates:
    precision = right / said if said else 0.0
    recall = right / support if support else 0.0
    both = precision + recall
    return Rates(precision, recall, 2 * precision * recall / both if both else 0.0, support)


@dataclass(frozen=True)
class Report:
    """The figures of one evaluation.

    Attributes:
        wrong_confident: share of all texts answered wrongly with more than ``ACTING`` confidence.
        confusion: how often an intent (first) was taken for another (second), commonest first.
        entities: by kind, exact spans only.
    """

    count: int
    accuracy: float
    macro_f1: float
    wrong_confident: float
    intents: dict[str, Rates]
    confusion: list[tuple[str, str, int]]
    entities: dict[str, Rates] = field(default_factory=dict)

    def table(self) -> str:
        """The report as plain text."""
        lines = [
            f"texts {self.count}   accuracy {self.accuracy:.3f}   macro F1 {self.macro_f1:.3f}   "
            f"wrong above {ACTING:g}: {self.wrong_confident:.3f}",
            "",
            f"{'intent':<20} {'precision':>9} {'recall':>7} {'F1':>6} {'texts':>6}",
        ]
        for title, block in (("", self.intents), (f"{'entity (exact span)':<20}", self.entities)):
            if title and block:
                lines += ["", title]
            lines += [
                f"{name:<20} {one.precision:>9.3f} {one.recall:>7.3f} {one.f1:>6.3f} {one.support:>6}"
                for name, one in block.items()
            ]
        if self.confusion:
            lines += ["", "taken for another"]
            lines += [f"{count:>4}  {true} → {said}" for true, said, count in self.confusion[:20]]
        return "\n".join(lines)


def read_cases(file: Path) -> list[Case]:
    """Read labelled texts.

    Raises:
        BadEvaluationFile: not readable, not JSON, or a field is missing; with the number of the line.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise BadEvaluationFile(f"{file}: {reason}") from None
    cases = [_case(file, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not cases:
        raise BadEvaluationFile(f"{file}: holds no texts")
    return cases


def _case(file: Path, number: int, line: str) -> Case:
    try:
        row = json.loads(line)
    except ValueError:
        raise BadEvaluationFile(f"{file}:{number}: not JSON") from None
    if not isinstance(row, dict):
        raise BadEvaluationFile(f"{file}:{number}: not an object")
    for name in ("text", "intent"):
        if not isinstance(row.get(name), str):
            raise BadEvaluationFile(f"{file}:{number}: {name} is missing or not text")
    marked = row.get("entities")
    entities: frozenset[tuple[str, int, int]] | None = None
    if marked is not None:
        try:
            entities = frozenset((one["entity"], int(one["start"]), int(one["end"])) for one in marked)
        except (TypeError, KeyError, ValueError):
            raise BadEvaluationFile(f"{file}:{number}: entities need entity, start and end") from None
    return Case(str(row.get("id", number)), row["text"], row["intent"], entities)


def measure(cases: Sequence[Case], answers: Sequence[Understanding]) -> Report:
    """Compare what was understood with what was meant."""
    pairs = [(case.intent, answer.intent) for case, answer in zip(cases, answers, strict=True)]
    truth, said = Counter(true for true, _ in pairs), Counter(got for _, got in pairs)
    right = Counter(true for true, got in pairs if true == got)
    intents = {name: rates(right[name], said[name], truth[name]) for name in sorted(truth | said)}
    confident = sum(a.intent != c.intent and a.confidence > ACTING for c, a in zip(cases, answers, strict=True))
    wrong = Counter((true, got) for true, got in pairs if true != got)
    judged = [one for name, one in intents.items() if truth[name]]
    return Report(
        count=len(cases),
        accuracy=right.total() / len(cases),
        macro_f1=sum(one.f1 for one in judged) / len(judged),
        wrong_confident=confident / len(cases),
        intents=intents,
        confusion=[(true, got, count) for (true, got), count in wrong.most_common()],
        entities=_entity_rates(cases, answers),
    )


def _entity_rates(cases: Sequence[Case], answers: Sequence[Understanding]) -> dict[str, Rates]:
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    truth: Counter[str] = Counter()
    for case, answer in zip(cases, answers, strict=True):
        if case.entities is None:
            continue
        found = {(one.kind, one.start, one.end) for one in answer.entities}
        truth.update(kind for kind, _, _ in case.entities)
        said.update(kind for kind, _, _ in found)
        right.update(kind for kind, _, _ in found & case.entities)
    # A kind that the file never marks (category, service) was not left out by mistake: it is not judged.
    return {kind: rates(right[kind], said[kind], truth[kind]) for kind in sorted(truth)}


def prediction(case: Case, answer: Understanding) -> dict[str, Any]:
    entities = [
        {"entity": one.kind, "value": one.value, "start": one.start, "end": one.end, "confidence": one.confidence}
        for one in answer.entities
    ]
    return {"id": case.id, "intent": answer.intent, "confidence": answer.confidence, "entities": entities}


async def evaluate(file: Path, parse: Callable[[str], Awaitable[Understanding]], out: Path | None = None) -> Report:
    """Parse every text of ``file`` and measure; predictions go to ``out`` as JSON lines.

    Raises:
        BadEvaluationFile: the file cannot be used.
        nlu.client.UnderstandingUnavailable: whatever ``parse`` raises is passed on: a figure with holes is none.
    """
    cases = read_cases(file)
    answers = [await parse(case.text) for case in cases]
    if out is not None:
        lines = [
            json.dumps(prediction(case, answer), ensure_ascii=False) + "\n"
            for case, answer in zip(cases, answers, strict=True)
        ]
        out.write_text("".join(lines), encoding="utf-8")
    return measure(cases, answers)
