"""A report for people on the condition of an ordinance's text: ``check_text`` for a delivered one, ``check_document``
for a stored one. An empty report means that nothing was found, not that nothing is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from retrieval.ordinances import frame, scan
from retrieval.ordinances.compare import clipped, differences, same_law
from retrieval.ordinances.importer import part
from retrieval.ordinances.model import Article, Document
from retrieval.ordinances.numerals import to_chinese
from retrieval.ordinances.structure import Block, blocks_of

_ELSEWHERE = re.compile(r"^[（(]下转.*[）)]$")


@dataclass(frozen=True)
class Finding:
    """One thing that a person should look at.

    Attributes:
        code: ``number_missing``, ``number_doubled``, ``number_out_of_order``, ``chapter_missing``, ``same_text``,
            ``cut_off``, ``headless``, ``page_break``, ``foreign_word``, ``unreadable_sign``, ``two_laws``,
            ``cut_copy``, ``wrong_number``, ``same_law``, ``effective_differs``, ``page_unread``, ``differs_from_known``, ``continues_elsewhere``,
            ``not_quotable``; ``wording`` has a sentence for each under ``retrieval.finding.<code>``.
        article: number concerned; 0 when it concerns the whole.
        line: in the file, from 1; 0 when unknown.
        parameters: what the sentence needs beside ``article`` and ``line``; ``inserted`` is 之一 where that belongs.
        inserted: 1 for an article such as 第十八条之一, as in ``Article``.
    """

    code: str
    article: int = 0
    line: int = 0
    parameters: dict[str, str] = field(default_factory=dict)
    inserted: int = 0


def check_text(text: str, known: Sequence[Document] = (), title: str = "") -> list[Finding]:
    """All findings in a delivered text, in its order.

    Args:
        text: as delivered.
        known: laws that copies inside the text are compared with; they are the authority.
        title: of the law; where several stand one after the other, it tells which is meant.
    """
    parted = part(text, known, title)
    own, whole = parted.own, blocks_of(text)
    findings = [*_of_blocks(own), *_joins(whole), *_foreign_words(whole)]
    findings += [Finding("continues_elsewhere", line=block.line) for block in own if _ELSEWHERE.match(block.text)]
    for other in parted.others:
        titles = [block.text for block in other if block.kind == "aside" and frame.announces(block.text)]
        findings.append(_about("two_laws", other[0], titles=clipped(titles[0]) if titles else "?"))
    if parted.copies:
        laws = {law.id: law for law in known}
        titles = list(dict.fromkeys(laws[copy.article.document].title for copy in parted.copies))
        findings.append(Finding("two_laws", line=parted.copies[0].block.line, parameters={"titles": "、".join(titles)}))
        for copy in parted.copies:
            findings.extend(_of_copy(copy.block, copy.article, laws[copy.article.document].title))
    copied = {copy.article.document for copy in parted.copies}
    if earlier := same_law(own, [law for law in known if law.id not in copied]):
        findings.extend(_of_revision(own, earlier))
    return sorted(findings, key=lambda finding: (finding.line, finding.article, finding.inserted))


def check_document(document: Document) -> list[Finding]:
    """Findings in a stored document, and which of its articles are kept from being quoted."""
    blocks = [Block("preamble", 0, lines=list(document.preamble))] if document.preamble else []
    chapter: tuple[str, ...] = ()
    for article in document.articles:
        if (article.part, article.chapter, article.section) != chapter:
            chapter = (article.part, article.chapter, article.section)
            blocks.append(Block("section", 0))
        lines = list(article.paragraphs)
        blocks.append(Block("article", 0, article.number, lines=lines, inserted=article.inserted))
    findings = [*_of_blocks(blocks), *_foreign_words(blocks)]
    return sorted(findings, key=lambda finding: (finding.article, finding.inserted)) + not_quotable(document)


def not_quotable(document: Document) -> list[Finding]:
    """The articles that are kept from being quoted."""
    return [
        _finding("not_quotable", *article.order, parameters={"reason": article.doubt})
        for article in document.articles
        if not article.trusted
    ]


def unread_pages(pages: Sequence[int]) -> list[Finding]:
    """Pages of a PDF on which there is only a picture."""
    return [_finding("page_unread", 0, parameters={"pages": "、".join(map(str, pages))})] if pages else []


def effective_differs(article: Article, stated: date, said: date) -> Finding:
    """The operator said another day than the text."""
    days = {"stated": stated.isoformat(), "said": said.isoformat()}
    return _finding("effective_differs", *article.order, parameters=days)


def short(number: int, inserted: int = 0) -> str:
    """``18``, ``18之一``: a number within a sentence that says 第 and 条 itself."""
    return f"{number}之{to_chinese(inserted)}" if inserted else str(number)


def _about(code: str, block: Block, **parameters: str) -> Finding:
    number, inserted = block.order if block.kind == "article" else (0, 0)
    return _finding(code, number, inserted, block.line, parameters)


def _finding(
    code: str, number: int, inserted: int = 0, line: int = 0, parameters: Mapping[str, str] | None = None
) -> Finding:
    suffix = f"之{to_chinese(inserted)}" if inserted else ""
    return Finding(code, number, line, {**(parameters or {}), "inserted": suffix}, inserted)


def _of_blocks(blocks: Sequence[Block]) -> Iterator[Finding]:
    """What the blocks of one law show by themselves."""
    yield from _numbers(blocks)
    yield from _chapters(blocks)
    yield from _repeated(blocks)
    articles = any(block.kind == "article" for block in blocks)
    for block in blocks:
        if block.kind == "article" and not block.whole:
            yield _about("cut_off", block, text=block.text[-12:])
        elif block.kind == "text" and articles:
            yield _about("headless", block, text=block.text[:16])
        if block.kind in ("article", "text", "preamble") and (signs := scan.unreadable(block.text)):
            at = block.text.index(signs[0])
            codes = " ".join(f"U+{ord(sign):04X}" for sign in signs)
            yield _about("unreadable_sign", block, signs=codes, text=block.text[max(0, at - 6) : at + 7])


def _numbers(blocks: Sequence[Block]) -> Iterator[Finding]:
    articles = [block for block in blocks if block.kind == "article"]
    present = {block.order for block in articles}
    last = max((block.number for block in articles), default=0)
    first = 1
    for number in [*sorted({number for number, _ in present}), last + 1]:
        if number > first:
            upto = f"至第{number - 1}条" if number > first + 1 else ""
            yield _finding("number_missing", first, parameters={"upto": upto})
        first = number + 1
    for number, inserted in sorted(present):
        if inserted > 1 and (number, inserted - 1) not in present:
            yield _finding("number_missing", number, inserted - 1, parameters={"upto": ""})
    doubled = scan.doubled_numbers(blocks)
    highest = (0, 0)
    for block in articles:
        if block.key in doubled:
            yield _about("number_doubled", block)
        elif block.order < highest:
            yield _about("number_out_of_order", block, after=short(*highest))
        highest = max(highest, block.order)


def _chapters(blocks: Sequence[Block]) -> Iterator[Finding]:
    last = 0
    for block in blocks:
        if block.kind == "part":
            last = 0
        elif block.kind == "chapter" and block.number:
            if block.number > last + 1 and last:
                missing = "、".join(to_chinese(number) for number in range(last + 1, block.number))
                yield _about("chapter_missing", block, chapter=missing)
            last = block.number


def _repeated(blocks: Sequence[Block]) -> Iterator[Finding]:
    articles = {block.key: block for block in reversed(blocks) if block.kind == "article"}
    reported: set[tuple[int, ...]] = set()
    for text, keys in scan.repeated_articles(blocks):
        if keys not in reported:
            reported.add(keys)
            others = "、".join(short(*articles[key].order) for key in keys[1:])
            yield _about("same_text", articles[keys[0]], others=others, text=text[:20])


def _joins(blocks: Sequence[Block]) -> Iterator[Finding]:
    for block in blocks:
        for line, offset in block.joins:
            around = block.lines[line][max(0, offset - 6) : offset] + "|" + block.lines[line][offset : offset + 6]
            yield _about("page_break", block, text=around)


def _foreign_words(blocks: Sequence[Block]) -> Iterator[Finding]:
    for block in blocks:
        for match in scan.FOREIGN_WORD.finditer(block.text):
            around = block.text[max(0, match.start() - 6) : match.end() + 6].replace("\n", " ")
            yield _about("foreign_word", block, word=match[0], text=around)


def _of_copy(block: Block, article: Article, title: str) -> Iterator[Finding]:
    """Where a copy of a known law's article, lying in this text, differs from it."""
    if block.kind == "article" and block.order != article.order:
        yield _about("wrong_number", block, title=title, right=short(*article.order))
    for one in differences(article.text, block.text):
        # What a cut copy lacks at its ends is no difference in wording, but the cut.
        if one.at_end and not one.here:
            yield _finding("cut_copy", *article.order, block.line, {"title": title, "text": one.edge})
        else:
            yield _finding("differs_from_known", *article.order, block.line, {"title": title, **one.parameters})


def _of_revision(blocks: Sequence[Block], earlier: Document) -> Iterator[Finding]:
    """How the law differs from another copy or version of it that is known."""
    articles = [block for block in blocks if block.kind == "article"]
    texts = {article.order: article.text for article in earlier.articles}
    alike = sum(texts.get(block.order) == block.text for block in articles)
    told = {"title": earlier.title, "id": earlier.id, "alike": str(alike), "count": str(len(articles))}
    yield Finding("same_law", parameters=told)
    for block in articles:
        for one in differences(texts.get(block.order, block.text), block.text):
            yield _about("differs_from_known", block, title=earlier.title, **one.parameters)
