"""Quotations: an article word for word, compared with the stored text before it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from retrieval.errors import QuotationMismatch, UnknownDocument
from retrieval.highlight import Span, sentences
from retrieval.library import Library


@dataclass(frozen=True)
class Citation:
    """An article as it is shown.

    Attributes:
        document, title, article, label, chapter, section, effective, text: as stored; ``text`` is verbatim.
        title_verified: False: the title is to be shown as 名称待核实.
        complete: False: the copy of this ordinance is damaged or incomplete (残缺).
        jurisdiction: the place it is law in.
        marked: the sentence that matters to what was asked, as offsets of code points in ``text``; at most one.
    """

    document: str
    title: str
    article: int
    label: str
    chapter: str
    section: str
    effective: date | None
    text: str
    title_verified: bool
    complete: bool
    jurisdiction: str
    marked: tuple[Span, ...] = ()


def cite(library: Library, document: str, number: int) -> Citation:
    """The article as a quotation, already verified.

    Raises:
        UnknownDocument: there is no such document.
        QuotationMismatch: there is no such article, or it must not be quoted.
    """
    source = library.document(document)
    article = source.by_number.get(number)
    if article is None:
        raise QuotationMismatch(f"{document} has no article {number}", document=document, article=number)
    citation = Citation(
        document=document,
        title=source.title,
        article=number,
        label=article.label,
        chapter=article.chapter,
        section=article.section,
        effective=source.effective,
        text=article.text,
        title_verified=source.title_verified,
        complete=source.complete,
        jurisdiction=source.jurisdiction,
    )
    verify(citation, library)
    return citation


def verify(citation: Citation, library: Library) -> None:
    """Compare a quotation with the stored text, sign by sign.

    Raises:
        QuotationMismatch: text, title, label, chapter, section or effective date differ, the article does not exist,
            its stored text is not to be trusted, or a mark is none of its sentences.
    """
    where = {"document": citation.document, "article": citation.article}
    try:
        source = library.document(citation.document)
    except UnknownDocument:
        raise QuotationMismatch(f"no document {citation.document!r}", **where) from None
    article = source.by_number.get(citation.article)
    if article is None:
        raise QuotationMismatch(f"{citation.document} has no article {citation.article}", **where)
    if not article.trusted:
        raise QuotationMismatch(f"{citation.document} {citation.article} must not be quoted: {article.doubt}", **where)
    stored = (article.text, source.title, article.label, article.chapter, article.section, source.effective)
    shown = (citation.text, citation.title, citation.label, citation.chapter, citation.section, citation.effective)
    if stored != shown:
        raise QuotationMismatch(f"{citation.document} {citation.article} differs from the stored text", **where)
    if not set(citation.marked) <= set(sentences(article.text)):
        raise QuotationMismatch(f"{citation.document} {citation.article}: a mark that is no sentence", **where)
