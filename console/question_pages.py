"""没答上来的问题: the list of what no ordinance answered, and the page on which staff decide about one question."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from console import auth
from console.desk import Desk
from console.errors import PageNotFound
from console.rendering import error_sentence, page
from console.steps import whole_number
from console.teaching import STEPS, Entry, askable, perform
from console.web import failure, status_of
from retrieval.errors import RetrievalError
from retrieval.library import Library
from retrieval.ordinances.model import label_of
from retrieval.quotation import Citation, cite
from tickets import questions
from tickets.errors import BadInput, StoreError, TicketError
from tickets.questions import Filters, QuestionEvent, State, UnansweredQuestion
from wording import say

HOME = "/console/questions"
PAGE = 20
NEAREST = 5
"""Articles on a question's own page; the list shows ``LISTED`` of them."""
LISTED = 3
ALL = "all"
NOWHERE = "-"
"""Stands in an address for: the place was not said."""

Text = Annotated[str, Form()]
Parameter = Annotated[str, Query()]


@dataclass(frozen=True)
class Neighbour:
    """An article near a question; ``citation`` is None where its text must not be quoted."""

    document: str
    article: int
    title: str
    label: str
    score: float
    citation: Citation | None

    @property
    def target(self) -> str:
        return f"{self.document}:{self.article}"


def neighbours(desk: Desk, row: UnansweredQuestion, limit: int) -> list[Neighbour]:
    """The nearest articles as search finds them now."""
    search, found = desk.search.current, []
    for hit in search.search(askable(row.question), row.place or None).hits[:limit]:
        title, citation = (
            search.library.document(hit.document).title,
            _quoted(search.library, hit.document, hit.article),
        )
        found.append(Neighbour(hit.document, hit.article, title, label_of(hit.article), hit.score, citation))
    return found


def _quoted(library: Library, document: str | None, article: int | None) -> Citation | None:
    """The article word for word; None where there is none, or none that may be quoted (any more)."""
    try:
        return cite(library, document, article) if document and article else None
    except RetrievalError:
        return None


def state_name(state: str) -> str:
    return say(f"questions.state.{state}")


def outcome_name(outcome: str) -> str:
    return say(f"questions.outcome.{outcome}")


def address(state: str = "", place: str = "", number: int = 1) -> str:
    """The list's address; what is usual is not said in it."""
    said = {"state": state if state != State.OPEN else "", "place": place, "page": str(number) if number > 1 else ""}
    parameters = urlencode({name: value for name, value in said.items() if value})
    return f"{HOME}?{parameters}" if parameters else HOME


def add(router: APIRouter, desk: Desk) -> None:
    """Add the pages to the router."""

    @router.get("/questions")
    def question_list(
        request: Request,
        state: Parameter = "",
        place: Parameter = "",
        number: Annotated[str, Query(alias="page")] = "",
    ) -> Response:
        visitor = auth.visitor(request, desk.database, desk.clock.now())
        questions.check_may_decide(visitor.actor)
        return _list(desk, visitor, state, place, max(1, whole_number(number) or 1))

    @router.get("/questions/{key}")
    def question_page(request: Request, key: str, done: Parameter = "", read: Parameter = "") -> Response:
        visitor = auth.visitor(request, desk.database, desk.clock.now())
        return _page(desk, visitor, key, done=done, read=read)

    @router.get("/questions/{key}/{step}")
    def after_a_failure(key: str, step: str) -> Response:  # noqa: ARG001
        """The address that stands in the browser when a step failed; opened again it is the question."""
        return RedirectResponse(auth.own_page(f"{HOME}/{key}"), 303)

    @router.post("/questions/{key}/{step}")
    def decide(
        request: Request,
        key: str,
        step: str,
        csrf: Text = "",
        version: Text = "",
        taught: Text = "",
        target: Text = "",
        document: Text = "",
        article: Text = "",
    ) -> Response:
        now = desk.clock.now()
        visitor = auth.visitor(request, desk.database, now, kept=taught)
        auth.check_form(visitor.csrf, csrf, kept=taught)
        state = STEPS.get(step)
        if state is None:
            raise PageNotFound(kept=taught)
        entry = Entry(version, taught, target, document, article)
        try:
            perform(desk, key, state, entry, visitor.actor, now)
        except (TicketError, StoreError, RetrievalError) as error:
            return _again(request, desk, visitor, key, entry, error)
        return RedirectResponse(f"{HOME}/{key}?done={state.value}", 303)


