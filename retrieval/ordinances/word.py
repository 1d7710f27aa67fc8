"""The text of a Word document (.docx), with the numbers that Word only draws.

Read by the format's own standard (ECMA-376, WordprocessingML): paragraphs in the document's order, tables cell by cell;
left out are what was deleted under revision, hidden text, fields' codes, notes, heads and feet of pages, and Word's
own tables of contents.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from lxml import etree

from retrieval.errors import BadOrdinance
from retrieval.ordinances.word_numbering import Numbering

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
#: A part that unpacks to more is no ordinance, but a trap.
LARGEST_PART = 64_000_000

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    EOFError,
    KeyError,
    OSError,
    ValueError,
    RuntimeError,  # encrypted
    NotImplementedError,  # packed by a method of nobody's
)
_SKIPPED = {
    W + "del",
    W + "moveFrom",
    W + "instrText",
    W + "delText",
    W + "rt",
    W + "pPr",
    W + "p",
    _COMPATIBILITY + "Fallback",
}


def read_word(content: bytes) -> str:
    """The text, one paragraph per line.

    Raises:
        BadOrdinance: ``problem`` is ``broken`` (no sound document), or ``too_large`` (it unpacks to far too much).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            main = _main_part(archive)
            folder = main.rpartition("/")[0]
            document = _parse(archive, main)
            numbering = _parse(archive, f"{folder}/numbering.xml", optional=True)
            styles = _parse(archive, f"{folder}/styles.xml", optional=True)
    except _DAMAGE as error:
        raise BadOrdinance(f"no sound Word document: {error}", problem="broken") from None
    body = document.find(W + "body")
    if body is None:
        raise BadOrdinance("no sound Word document: it has no body", problem="broken")
    numbers = Numbering(numbering, styles)
    lines = []
    for paragraph in _paragraphs(body):
        style = numbers.style_of(paragraph)
        if numbers.style_name(style).startswith("toc "):
            continue
        lines.append(numbers.next_label(paragraph, style) + "".join(_signs(paragraph)))
    return "\n".join(lines)


def _main_part(archive: zipfile.ZipFile) -> str:
    for relation in _parse(archive, "_rels/.rels").iter(_RELATIONS + "Relationship"):
        if relation.get("Type", "").endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    raise KeyError("no main document")


def _parse(archive: zipfile.ZipFile, name: str, optional: bool = False) -> etree._Element:
    if optional and name not in archive.namelist():
        return etree.Element("none")
    with archive.open(name) as stream:
        content = stream.read(LARGEST_PART + 1)
    if len(content) > LARGEST_PART:
        raise BadOrdinance(f"{name} unpacks to more than {LARGEST_PART} bytes", problem="too_large")
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


def _paragraphs(element: etree._Element) -> Iterator[etree._Element]:
    """Every paragraph in order, a text box's after the one that it hangs on."""
    for child in element:
        if child.tag == W + "p":
            yield child
        if child.tag in (W + "del", W + "moveFrom", _COMPATIBILITY + "Fallback") or _is_contents(child):
            continue
        yield from _paragraphs(child)


def _is_contents(element: etree._Element) -> bool:
    gallery = element.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery") if element.tag == W + "sdt" else None
    return gallery is not None and gallery.get(W + "val") == "Table of Contents"


def _signs(element: etree._Element) -> Iterator[str]:
    for child in element:
        if child.tag in (W + "t", _M + "t"):
            yield child.text or ""
        elif child.tag == W + "tab":
            yield "\t"
        elif child.tag == W + "cr" or (child.tag == W + "br" and child.get(W + "type") in (None, "textWrapping")):
            yield "\n"
        elif child.tag == W + "noBreakHyphen":
            yield "-"
        elif child.tag == W + "r" and _hidden(child):
            continue
        elif child.tag not in _SKIPPED:
            yield from _signs(child)


def _hidden(run: etree._Element) -> bool:
    vanish = run.find(f"{W}rPr/{W}vanish")
    return vanish is not None and vanish.get(W + "val") not in ("0", "false", "off")
