"""A small transformer over characters: masked-language pre-training on the statutes, then contrastive training.

It is here to be compared with the static encoder that is shipped, not to be shipped itself.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from torch.nn import functional
from tqdm import trange
from transformers import BertConfig, BertForMaskedLM, BertModel

from retrieval.training_data import TrainingData, cloze

PAD, UNK, CLS, SEP, MASK = range(5)
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
#: Signs of a text that are read: articles, and questions or clauses.
LONGEST, LONGEST_QUESTION = 128, 48

#: Half precision where it is safe saves a quarter of the time on processors that have it.
HALF = torch.autocast("cpu", torch.bfloat16)

Pairs = tuple[list[str], list[str]]


@dataclass(frozen=True)
class Budget:
    """Steps and sizes; measured in steps, not minutes, so that a run can be repeated."""

    seed: int = 20261120
    characters: int = 5000
    layers: int = 2
    dimensions: int = 192
    heads: int = 6
    pretraining: int = 800
    pretraining_batch: int = 64
    contrastive: int = 400
    contrastive_batch: int = 48
    rate: float = 1e-3
    scale: float = 20.0


def characters(texts: Sequence[str], most: int) -> Tokenizer:
    """A tokenizer of single characters, the commonest ``most``."""
    counts = Counter(sign for text in texts for sign in text.lower() if not sign.isspace())
    known = [*SPECIAL, *(sign for sign, _ in counts.most_common(most))]
    tokenizer = Tokenizer(models.WordLevel({sign: number for number, sign in enumerate(known)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\S"), behavior="removed", invert=True)
    return tokenizer


def numbers(tokenizer: Tokenizer, texts: Sequence[str], longest: int) -> list[list[int]]:
    """Token numbers of each text, opened by [CLS]."""
    encodings = tokenizer.encode_batch_fast([text[: longest * 2] for text in texts], add_special_tokens=False)
    return [[CLS, *encoding.ids[: longest - 1]] for encoding in encodings]


def padded(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token numbers as one tensor, and which of them are real."""
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for row, tokens in zip(ids, rows, strict=True):
        row[: len(tokens)] = torch.tensor(tokens)
    return ids, (ids != PAD).long()


def configuration(tokenizer: Tokenizer, budget: Budget) -> BertConfig:
    """Without dropout: every text is seen about once."""
    return BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=budget.dimensions,
        num_hidden_layers=budget.layers,
        num_attention_heads=budget.heads,
        intermediate_size=budget.dimensions * 4,
        max_position_embeddings=320,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def warming(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """A short rise to the full rate, then a straight fall to nothing."""
    warm = max(1, steps // 20)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: min((at + 1) / warm, 1 - at / (steps + 1)))


def pretrain(data: TrainingData, tokenizer: Tokenizer, budget: Budget) -> BertForMaskedLM:
    """Masked characters of statutes (15 %, always replaced by [MASK])."""
    torch.manual_seed(budget.seed)
    model, chance = BertForMaskedLM(configuration(tokenizer, budget)), random.Random(budget.seed)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=budget.rate, weight_decay=0.01)
    schedule = warming(optimizer, budget.pretraining)
    progress = trange(budget.pretraining, desc="pre-training", unit="step", mininterval=5)
    for step in progress:
        clauses = chance.choices(data.statutes, k=budget.pretraining_batch)
        ids, real = padded(numbers(tokenizer, [f"{one.heading} {one.text}" for one in clauses], LONGEST))
        masked = (torch.rand(ids.shape) < 0.15) & (ids > MASK)
        with HALF:
            states = model.bert(torch.where(masked, MASK, ids), real).last_hidden_state
            # Only masked places are scored: the output layer is the largest product of all.
            guesses = model.cls(states[masked])
        loss = functional.cross_entropy(guesses.float(), ids[masked])
        advance(loss, model, optimizer, schedule)
        if step % 50 == 0:
            progress.set_postfix(loss=f"{loss.item():.2f}")
    return model


def advance(
    loss: torch.Tensor,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> None:
    """One step of training."""
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()


def embed(model: BertModel, rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """The mean over a text's states, of length 1."""
    ids, real = padded(rows)
    with HALF:
        states = model(ids, real).last_hidden_state
    summed = (states.float() * real[..., None]).sum(1)
    return functional.normalize(summed, dim=-1)


def contrast(model: BertModel, tokenizer: Tokenizer, draw: Callable[[random.Random], Pairs], budget: Budget) -> None:
    """Train in place with in-batch negatives.

    Args:
        draw: gives anchors and candidates; anchor ``i`` belongs to candidate ``i``, further candidates are negatives.
    """
    chance = random.Random(budget.seed + 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=budget.rate / 2, weight_decay=0.01)
    schedule = warming(optimizer, budget.contrastive)
    progress = trange(budget.contrastive, desc="contrastive", unit="step", mininterval=5)
    for step in progress:
        anchors, candidates = draw(chance)
        left = embed(model, numbers(tokenizer, anchors, LONGEST_QUESTION))
        right = embed(model, numbers(tokenizer, candidates, LONGEST))
        loss = functional.cross_entropy(budget.scale * left @ right.T, torch.arange(len(anchors)))
        advance(loss, model, optimizer, schedule)
        if step % 50 == 0:
            progress.set_postfix(loss=f"{loss.item():.2f}")


def pair_source(data: TrainingData, budget: Budget) -> Callable[[random.Random], Pairs]:
    """Draws clauses with their articles, or questions with their articles and a hard negative each where one is known."""
    asked = questions_with_articles(data)

    def draw(chance: random.Random) -> Pairs:
        if chance.random() < 0.4:
            start = chance.randrange(len(data.statutes) - budget.contrastive_batch)
            pairs = [cloze(one, chance) for one in data.statutes[start : start + budget.contrastive_batch]]
            return [anchor for anchor, _ in pairs], [positive for _, positive in pairs]
        drawn = {
            article: question for question, article in dict(chance.sample(asked, budget.contrastive_batch)).items()
        }
        negatives = [chance.choice(data.hard[question]) for question in drawn.values() if data.hard.get(question)]
        return list(drawn.values()), [*drawn, *(article for article in negatives if article not in drawn)]

    return draw


def questions_with_articles(data: TrainingData) -> list[tuple[str, str]]:
    """STARD's and the curated questions, each with an article that answers it."""
    curated = ((question, data.articles[name][row]) for name, pairs in data.curated.items() for question, row in pairs)
    return [*data.asked, *curated]


class TransformerEncoder:
    """A trained transformer behind the ``Encoder`` protocol."""

    fingerprint = "bench-transformer"

    def __init__(self, model: BertModel, tokenizer: Tokenizer) -> None:
        model.train(False)
        self._model, self._tokenizer = model, tokenizer
        self.dimensions = int(model.config.hidden_size)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 per text; texts of one length are read together."""
        rows = numbers(self._tokenizer, texts, LONGEST)
        found = np.zeros((len(rows), self.dimensions), dtype=np.float32)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            found[part] = embed(self._model, [rows[i] for i in part]).numpy()
        return found