def _list(desk: Desk, visitor: auth.Visitor, state: str, place: str, number: int) -> Response:
    _purge(desk)
    tabs = [*(one.value for one in State), ALL]
    state = state if state in tabs else State.OPEN.value
    with desk.database.read() as session:
        places = questions.places(session)
        chosen = place if place in places or place == NOWHERE else ""
        narrowed = {NOWHERE: "", "": None}.get(chosen, chosen)
        counts = {tab: questions.count(session, Filters(narrowed, _state(tab))) for tab in tabs}
        # An address may ask for more pages than there are.
        number = min(number, max(1, -(-counts[state] // PAGE)))
        wanted = Filters(narrowed, _state(state), offset=(number - 1) * PAGE, limit=PAGE)
        rows = questions.listing(session, wanted)
    more = counts[state] > number * PAGE
    return page(
        "questions.html",
        visitor=visitor,
        rows=[(row, neighbours(desk, row, LISTED)) for row in rows],
        total=counts[state],
        tabs=[
            (say("questions.all") if tab == ALL else state_name(tab), address(tab, chosen), counts[tab], tab == state)
            for tab in tabs
        ],
        state_name=state_name,
        state=state,
        places=[one or NOWHERE for one in places],
        place=chosen,
        nowhere=NOWHERE,
        kept_days=questions.KEPT.days,
        next_page=address(state, chosen, number + 1) if more else "",
        first_page=address(state, chosen) if number > 1 else "",
        anything=bool(places),
    )


def _state(tab: str) -> State | None:
    return None if tab == ALL else State(tab)


def _purge(desk: Desk) -> None:
    """What is kept no longer goes also when nobody asks anything; a page that can be read is worth more than that."""
    with desk.database.read() as session:
        due = questions.purge_is_due(session, desk.today)
    if due:
        with suppress(StoreError), desk.database.begin() as session:
            questions.purge(session, desk.today)


def _again(
    request: Request,
    desk: Desk,
    visitor: auth.Visitor,
    key: str,
    entry: Entry,
    error: TicketError | StoreError | RetrievalError,
) -> Response:
    """The question's page again, with what went wrong and what was typed; where even that fails, at least the words."""
    if isinstance(error, RetrievalError):
        params = {name: value for name, value in error.parameters.items() if isinstance(value, str | int)}
        problem, status = error_sentence(error.code, params), 400
    else:
        problem, status = error_sentence(error.code, error.params), status_of(error)
    is_input = isinstance(error, BadInput | RetrievalError)
    try:
        response = _page(desk, visitor, key, problem=problem, status=status, entry=entry, is_input=is_input)
    except (TicketError, StoreError) as worse:
        return failure(request, worse, kept=entry.taught)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _page(
    desk: Desk,
    visitor: auth.Visitor,
    key: str,
    *,
    done: str = "",
    read: str = "",
    problem: str = "",
    status: int = 200,
    entry: Entry | None = None,
    is_input: bool = False,
) -> Response:
    questions.check_may_decide(visitor.actor)
    with desk.database.read() as session:
        row = questions.get(session, key)
        log = [(_told(desk, event), event) for event in row.events]
    nearest = neighbours(desk, row, NEAREST) if row.state == State.OPEN else []
    targets = [one.target for one in nearest]
    return page(
        "question.html",
        status,
        visitor=visitor,
        row=row,
        log=log,
        state_name=state_name,
        outcome_name=outcome_name,
        neighbours=nearest,
        # One article lies open: the one that was asked for, else the nearest.
        opened=read if read in targets else (targets[0] if targets else ""),
        documents=_documents(desk, row.place),
        answer=_article_name(desk, row.document, row.article),
        quoted=_quoted(desk.library, row.document, row.article),
        entry=entry or Entry(taught=askable(row.question)),
        limit=questions.LONGEST,
        deleted_days=questions.DELETED_KEPT.days,
        # A colleague may have gone on since: only what is so is said.
        done=say(f"questions.done.{row.state}") if done == row.state else "",
        problem=problem,
        is_input=is_input,
    )


def _article_name(desk: Desk, document: str | None, article: int | None) -> str:
    if document is None or article is None:
        return ""
    known = desk.library.documents.get(document)
    return say("questions.answered_by", title=known.title if known else document, label=label_of(article))


def _told(desk: Desk, event: QuestionEvent) -> str:
    return say(f"questions.log_line.{event.state}", answer=_article_name(desk, event.document, event.article))


def _documents(desk: Desk, place: str) -> list[tuple[str, str]]:
    """Id and title of all texts, those of the question's own place and of what stands above it first."""
    chain = desk.library.places.chain(place) if place else ()
    own = [one for one in desk.library.documents.values() if one.jurisdiction in chain]
    others = [one for one in desk.library.documents.values() if one.jurisdiction not in chain]
    return [(one.id, one.title) for one in [*own, *others]]
