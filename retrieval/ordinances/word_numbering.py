"""Word's automatic numbers: 第一条 may stand in no paragraph at all, only in the list that the paragraph belongs to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from lxml import etree

from retrieval.ordinances.numerals import to_chinese

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVELS = 9
_FIGURES = "〇一二三四五六七八九"
_FORMAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
_CHINESE = ("chineseCounting", "japaneseCounting", "taiwaneseCounting", "ideographTraditional")
_FORMAL_FORMATS = ("chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal")


@dataclass
class _Level:
    start: int = 1
    format: str = "decimal"
    text: str = ""
    restart: int | None = None
    plain: bool = False  # all numbers in Arabic figures (w:isLgl)


@dataclass
class _List:
    """An abstract numbering: its levels, and the paragraph styles that are bound to one of them."""

    levels: dict[int, _Level] = field(default_factory=dict)
    styles: dict[str, int] = field(default_factory=dict)
    linked: str = ""  # the style whose numbering is used instead


class Numbering:
    """Counts through the lists of a document; paragraphs have to be asked in the document's order.

    Args:
        numbering, styles: roots of ``numbering.xml`` and ``styles.xml``.
    """

    def __init__(self, numbering: etree._Element, styles: etree._Element) -> None:
        self._styles = {style.get(W + "styleId", ""): style for style in styles.iter(W + "style")}
        defaults = (id for id, style in self._styles.items() if style.get(W + "default") in ("1", "true"))
        self._default = next((id for id in defaults if self._styles[id].get(W + "type") == "paragraph"), "")
        self._lists = {one.get(W + "abstractNumId", ""): _list(one) for one in numbering.iter(W + "abstractNum")}
        self._instances = {one.get(W + "numId", ""): one for one in numbering.iter(W + "num")}
        self._counts: dict[str, list[int | None]] = defaultdict(lambda: [None] * _LEVELS)
        self._begun: set[tuple[str, int]] = set()

    def style_of(self, paragraph: etree._Element) -> str:
        """The id of its style."""
        return _value(paragraph.find(f"{W}pPr/{W}pStyle")) or self._default

    def style_name(self, style: str) -> str:
        element = self._styles.get(style)
        return _value(element.find(W + "name")).lower() if element is not None else ""

    def next_label(self, paragraph: etree._Element, style: str) -> str:
        """What Word draws before the paragraph, with a blank where one belongs; empty when it has no number."""
        instance, depth = self._place(paragraph, style)
        found = self._instances.get(instance)
        if found is None:
            return ""
        key = self._abstract(_value(found.find(W + "abstractNumId")))
        levels = dict(self._lists[key].levels) if key in self._lists else {}
        self._override(instance, found, key, levels)
        if depth not in levels:
            return ""
        return _drawn(levels, self._count(key, levels, depth), depth)

    def _place(self, paragraph: etree._Element, style: str) -> tuple[str, int]:
        """The list a paragraph belongs to and its level there; the list is empty when there is none."""
        own = paragraph.find(f"{W}pPr/{W}numPr")
        instance, depth = _numbering_of(own)
        seen: set[str] = set()
        while not instance and style in self._styles and style not in seen:
            seen.add(style)
            instance, inherited = _numbering_of(self._styles[style].find(f"{W}pPr/{W}numPr"))
            if instance in self._instances:
                key = self._abstract(_value(self._instances[instance].find(W + "abstractNumId")))
                bound = self._lists[key].styles.get(style) if key in self._lists else None
                depth = depth if depth is not None else bound if bound is not None else inherited
            style = _value(self._styles[style].find(W + "basedOn"))
        return ("" if instance == "0" else instance), min(depth or 0, _LEVELS - 1)

    def _abstract(self, key: str) -> str:
        """Follow a list that only refers to a list style."""
        linked = self._lists[key].linked if key in self._lists else ""
        if linked in self._styles:
            instance, _ = _numbering_of(self._styles[linked].find(f"{W}pPr/{W}numPr"))
            if instance in self._instances:
                target = _value(self._instances[instance].find(W + "abstractNumId"))
                if target in self._lists and not self._lists[target].linked:
                    return target
        return key

    def _override(self, instance: str, found: etree._Element, key: str, levels: dict[int, _Level]) -> None:
        """What one use of the list changes; a new start counts once, when the list is first used so."""
        for change in found.iter(W + "lvlOverride"):
            depth = _number(change.get(W + "ilvl"), 0)
            if (level := change.find(W + "lvl")) is not None:
                levels[depth] = _level(level)
            start = change.find(W + "startOverride")
            if start is not None and (instance, depth) not in self._begun and 0 <= depth < _LEVELS:
                self._begun.add((instance, depth))
                self._counts[key][depth] = _number(_value(start), 1) - 1

    def _count(self, key: str, levels: dict[int, _Level], depth: int) -> list[int]:
        counts = self._counts[key]
        last = counts[depth]
        counts[depth] = levels[depth].start if last is None else last + 1
        for deeper in range(depth + 1, _LEVELS):
            restart = levels[deeper].restart if deeper in levels else None
            # w:lvlRestart 0: counts through the whole document, as articles do across chapters.
            if restart is None or depth < restart:
                counts[deeper] = None
        # A level that was skipped counts as begun.
        return [value if (value := counts[i]) is not None else _start(levels, i) for i in range(depth + 1)]


def _start(levels: dict[int, _Level], depth: int) -> int:
    return levels[depth].start if depth in levels else 0


def _drawn(levels: dict[int, _Level], counts: list[int], depth: int) -> str:
    level = levels[depth]
    if level.format in ("bullet", "none"):
        return ""
    text = level.text
    for i, value in enumerate(counts):
        own = levels.get(i, level)
        text = text.replace(f"%{i + 1}", _written(value, "decimal" if level.plain else own.format))
    text = text.strip()
    if text.startswith("第"):
        return f"{text}　"
    return text if not text or text[-1] in "）)、．" else f"{text} "


def _written(number: int, format: str) -> str:
    if format == "ideographDigital":
        return "".join(_FIGURES[int(figure)] for figure in str(number))
    if format.startswith(_CHINESE) and 0 < number < 10_000:
        return to_chinese(number)
    if format in _FORMAL_FORMATS and 0 < number < 10_000:
        return to_chinese(number).translate(_FORMAL)
    if format == "decimalEnclosedCircle" and 0 < number <= 20:
        return chr(0x245F + number)
    if format in ("lowerLetter", "upperLetter") and 0 < number <= 26:
        return chr((0x60 if format == "lowerLetter" else 0x40) + number)
    return str(number)


def _list(element: etree._Element) -> _List:
    made = _List(linked=_value(element.find(W + "numStyleLink")))
    for level in element.iter(W + "lvl"):
        depth = _number(level.get(W + "ilvl"), 0)
        made.levels[depth] = _level(level)
        if style := _value(level.find(W + "pStyle")):
            made.styles[style] = depth
    return made


def _level(element: etree._Element) -> _Level:
    restart = element.find(W + "lvlRestart")
    return _Level(
        _number(_value(element.find(W + "start")), 1),
        _value(element.find(W + "numFmt")) or "decimal",
        _value(element.find(W + "lvlText")),
        None if restart is None else _number(_value(restart), 0),
        element.find(W + "isLgl") is not None,
    )


def _numbering_of(properties: etree._Element | None) -> tuple[str, int | None]:
    if properties is None:
        return "", None
    depth = properties.find(W + "ilvl")
    return _value(properties.find(W + "numId")), None if depth is None else _number(_value(depth), 0)


def _value(element: etree._Element | None) -> str:
    return "" if element is None else str(element.get(W + "val", ""))


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise
