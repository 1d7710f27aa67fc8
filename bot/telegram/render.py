"""A reply or notice of the outbox as messages that Telegram takes. Pure.

Telegram takes at most 4096 characters a message and refuses HTML that is not whole, so everything is escaped first,
measured escaped, and cut between paragraphs or sentences, never inside a tag. A quotation that is cut is quoted on in
the next message under its own heading, so that no part of it stands without its source.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.inbox import clean
from wording import has, say

LONGEST = 4096
"""Telegram's limit for one message, counted here in UTF-16 units with tags and escapes: its own count is never higher."""
LONGEST_PAYLOAD = 64
"""Bytes of UTF-8 that a button can carry."""
MOST_BUTTONS = 100
ROW_WIDTH, ROW_BUTTONS = 32, 4
"""Half-width columns of a phone's row of buttons, and how many there are at most."""
HEAD_LIMIT = 200
"""Characters of a title, chapter or note that a quotation's heading shows."""

Row = tuple[tuple[str, str], ...]

_BORDERS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[。！？!?…][”’」』）)]*|[.;；]\s"),
    re.compile(r"[，、：]|\s"),
)
"""Where a text is cut, best first; the cut is after the match."""
_TAG = re.compile(r"<[^>]*>")
_MARKED = "<b><u>{}</u></b>"
_INVISIBLE = re.compile(
    "[\\s\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]*"
)


@dataclass(frozen=True)
class Part:
    """One Telegram message.

    Attributes:
        html: its text in Telegram's HTML.
        keyboard: rows of (label, payload); only the last part has any.
    """

    html: str
    keyboard: tuple[Row, ...] = ()

    @property
    def plain(self) -> str:
        """The text without formatting, for when the server refuses the formatted one."""
        return html.unescape(_TAG.sub("", self.html))


def render(kind: str, body: Mapping[str, Any]) -> list[Part]:
    """The messages that deliver one row of the outbox, in order; none when it says nothing visible.

    Args:
        kind: ``reply`` (``handlers.messages.Reply.to_json``) or ``notice`` (a wording key with parameters).

    Raises:
        KeyError: a notice whose wording or parameter is missing, a reply without its fields.
    """
    if kind == "notice":
        body = {**body, "text": say(body["key"], **body.get("params", {}))}
    blocks = [*_text_blocks(str(body["text"])), *_ticket_blocks(body.get("ticket"))]
    for citation in body.get("citations") or ():
        blocks += _citation_blocks(citation)
    keyboard = _keyboard(body.get("buttons") or ())
    if not blocks and keyboard:
        blocks = [escape(say("telegram.choose"))]
    texts = _packed(blocks)
    return [Part(text, keyboard if number == len(texts) else ()) for number, text in enumerate(texts, 1)]


def escape(text: str) -> str:
    """Text as Telegram's HTML shows it unchanged."""
    return html.escape(text, quote=False)


