"""Answering with the ordinance: the article word for word, or an honest no with a way on."""

from __future__ import annotations

import logging

from handlers import articles, comparison, unanswered
from handlers.messages import Button, Citation
from handlers.quoting import button, effective, introduced, payload, shown
from handlers.turn import Turn
from logs import place_of
from retrieval.ordinances.model import label_of
from retrieval.quotation import cite
from retrieval.search import Answer, Result, cleaned
from wording import say

logger = logging.getLogger(__name__)

MOST_LAWS = 6
"""Laws that are offered or counted where a number alone does not say which is meant."""


def ask_ordinance(turn: Turn) -> None:
    """Answer the question in the text by the ordinances of the person's place."""
    answer_question(turn, turn.text, turn.place)


def answer_question(turn: Turn, question: str, place: str | None) -> None:
    library = turn.services.search.library
    _, asked = cleaned(question, library)
    law = articles.law_just_shown(turn) if not (asked.places or asked.documents) else None
    if asked.articles and law is not None:
        _show_number(turn, law.id, asked.articles[0])
    elif len(asked.places) < 2 or not comparison.compare(turn, asked):
        _search(turn, question, place)
    if turn.intent == "ask_ordinance":
        # 我要反映问题 under the answer goes on with what was asked about.
        turn.state.unclear = turn.remembered()


def _search(turn: Turn, question: str, place: str | None) -> None:
    places = turn.services.search.library.places
    named = places.named(question)
    # Who asks for another city's law by its name is answered with it, wherever she lives.
    elsewhere = named[0] if named and not set(named) & set(places.chain(place) if place else named) else None
    answer = turn.services.search.answer(question, elsewhere or place)
    result = answer.result
    unanswered.keep(turn, question, elsewhere or place, result)
    if result.outcome == "answer":
        _quote(turn, answer, place, asked_for=elsewhere)
    elif result.outcome == "perhaps":
        _suggest(turn, answer)
    else:
        _refuse(turn, answer)
    if place is None and not named and not turn.state.place_offered and turn.state.active is None:
        turn.state.place_offered = True
        offer_places(turn)


def _quote(turn: Turn, answer: Answer, place: str | None, *, asked_for: str | None) -> None:
    main = answer.citations[0]
    key = "ordinance.answer"
    if asked_for is not None and main.jurisdiction == asked_for:
        key = "ordinance.answer_named"
    elif answer.result.from_other_place:
        key = "ordinance.answer_elsewhere"
    law = turn.services.search.library.document(main.document)
    articles.remember(turn, law.id, main.article)
    lead = say(
        key,
        title=main.title,
        label=main.label,
        effective=effective(main),
        place=place or "",
        jurisdiction=main.jurisdiction,
    )
    glosses = turn.services.glosses
    also = [
        button("ordinance.also_here", quote, glosses.of(quote))
        for quote in answer.suggestions[:2]
        if quote.document == main.document
    ]
    turn.tell(
        introduced(lead, glosses.of(main), main),
        [*articles.further(turn, law, main.article), *also, Button(say("ordinance.report_this"), "do:report_issue")],
        [shown(quote) for quote in answer.citations],
    )


def _suggest(turn: Turn, answer: Answer) -> None:
    result = answer.result
    if result.reason == "which_document" and result.reference is not None:
        laws = [turn.services.search.library.document(hit.document) for hit in result.hits[:MOST_LAWS]]
        number = result.reference.article
        turn.reply(
            "ordinance.which_document",
            [Button(law.title, payload("art", law.id, number)) for law in laws],
            label=label_of(number),
        )
        return
    likely = [button("ordinance.candidate", quote, turn.services.glosses.of(quote)) for quote in answer.suggestions]
    turn.reply("ordinance.perhaps", [*likely, *_way_on()])


