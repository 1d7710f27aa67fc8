"""What the encoder learns from: public statutes, STARD's training split, and this repository's curated questions.

The folder with statutes and STARD is too large to ship: ``GRIDBOT_TRAINING_DATA``, by default ``../shared/data`` beside
the repository; its README names the files, their sources and licences. Evaluation and tuning sets are never read here.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.library import Library
from retrieval.passages import article_passage

ROOT = Path(__file__).parents[1]
VARIABLE = "GRIDBOT_TRAINING_DATA"


class TrainingDataMissing(RetrievalError):
    """The data folder is not there; the shipped encoder stays as it is."""

    code = "training_data_missing"


@dataclass(frozen=True)
class Clause:
    """An article of a public statute, with the name of its law and chapter."""

    heading: str
    text: str


@dataclass(frozen=True)
class TrainingData:
    """
    Attributes:
        statutes: articles long enough to be taken apart, law by law.
        asked: (question, article) pairs of STARD's training split.
        articles: per document of the library, its article passages.
        curated: per document, (question, row in ``articles[document]``).
        unanswerable: questions that no article answers.
    """

    statutes: list[Clause]
    asked: list[tuple[str, str]]
    articles: dict[str, list[str]]
    curated: dict[str, list[tuple[str, int]]]
    unanswerable: tuple[str, ...] = ()


def data_folder() -> Path:
    """The folder with the training data. Raises TrainingDataMissing, naming the variable that sets it."""
    folder = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "data")
    if not (folder / "statutes.jsonl.gz").exists():
        raise TrainingDataMissing(f"no training data in {folder} (set {VARIABLE})", folder=str(folder))
    return folder


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def gather(folder: Path, library: Library, strict: bool = False) -> TrainingData:
    """Read everything.

    Args:
        folder: see ``data_folder``.
        library: its curated questions are learned from.
        strict: keep STARD's questions whose articles are asked for in the stricter dev split out of training.
    """
    statutes = []
    for row in read_lines(folder / "statutes.jsonl.gz"):
        chapter = re.sub(r"^第\S+章\s*", "", row["chapter"] or "").replace(" ", "")
        if len(row["text"]) >= 20:
            statutes.append(Clause(f"{row['law']} {chapter}".strip(), row["text"][:600]))
    corpus = {row["id"]: row["text"] for row in read_lines(folder / "stard_corpus.jsonl.gz")}
    held: set[int] = set(json.loads((folder / "stard_unseen_gold_dev.json").read_text())) if strict else set()
    asked: list[tuple[str, str]] = []
    for number, row in enumerate(read_lines(folder / "stard_queries.jsonl.gz")):
        if number not in held if strict else row["split"] == "train":
            asked.extend((row["query"], corpus[gold]) for gold in row["gold_ids"])
    articles: dict[str, list[str]] = {}
    curated: dict[str, list[tuple[str, int]]] = {}
    for document in library.documents.values():
        articles[document.id] = [article_passage(document, article) for article in document.articles]
        curated[document.id] = [
            (question, row)
            for row, article in enumerate(document.articles)
            for question in library.questions.get((document.id, article.number), ())
        ]
    return TrainingData(statutes, asked, articles, curated, library.unanswerable)


def cloze(clause: Clause, chance: random.Random) -> tuple[str, str]:
    """A sentence or clause of an article, and the article without it (sometimes with it): what belongs together."""
    parts = [part for part in re.split(r"(?<=[。；])|\n", clause.text) if part.strip()]
    if len(parts) == 1:
        parts = re.split(r"(?<=，)", parts[0])
    taken = chance.randrange(len(parts))
    rest = parts if chance.random() < 0.15 else parts[:taken] + parts[taken + 1 :]
    body = "".join(rest) or clause.text
    return parts[taken], f"{clause.heading} {body}" if chance.random() < 0.5 else body
