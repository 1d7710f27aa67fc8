"""Judging damaged texts: what belongs to another law, what was cut, which articles must not be quoted.

A newspaper scan that reads two columns across puts halves of one article under another and repeats numbers. What can
be told from the text itself is told here; nothing is mended, doubtful articles are only marked.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from retrieval.ordinances import frame
from retrieval.ordinances.model import Article, Document
from retrieval.ordinances.structure import HEADINGS, Block

#: Codes of ``Article.doubt``.
CUT = "cut_off"
SAME_TEXT = "same_text_under_several_numbers"
SEVERAL_TEXTS = "several_texts_under_one_number"
NUMBER_UNSURE = "number_unsure"
GARBLED = "garbled"
UNREADABLE = "unreadable_sign"
FOREIGN = "foreign_word"

#: Words of another language inside Chinese sentences are errors of recognition. Lower case only: abbreviations such as
#: App, PPP or 5G do stand in laws. Units follow figures; addresses have dots.
FOREIGN_WORD = re.compile(r"(?<![A-Za-z0-9./@:％%°_-])(?<!\d )[a-z]{2,}(?![A-Za-z0-9./@:_-])")

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
    meeting = {block.lines[i][offset - 1 : offset + 1] for block in blocks for i, offset in block.joins}
    if not meeting:
        return blocks
    interleaved = len(doubled_numbers(blocks)) >= SECOND_LAW
    texts = [*(block.text for block in blocks), *(article.text for law in known for article in law.articles)]
    seen = {pair: sum(text.count(pair) for text in texts) for pair in meeting}
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


def laws_in(blocks: Sequence[Block]) -> list[list[Block]]:
    """The blocks of each of several laws that stand one after the other; mostly there is one.

    The next law begins where, after a title, an attachment's name or a first heading, the articles begin anew.
    """
    laws: list[list[Block]] = [[]]
    between: list[Block] = []
    highest = 0
    for block in blocks:
        if block.kind != "article":
            between.append(block)
            continue
        announced = any(
            (one.kind in HEADINGS and one.number == 1) or (one.kind == "aside" and frame.announces(one.text))
            for one in between
        )
        if block.order == (1, 0) and highest > 1 and announced:
            laws.append([])
            highest = 0
        laws[-1] += [*between, block]
        between, highest = [], max(highest, block.number)
    laws[-1] += between
    return laws


def doubled_numbers(blocks: Iterable[Block]) -> tuple[int, ...]:
    """Articles (by ``Block.key``) whose numbers stand more than once."""
    times = Counter(block.key for block in blocks if block.kind == "article")
    return tuple(sorted(key for key, count in times.items() if count > 1))


def repeated_articles(blocks: Sequence[Block]) -> list[tuple[str, tuple[int, ...]]]:
    """Articles that stand whole under other numbers too: their beginning, and the keys of all of these in order.

    Laws do repeat single paragraphs, and a chapter may repeat an article of another one; within a chapter, or where
    the numbers are in disorder, a whole article under a second number is a fault of the copy.
    """
    sound = in_order(blocks)
    chapters: dict[int, int] = {}  # for each article, how many headings stand before it
    headings = 0
    for block in blocks:
        headings += block.kind in HEADINGS
        chapters[id(block)] = headings if sound else 0
    articles = [block for block in blocks if block.kind == "article" and len(block.text) >= LONG_ARTICLE]
    having: dict[str, list[Block]] = defaultdict(list)
    for block in articles:
        for line in set(block.lines):
            having[line].append(block)
    places: dict[tuple[str, int], dict[int, Block]] = defaultdict(dict)
    for block in articles:
        lines = set(block.lines)
        places[block.text, chapters[id(block)]].update(
            (other.key, other)
            for other in having[block.lines[0]]
            if lines <= set(other.lines) and chapters[id(other)] == chapters[id(block)]
        )
    return [
        (text, tuple(block.key for block in sorted(several.values(), key=lambda block: block.order)))
        for (text, _), several in places.items()
        if len(several) > 1
    ]


def in_order(blocks: Iterable[Block | Article]) -> bool:
    """Whether the articles count from 1 without gaps and doubled numbers."""
    orders = [block.order for block in blocks if isinstance(block, Article) or block.kind == "article"]
    numbers = dict.fromkeys(number for number, _ in orders)
    return len(set(orders)) == len(orders) and list(numbers) == list(range(1, len(numbers) + 1))


def unreadable(text: str) -> str:
    """The signs that no font shows: replaced ones (U+FFFD) and those for private use, where rare characters hide."""
    return "".join(dict.fromkeys(sign for sign in text if sign == "\ufffd" or "\ue000" <= sign <= "\uf8ff"))


def doubts(blocks: Sequence[Block]) -> dict[int, str]:
    """Which articles (by ``Block.key``) must not be quoted, and why. ``blocks`` are those of one law, in the file's
    order."""
    articles = [block for block in blocks if block.kind == "article"]
    found: dict[int, str] = {}
    repeated = {key for _, keys in repeated_articles(blocks) for key in keys}
    if repeated:
        # Where one text stands under several numbers, the numbering between them cannot be relied on either.
        orders = sorted(block.order for block in articles if block.key in repeated)
        for block in articles:
            if orders[0] <= block.order <= orders[-1]:
                found[block.key] = NUMBER_UNSURE
        found.update(dict.fromkeys(repeated, SAME_TEXT))
    texts: dict[int, set[str]] = defaultdict(set)
    for index, block in enumerate(blocks):
        if block.kind != "article":
            continue
        texts[block.key].add(block.text)
        if not block.whole:
            found.setdefault(block.key, CUT)
        if unreadable(block.text):
            found.setdefault(block.key, UNREADABLE)
        if FOREIGN_WORD.search(block.text):
            found.setdefault(block.key, FOREIGN)
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if following is not None and following.kind == "text":
            found.setdefault(block.key, CUT)
    found.update({key: SEVERAL_TEXTS for key, several in texts.items() if len(several) > 1})
    return found
