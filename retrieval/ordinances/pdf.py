"""The text of a PDF: the text layer's lines put together to paragraphs again by where they stand on the page.

A new paragraph begins where a line is indented, or where the line before ends short of the margin. So sentences go on
over lines and pages as they were printed; what stands at the edge of several pages is their head or foot.
"""

from __future__ import annotations

import ctypes
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from retrieval.errors import BadOrdinance
from retrieval.ordinances.lines import label_in
from retrieval.ordinances.numerals import SIGNS

MOST_PAGES = 2000
#: A page with fewer signs, and with a picture on it, is a scan.
_FEW = 8
#: Of the signs of a sound Chinese text at least this share are Chinese.
_CHINESE = 0.2
#: The head and the foot of a page stand among its first and last so many lines, on so many pages (or on all).
_EDGE = 2
_REPEATED = 3

# Fonts that leave out what their signs mean are read by their shapes, and radicals look like these characters.
_RADICALS = str.maketrans(
    "⺁⺈⺊⺎⺟⺠⻁⻄⻅⻆⻉⻋⻌⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳",
    "厂刀卜兀母民虎西见角贝车辶长门青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龟",
)
_COMPATIBLE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\uffef\u3000-\u303f]")
_FOLIO = re.compile(
    r"^\W*\d{1,4}\W*$|^第\s*\d+\s*页.{0,12}$"
    # what browsers print above and below a page: when, and from where
    r"|^\d{1,4}[/-]\d{1,2}[/-]\d{1,4},?\s*\d{1,2}:\d{2}|^(https?|file)://\S+(\s\d+/\d+)?$"
)
_ITEM = re.compile(rf"^[（(][{SIGNS}]+[）)]")
_NUMBER_APART = re.compile(r"^\W*\d{1,4}\W*\s|\s\W*\d{1,4}\W*$")
# PDFium is one library for the whole process and must not be called twice at a time.
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Line:
    """A printed line: its text, its place (points, from the lower left corner), its signs' size, its page."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    page: int


def read_pdf(content: bytes) -> tuple[str, tuple[int, ...]]:
    """The text, one paragraph per line, and the numbers of pages that hold only a picture.

    Raises:
        BadOrdinance: ``problem`` is ``broken``, ``encrypted``, ``scanned`` (no page has text), ``garbled`` (the text
            layer holds no Chinese) or ``too_many_pages``.
    """
    with _LOCK:
        lines, count, pictures = _lines(content)
    signs = "".join("".join(line.text.split()) for line in lines)
    if len(signs) < _FEW * max(1, count):
        raise BadOrdinance(f"{count} pages without text", problem="scanned" if pictures else "no_article")
    if len(_WIDE.findall(signs)) < _CHINESE * len(signs):
        raise BadOrdinance("the text layer holds no Chinese", problem="garbled")
    return "\n".join(_paragraphs(_without_edges(lines))), tuple(pictures)


def _lines(content: bytes) -> tuple[list[Line], int, list[int]]:
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        encrypted = "password" in str(error).lower() or "security" in str(error).lower()
        raise BadOrdinance(f"PDF: {error}", problem="encrypted" if encrypted else "broken") from None
    try:
        if len(document) > MOST_PAGES:
            raise BadOrdinance(f"{len(document)} pages", problem="too_many_pages")
        lines: list[Line] = []
        pictures: list[int] = []
        for number in range(len(document)):
            page = document[number]
            found = list(_lines_of(page, number))
            if sum(len(line.text) for line in found) < _FEW and _has_picture(page):
                pictures.append(number + 1)
            lines += found
            page.close()
        if not len(document):
            raise BadOrdinance("PDF without pages", problem="broken")
        return lines, len(document), pictures
    except pdfium.PdfiumError as error:
        raise BadOrdinance(f"PDF: {error}", problem="broken") from None
    finally:
        document.close()


def _has_picture(page: pdfium.PdfPage) -> bool:
    return next(iter(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)), None) is not None


def _lines_of(page: pdfium.PdfPage, number: int) -> Iterator[Line]:
    """The lines of one page in the order of its text."""
    textpage = page.get_textpage()
    box = raw.FS_RECTF()
    signs: list[tuple[str, float, float, float, float]] = []
    for index in range(textpage.count_chars()):
        sign = _sign(raw.FPDFText_GetUnicode(textpage, index))
        if sign in "\r\n":
            yield from _line(signs, number)
            signs = []
            continue
        if not raw.FPDFText_GetLooseCharBox(textpage, index, ctypes.byref(box)):
            continue
        if signs and sign.strip() and _elsewhere(signs[-1], box):
            yield from _line(signs, number)
            signs = []
        if raw.FPDFText_IsGenerated(textpage, index) == 1 and not sign.strip():
            sign = "\x00"  # a gap that may be a blank; its width is known with the next sign
        signs.append((sign, box.left, box.right, box.top, box.bottom))
    yield from _line(signs, number)
    textpage.close()


def _elsewhere(last: tuple[str, float, float, float, float], box: raw.FS_RECTF) -> bool:
    """Whether a sign stands on another line than the one before it."""
    _, _, _, top, bottom = last
    return bool(last[0] != "\x00" and (box.bottom > top or box.top < bottom))


def _line(signs: Sequence[tuple[str, float, float, float, float]], page: int) -> Iterator[Line]:
    drawn = [one for one in signs if one[0].strip() and one[0] != "\x00"]
    if not drawn:
        return
    # Chinese signs are as wide as they are high; boxes are higher, by as much as the font likes.
    widths = sorted(right - left for sign, left, right, _, _ in drawn if _WIDE.match(sign))
    size = widths[len(widths) // 2] if widths else (drawn[0][3] - drawn[0][4]) * 0.7
    text = ""
    for index, (sign, _, _, _, _) in enumerate(signs):
        if sign == "\x00":
            before = next((one for one in reversed(signs[:index]) if one[0] != "\x00"), None)
            after = next((one for one in signs[index + 1 :] if one[0] != "\x00"), None)
            if before is None or after is None:
                continue
            # Justified Chinese text stands apart; only a gap as wide as a sign is a blank.
            wide = bool(_WIDE.match(before[0]) or _WIDE.match(after[0]))
            sign = " " if after[1] - before[2] > size * (0.6 if wide else 0.1) else ""
        text += sign
    left, right = min(one[1] for one in drawn), max(one[2] for one in drawn)
    top, bottom = max(one[3] for one in drawn), min(one[4] for one in drawn)
    yield Line(text.strip(), left, right, top, bottom, size, page)


def _sign(code: int) -> str:
    if code in (0, 0xFFFE, 0xFFFF, 0x02) or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return "" if code in (0x02, 0xFFFE) else "\ufffd"
    sign = chr(code).translate(_RADICALS)
    return unicodedata.normalize("NFKC", sign) if _COMPATIBLE.match(sign) else sign


def _without_edges(lines: Sequence[Line]) -> list[Line]:
    """Leave out the heads and feet of pages: page numbers, and what stands there on several pages."""
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    edges: list[Line] = []
    for printed in pages.values():
        by_height = sorted(printed, key=lambda line: -line.top)
        edges += dict.fromkeys(by_height[:_EDGE] + by_height[-_EDGE:])
    times = Counter(_constant(line) for line in edges)
    often = {text for text, count in times.items() if count >= max(2, min(_REPEATED, len(pages)))}
    dropped = {id(line) for line in edges if _constant(line) in often or _FOLIO.match(line.text)}
    return [line for line in lines if id(line) not in dropped]


def _constant(line: Line) -> tuple[str, int]:
    """What a head or foot has in common on all pages: its text without the page's number, and its height."""
    text = _NUMBER_APART.sub("", line.text)
    # Whatever looks like an article is none: nothing of a law may be lost.
    return (f"{line.page} {text}" if label_in(text) else text), round(line.top / 3)


