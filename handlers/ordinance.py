"""Answering with the ordinance: the article word for word, or an honest no with a way on."""

from __future__ import annotations

from handlers import unanswered
from handlers.messages import Button, Citation
from handlers.turn import Turn
from retrieval.errors import QuotationMismatch
from retrieval.quotation import Citation as Quotation
from retrieval.quotation import cite
from retrieval.search import Answer
from wording import say


def ask_ordinance(turn: Turn) -> None:
    """Answer the question in the text by the ordinances of the person's place."""
    answer_question(turn, turn.text, turn.place)


def answer_question(turn: Turn, question: str, place: str | None) -> None:
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
    if turn.intent == "ask_ordinance":
        # 我要反映问题 under the answer goes on with what was asked about.
        turn.state.unclear = turn.remembered()


def _quote(turn: Turn, answer: Answer, place: str | None, *, asked_for: str | None) -> None:
    main = answer.citations[0]
    key = "ordinance.answer"
    if asked_for is not None and main.jurisdiction == asked_for:
        key = "ordinance.answer_named"
    elif answer.result.from_other_place:
        key = "ordinance.answer_elsewhere"
    effective = _effective(main)
    buttons = [
        Button(say("ordinance.also", title=_short(quote.title), label=quote.label), _payload(quote))
        for quote in answer.suggestions[:2]
        if quote.document == main.document
    ]
    buttons.append(Button(say("ordinance.report_this"), "do:report_issue"))
    turn.reply(
        key,
        buttons,
        [shown(quote) for quote in answer.citations],
        title=main.title,
        label=main.label,
        effective=effective,
        place=place or "",
        jurisdiction=main.jurisdiction,
    )


def _suggest(turn: Turn, answer: Answer) -> None:
    buttons = [
        Button(
            say("ordinance.candidate", title=_short(quote.title), label=quote.label, head=_head(quote)), _payload(quote)
        )
        for quote in answer.suggestions
    ]
    turn.reply("ordinance.perhaps", [*buttons, *_way_on()])


def _refuse(turn: Turn, answer: Answer) -> None:
    result = answer.result
    if result.reason == "no_such_article" and result.reference and result.reference.document:
        title = turn.services.search.library.document(result.reference.document).title
        turn.reply(
            "ordinance.no_such_article",
            number=result.reference.article,
            title=title,
            count=result.reference.articles,
        )
        return
    if answer.suggestions:
        elsewhere = [
            Button(say("ordinance.elsewhere", title=_short(quote.title), label=quote.label), _payload(quote))
            for quote in answer.suggestions
        ]
        turn.reply("ordinance.refuse_but_elsewhere", [*elsewhere, *_way_on()], place=turn.place or "")
        return
    reasons = {"not_quotable", "not_in_force", "no_such_article", "empty"}
    turn.reply(f"ordinance.{result.reason}" if result.reason in reasons else "ordinance.refuse", _way_on())


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
    try:
        quote = cite(library, document, number)
    except QuotationMismatch:
        turn.reply("ordinance.not_quotable", _way_on())
        return
    at_home = turn.place is None or quote.jurisdiction in library.places.chain(turn.place)
    key = "ordinance.article" if at_home else "ordinance.article_elsewhere"
    turn.reply(key, citations=[shown(quote)], title=quote.title, label=quote.label, place=turn.place or "")


def offer_places(turn: Turn) -> None:
    """Ask which place the person lives in, so that its own law comes first."""
    places = turn.services.search.library.places.jurisdictions
    turn.state.open = "place"
    turn.reply("ordinance.which_place", [Button(place, f"place:{place}") for place in places])


def basis_of(turn: Turn, description: str) -> list[Citation]:
    """The articles that govern a matter, where the own place's law surely answers; else none."""
    if turn.place is None:
        return []
    answer = turn.services.search.answer(description, turn.place)
    if answer.result.outcome != "answer" or answer.result.from_other_place:
        return []
    return [shown(quote) for quote in answer.citations]


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
    )


def _effective(quote: Quotation) -> str:
    day = quote.effective
    return say("ordinance.effective", year=day.year, month=day.month, day=day.day) if day else ""


def _payload(quote: Quotation) -> str:
    return f"art:{quote.document}:{quote.article}"


def _short(title: str) -> str:
    return title if len(title) <= 12 else title[:3] + "…" + title[-6:]


def _head(quote: Quotation) -> str:
    text = quote.text.replace("\n", "")
    return text[:14] + "…" if len(text) > 14 else text
