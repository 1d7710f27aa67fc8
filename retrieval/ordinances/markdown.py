"""Ordinances as Markdown with YAML front matter: one ``##`` heading per chapter, one ``###`` heading per article.

Reading what was written gives the same document again, and writing what was read gives the same file.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import BadOrdinance
from retrieval.ordinances.model import Article, Document, label_of
from retrieval.ordinances.numerals import SIGNS, to_int

_HEADING = re.compile(rf"^第([{SIGNS}]+)条$")
_DATES = ("adopted", "approved", "effective", "repealed")
_REQUIRED = ("id", "title", "jurisdiction")


def dump(document: Document) -> str:
    """The file's text."""
    front: dict[str, Any] = {
        "id": document.id,
        "title": document.title,
        "title_verified": document.title_verified,
        "jurisdiction": document.jurisdiction,
        **{name: getattr(document, name) for name in _DATES},
        "adoption": document.adoption,
        "source": document.source,
        "condition": document.condition,
        "complete": document.complete,
        "not_quotable": {article.number: article.doubt for article in document.articles if article.doubt},
    }
    yaml_text = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=110)
    parts = [f"---\n{yaml_text}---", f"# {document.title}"]
    chapter = section = ""
    for article in document.articles:
        if article.chapter != chapter:
            chapter, section = article.chapter, ""
            parts.append(f"## {chapter}")
        if article.section != section:
            section = article.section
            parts.append(f"## {section}")
        parts.append(f"### {article.label}")
        parts.extend(article.paragraphs)
    return "\n\n".join(parts) + "\n"


def load(path: Path) -> Document:
    """Read one file.

    Raises:
        BadOrdinance: it is not of this form; the message names the file and what is wrong.
    """
    try:
        return parse(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise BadOrdinance(f"{path.name}: not UTF-8 text", file=path.name, problem="not UTF-8") from None
    except BadOrdinance as error:
        raise BadOrdinance(f"{path.name}: {error}", file=path.name, problem=str(error)) from None


def parse(text: str) -> Document:
    """The document that a file's text describes (see ``load``)."""
    match = re.match(r"^---\n(.*?)\n---\n(.*)$", text, re.DOTALL)
    if not match:
        raise BadOrdinance("no front matter between two lines of ---")
    try:
        front = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise BadOrdinance(f"front matter is not YAML: {error}".replace("\n", " ")) from None
    if not isinstance(front, dict) or any(not isinstance(front.get(name), str) for name in _REQUIRED):
        raise BadOrdinance(f"front matter needs {', '.join(_REQUIRED)}")
    for name in _DATES:
        if not isinstance(front.get(name), date | None):
            raise BadOrdinance(f"{name} is no date (YYYY-MM-DD)")
    doubts: dict[int, str] = front.get("not_quotable") or {}
    return Document(
        id=front["id"],
        title=front["title"],
        jurisdiction=front["jurisdiction"],
        articles=_articles(match[2], front["id"], doubts),
        title_verified=bool(front.get("title_verified", True)),
        adopted=front.get("adopted"),
        approved=front.get("approved"),
        effective=front.get("effective"),
        repealed=front.get("repealed"),
        adoption=front.get("adoption") or "",
        source=front.get("source") or "",
        condition=front.get("condition") or "clean",
        complete=bool(front.get("complete", True)),
    )


def _articles(body: str, document: str, doubts: dict[int, str]) -> tuple[Article, ...]:
    articles: list[Article] = []
    chapter = section = ""
    number, paragraphs = 0, list[str]()

    def finish() -> None:
        if number:
            doubt = doubts.get(number, "")
            articles.append(Article(document, number, chapter, tuple(paragraphs), section, doubt))
            paragraphs.clear()

    for line in filter(None, body.split("\n")):
        if line.startswith("### "):
            finish()
            found = _HEADING.match(line[4:])
            following = to_int(found[1]) if found else None
            if following is None:
                raise BadOrdinance(f"no article number in heading {line!r}")
            if articles and following <= articles[-1].number:
                raise BadOrdinance(f"{label_of(following)} stands after {articles[-1].label}")
            number = following
        elif line.startswith("## "):
            finish()
            number, heading = 0, line[3:]
            if re.match(rf"^第[{SIGNS}]+节", heading):
                section = heading
            else:
                chapter, section = heading, ""
        elif number:
            paragraphs.append(line)
        elif not line.startswith("# "):
            raise BadOrdinance(f"text outside an article: {line[:20]!r}")
    finish()
    if not articles:
        raise BadOrdinance("no article found")
    return tuple(articles)
