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

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from tqdm import tqdm

from retrieval.encoder import DEFAULT_MODEL
from retrieval.library import Library
from retrieval.training_data import ROOT, TrainingData, TrainingDataMissing, cloze, data_folder, gather


@dataclass(frozen=True)
class Recipe:
    """All that shapes the result.

    ``scale`` multiplies cosines before the softmax; below a cosine of ``far`` a question without an answer is far enough
    from articles; ``spelt`` is the share of texts read character by character while training, so that characters and
    subwords come to mean the same. (The library's own subword dropout cannot be seeded.)
    """

    seed: int = 20261120
    vocabulary: int = 20000
    longest_subword: int = 4
    dimensions: int = 256
    steps: int = 3000
    batch: int = 384
    rate: float = 0.02
    scale: float = 20.0
    spelt: float = 0.15
    far: float = 0.3


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
        pairs = [
            (row, vocabulary[sign], 1 / len(token))
            for token, row in vocabulary.items()
            if len(token) > 1 and all(sign in vocabulary for sign in token)
            for sign in token
        ]
        where = torch.tensor([[row for row, _, _ in pairs], [column for _, column, _ in pairs]])
        shares = torch.tensor([share for _, _, share in pairs])
        self.characters = torch.sparse_coo_tensor(where, shares, (len(vocabulary),) * 2, check_invariants=False)

    def weights(self) -> torch.Tensor:
        composed: torch.Tensor = self.table + torch.sparse.mm(self.characters, self.table)
        return composed


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


def embed(weights: torch.Tensor, rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """Normalised embeddings of texts given as token numbers."""
    offsets = torch.from_numpy(np.cumsum([0] + [len(row) for row in rows[:-1]]))
    ids = torch.from_numpy(np.concatenate([np.array(row, dtype=np.int64) for row in rows]))
    means = torch.nn.functional.embedding_bag(ids, weights, offsets, mode="mean")
    return torch.nn.functional.normalize(means, dim=-1)


class Batches:
    """Draws the pairs of each step."""

    def __init__(self, data: TrainingData, recipe: Recipe) -> None:
        self.data, self.recipe, self.chance = data, recipe, random.Random(recipe.seed)

    def statutes(self) -> tuple[list[str], list[str]]:
        """Clause and rest of its article; neighbours in the same law are the hard negatives."""
        block, pairs = 16, list[tuple[str, str]]()
        while len(pairs) < self.recipe.batch:
            start = self.chance.randrange(len(self.data.statutes))
            pairs.extend(cloze(clause, self.chance) for clause in self.data.statutes[start : start + block])
        return [anchor for anchor, _ in pairs], [positive for _, positive in pairs]

    def asked(self) -> tuple[list[str], list[str]]:
        pairs = self.chance.sample(self.data.asked, min(self.recipe.batch, len(self.data.asked)))
        unique = list({positive: (anchor, positive) for anchor, positive in pairs}.values())
        return [anchor for anchor, _ in unique], [positive for _, positive in unique]

    def curated(self) -> tuple[list[str], list[str], list[int]]:
        """Questions about one document; all its articles and the unanswerable questions as candidates; the right row."""
        document = self.chance.choice([name for name, pairs in self.data.curated.items() if len(pairs) > 20])
        pairs = self.data.curated[document]
        pairs = self.chance.sample(pairs, min(self.recipe.batch, len(pairs)))
        candidates = [*self.data.articles[document], *self.data.unanswerable]
        return [question for question, _ in pairs], candidates, [row for _, row in pairs]

    def refused(self) -> tuple[list[str], list[str]]:
        """Questions without an answer, and articles and questions that they should be far from."""
        document = self.chance.choice([name for name, pairs in self.data.curated.items() if len(pairs) > 20])
        questions = [question for question, _ in self.data.curated[document]]
        away = [*self.data.articles[document], *self.chance.sample(questions, min(200, len(questions)))]
        return self.chance.sample(self.data.unanswerable, min(128, len(self.data.unanswerable))), away

    def twins(self) -> tuple[list[str], list[str]]:
        """Two questions about the same article, one pair per article."""
        document = self.chance.choice([name for name, pairs in self.data.curated.items() if len(pairs) > 20])
        by_article: dict[int, list[str]] = {}
        for question, row in self.data.curated[document]:
            by_article.setdefault(row, []).append(question)
        drawn = [self.chance.sample(questions, 2) for questions in by_article.values() if len(questions) > 1]
        return [pair[0] for pair in drawn], [pair[1] for pair in drawn]


def train(data: TrainingData, recipe: Recipe) -> SentenceTransformer:
    """Train from nothing and return an ordinary sentence-transformers model."""
    torch.manual_seed(recipe.seed)
    texts = [f"{clause.heading} {clause.text}" for clause in data.statutes]
    # Everyday words are rare in statutes: questions count often enough to become subwords.
    questions = [question for question, _ in data.asked]
    questions += [question for pairs in data.curated.values() for question, _ in pairs]
    tokenizer = train_tokenizer([*texts, *questions * 5], recipe)
    model, batches = Composed(tokenizer, recipe), Batches(data, recipe)
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.02, recipe.steps)
    progress = tqdm(range(recipe.steps), desc="encoder", unit="step", mininterval=2)
    for step in progress:
        late = step > recipe.steps // 3
        kind = batches.chance.choices(
            ["statutes", "asked", "curated", "twins", "refused"], [4, 2, 2, 1, 1] if late else [8, 1, 1, 0, 0]
        )[0]
        right: Sequence[int] | None = None
        if kind == "curated":
            anchors, positives, right = batches.curated()
        else:
            anchors, positives = getattr(batches, kind)()
        weights = model.weights()
        left, right_side = (
            embed(weights, read(tokenizer, texts, [batches.chance.random() < recipe.spelt for _ in texts]))
            for texts in (anchors, positives)
        )
        scores = recipe.scale * left @ right_side.T
        target = torch.arange(len(anchors)) if right is None else torch.tensor(right)
        if kind == "refused":
            # A soft maximum over all articles and questions, pushed below ``far``.
            loss = 0.1 * torch.relu(torch.logsumexp(scores, 1) - recipe.scale * recipe.far).mean()
        elif right is None:
            entropy = torch.nn.functional.cross_entropy
            loss = (entropy(scores, target) + entropy(scores.T, target)) / 2
        else:
            loss = torch.nn.functional.cross_entropy(scores, target)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            progress.set_postfix({kind: f"{loss.item():.2f}"})
    # Half precision halves the repository's largest file and changes cosines in the fourth digit. No Normalize module:
    # in half precision it makes NaN of an empty text; cosines and ``retrieval.encoder`` normalise themselves.
    static = StaticEmbedding(tokenizer, embedding_weights=model.weights().detach().to(torch.float16))
    return SentenceTransformer(modules=[static], device="cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the sentence encoder and write it as a folder.")
    parser.add_argument("--out", type=Path, default=DEFAULT_MODEL)
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--strict", action="store_true", help="for measuring on STARD's questions with unseen articles")
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
    model = train(gather(folder, library, arguments.strict), recipe)
    model.save(str(arguments.out), create_model_card=False)
    (arguments.out / "recipe.json").write_text(json.dumps(asdict(recipe), indent=1) + "\n")


if __name__ == "__main__":
    main()
