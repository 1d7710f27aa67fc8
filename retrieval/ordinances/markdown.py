"""Ordinances as Markdown with YAML front matter: ``#`` for the title and the parts, ``##`` for chapters and sections
(told apart by 第…节), ``###`` for articles, one block for each paragraph; ``## 序言`` holds a preamble.

Reading what was written gives the same document again, and writing what was read gives the same file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import BadOrdinance
from retrieval.ordinances.model import Article, Document
from retrieval.ordinances.numerals import SIGNS, to_int

_LABEL = re.compile(rf"^第([{SIGNS}]+)条(?:之([{SIGNS}]+))?$")
_SECTION = re.compile(rf"^第[{SIGNS}]+节")
# A paragraph that begins like Markdown is written with a backslash before it.
_MARKUP = re.compile(r"^(?=[#\\])")
_ESCAPED = re.compile(r"^\\(?=[#\\])")
_PREAMBLE = "序言"
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
        "not_quotable": {_name(article): article.doubt for article in document.articles if article.doubt},
    }
    yaml_text = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=110)
    blocks = [f"---\n{yaml_text}---", f"# {document.title}"]
    if document.preamble:
        blocks += [f"## {_PREAMBLE}", *map(_escaped, document.preamble)]
    part = chapter = section = ""
    for article in document.articles:
        if article.part != part:
            part, chapter, section = article.part, "", ""
            blocks.append(f"# {part}".strip())
        if article.chapter != chapter or (section and not article.section):
            chapter, section = article.chapter, ""
            blocks.append(f"## {chapter}".strip())
        if article.section != section:
            section = article.section
            blocks.append(f"## {section}")
        blocks += [f"### {article.label}", *map(_escaped, article.paragraphs)]
    return "\n\n".join(blocks) + "\n"


def _name(article: Article) -> int | str:
    return article.label if article.inserted else article.number


def _escaped(paragraph: str) -> str:
    return _MARKUP.sub(r"\\", paragraph)


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
    preamble, articles = _body(match[2], front["id"], front.get("not_quotable") or {})
    return Document(
        id=front["id"],
        title=front["title"],
        jurisdiction=front["jurisdiction"],
        articles=articles,
        title_verified=bool(front.get("title_verified", True)),
        adopted=front.get("adopted"),
        approved=front.get("approved"),
        effective=front.get("effective"),
        repealed=front.get("repealed"),
        adoption=front.get("adoption") or "",
        source=front.get("source") or "",
        condition=front.get("condition") or "clean",
        complete=bool(front.get("complete", True)),
        preamble=preamble,
    )


def _body(text: str, document: str, doubts: Mapping[int | str, str]) -> tuple[tuple[str, ...], tuple[Article, ...]]:
    """The preamble and the articles."""
    preamble: list[str] = []
    articles: list[Article] = []
    part = chapter = section = ""
    paragraphs: list[str] | None = None  # where text belongs: to the preamble, to an article, or nowhere
    titled = False

    for line in filter(None, text.split("\n")):
        marks, _, heading = line.partition(" ")
        if marks == "###":
            number, inserted = _numbers(heading)
            article = Article(document, number, chapter, (), section, "", inserted, part)
            if articles and article.order <= articles[-1].order:
                raise BadOrdinance(f"{article.label} stands after {articles[-1].label}")
            _finish(articles, paragraphs)
            articles.append(replace(article, doubt=doubts.get(_name(article), "")))
            paragraphs = []
        elif marks in ("#", "##"):
            _finish(articles, paragraphs)
            paragraphs = None
            if marks == "#":
                part, chapter, section = heading if titled else "", "", ""
                titled = True
            elif _SECTION.match(heading):
                section = heading
            elif heading == _PREAMBLE and not articles:
                paragraphs = preamble
            else:
                chapter, section = heading, ""
        elif paragraphs is None:
            raise BadOrdinance(f"text outside an article: {line[:20]!r}")
        else:
            paragraphs.append(_ESCAPED.sub("", line))
    if not articles:
        raise BadOrdinance("no article found")
    _finish(articles, paragraphs)
    return tuple(preamble), tuple(articles)


def _finish(articles: list[Article], paragraphs: list[str] | None) -> None:
    if articles and paragraphs is not None:
        articles[-1] = replace(articles[-1], paragraphs=tuple(paragraphs))


def _numbers(label: str) -> tuple[int, int]:
    """``第十八条之一`` → 18 and 1."""
    found = _LABEL.match(label)
    number = to_int(found[1]) if found else None
    inserted = to_int(found[2]) if found and found[2] else 0
    if not number or inserted is None:
        raise BadOrdinance(f"no article number in heading {label!r}")
    return number, inserted