def length(text: str) -> int:
    """UTF-16 units, in which Telegram counts."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def split(text: str, limit: int) -> list[str]:
    """Cut a text into pieces that are at most ``limit`` long once escaped, at the best border in the second half of each."""
    pieces = []
    while (end := _fitting(text, limit)) < len(text):
        end = _border(text, end)
        pieces.append(text[:end].strip())
        text = text[end:].lstrip()
    return [piece for piece in [*pieces, text.strip()] if _visible(piece)]


def _fitting(text: str, limit: int) -> int:
    """How many characters fit into ``limit``, at least one."""
    used = 0
    for number, sign in enumerate(text):
        used += 1 + (sign > "\uffff") + {"&": 4, "<": 3, ">": 3}.get(sign, 0)
        if used > limit:
            return max(number, 1)
    return len(text)


def _border(text: str, end: int) -> int:
    for border in _BORDERS:
        cuts = [found.end() for found in border.finditer(text, end // 2, end) if found.end() < end]
        if cuts:
            return cuts[-1]
    return end


def _visible(text: str) -> bool:
    """Whether Telegram would call it empty."""
    return _INVISIBLE.fullmatch(text) is None


def _text_blocks(text: str) -> list[str]:
    return [escape(piece) for piece in split(clean(text), LONGEST)]


def _ticket_blocks(ticket: Mapping[str, Any] | None) -> list[str]:
    if not ticket:
        return []
    status = str(ticket["status"])
    named = say(f"tickets.status.{status}") if has(f"tickets.status.{status}") else status
    line = say("telegram.ticket", number=ticket["number"], status=named)
    return [f"<b>{escape(clean(line)[:HEAD_LIMIT])}</b>"]


def _citation_blocks(citation: Mapping[str, Any]) -> list[str]:
    """An article in fold-out quotes; its heading says which, of which law, in force since when, and what to beware of."""
    label = citation.get("label") or say("telegram.citation.label", number=chinese_number(int(citation["article"])))
    head = say("telegram.citation.head", title=_short(str(citation["title"])), label=_short(str(label)))
    facts = [citation.get("chapter"), _effective(citation.get("effective")), citation.get("note")]
    line = say("telegram.citation.joiner").join(_short(str(fact)) for fact in facts if fact)
    first = _quoted(f"<b>{escape(head)}</b>" + (f"\n{escape(line)}" if line else ""))
    further = _quoted(f"<b>{escape(head + say('telegram.citation.continued'))}</b>")
    text = str(citation["text"])
    marked = citation.get("marked") if clean(text) == text else None
    room = LONGEST - max(length(first("")), length(further(""))) - (len(_MARKED.format("")) if marked else 0)
    pieces = split(clean(text), room)
    shown = _with_mark(text, pieces, *marked[0]) if marked else [escape(piece) for piece in pieces]
    return [(first if number == 0 else further)(piece) for number, piece in enumerate(shown)]


def _with_mark(text: str, pieces: Iterable[str], begin: int, end: int) -> list[str]:
    """The pieces of a text in HTML, with what lies between two of its offsets marked in each."""
    shown, at = [], 0
    for piece in pieces:
        at = text.index(piece, at)
        low, high = (min(max(border - at, 0), len(piece)) for border in (begin, end))
        inside = _MARKED.format(escape(piece[low:high])) if low < high else ""
        shown.append(escape(piece[:low]) + inside + escape(piece[high:]))
        at += len(piece)
    return shown


def _quoted(head: str) -> Callable[[str], str]:
    return lambda text: f"<blockquote expandable>{head}\n{text}</blockquote>"


def _short(text: str) -> str:
    return clean(text).replace("\n", " ").strip()[:HEAD_LIMIT]


def _effective(day: str | None) -> str:
    if not day:
        return ""
    when = date.fromisoformat(day)
    return say("telegram.citation.effective", year=when.year, month=when.month, day=when.day)


def chinese_number(number: int) -> str:
    """An article's number as laws write it, 1 to 9999: 十八, 一百零五. Others stay in digits."""
    if not 0 < number < 10_000:
        return str(number)
    written, pending_zero = "", False
    for unit, value in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, value)
        if digit:
            written += ("零" if pending_zero else "") + "一二三四五六七八九"[digit - 1] + unit
        pending_zero = bool(written) and not digit
    return written[1:] if written.startswith("一十") else written


def _packed(blocks: Iterable[str]) -> list[str]:
    """As few messages as hold the blocks, each block whole."""
    texts: list[str] = []
    for block in blocks:
        if texts and length(texts[-1]) + 2 + length(block) <= LONGEST:
            texts[-1] += f"\n\n{block}"
        else:
            texts.append(block)
    return texts


def _keyboard(buttons: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    """Rows of buttons, as many in a row as can be read on a phone.

    A payload over the limit is left out: cut, it would mean something else.
    """
    rows: list[list[tuple[str, str]]] = []
    room = MOST_BUTTONS
    for button in buttons:
        label, payload = _short(str(button["label"])), str(button["payload"])
        if not _visible(label) or not fits(payload) or not room:
            continue
        room -= 1
        widest = max(_width(one) for one, _ in [*(rows[-1] if rows else ()), (label, payload)])
        if rows and len(rows[-1]) < ROW_BUTTONS and widest * (len(rows[-1]) + 1) <= ROW_WIDTH:
            rows[-1].append((label, payload))
        else:
            rows.append([(label, payload)])
    return tuple(tuple(row) for row in rows)


def fits(payload: str) -> bool:
    """Whether a button can carry it."""
    return 1 <= len(payload.encode(errors="surrogatepass")) <= LONGEST_PAYLOAD and clean(payload) == payload


def _width(label: str) -> int:
    return sum(2 if sign > "\u2e7f" else 1 for sign in label) + 2