def _paragraphs(lines: Sequence[Line]) -> Iterator[str]:
    margins = _Margins(lines)
    text, last = "", None
    for line in lines:
        if last is not None and margins.begins_paragraph(last, line):
            yield text
            text = ""
        apart = text[-1:].isascii() and text[-1:].isalpha() and line.text[:1].isascii() and line.text[:1].isalpha()
        text += (" " if apart else "") + line.text
        last = line
    if text:
        yield text


class _Margins:
    """Where the lines of a page's columns begin and end."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._pages: dict[int, list[Line]] = {}
        for line in lines:
            self._pages.setdefault(line.page, []).append(line)
        self._all = list(lines)

    def begins_paragraph(self, last: Line, line: Line) -> bool:
        size = max(line.size, 1.0)
        if abs(last.size - line.size) > 0.25 * size:
            return True  # a heading
        label = label_in(line.text)
        if last.text.endswith(("。", "；", "：")) and ((label and label.clear) or _ITEM.match(line.text)):
            return True
        left, _ = self._edges(line)
        _, right = self._edges(last)
        indented = line.left - left > 0.8 * size
        # The first sign of this line would still have found room on the last one.
        short = right - last.right > 1.6 * size
        return indented or short

    def _edges(self, line: Line) -> tuple[float, float]:
        """The left and right margins of the column that a line stands in."""
        page = [other for other in self._pages[line.page] if other.left < line.right and line.left < other.right]
        if len(page) < 4:
            # Hardly anything on this page tells: take all pages.
            page += [other for other in self._all if other.left < line.right and line.left < other.right]
        return min(other.left for other in page), max(other.right for other in page)
