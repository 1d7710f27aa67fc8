"""Leafing through a law: what comes before and after an article, the list of its chapter, the duties it names."""

from __future__ import annotations

from datetime import datetime, timedelta

from handlers import limits
from handlers.messages import Button
from handlers.quoting import head, payload
from handlers.turn import Turn
from retrieval.ordinances.model import Article, Document
from retrieval.quotation import cite
from wording import say

PAGE = 20
"""Articles of a chapter that one message lists."""
MOST_ROLES = 2
"""Roles named in an article whose duties are offered."""
FRESH = timedelta(minutes=30)
"""So long after an article was shown, 第十九条 without any law's name means that law."""


def remember(turn: Turn, document: str, key: int) -> None:
    """The article that 下一条 and 第十九条 are understood from, from now on."""
    turn.state.article = {"document": document, "key": key, "at": turn.now.isoformat(), "place": turn.place}


def last_shown(turn: Turn) -> tuple[Document, int] | None:
    """The article shown last, where its law is still there and in force."""
    known = turn.state.article
    law = law_in_force(turn, known["document"]) if known else None
    return (law, known["key"]) if known and law and known["key"] in law.by_number else None


def law_just_shown(turn: Turn) -> Document | None:
    """The law that an article's number alone means: the one shown a moment ago, unless the place was changed since."""
    found, known = last_shown(turn), turn.state.article
    if not found or not known or known["place"] != turn.place:
        return None
    return found[0] if turn.now - datetime.fromisoformat(known["at"]) <= FRESH else None


def law_in_force(turn: Turn, document: str) -> Document | None:
    law = turn.services.search.library.documents.get(document)
    return law if law is not None and law.in_force(turn.today) else None


def neighbour(law: Document, key: int, step: int) -> int | None:
    """The article before (``step`` -1) or after (1) another one, None at either end."""
    keys = list(law.by_number)
    place = keys.index(key) + step
    return keys[place] if 0 <= place < len(keys) else None


def further(turn: Turn, law: Document, key: int, *, back: bool = False) -> list[Button]:
    """What to read next: the following article, the chapter, the duties of who is named; with ``back`` the one before."""
    steps = [("previous", -1), ("next", 1)] if back else [("next", 1)]
    reached = [(name, neighbour(law, key, step)) for name, step in steps]
    buttons = limits.offered(turn, law.id, key)
    buttons += [Button(say(f"ordinance.{name}"), payload("art", law.id, to)) for name, to in reached if to is not None]
    name = "ordinance.chapter" if law.by_number[key].chapter else "ordinance.contents"
    buttons.append(Button(say(name), payload("ch", law.id, key)))
    roles = turn.services.duties.named_in(law.id, key)[:MOST_ROLES]
    return buttons + [Button(say("ordinance.duties_of", role=role), f"duty:{role}:{law.id}") for role in roles]


def show_chapter(turn: Turn, document: str, key: int) -> None:
    """The articles of the chapter in which an article stands, one line and one button each."""
    law = law_in_force(turn, document)
    if law is None or key not in law.by_number:
        known = document in turn.services.search.library.documents
        turn.reply("ordinance.not_in_force" if known and law is None else "errors.unknown_button")
        return
    chapter = law.by_number[key].chapter
    keys = [other for other, article in law.by_number.items() if article.chapter == chapter]
    start = keys.index(key) // PAGE * PAGE
    page = keys[start : start + PAGE]
    lines = [_line(turn, law, other, law.by_number[other]) for other in page]
    turns = [("earlier", start - PAGE), ("later", start + PAGE)]
    turn.reply(
        "ordinance.chapter_listed",
        [
            *(
                Button(law.by_number[other].label, payload("art", law.id, other))
                for other in page
                if law.by_number[other].trusted
            ),
            *(
                Button(say(f"ordinance.{name}"), payload("ch", law.id, keys[to]))
                for name, to in turns
                if 0 <= to < len(keys)
            ),
        ],
        title=law.title,
        chapter=chapter,
        count=len(keys),
        lines="\n".join(lines),
    )


def _line(turn: Turn, law: Document, key: int, article: Article) -> str:
    if not article.trusted:
        return say("ordinance.chapter_line", label=article.label, head=say("ordinance.cannot_be_quoted"))
    gloss = turn.services.glosses.of(cite(turn.services.search.library, law.id, key))
    return say("ordinance.chapter_line", label=article.label, head=gloss or head(article.text))
