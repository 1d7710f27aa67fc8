"""What was asked and no ordinance answered, kept for staff without the person who asked."""

from __future__ import annotations

from handlers.turn import Turn
from retrieval.search import Result
from tickets import questions
from tickets.blanking import blanked, is_personal

NEIGHBOURS = 5
"""Articles that are kept with a question, the nearest first."""
_WANTING = frozenset({"nothing_fits", "unsure"})
"""Reasons that staff can do something about; an article that does not exist is answered by saying so."""
_RISK = 0.2
"""Probability of danger or abuse from which a message is nobody's to read again; as ``meanings.PERHAPS_DANGER``."""


def keep(turn: Turn, question: str, place: str | None, result: Result) -> None:
    """Keep a question that was refused or only guessed at, blanked; nothing where it is not a plain question.

    Args:
        question: as it was searched for.
        place: whose ordinances were asked for.
    """
    if result.outcome == "answer" or result.reason not in _WANTING:
        return
    # What is said while a form is open may be its answer; what is asked again by a button was counted already.
    if turn.state.active is not None or question not in turn.text:
        return
    if max(turn.chance("report_emergency"), turn.chance("abusive")) >= _RISK:
        return
    words = blanked(question, _named(turn))
    if len(set(questions.same(words))) < 2:
        return
    nearest = [(hit.document, hit.article, hit.score) for hit in result.hits[:NEIGHBOURS]]
    asked = questions.Asked(words, place or "", result.outcome, nearest)
    questions.keep(turn.session, asked, turn.today)


def _named(turn: Turn) -> list[str]:
    """What was recognised as personal: names, telephones, and a whole place where it leads to a door."""
    return [
        entity.text
        for entity in turn.meaning.entities
        if entity.kind in {"name", "phone"} or (entity.kind == "place" and is_personal(entity.text))
    ]
