"""A small library and a fake encoder, so that rules are tested in milliseconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

from retrieval.lexical import grams
from retrieval.library import Library
from retrieval.ordinances.model import Article, Document

# A busy machine is no failure.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


class BigramEncoder:
    """Hashes bigrams into a vector: deterministic, and texts that share words are near each other."""

    dimensions = 64
    fingerprint = "bigrams"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for gram in grams(text):
                digest = hashlib.md5(gram.encode(), usedforsecurity=False).digest()
                vectors[row, digest[0] % self.dimensions] += 1 if digest[1] % 2 else -1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def document(id: str, place: str, texts: Sequence[str], **more: object) -> Document:
    """An ordinance whose articles are ``texts``, numbered from 1."""
    articles = tuple(Article(id, n, "第一章 总则", tuple(text.split("\n"))) for n, text in enumerate(texts, 1))
    values: dict[str, object] = {"title": f"{place}社区治理促进条例", "effective": date(2024, 1, 1), **more}
    return Document(id=id, jurisdiction=place, articles=articles, **values)  # type: ignore[arg-type]


@pytest.fixture
def encoder() -> BigramEncoder:
    return BigramEncoder()


@pytest.fixture
def make_document() -> Callable[..., Document]:
    return document


@pytest.fixture
def library() -> Library:
    """Two cities and the region above one of them."""
    east = document(
        "east",
        "东海市",
        [
            "为了提高社区治理水平，制定本条例。",
            "社区网格应当配备网格长和网格员，每个楼栋确定一名楼栋长。",
            "居民委员会应当做好垃圾分类和环境绿化工作，美化人居环境。",
            "鼓励居民参加志愿服务，建立志愿服务站点。",
        ],
    )
    west = document(
        "west",
        "西山市",
        ["为了加强基层治理，制定本条例。", "电动自行车应当停放在指定地点，不得在楼道充电。"],
    )
    region = document("region", "北原自治区", ["本自治区实行村务公开制度，保障居民的知情权和监督权。"])
    return Library(
        {one.id: one for one in (east, west, region)},
        questions={("east", 2): ("谁来当楼长", "网格员是干什么的")},
        below={"北原自治区": ("东海市", "草场市")},
        unanswerable=("今天天气怎么样", "物业费一平米多少钱"),
    )
