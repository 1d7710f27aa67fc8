"""Every curated question is asked, at home and elsewhere, and every button under the answers is pressed once: whatever is
said stands in a text, a gloss or the wording catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from handlers import buttons
from handlers.categories import Categories
from handlers.meanings import HANDLERS
from handlers.messages import Citation, Incoming, Reply
from handlers.state import State
from handlers.turn import Services, Turn
from nlu.client import Understanding
from opening import KNOWLEDGE, open_glosses
from retrieval.duties import Duties
from retrieval.highlight import sentences
from retrieval.search import Search
from tests.unit.handlers.handlers_world import NOW
from tickets.database import Database
from wording import catalogue, say

PLACES = (None, "西藏自治区", "太原市", "大连市", "通化市")
OTHER_QUESTIONS = (
    "太原和大连对网格有什么规定",
    "通化和西藏的第十八条",
    "第十八条",
    "第九十九条",
    "营商环境条例第六条",
    "下一条",
    "",
)


@pytest.fixture(scope="module")
def services(search: Search) -> Services:
    library = search.library
    categories = Categories.load(KNOWLEDGE / "categories.yml")
    return Services(search, categories, Duties.load(KNOWLEDGE / "duties", library), open_glosses(library))


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.close()


def test_whatever_is_asked_and_pressed_only_stored_text_is_said(services: Services, store: Database) -> None:
    library = services.search.library
    asked = [
        (question, library.document(id).jurisdiction) for (id, _), all in library.questions.items() for question in all
    ]
    asked += [(question, PLACES[number % len(PLACES)]) for number, (question, _) in enumerate(asked[::4])]
    asked += [(question, place) for question in OTHER_QUESTIONS for place in PLACES]
    payloads: set[str] = set()
    cited = marked = 0
    with store.begin() as session:

        def turn(text: str, place: str | None) -> Turn:
            incoming = Incoming("web", "c", "m", "text", text, NOW)
            return Turn(session, incoming, Understanding("ask_ordinance", 1.0), State(), services, NOW, place)

        for question, place in asked:
            this = turn(question, place)
            HANDLERS["ask_ordinance"](this)
            assert this.replies, question
            for reply in this.replies:
                check(reply, services)
                cited += len(reply.citations)
                marked += sum(len(citation.marked) for citation in reply.citations)
                payloads.update(button.payload for button in reply.buttons)
        pressed: set[str] = set()
        while new := sorted(payloads - pressed):
            for payload in new:
                if payload.startswith("do:"):
                    assert payload.removeprefix("do:") in HANDLERS
                    continue
                this = turn(payload, "太原市")
                buttons.pressed(this)
                for reply in this.replies:
                    assert reply.text != say("errors.unknown_button"), payload
                    check(reply, services, words=payload.startswith(("art:", "ch:", "duty:")))
                    payloads.update(button.payload for button in reply.buttons)
            pressed.update(new)
    assert len(asked) > 4000
    assert cited > len(asked) / 2
    assert marked > cited / 10
    every = {f"art:{law.id}:{key}" for law in library.documents.values() for key in law.by_number}
    assert {payload for payload in pressed if payload.startswith("art:")} == every, "each article can be come by"


def check(reply: Reply, services: Services, *, words: bool = True) -> None:
    """``words``: whether all that is said belongs to the answers themselves, not to what a button begins."""
    for citation in reply.citations:
        check_citation(citation, services.search)
    for button in reply.buttons:
        assert button.label.strip()
        assert 1 <= len(button.payload.encode()) <= 64
    spoken = {services.glosses.by_article.get((one.document, one.article)) for one in reply.citations}
    for line in reply.text.splitlines() if words else ():
        gloss = line.removeprefix(say("ordinance.gloss", gloss=""))
        listed = LISTED.fullmatch(line)
        if gloss != line:
            assert gloss in spoken
        elif listed:
            assert listed[1] in {say("ordinance.cannot_be_quoted"), *services.glosses.by_article.values()}
        else:
            assert KNOWN.fullmatch(line), line


def check_citation(citation: Citation, search: Search) -> None:
    law = search.library.document(citation.document)
    article = law.by_number[citation.article]
    assert article.trusted
    assert law.in_force(NOW.date())
    assert (citation.text, citation.chapter, citation.label) == (article.text, article.chapter, article.label)
    assert citation.title == law.title
    assert citation.effective == (law.effective.isoformat() if law.effective else None)
    assert (say("ordinance.title_unverified") in citation.note) == (not law.title_verified)
    assert (say("ordinance.incomplete") in citation.note) == (not law.complete)
    assert len(citation.marked) <= 1
    assert set(citation.marked) <= set(sentences(article.text))


def _pattern(line: str) -> str:
    """A sentence of the catalogue with anything in its fields."""
    return re.sub(r"\\{\w+\\}", ".*", re.escape(line))


KNOWN = re.compile(
    "|".join(
        _pattern(line)
        for key, text in sorted(catalogue().items())
        if key.startswith(("ordinance.", "duty.")) and key != "ordinance.chapter_line"
        for line in text.splitlines()
        if re.search("[\u4e00-\u9fff·]", _pattern(line))
    )
)
LISTED = re.compile(catalogue()["ordinance.chapter_line"].format(label="第.+条", head="(.+)"))
