"""The text of a web page (.html): the part that holds the articles, without scripts, navigation and hidden elements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from retrieval.ordinances.lines import label_in

# fmt: off
_DROPPED = frozenset({
    "script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form",
    "button", "select", "iframe", "object", "svg", "math", "head", "title",
})
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "o:p",
})
# fmt: on
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
#: The element with this share of the articles is the text; further out stand only menus and feet.
_MOST = 0.9


def decode_page(content: bytes) -> str:
    """By its byte order mark, else by what it says of itself, else UTF-8 or GB 18030.

    Raises:
        UnicodeDecodeError: it is neither.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return content.decode(encoding)
    said = _CHARSET.search(content[:4096])
    name = said[1].decode("ascii").lower() if said else ""
    # Pages that say gb2312 hold signs of GBK and GB 18030 all the same.
    first = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5"}.get(name, "utf-8")
    for encoding in dict.fromkeys([first, "utf-8", "gb18030"]):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8")


def read_page(source: str) -> str:
    """The text, one block per line; empty when there is none."""
    parser = html.HTMLParser(remove_comments=True, remove_pis=True, recover=True)
    try:
        root = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", source), parser=parser)
    except (etree.ParserError, ValueError):
        return ""
    return "\n".join(_lines(_main(root)))


def _main(root: etree._Element) -> etree._Element:
    """The innermost element that holds nearly all the articles; the whole page when it holds none."""
    best, wanted = root, _articles(root) * _MOST
    while wanted:
        inner = next((child for child in best if not _dropped(child) and _articles(child) >= wanted), None)
        if inner is None:
            break
        best = inner
    return best


def _articles(element: etree._Element) -> int:
    return sum(label_in(line.strip()) is not None for line in _lines(element))


def _dropped(element: etree._Element) -> bool:
    if not isinstance(element.tag, str) or element.tag in _DROPPED or element.get("hidden") is not None:
        return True
    return bool(_HIDDEN.search(element.get("style") or ""))


def _lines(element: etree._Element) -> Iterator[str]:
    text = "".join(_signs(element))
    return (line for line in (_SPACES.sub(" ", line).strip(" ") for line in text.split("\n")) if line)


def _signs(element: etree._Element) -> Iterator[str]:
    """Text with a line break around each block; white space of the source counts as one blank."""
    if _dropped(element):
        return
    block = element.tag not in _INLINE
    if block:
        yield "\n"
    yield _SPACES.sub(" ", element.text or "")
    for child in element:
        if child.tag == "br":
            yield "\n"
        elif child.tag in ("td", "th"):
            yield "　"
            yield from _signs_inside(child)
        else:
            yield from _signs(child)
        yield _SPACES.sub(" ", child.tail or "")
    if block:
        yield "\n"


def _signs_inside(cell: etree._Element) -> Iterator[str]:
    """A table's row is one line, unless its cells hold paragraphs."""
    inside = "".join(_signs(cell)).strip("\n")
    yield inside if "\n" not in inside else f"\n{inside}\n"