def _refuse(turn: Turn, answer: Answer) -> None:
    result = answer.result
    if result.reason == "no_such_article":
        _no_such_article(turn, result)
    elif result.reason == "not_quotable" and result.reference and result.reference.document:
        _not_quotable(turn, result.reference.document, result.reference.article)
    elif answer.suggestions:
        elsewhere = [button("ordinance.elsewhere", quote) for quote in answer.suggestions]
        turn.reply("ordinance.refuse_but_elsewhere", [*elsewhere, *_way_on()], place=turn.place or "")
    else:
        known = result.reason in {"not_in_force", "empty"}
        turn.reply(f"ordinance.{result.reason}" if known else "ordinance.refuse", _way_on())


def _no_such_article(turn: Turn, result: Result) -> None:
    library = turn.services.search.library
    asked = result.reference
    if asked is not None and asked.document is not None:
        title = library.document(asked.document).title
        turn.reply("ordinance.no_such_article", number=asked.article, title=title, count=asked.articles)
        return
    laws = [law for law in library.documents.values() if law.in_force(turn.today)]
    counts = [
        say("ordinance.count", title=law.title, count=max(article.number for article in law.articles)) for law in laws
    ]
    number = asked.article if asked is not None else ""
    turn.reply("ordinance.no_such_article_anywhere", number=number, counts="、".join(counts[:MOST_LAWS]))


def _not_quotable(turn: Turn, document: str, number: int) -> None:
    law = turn.services.search.library.document(document)
    articles.remember(turn, document, number)
    further = articles.further(turn, law, number, back=True)
    label = law.by_number[number].label
    turn.reply("ordinance.not_quotable", [*further, *_way_on()], title=law.title, label=label)


def _way_on() -> list[Button]:
    """What a person can do when no text answers: report it, or ask somebody."""
    return [
        Button(say("ordinance.report_this"), "do:report_issue"),
        Button(say("ordinance.ask_person"), "do:human_handoff"),
    ]


def show_article(turn: Turn, document: str, number: int) -> None:
    """The article behind a button."""
    library = turn.services.search.library
    if document not in library.documents or library.article(document, number) is None:
        turn.reply("errors.unknown_button")
        return
    law = articles.law_in_force(turn, document)
    if law is None:
        turn.reply("ordinance.not_in_force", _way_on())
        return
    if not law.by_number[number].trusted:
        _not_quotable(turn, document, number)
        return
    quote = cite(library, document, number)
    articles.remember(turn, document, number)
    at_home = turn.place is None or quote.jurisdiction in library.places.chain(turn.place)
    key = "ordinance.article" if at_home else "ordinance.article_elsewhere"
    lead = say(key, title=quote.title, label=quote.label, place=turn.place or "")
    turn.tell(
        introduced(lead, turn.services.glosses.of(quote)),
        [*articles.further(turn, law, number, back=True), Button(say("ordinance.report_this"), "do:report_issue")],
        [shown(quote)],
    )


def _show_number(turn: Turn, document: str, number: int) -> None:
    law = turn.services.search.library.document(document)
    if number in law.by_number:
        show_article(turn, document, number)
        return
    count = max(article.number for article in law.articles)
    turn.reply("ordinance.no_such_article", number=number, title=law.title, count=count)


def offer_places(turn: Turn) -> None:
    """Ask which place the person lives in, so that its own law comes first."""
    places = turn.services.search.library.places.jurisdictions
    turn.state.open = "place"
    turn.reply("ordinance.which_place", [Button(place, f"place:{place}") for place in places])


def basis_of(turn: Turn, description: str) -> list[Citation]:
    """The articles that govern a matter, where the own place's law surely answers; else none."""
    if turn.place is None:
        return []
    try:
        answer = turn.services.search.answer(description, turn.place)
    except Exception as error:  # whatever retrieval stumbles over, the matter is filed
        logger.error("basis_not_found", extra={"error": place_of(error)})
        return []
    if answer.result.outcome != "answer" or answer.result.from_other_place:
        return []
    return [shown(quote) for quote in answer.citations]
