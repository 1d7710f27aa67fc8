"""Telegram's HTML, read as strictly as its server reads it."""

from __future__ import annotations

import html
import re

_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "tg-spoiler", "blockquote"}
_MARK = re.compile(r"</?([a-zA-Z-]+)((?:\s[^<>]*)?)>|[<>]|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")


def parse_html(text: str) -> str:
    """What a person sees of Telegram's HTML.

    Raises:
        ValueError: Telegram would not take it (or would, but it was escaped wrongly: a bare ``>`` is refused here too).
    """
    open_tags: list[str] = []
    seen, last = "", 0
    for mark in _MARK.finditer(text):
        seen += text[last : mark.start()]
        last = mark.end()
        whole, tag, attributes = mark[0], mark[1], (mark[2] or "").strip()
        if whole.startswith("&"):
            seen += html.unescape(whole)
        elif tag is None or tag not in _TAGS:
            raise ValueError(f"Unsupported start tag at {mark.start()}")
        elif whole.startswith("</"):
            if not open_tags or open_tags.pop() != tag:
                raise ValueError(f"Unexpected end tag at {mark.start()}")
        else:
            if attributes and (tag, attributes) != ("blockquote", "expandable"):
                raise ValueError(f"Unsupported attribute at {mark.start()}")
            if tag == "blockquote" and tag in open_tags:
                raise ValueError(f"Nested blockquote at {mark.start()}")
            open_tags.append(tag)
    if open_tags:
        raise ValueError("Can't find end tag")
    return seen + text[last:]
