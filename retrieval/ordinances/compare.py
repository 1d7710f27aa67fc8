"""Two copies of one article compared sign by sign, and laws recognised as copies or versions of a known one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from retrieval.ordinances.model import Article, Document
from retrieval.ordinances.scan import COPY, bigrams
from retrieval.ordinances.structure import Block

_WIDTH = str.maketrans("(),:;", "（），：；")
#: Longer passages are shown by their beginning.
_SHOWN = 24
#: A law is another copy or version of a known one when this share of its articles are nearly those of the same number.
_SAME_LAW = 0.5
#: So many of its longest articles are compared first; where none is alike, the law is another one.
_PROBES = 6


@dataclass(frozen=True)
class Difference:
    """``known`` in the known article is ``here`` in the copy.

    Attributes:
        around: the known text around it.
        at_end: it touches the beginning or the end of the article.
        edge: the signs of the copy that are nearest to it, when it is at an end.
    """

    known: str
    here: str
    around: str
    at_end: bool
    edge: str

    @property
    def parameters(self) -> dict[str, str]:
        return {"known": clipped(self.known), "here": clipped(self.here), "text": self.around}


def clipped(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}……"


def differences(known: str, copy: str) -> Iterator[Difference]:
    """Where a copy differs from the known text, leaving white space and the width of punctuation aside."""
    theirs = "".join(known.split()).translate(_WIDTH)
    ours = "".join(copy.split()).translate(_WIDTH)
    if theirs == ours:
        return
    for kind, a, b, c, d in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if kind != "equal":
            around = theirs[max(0, a - 6) : min(b, a + _SHOWN) + 6]
            edge = ours[-12:] if a else ours[:12]
            yield Difference(theirs[a:b], ours[c:d], around, a == 0 or b == len(theirs), edge)


def same_law(blocks: Sequence[Block], known: Sequence[Document]) -> Document | None:
    """The known law of which the blocks are another copy or version, if any: the one that is most alike."""
    articles = [block for block in blocks if block.kind == "article"]
    pairs = {block.order: bigrams(block.text) for block in articles}
    probes = sorted(pairs, key=lambda order: -len(pairs[order]))[:_PROBES]
    best, most = None, len(articles) * _SAME_LAW
    for law in known:
        theirs = {article.order: article for article in law.articles}

        def alike(order: tuple[int, int], theirs: dict[tuple[int, int], Article] = theirs) -> bool:
            own, article = pairs[order], theirs.get(order)
            return article is not None and len(own & bigrams(article.text)) >= max(1, COPY * len(own))

        if any(map(alike, probes)) and (shared := sum(map(alike, pairs))) > most:
            best, most = law, shared
    return best
