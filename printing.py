"""What commands print, for people and for programs."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

import typer

from retrieval.ordinances.model import label_of
from wording import has, say

if TYPE_CHECKING:
    from retrieval.collection import Added
    from retrieval.glosses import Glosses
    from retrieval.library import Library
    from retrieval.ordinances.check import Finding
    from retrieval.quotation import Citation
    from retrieval.search import Answer

#: So many of the lines left out of an ordinance are shown, each with so many signs.
_LISTED = 12
_SHOWN = 40


def as_json(data: object) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def answer_json(answer: Answer) -> dict[str, Any]:
    """The shape of ``gridbot ask --json``."""
    from handlers.quoting import shown

    return {
        "answered": answer.result.outcome == "answer",
        "outcome": answer.result.outcome,
        "reason": answer.result.reason,
        "from_other_place": answer.result.from_other_place,
        "citations": [vars(shown(quote)) for quote in answer.citations],
        "suggestions": [vars(shown(quote)) for quote in answer.suggestions],
        "hits": [vars(hit) for hit in answer.result.hits],
    }


def answer(given: Answer, place: str | None, library: Library, glosses: Glosses) -> None:
    """The articles as they stand with what they are about, or that there is none."""
    from handlers.quoting import shown

    result = given.result
    asked = result.reference
    if asked is not None and asked.document is not None and result.outcome == "refuse":
        title = library.document(asked.document).title
        told = {"number": asked.article, "label": label_of(asked.article), "title": title, "count": asked.articles}
        typer.echo(say(f"ordinance.{result.reason}", **told))
        return
    quotes = given.citations or given.suggestions
    if quotes and place and (result.from_other_place or result.outcome == "refuse"):
        typer.echo(say("ordinance.elsewhere_note", jurisdiction=quotes[0].jurisdiction))
    elif result.outcome != "answer":
        typer.echo(say("ordinance.perhaps" if quotes else "ordinance.refuse"))
    for quote in quotes:
        note = f"（{shown(quote).note}）" if shown(quote).note else ""
        effective = f"{quote.effective.isoformat()}起施行" if quote.effective else ""
        head = " ".join(part for part in (f"《{quote.title}》{note}", quote.chapter, quote.label, effective) if part)
        gloss = glosses.of(quote)
        typer.echo(f"\n{head}" + (f"\n{say('ordinance.gloss', gloss=gloss)}" if gloss else ""))
        typer.echo(_emphasised(quote))


def _emphasised(quote: Citation) -> str:
    """The text with the sentence that matters in bold; echoed to anything but a terminal, bold is left out."""
    text, end = "", 0
    for begin, stop in quote.marked:
        text += quote.text[end:begin] + typer.style(quote.text[begin:stop], bold=True)
        end = stop
    return text + quote.text[end:]


def findings(lead: str, title: str, found: list[Finding]) -> None:
    """What a person should look at in a text."""
    if not found:
        typer.echo(f"{lead}《{title}》：{say('retrieval.check.clean')}")
        return
    typer.echo(lead + say("retrieval.check.summary", title=title, count=len(found)))
    for finding in found:
        told = {"article": finding.article, "line": finding.line, **finding.parameters}
        if finding.code == "not_quotable":
            told["reason"] = say(f"retrieval.doubt.{finding.parameters['reason']}")
        outside = not finding.article and has(f"retrieval.finding.{finding.code}_outside")
        code = f"{finding.code}_outside" if outside else finding.code
        sentence = say(f"retrieval.finding.{code}", **told)
        # A stored text has no lines of its own.
        typer.echo("  " + sentence.removeprefix(say("retrieval.check.no_line")))


def added(given: Added) -> None:
    """What was read from a file, what was left out of it, and what a person should look at."""
    document = given.document
    quotable = sum(article.trusted for article in document.articles)
    told = {"id": document.id, "title": document.title, "jurisdiction": document.jurisdiction}
    count = len(document.articles)
    since = document.effective or "?"
    typer.echo(say("retrieval.list.line", **told, effective=since, articles=count, quotable=quotable))
    typer.echo(say("retrieval.added.read", chapters=len(document.chapters), articles=count, quotable=quotable))
    for heading, articles in groupby(
        document.articles, key=lambda article: f"{article.part} {article.chapter}".strip()
    ):
        numbers = [article.number for article in articles]
        if heading:
            typer.echo("  " + say("retrieval.added.chapter", heading=heading, first=numbers[0], last=numbers[-1]))
    if given.effective_from:
        text = given.effective_from.text.splitlines()[-1][:_SHOWN]
        typer.echo(say("retrieval.added.effective", article=given.effective_from.number, text=text))
    if given.left_out:
        typer.echo(say("retrieval.added.left_out"))
        for line, text in given.left_out[:_LISTED]:
            typer.echo("  " + say("retrieval.added.line", line=line, text=text[:_SHOWN]))
        if (more := len(given.left_out) - _LISTED) > 0:
            typer.echo("  " + say("retrieval.added.more", count=more))
    findings("", document.title, list(given.findings))


def questions(rows: list[dict[str, Any]]) -> None:
    """Unanswered questions, a line each."""
    for row in rows:
        state, place = say(f"questions.state.{row['state']}"), row["place"] or say("questions.no_place")
        typer.echo(say("questions.cli.line", **{**row, "state": state, "place": place}))
