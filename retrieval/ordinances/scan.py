"""Judging damaged texts: what belongs to another law, what was cut, which articles must not be quoted.

A newspaper scan that reads two columns across puts halves of one article under another and repeats numbers. What can
be told from the text itself is told here; nothing is mended, doubtful articles are only marked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from retrieval.ordinances.model import Article, Document
from retrieval.ordinances.structure import Block

#: Codes of ``Article.doubt``.
CUT = "cut_off"
SAME_TEXT = "same_text_under_several_numbers"
SEVERAL_TEXTS = "several_texts_under_one_number"
NUMBER_UNSURE = "number_unsure"
GARBLED = "garbled"

#: A block of which this share of bigrams stands in one article of a known law is a copy of that article. Copies with
#: recognition errors reach 0.85 and more, different laws on the same matter stay below 0.5.
COPY = 0.75
#: Shorter blocks may stand in any law.
TELLING = 20
#: So many copied blocks, and so many numbers with several texts, make it certain that two laws stand in the file.
#: The second condition keeps laws apart that merely took over each other's sentences.
SECOND_LAW = 4
#: Articles of this length do not stand twice in one law by chance.
LONG_ARTICLE = 30


def bigrams(text: str) -> set[str]:
    """Pairs of neighbouring signs, white space and the width of punctuation left aside."""
    plain = "".join(text.split()).translate(str.maketrans("(),:;", "（），：；"))
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


@dataclass(frozen=True)
class Copy:
    """A block that is a copy of an article of a known law."""

    block: Block
    article: Article


def split_doubtful_joins(blocks: Iterable[Block], known: Iterable[Document]) -> list[Block]:
    """Take apart again what only looked like one sentence over a page break.

    The two signs that meet at a break are believed to be neighbours when they stand together elsewhere in the text or
    in a known law (调|整). Otherwise (供|县) the article is torn; where two laws lie interleaved, the rest becomes a
    headless block of its own, since it may belong to the other law.
    """
    blocks = list(blocks)
    interleaved = len(doubled_numbers(blocks)) >= SECOND_LAW
    seen: dict[str, int] = defaultdict(int)
    for text in [*(block.text for block in blocks), *(article.text for law in known for article in law.articles)]:
        for before, after in pairwise(text):
            seen[before + after] += 1
    parted: list[Block] = []
    for block in blocks:
        rest, tails = block, list[Block]()
        for line, offset in reversed(block.joins):
            text = rest.lines[line]
            if seen[text[offset - 1 : offset + 1]] > 1:
                continue
            head, tail = [*rest.lines[:line], text[:offset]], [text[offset:], *rest.lines[line + 1 :]]
            if interleaved:
                tails.insert(0, Block("text", block.line, lines=tail))
                rest = replace(rest, lines=head)
            else:
                rest = replace(rest, lines=head + tail, torn=True)
        parted.extend([rest, *tails])
    return parted


def copies_of_known(blocks: Sequence[Block], known: Sequence[Document]) -> list[Copy]:
    """The blocks that are copies of articles of other, known laws, when there are enough to be sure of it."""
    if len(doubled_numbers(blocks)) < SECOND_LAW:
        return []
    articles = [(article, bigrams(article.text)) for law in known for article in law.articles]
    if not articles:
        return []
    found: dict[str, list[Copy]] = defaultdict(list)
    for block in blocks:
        pairs = bigrams(block.text)
        if len(pairs) < TELLING or block.kind not in ("article", "text"):
            continue
        share, best = max(((len(pairs & own) / len(pairs), article) for article, own in articles), key=lambda it: it[0])
        if share >= COPY:
            found[best.document].append(Copy(block, best))
    return [copy for copies in found.values() if len(copies) >= SECOND_LAW for copy in copies]


def doubled_numbers(blocks: Iterable[Block]) -> tuple[int, ...]:
    """Article numbers that stand more than once."""
    times = Counter(block.number for block in blocks if block.kind == "article")
    return tuple(sorted(number for number, count in times.items() if count > 1))


def repeated_articles(blocks: Iterable[Block]) -> list[tuple[str, tuple[int, ...]]]:
    """Articles that stand whole under other numbers too: their beginning, and all these numbers in order.

    Laws do repeat single paragraphs; a whole article under a second number is a fault of the copy.
    """
    articles = [block for block in blocks if block.kind == "article" and len(block.text) >= LONG_ARTICLE]
    places: dict[str, set[int]] = defaultdict(set)
    for block in articles:
        places[block.text].update(other.number for other in articles if set(block.lines) <= set(other.lines))
    return [(text, tuple(sorted(numbers))) for text, numbers in places.items() if len(numbers) > 1]


def doubts(blocks: Sequence[Block]) -> dict[int, str]:
    """Which article numbers must not be quoted, and why. ``blocks`` are those of one law, in the file's order."""
    articles = [block for block in blocks if block.kind == "article"]
    found: dict[int, str] = {}
    repeated = sorted({number for _, numbers in repeated_articles(articles) for number in numbers})
    if repeated:
        # Where one text stands under several numbers, the numbering between them cannot be relied on either.
        for block in articles:
            if repeated[0] <= block.number <= repeated[-1]:
                found[block.number] = NUMBER_UNSURE
        found.update(dict.fromkeys(repeated, SAME_TEXT))
    texts: dict[int, set[str]] = defaultdict(set)
    for index, block in enumerate(blocks):
        if block.kind != "article":
            continue
        texts[block.number].add(block.text)
        if not block.whole:
            found.setdefault(block.number, CUT)
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if following is not None and following.kind == "text":
            found.setdefault(block.number, CUT)
    found.update({number: SEVERAL_TEXTS for number, several in texts.items() if len(several) > 1})
    return found
