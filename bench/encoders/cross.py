"""A small cross-encoder: question and article read together, for the best candidates of a first stage."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional
from tqdm import trange
from transformers import BertModel

from bench.encoders.transformer import (
    HALF,
    LONGEST,
    LONGEST_QUESTION,
    SEP,
    Budget,
    advance,
    numbers,
    padded,
    warming,
)

#: Questions per step, and articles per question: the right one first.
QUESTIONS, ARTICLES = 8, 8
#: Draws a question, and articles of which the first one answers it.
Draw = Callable[[random.Random], tuple[str, list[str]]]


class CrossEncoder:
    """Scores articles for a question with a pre-trained transformer, which it changes."""

    def __init__(self, model: BertModel, tokenizer: Tokenizer, budget: Budget) -> None:
        torch.manual_seed(budget.seed)
        self._model, self._tokenizer, self._budget = model, tokenizer, budget
        self._head = torch.nn.Linear(int(model.config.hidden_size), 1)

    def train(self, draw: Draw, steps: int) -> None:
        """The right article against those that only look right."""
        chance = random.Random(self._budget.seed + 2)
        whole = torch.nn.ModuleList([self._model, self._head]).train()
        optimizer = torch.optim.AdamW(whole.parameters(), lr=self._budget.rate / 3, weight_decay=0.01)
        schedule = warming(optimizer, steps)
        progress = trange(steps, desc="cross-encoder", unit="step", mininterval=5)
        for step in progress:
            drawn = [draw(chance) for _ in range(QUESTIONS)]
            rows = [row for question, articles in drawn for row in self._rows(question, articles)]
            scores = self._logits(rows).view(len(drawn), -1)
            loss = functional.cross_entropy(scores, torch.zeros(len(drawn), dtype=torch.long))
            advance(loss, whole, optimizer, schedule)
            if step % 50 == 0:
                progress.set_postfix(loss=f"{loss.item():.2f}")
        whole.eval()

    @torch.inference_mode()
    def scores(self, question: str, articles: Sequence[str]) -> NDArray[np.float64]:
        """One logit per article; higher is better."""
        return self._logits(self._rows(question, articles)).double().numpy()

    def _rows(self, question: str, articles: Sequence[str]) -> list[list[int]]:
        asked = [*numbers(self._tokenizer, [question], LONGEST_QUESTION)[0], SEP]
        return [[*asked, *row[1:]] for row in numbers(self._tokenizer, articles, LONGEST)]

    def _logits(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        ids, real = padded(rows)
        second = (ids == SEP).cumsum(1) * real  # articles belong to the second segment
        with HALF:
            states = self._model(ids, real, token_type_ids=second).last_hidden_state
        summed = (states.float() * real[..., None]).sum(1) / real.sum(1, keepdim=True)
        logits: torch.Tensor = self._head(summed).squeeze(-1)
        return logits
