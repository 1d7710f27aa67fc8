"""Laws as files of every kind that operators bring: .docx, .html, .pdf."""

from __future__ import annotations

import io
import subprocess
import tempfile
from collections.abc import Iterable
from html import escape
from pathlib import Path

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.fakes.chromium import SWITCHES, chromium

Paragraphs = Iterable[tuple[str, str]]
"""(kind, text), kind being title, heading, article or text."""

_STYLE = """
@page { size: A4; margin: 2.5cm 2.6cm }
body { font-family: 'Noto Serif CJK SC', serif; font-size: 12pt; line-height: 1.8 }
h1, h2 { text-align: center } p { text-indent: 2em; margin: 0; text-align: justify }
"""


def as_docx(paragraphs: Paragraphs) -> bytes:
    """Typed by hand: every number stands in its paragraph."""
    document = docx.Document()
    for kind, text in paragraphs:
        paragraph = document.add_paragraph(text)
        if kind in ("title", "heading"):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return saved(document)


def as_numbered_docx(paragraphs: Paragraphs) -> bytes:
    """Numbered by Word: of chapters and articles only the text is typed, 第…章 and 第…条 are two levels of a list.

    Articles must count from 1 without gaps, and so must chapters.
    """
    document = docx.Document()
    list_of_two_levels(document)
    for kind, text in paragraphs:
        label, _, rest = text.partition("　")
        if kind == "heading":
            numbered(document.add_paragraph(rest), 0)
        elif kind == "article":
            assert label.startswith("第"), text
            numbered(document.add_paragraph(rest), 1)
        else:
            document.add_paragraph(text)
    return saved(document)


def list_of_two_levels(document: docx.document.Document, restart: int = 0) -> None:
    """Abstract numbering 77, list 7: 第一章 on level 0, 第一条 on level 1, which chapters do not restart."""
    levels = "".join(
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/>'
        f'<w:lvlRestart w:val="{restart}"/><w:suff w:val="nothing"/><w:lvlText w:val="{text}"/></w:lvl>'
        for depth, text in enumerate(("第%1章", "第%2条"))
    )
    numbering = document.part.numbering_part.element
    abstract = parse_xml(f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>')
    numbering.insert(0, abstract)
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="7"><w:abstractNumId w:val="77"/></w:num>'))


def numbered(paragraph: docx.text.paragraph.Paragraph, depth: int, instance: int = 7) -> None:
    """Put a paragraph into a list."""
    mark = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="{instance}"/></w:numPr>'
    paragraph._p.get_or_add_pPr().append(parse_xml(mark))


def saved(document: docx.document.Document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def as_html(paragraphs: Paragraphs, style: str = "", head: str = "", foot: str = "") -> str:
    """A page with what stands around a law on a website."""
    tags = {"title": "h1", "heading": "h2"}
    body = "\n".join(f"<{tag}>{escape(text)}</{tag}>" for kind, text in paragraphs for tag in [tags.get(kind, "p")])
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>法规</title><style>{style}</style></head>'
        f"<body>{head}<div class='content'>{body}</div>{foot}</body></html>"
    )


def as_pdf(paragraphs: Paragraphs) -> bytes:
    """Printed by Chromium, fonts embedded as subsets; needs ``chromium()``."""
    browser = chromium()
    assert browser, "no Chromium on this machine"
    with tempfile.TemporaryDirectory() as folder:
        page, paper = Path(folder, "law.html"), Path(folder, "law.pdf")
        page.write_text(as_html(paragraphs, _STYLE), encoding="utf-8")
        command = [browser, "--headless", *SWITCHES, f"--user-data-dir={folder}/profile", f"--print-to-pdf={paper}"]
        subprocess.run([*command, page.as_uri()], check=True, capture_output=True, timeout=120)
        return paper.read_bytes()
