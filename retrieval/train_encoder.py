"""Trains the sentence encoder that this repository ships: ``python -m retrieval.train_encoder``.

A static embedding: one vector per subword, a text is the mean of its subwords. Subwords are learned from the statutes;
while training, a subword's vector is its own plus the mean of its characters', so that rare subwords start out
sensible; what is saved is their sum, an ordinary ``SentenceTransformer`` folder. Loss: in-batch negatives.

Everything is drawn from one seed; on the same machine two runs give the same weights.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from tqdm import tqdm

from retrieval.encoder import DEFAULT_MODEL
from retrieval.library import Library
from retrieval.training_data import (
    ROOT,
    SPLITS,
    Clause,
    TrainingData,
    TrainingDataMissing,
    cloze,
    data_folder,
    gather,
)


@dataclass(frozen=True)
class Recipe:
    """All that shapes the result.

    Subwords are learned from every ``sample``-th article; they have fewer characters than ``longest_subword``, pairs
    aside. ``scale`` multiplies cosines before the softmax; below a cosine of ``far`` a question without an answer is far
    enough from articles; ``spelt`` is the share of texts read character by character while training, so that characters
    and subwords come to mean the same. (The library's own subword dropout cannot be seeded.) Up to a share of
    ``forgotten`` of a question's subwords is left out while training, so that questions are not learned by heart;
    ``sketched`` and ``titled`` are the shares of statutes that are looked for by scattered words of theirs and by the
    name of their law and chapter; with each of STARD's questions come ``hard`` articles that look right and are not.
    """

    seed: int = 20261120
    vocabulary: int = 32000
    sample: int = 4
    longest_subword: int = 4
    dimensions: int = 256
    steps: int = 3000
    batch: int = 384
    rate: float = 0.02
    scale: float = 20.0
    spelt: float = 0.15
    far: float = 0.3
    forgotten: float = 0.15
    sketched: float = 0.25
    titled: float = 0.1
    hard: int = 4


def train_tokenizer(texts: Sequence[str], recipe: Recipe) -> Tokenizer:
    """Subwords by byte-pair encoding over Chinese runs, Latin words and numbers; punctuation is dropped."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    runs = Regex(r"[㐀-鿿]+|[a-z]+|\d")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(runs, behavior="removed", invert=True)
    trainer = trainers.BpeTrainer(
        vocab_size=recipe.vocabulary,
        special_tokens=["[UNK]"],
        max_token_length=recipe.longest_subword,
        min_frequency=5,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


class Composed(torch.nn.Module):
    """Subword vectors composed with their characters'."""

    def __init__(self, tokenizer: Tokenizer, recipe: Recipe) -> None:
        super().__init__()
        vocabulary = tokenizer.get_vocab()
        self.table = torch.nn.Parameter(torch.randn(len(vocabulary), recipe.dimensions) * 0.05)
        spelling: list[list[int]] = [[] for _ in vocabulary]
        for token, row in vocabulary.items():
            if len(token) > 1 and all(sign in vocabulary for sign in token):
                spelling[row] = [vocabulary[sign] for sign in token]
        self._lengths = np.array([len(signs) for signs in spelling])
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._signs = np.array([sign for signs in spelling for sign in signs], dtype=np.int64)

    def weights(self, rows: NDArray[np.int64]) -> torch.Tensor:
        """Of these subwords: a step touches few of all, and only these cost time."""
        lengths = self._lengths[rows]
        offsets = np.cumsum(lengths) - lengths
        at = np.repeat(self._starts[rows] - offsets, lengths) + np.arange(lengths.sum())
        own = torch.nn.functional.embedding(torch.from_numpy(rows), self.table, sparse=True)
        signs = torch.nn.functional.embedding_bag(
            torch.from_numpy(self._signs[at]), self.table, torch.from_numpy(offsets), mode="mean", sparse=True
        )
        return own + signs

    def all_weights(self) -> torch.Tensor:
        with torch.no_grad():
            return self.weights(np.arange(len(self.table)))


def read(tokenizer: Tokenizer, texts: Sequence[str], spelt: Sequence[bool]) -> list[list[int]]:
    """Token numbers of each text, in subwords or (``spelt``) in characters."""
    rows: list[list[int]] = [[0]] * len(texts)
    for letters in (False, True):
        chosen = [i for i, one in enumerate(spelt) if one is letters]
        tokenizer.model.dropout = 1.0 if letters else None  # at 1 every merge is dropped, without chance
        encodings = tokenizer.encode_batch_fast([texts[i] for i in chosen], add_special_tokens=False)
        for i, encoding in zip(chosen, encodings, strict=True):
            rows[i] = encoding.ids or [0]
    tokenizer.model.dropout = None
    return rows


def embed(model: Composed, *texts: Sequence[Sequence[int]]) -> list[torch.Tensor]:
    """Normalised embeddings of several lists of texts given as token numbers."""
    ids = np.concatenate([np.array(row, dtype=np.int64) for rows in texts for row in rows])
    touched, places = np.unique(ids, return_inverse=True)
    lengths = np.array([len(row) for rows in texts for row in rows])
    offsets = torch.from_numpy(np.cumsum(lengths) - lengths)
    weights = model.weights(touched)
    means = torch.nn.functional.embedding_bag(torch.from_numpy(places), weights, offsets, mode="mean")
    return list(torch.split(torch.nn.functional.normalize(means, dim=-1), [len(rows) for rows in texts]))


class Batch(NamedTuple):
    """Texts that belong together, row by row.

    Attributes:
        anchors, candidates: candidate ``i`` belongs to anchor ``i``; candidates beyond are negatives.
        right: where given, the candidate that belongs to each anchor.
        forgotten: where given, the share of each anchor's subwords that is left out.
    """

    anchors: list[str]
    candidates: list[str]
    right: list[int] | None = None
    forgotten: list[float] | None = None


class Batches:
    """Draws what is learned from in each step."""

    def __init__(self, data: TrainingData, recipe: Recipe) -> None:
        self.data, self.recipe, self.chance = data, recipe, random.Random(recipe.seed)

    def statutes(self) -> Batch:
        """Clause and rest of its article; neighbours in the same law are the hard negatives."""
        block, drawn = 16, list[tuple[str, str, float]]()
        while len(drawn) < self.recipe.batch:
            start = self.chance.randrange(len(self.data.statutes))
            drawn.extend(self._statute(clause) for clause in self.data.statutes[start : start + block])
        anchors, articles, forgotten = zip(*drawn, strict=True)
        return Batch(list(anchors), list(articles), forgotten=list(forgotten))

    def _statute(self, clause: Clause) -> tuple[str, str, float]:
        """One of its clauses, some words of it, or its heading; the article; and what is left out of the first."""
        part, rest = cloze(clause, self.chance)
        way = self.chance.random() - self.recipe.sketched
        if way < 0:
            return clause.text, rest, 1 - 6 / len(clause.text)  # about four subwords are left
        return (clause.heading, clause.text, 0.0) if way < self.recipe.titled else (part, rest, 0.0)

    def asked(self) -> Batch:
        """Questions and an article each, none of them twice; then articles that look right and are not."""
        pairs = dict(self.chance.sample(self.data.asked, min(self.recipe.batch, len(self.data.asked))))
        by_article = {article: question for question, article in pairs.items()}
        hard: dict[str, None] = {}
        for question in by_article.values():
            likely = self.data.hard.get(question, [])
            hard |= dict.fromkeys(self.chance.sample(likely, min(self.recipe.hard, len(likely))))
        questions = list(by_article.values())
        articles = [*by_article, *(article for article in hard if article not in by_article)]
        return Batch(questions, articles, forgotten=self._forgotten(questions))

    def _forgotten(self, questions: Sequence[str]) -> list[float]:
        return [self.chance.random() * self.recipe.forgotten for _ in questions]

    def curated(self) -> Batch:
        """Questions about one document; all its articles and the unanswerable questions as candidates."""
        document = self._document()
        pairs = self.data.curated[document]
        pairs = self.chance.sample(pairs, min(self.recipe.batch, len(pairs)))
        questions = [question for question, _ in pairs]
        candidates = [*self.data.articles[document], *self.data.unanswerable]
        return Batch(questions, candidates, [row for _, row in pairs], self._forgotten(questions))

    def refused(self) -> Batch:
        """Questions without an answer, and articles and questions that they should be far from."""
        document = self._document()
        questions = [question for question, _ in self.data.curated[document]]
        away = [*self.data.articles[document], *self.chance.sample(questions, min(200, len(questions)))]
        return Batch(self.chance.sample(self.data.unanswerable, min(128, len(self.data.unanswerable))), away)

    def twins(self) -> Batch:
        """Two questions about the same article, one pair per article."""
        by_article: dict[int, list[str]] = {}
        for question, row in self.data.curated[self._document()]:
            by_article.setdefault(row, []).append(question)
        drawn = [self.chance.sample(questions, 2) for questions in by_article.values() if len(questions) > 1]
        anchors = [pair[0] for pair in drawn]
        return Batch(anchors, [pair[1] for pair in drawn], forgotten=self._forgotten(anchors))

    def _document(self) -> str:
        return self.chance.choice([name for name, pairs in self.data.curated.items() if len(pairs) > 20])

    def thinned(self, row: list[int], share: float) -> list[int]:
        """The subwords without a share of them, at least one."""
        return [number for number in row if self.chance.random() >= share] or row[:1] if share else row


def train(data: TrainingData, recipe: Recipe) -> SentenceTransformer:
    """Train from nothing and return an ordinary sentence-transformers model."""
    torch.manual_seed(recipe.seed)
    texts = [f"{clause.heading} {clause.text}" for clause in data.statutes]
    # Everyday words are rare in statutes: questions count often enough to become subwords.
    questions = [question for question, _ in data.asked]
    questions += [question for pairs in data.curated.values() for question, _ in pairs]
    tokenizer = train_tokenizer([*texts[:: recipe.sample], *questions * 2], recipe)
    model, batches = Composed(tokenizer, recipe), Batches(data, recipe)
    optimizer = torch.optim.SparseAdam(model.parameters(), lr=recipe.rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, recipe.steps)
    progress = tqdm(range(recipe.steps), desc="encoder", unit="step", mininterval=2)
    for step in progress:
        late = step > recipe.steps // 3
        kind = batches.chance.choices(
            ["statutes", "asked", "curated", "twins", "refused"], [4, 2, 2, 1, 1] if late else [8, 1, 1, 0, 0]
        )[0]
        batch: Batch = getattr(batches, kind)()
        rows, others = (
            read(tokenizer, texts, [batches.chance.random() < recipe.spelt for _ in texts])
            for texts in (batch.anchors, batch.candidates)
        )
        if batch.forgotten:
            rows = [batches.thinned(row, share) for row, share in zip(rows, batch.forgotten, strict=True)]
        left, right = embed(model, rows, others)
        scores = recipe.scale * left @ right.T
        entropy = torch.nn.functional.cross_entropy
        target = torch.tensor(batch.right or range(len(batch.anchors)))
        if kind == "refused":
            # A soft maximum over all articles and questions, pushed below ``far``.
            loss = 0.1 * torch.relu(torch.logsumexp(scores, 1) - recipe.scale * recipe.far).mean()
        elif batch.right:
            loss = entropy(scores, target)
        else:
            loss = (entropy(scores, target) + entropy(scores[:, : len(target)].T, target)) / 2
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()  # type: ignore[no-untyped-call]
        schedule.step()
        if step % 100 == 0:
            progress.set_postfix({kind: f"{loss.item():.2f}"})
    # Half precision halves the repository's largest file and changes cosines in the fourth digit. No Normalize module:
    # in half precision it makes NaN of an empty text; cosines and ``retrieval.encoder`` normalise themselves.
    static = StaticEmbedding(tokenizer, embedding_weights=model.all_weights().to(torch.float16))
    return SentenceTransformer(modules=[static], device="cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the sentence encoder and write it as a folder.")
    parser.add_argument("--out", type=Path, default=DEFAULT_MODEL)
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--split", choices=SPLITS, default="official", help="which of STARD's questions to learn from")
    arguments = parser.parse_args()
    try:
        folder = data_folder()
    except TrainingDataMissing as missing:
        # Not an error: a clone without the data uses the encoder it came with.
        print(f"{missing}; the shipped encoder in {DEFAULT_MODEL} stays", file=sys.stderr)
        return
    os.nice(10)
    torch.set_num_threads(int(os.environ.get("GRIDBOT_TRAINING_THREADS", "1")))
    recipe = Recipe(steps=arguments.steps)
    library = Library.load(ROOT / "knowledge" / "ordinances")
    model = train(gather(folder, library, arguments.split), recipe)
    model.save(str(arguments.out), create_model_card=False)
    (arguments.out / "recipe.json").write_text(json.dumps(asdict(recipe), indent=1) + "\n")


if __name__ == "__main__":
    main()
