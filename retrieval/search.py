"""From a question to the articles that answer it, or to an honest no.

    library = Library.load(Path("knowledge/ordinances"))
    search = Search(library, encoder)
    answer = search.answer("楼道里堆满纸箱归谁管", place="太原市")

The decision to answer is taken on raw scores (``scoring.evidence``), never on ranks or min-max scales, which look
confident about anything.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol

from retrieval.highlight import matters
from retrieval.judging import Judging, View
from retrieval.library import Library
from retrieval.ordinances.model import Article
from retrieval.passages import Passage, passages_of
from retrieval.quotation import Citation, cite
from retrieval.references import Mentions, mentions
from retrieval.scoring import Calibration, Dense, Scorer
from retrieval.tiers import Tiers

Outcome = Literal["answer", "perhaps", "refuse"]
#: Why a question is refused or only guessed at; empty when it is answered.
Reason = Literal[
    "", "empty", "nothing_fits", "unsure", "which_document", "no_such_article", "not_quotable", "not_in_force"
]

#: Longer questions are cut: what somebody asks stands at the beginning, and a pasted novel must not cost seconds.
LONGEST_QUERY = 500


@dataclass(frozen=True)
class Hit:
    """An article that was found. ``score`` is the fused raw score, comparable between questions; higher is better."""

    document: str
    article: int
    score: float


@dataclass(frozen=True)
class Reference:
    """The article that a question asked for by its number.

    Attributes:
        document: id, or None when it is not clear which one is meant.
        article: the number asked for.
        articles: how many the document has; 0 when ``document`` is None.
    """

    document: str | None
    article: int
    articles: int


@dataclass(frozen=True)
class Result:
    """What a search found.

    Attributes:
        outcome: ``answer``, ``perhaps`` (offer the hits as a guess) or ``refuse``.
        hits: best first; also when refused (for evaluation and staff, not to be shown as an answer).
        from_other_place: the best hit is law in another place than the resident's.
        reason: why not answered, see ``Reason``.
        reference: set when an article was asked for by number, and when the best hit must not be quoted (refused with
            reason ``not_quotable``): people can be told where to look.
        probability: that the best hit answers, 0 to 1.
        compared: how many places the question names; their best hits stand first, one of each.
        elsewhere: when the place's own law says nothing: what likely answers in other places. No law here: to be
            offered, with its place said, never given as the answer.
    """

    outcome: Outcome
    hits: tuple[Hit, ...]
    from_other_place: bool = False
    reason: Reason = ""
    reference: Reference | None = None
    probability: float = 0.0
    compared: int = 1
    elsewhere: tuple[Hit, ...] = ()

    @property
    def found(self) -> bool:
        """Whether people are shown an article or, where its copy is damaged, are told which one it is."""
        return self.outcome != "refuse" or self.reason == "not_quotable"


@dataclass(frozen=True)
class Answer:
    """A result with its quotations, verified verbatim.

    Attributes:
        citations: the articles that answer, best first; none unless ``result.outcome`` is ``answer``.
        suggestions: up to three further articles worth a button (the guesses when the outcome is ``perhaps``; what
            other places say when the person's own says nothing).
    """

    result: Result
    citations: tuple[Citation, ...]
    suggestions: tuple[Citation, ...]


class Searcher(Protocol):
    """What people's questions are put to: ``Search``, or ``live.LiveSearch``, whose texts may change in between.

    Attributes:
        size: how many passages there are.
        current: what is searched at present and never changes, for whoever asks several times about the same texts.
    """

    @property
    def library(self) -> Library: ...
    @property
    def passages(self) -> Sequence[Passage]: ...
    @property
    def size(self) -> int: ...
    @property
    def current(self) -> Searcher: ...
    def search(self, query: str, place: str | None = None, limit: int = 10) -> Result: ...
    def answer(self, query: str, place: str | None = None) -> Answer: ...


class Search:
    """Searches one library. Safe to share between threads: nothing changes after construction.

    Args:
        library: the texts.
        dense: similarity by meaning (``index.DenseIndex``); without it, letters alone decide.
        calibration: weights and thresholds; by default those shipped for what ``dense`` is.
        today: says which day it is, for texts not yet or no longer in force.
    """

    def __init__(
        self,
        library: Library,
        dense: Dense | None = None,
        calibration: Calibration | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.library = library
        passages = passages_of(library)
        self.size = len(passages)
        self._dense = dense
        self._scorer = Scorer(passages, dense)
        self._judging = Judging(library, self._scorer, dense, calibration)
        self._tiers = Tiers(library, [document for document, _ in self._scorer.keys], today)

    @property
    def passages(self) -> Sequence[Passage]:
        """What is searched, made anew: of very many texts nobody keeps it."""
        return passages_of(self.library)

    @property
    def current(self) -> Search:
        return self

    def search(self, query: str, place: str | None = None, limit: int = 10) -> Result:
        """Articles for ``query``, the place's own law first, then the level above, then other places.

        Args:
            query: as typed; anything at all.
            place: the resident's place (``通化市``); None searches everywhere.
            limit: at most so many hits.
        """
        query, asked = cleaned(query, self.library)
        if len(set(query)) < 2:
            # One sign, however often it is typed, asks for nothing.
            return Result("refuse", (), reason="nothing_fits" if query else "empty")
        if asked.articles:
            return self._by_number(asked, place, limit)
        reading = self._scorer.read(query)
        attempts: list[Result] = []
        for tier in self._tiers.of(asked, place):
            views = self._judging.views(reading, tier.articles, limit)
            if not views:
                continue
            hits = tuple(Hit(*key, score) for view in views for key, score in view.found)
            if len(asked.places) > 1:
                hits = self._side_by_side(hits)
            # Law of another place has to fit far better, unless the question itself asks for it.
            far = tier.foreign and not (asked.places or asked.documents)
            decided = self._decide(views[0], hits[:limit], tier.foreign, far)
            attempts.append(replace(decided, compared=max(1, len(asked.places))))
            if attempts[-1].outcome == "answer":
                break
        chosen = _choose(attempts)
        if chosen.reason == "nothing_fits" and attempts[-1].from_other_place:
            likely = attempts[-1].probability >= self._judging.curated.decides.answer
            return replace(chosen, elsewhere=attempts[-1].hits[:2] if likely else ())
        return chosen

    def answer(self, query: str, place: str | None = None) -> Answer:
        """Search, and quote what was found, verified sign by sign.

        Raises:
            QuotationMismatch: a quotation differs from the stored text; then nothing may be shown.
        """
        result = self.search(query, place)
        quoted = []
        for hit in result.elsewhere or result.hits[: result.compared + 3]:
            article = self.library.article(hit.document, hit.article)
            if article is not None and article.trusted:
                quoted.append(cite(self.library, hit.document, hit.article))
        if result.outcome == "answer":
            main = quoted[: result.compared]
            if result.reference is None:  # who asks for an article by its number asks for all of it
                asked, _ = cleaned(query, self.library)
                main = [replace(quote, marked=matters(asked, quote.text, self._dense)) for quote in main]
            return Answer(result, tuple(main), tuple(quoted[result.compared :]))
        return Answer(result, (), tuple(quoted[:3]) if result.outcome == "perhaps" or result.elsewhere else ())

    def _side_by_side(self, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """The best of each place first: a question that names several compares them."""
        leaders: dict[str, Hit] = {}
        for hit in hits:
            leaders.setdefault(self.library.documents[hit.document].jurisdiction, hit)
        first = tuple(leaders.values())
        return first + tuple(hit for hit in hits if hit not in first)

    def _decide(self, lead: View, hits: tuple[Hit, ...], foreign: bool, far: bool) -> Result:
        chance = lead.chance
        if chance < (lead.judge.elsewhere if far else lead.judge.perhaps):
            return Result("refuse", hits, foreign, "nothing_fits", None, chance)
        best = self.library.documents[hits[0].document].by_number[hits[0].article]
        if not best.trusted:
            return Result("refuse", hits, foreign, "not_quotable", self._reference(best), chance)
        if chance < lead.judge.answer:
            return Result("perhaps", hits, foreign, "unsure", None, chance)
        return Result("answer", hits, foreign, "", None, chance)

    def _reference(self, article: Article) -> Reference:
        document = self.library.documents[article.document]
        return Reference(document.id, article.key, document.last_number)

    def _by_number(self, asked: Mentions, place: str | None, limit: int) -> Result:
        """Answer a question such as 第十八条说什么."""
        number = asked.articles[0]
        tiers = self._tiers.of(asked, place)
        chain = self.library.places.chain(place) if place else ()
        if len(tiers) > 1 and any(law.jurisdiction in chain for law in self.library.documents.values()):
            tiers = tiers[:-1]  # 第十八条 is an article of one's own law, also where that is not in force
        tier = next((tier for tier in tiers if tier.documents), None)
        if tier is None:
            return Result("refuse", (), reason="not_in_force")
        foreign, ids = tier.foreign, tier.documents
        if len(ids) > 1:
            having = [id for id in ids if (article := self.library.article(id, number)) and article.trusted]
            hits = tuple(Hit(id, number, 1.0) for id in having[:limit])
            outcome: Outcome = "perhaps" if hits else "refuse"
            reason: Reason = "which_document" if hits else "no_such_article"
            return Result(outcome, hits, foreign, reason, Reference(None, number, 0), 1.0)
        document = self.library.document(ids[0])
        reference = Reference(document.id, number, document.last_number)
        article = document.by_number.get(number)
        if article is None:
            return Result("refuse", (), foreign, "no_such_article", reference)
        if not article.trusted:
            return Result("refuse", (), foreign, "not_quotable", reference)
        wanted = [n for n in dict.fromkeys(asked.articles) if (a := document.by_number.get(n)) and a.trusted]
        hits = tuple(Hit(document.id, n, 1.0) for n in wanted[:limit])
        return Result("answer", hits, foreign, "", reference, 1.0)


def _choose(attempts: list[Result]) -> Result:
    """The nearest that answers; else the nearest at home that may; else law from elsewhere; else the nearest refusal.

    A guess at home that is wrong rather than right gives way to law from elsewhere that surely answers.
    """
    at_home = [attempt for attempt in attempts if not attempt.from_other_place]
    for attempt in (
        *(one for one in at_home if one.outcome == "answer"),
        *(one for one in at_home if one.found and (one.probability >= 0.5 or one.reason != "unsure")),
        *(one for one in attempts if one.outcome == "answer"),
        *(one for one in at_home if one.found),
        *(one for one in attempts if one.found),
        *attempts,
    ):
        return attempt
    return Result("refuse", (), reason="not_in_force")


def cleaned(query: str, library: Library) -> tuple[str, Mentions]:
    """What is asked for, without the names of places and titles (unless nothing else is left), and what was named."""
    query = _plain(query)
    asked = mentions(query, library)
    return asked.rest.strip() or query, asked


def _plain(query: str) -> str:
    """Half-width letters and digits, one space for many and for control characters, nothing that cannot be seen (such as
    the zero-width spaces of copied texts), not longer than ``LONGEST_QUERY``."""
    query = unicodedata.normalize("NFKC", query[: LONGEST_QUERY * 4])
    kinds = [(unicodedata.category(sign), sign) for sign in query]
    query = "".join(" " if kind[0] in "CZ" else sign for kind, sign in kinds if kind != "Cf")
    return " ".join(query.split())[:LONGEST_QUERY]
