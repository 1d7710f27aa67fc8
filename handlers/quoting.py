"""A quotation as it is said and shown: its names, dates, warnings, gloss and button."""

from __future__ import annotations

from handlers.messages import Button, Citation
from retrieval.quotation import Citation as Quotation
from wording import say

LONGEST_HEAD = 16
"""Signs of an article's beginning that a button shows."""


def shown(quote: Quotation) -> Citation:
    """A verified quotation as it travels in replies, with what has to be said of its title or copy."""
    notes = []
    if not quote.title_verified:
        notes.append(say("ordinance.title_unverified"))
    if not quote.complete:
        notes.append(say("ordinance.incomplete"))
    return Citation(
        document=quote.document,
        title=quote.title,
        article=quote.article,
        chapter=quote.chapter,
        effective=quote.effective.isoformat() if quote.effective else None,
        text=quote.text,
        note="；".join(notes),
        label=quote.label,
        marked=quote.marked,
    )


def effective(quote: Quotation) -> str:
    day = quote.effective
    return say("ordinance.effective", year=day.year, month=day.month, day=day.day) if day else ""


def introduced(sentence: str, gloss: str, *quotes: Quotation) -> str:
    """The sentence that leads to quotations; under it what they are about, where somebody has written that, and
    what a mark in them means, where there is one.
    """
    lines = [sentence]
    if gloss:
        lines.append(say("ordinance.gloss", gloss=gloss))
    if any(quote.marked for quote in quotes):
        lines.append(say("ordinance.marked"))
    return "\n".join(lines)


def button(key: str, quote: Quotation, gloss: str = "") -> Button:
    """A button that leads to the article; ``key`` names its wording."""
    label = say(key, title=short(quote.title), label=quote.label, head=head(gloss or quote.text))
    return Button(label, payload("art", quote.document, quote.article))


def payload(kind: str, document: str, key: int) -> str:
    return f"{kind}:{document}:{key}"


def short(title: str) -> str:
    return title if len(title) <= 12 else title[:3] + "…" + title[-6:]


def head(text: str) -> str:
    text = text.replace("\n", "")
    return text[:LONGEST_HEAD] + "…" if len(text) > LONGEST_HEAD else text
