"""A report for people on the condition of an ordinance's text: ``check_text`` for a delivered one, ``check_document``
for a stored one. An empty report means that nothing was found, not that nothing is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from retrieval.ordinances import scan
from retrieval.ordinances.importer import own_blocks
from retrieval.ordinances.markdown import dump
from retrieval.ordinances.model import Document
from retrieval.ordinances.structure import Block, blocks_of

# Lower case only: abbreviations such as App, PPP or 5G do stand in laws.
_FOREIGN = re.compile(r"(?<![A-Za-z])[a-z]{2,}(?![A-Za-z])")
_ELSEWHERE = re.compile(r"^[（(]下转.*[）)]$")
_WIDTH = str.maketrans("(),:;", "（），：；")


@dataclass(frozen=True)
class Finding:
    """One thing that a person should look at.

    Attributes:
        code: ``number_missing``, ``number_doubled``, ``number_out_of_order``, ``same_text``, ``cut_off``, ``headless``,
            ``page_break``, ``foreign_word``, ``two_laws``, ``cut_copy``, ``wrong_number``, ``differs_from_known``,
            ``continues_elsewhere``, ``not_quotable``; ``wording`` has a sentence for each under
            ``retrieval.finding.<code>``.
        article: number concerned; 0 when it concerns the whole.
        line: in the file, from 1; 0 when unknown.
        parameters: what the sentence needs beside ``article`` and ``line``.
    """

    code: str
    article: int = 0
    line: int = 0
    parameters: dict[str, str] = field(default_factory=dict)


def check_text(text: str, known: Sequence[Document] = ()) -> list[Finding]:
    """All findings in a delivered text, in its order.

    Args:
        text: as delivered.
        known: laws that copies inside the text are compared with; they are the authority.
    """
    own, copies = own_blocks(text, known)
    findings = [*_numbers(own), *_repeated(own), *_cuts(own, blocks_of(text)), *_foreign_words(blocks_of(text))]
    findings += [Finding("continues_elsewhere", line=block.line) for block in own if _ELSEWHERE.match(block.text)]
    if copies:
        titles = dict.fromkeys(law.title for law in known for copy in copies if copy.article.document == law.id)
        findings.append(Finding("two_laws", line=copies[0].block.line, parameters={"titles": "、".join(titles)}))
        for copy in copies:
            findings.extend(_differences(copy, {law.id: law for law in known}))
    return sorted(findings, key=lambda finding: (finding.line, finding.article))


def check_document(document: Document) -> list[Finding]:
    """Findings in a stored document, and which of its articles are kept from being quoted."""
    findings = check_text(dump(document).split("\n---\n", 1)[1])
    doubtful = [article for article in document.articles if not article.trusted]
    return findings + [
        Finding("not_quotable", article.number, parameters={"reason": article.doubt}) for article in doubtful
    ]


def _numbers(blocks: Sequence[Block]) -> Iterator[Finding]:
    articles = [block for block in blocks if block.kind == "article"]
    present = {block.number for block in articles}
    for number in sorted(set(range(1, max(present, default=0) + 1)) - present):
        yield Finding("number_missing", number)
    doubled = scan.doubled_numbers(blocks)
    highest = 0
    for block in articles:
        if block.number in doubled:
            yield Finding("number_doubled", block.number, block.line)
        elif block.number < highest:
            yield Finding("number_out_of_order", block.number, block.line, {"after": str(highest)})
        highest = max(highest, block.number)


def _repeated(blocks: Sequence[Block]) -> Iterator[Finding]:
    articles = [block for block in blocks if block.kind == "article"]
    reported: set[tuple[int, ...]] = set()
    for text, numbers in scan.repeated_articles(articles):
        if numbers not in reported:
            reported.add(numbers)
            first = next(block for block in articles if block.number == numbers[0])
            others = "、".join(map(str, numbers[1:]))
            yield Finding("same_text", numbers[0], first.line, {"others": others, "text": text[:20]})


def _cuts(own: Sequence[Block], whole: Sequence[Block]) -> Iterator[Finding]:
    for block in own:
        if block.kind == "article" and not block.whole:
            yield Finding("cut_off", block.number, block.line, {"text": block.text[-12:]})
        elif block.kind == "text" and any(other.kind == "article" for other in own):
            yield Finding("headless", line=block.line, parameters={"text": block.text[:16]})
    for block in whole:
        for line, offset in block.joins:
            around = block.lines[line][max(0, offset - 6) : offset] + "|" + block.lines[line][offset : offset + 6]
            yield Finding("page_break", block.number, block.line, {"text": around})


def _foreign_words(blocks: Sequence[Block]) -> Iterator[Finding]:
    for block in blocks:
        for match in _FOREIGN.finditer(block.text):
            around = block.text[max(0, match.start() - 6) : match.end() + 6].replace("\n", " ")
            yield Finding("foreign_word", block.number, block.line, {"word": match[0], "text": around})


def _differences(copy: scan.Copy, laws: dict[str, Document]) -> Iterator[Finding]:
    """Where a copy differs from the law it copies, leaving the width of punctuation aside."""
    title, article, block = laws[copy.article.document].title, copy.article, copy.block
    if block.kind == "article" and block.number != article.number:
        yield Finding("wrong_number", block.number, block.line, {"title": title, "right": str(article.number)})
    theirs = "".join(article.text.split()).translate(_WIDTH)
    ours = "".join(block.text.split()).translate(_WIDTH)
    for kind, a, b, c, d in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        # What a cut copy lacks at its ends is no difference in wording, but the cut, which is reported as such.
        if kind == "delete" and (a == 0 or b == len(theirs)):
            cut = {"title": title, "text": ours[-12:] if a else ours[:12]}
            yield Finding("cut_copy", article.number, block.line, cut)
            continue
        parameters = {"title": title, "known": theirs[a:b], "here": ours[c:d], "text": theirs[max(0, a - 6) : b + 6]}
        yield Finding("differs_from_known", article.number, block.line, parameters)
