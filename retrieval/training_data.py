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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from retrieval.errors import RetrievalError
from retrieval.lexical import Lexical
from retrieval.library import Library
from retrieval.passages import article_passage

ROOT = Path(__file__).parents[1]
VARIABLE = "GRIDBOT_TRAINING_DATA"

#: Which of STARD's questions are learned from: the official training split; all whose articles no question of the
#: stricter dev split shares; those in neither dev split; of these the ones that no fusion is fitted on.
Split = Literal["official", "strict", "neither", "fitting"]
SPLITS: tuple[Split, ...] = get_args(Split)
#: For fitting a fusion, all questions about this share of the asked articles and this share of the others are held out.
UNSEEN, HELD = 0.15, 0.15
SEED = 7
#: So many articles per question are kept that letters find likely and that do not answer it.
HARD = 40


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
        asked: (question, article) pairs of STARD's questions.
        hard: per question of ``asked``, articles that look right and are not, the likeliest first.
        articles: per document of the library, its article passages.
        curated: per document, (question, row in ``articles[document]``).
        unanswerable: questions that no article answers.
    """

    statutes: list[Clause]
    asked: list[tuple[str, str]]
    articles: dict[str, list[str]]
    curated: dict[str, list[tuple[str, int]]]
    unanswerable: tuple[str, ...] = ()
    hard: dict[str, list[str]] = field(default_factory=dict)


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


def questions_of(folder: Path, split: Split) -> tuple[list[int], list[int]]:
    """Line numbers of STARD's questions that are learned from, and of those that ``split`` holds out to measure or fit.

    ``neither`` holds out both dev splits.
    """
    rows = list(read_lines(folder / "stard_queries.jsonl.gz"))
    strict: set[int] = set(json.loads((folder / "stard_unseen_gold_dev.json").read_text()))
    official = {number for number, row in enumerate(rows) if row["split"] != "train"}
    free = [number for number in range(len(rows)) if number not in strict | official]
    if split == "fitting":
        chance = random.Random(SEED)
        asked = sorted({gold for number in free for gold in rows[number]["gold_ids"]})
        unseen = set(chance.sample(asked, int(UNSEEN * len(asked))))
        held = [n for n in free if unseen.intersection(rows[n]["gold_ids"]) or chance.random() < HELD]
        return sorted(set(free) - set(held)), held
    out = {"official": official, "strict": strict, "neither": strict | official}[split]
    return [number for number in range(len(rows)) if number not in out], sorted(out)


def law_of(row: dict[str, Any]) -> str:
    """The law of an article of STARD's corpus, whose ``name`` ends with the article's number."""
    return re.sub(r"第[一二三四五六七八九十百千零〇]+条.*$", "", row["name"])


def stard_text(row: dict[str, Any]) -> str:
    """An article of STARD's corpus with its law's name before it."""
    return f"{law_of(row).removeprefix('中华人民共和国')} {row['text']}"


def gather(folder: Path, library: Library, split: Split = "official") -> TrainingData:
    """Read everything.

    Args:
        folder: see ``data_folder``.
        library: its curated questions are learned from.
        split: which of STARD's questions are learned from.
    """
    statutes = []
    for row in read_lines(folder / "statutes.jsonl.gz"):
        chapter = re.sub(r"^第\S+章\s*", "", row["chapter"] or "").replace(" ", "")
        if len(row["text"]) >= 20:
            statutes.append(Clause(f"{row['law']} {chapter}".strip(), row["text"][:600]))
    corpus = [stard_text(row) for row in read_lines(folder / "stard_corpus.jsonl.gz")]
    rows = list(read_lines(folder / "stard_queries.jsonl.gz"))
    learned = [rows[number] for number in questions_of(folder, split)[0]]
    asked = [(row["query"], corpus[gold]) for row in learned for gold in row["gold_ids"]]
    articles: dict[str, list[str]] = {}
    curated: dict[str, list[tuple[str, int]]] = {}
    for document in library.documents.values():
        articles[document.id] = [article_passage(document, article) for article in document.articles]
        curated[document.id] = [
            (question, row)
            for row, article in enumerate(document.articles)
            for question in library.questions.get((document.id, article.number), ())
        ]
    return TrainingData(statutes, asked, articles, curated, library.unanswerable, _hard(learned, corpus))


def _hard(questions: list[dict[str, Any]], corpus: list[str]) -> dict[str, list[str]]:
    """What letters alone would wrongly find."""
    lexical = Lexical(corpus)
    most = min(HARD, len(corpus) - 1)
    found = {}
    for row in questions:
        scores = lexical.scores(row["query"])
        scores[row["gold_ids"]] = -1
        likely = np.argpartition(-scores, most)[:most]
        likely = likely[np.argsort(-scores[likely], kind="stable")]
        found[row["query"]] = [corpus[at] for at in likely if scores[at] >= 0]
    return found


def cloze(clause: Clause, chance: random.Random) -> tuple[str, str]:
    """A sentence or clause of an article, and the article without it (sometimes with it): what belongs together."""
    parts = [part for part in re.split(r"(?<=[。；])|\n", clause.text) if part.strip()]
    if len(parts) == 1:
        parts = re.split(r"(?<=，)", parts[0])
    taken = chance.randrange(len(parts))
    rest = parts if chance.random() < 0.15 else parts[:taken] + parts[taken + 1 :]
    body = "".join(rest) or clause.text
    return parts[taken], f"{clause.heading} {body}" if chance.random() < 0.5 else body
