"""What staff decide about a question that was not answered, and what search learns from it."""

from __future__ import annotations

import errno
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from console.desk import Desk
from console.errors import ForgedForm
from console.steps import whole_number
from retrieval.ordinances.numerals import SIGNS, to_int
from retrieval.questions import add_question, add_unanswerable, remove_question
from tickets import questions
from tickets.blanking import BLANK
from tickets.errors import BadInput, StoreUnavailable
from tickets.questions import Decision, State
from tickets.texts import clean
from tickets.workflow import Actor

STEPS = {
    "answer": State.ANSWERED,
    "unanswerable": State.UNANSWERABLE,
    "delete": State.DELETED,
    "undo": State.OPEN,
}
"""The last part of a form's address, and what it decides."""
OTHER = "other"
# 18, or with one sign on either side: 第18条.
_ARTICLE = re.compile(rf"[^{SIGNS}]?([{SIGNS}]+)[^{SIGNS}]?")


@dataclass(frozen=True)
class Entry:
    """What a form sent, as it came.

    Attributes:
        version: the question's version that was seen.
        taught: the words that search shall learn.
        target: the article whose button was pressed, ``tonghua:18``; ``other`` where it is chosen by hand.
        document, article: the one chosen by hand; ``article`` as people write it (18, 十八, 第18条).
    """

    version: str = ""
    taught: str = ""
    target: str = ""
    document: str = ""
    article: str = ""

    def decision(self, state: State) -> Decision:
        """Raises: BadInput ``article_missing``, ``text_too_long``; ForgedForm: no form of ours sent this."""
        version = whole_number(self.version)
        if version is None:
            raise ForgedForm(kept=self.taught)
        taught = clean(self.taught, questions.LONGEST) if state in {State.ANSWERED, State.UNANSWERABLE} else None
        if state != State.ANSWERED:
            return Decision(state, version, taught=taught)
        document, _, number = self.target.rpartition(":")
        if self.target == OTHER or not document:
            document, number = self.document, self.article
        written = _ARTICLE.fullmatch(unicodedata.normalize("NFKC", number).strip())
        article = to_int(written.group(1)) if written else None
        if not document or article is None or whole_number(str(article)) is None:
            raise BadInput("article_missing")
        return Decision(state, version, document, article, taught)


def askable(question: str) -> str:
    """The words of a question without the places where something was blanked: to search by, and to be taught."""
    return " ".join(question.replace(BLANK, " ").split())


def perform(desk: Desk, key: str, state: State, entry: Entry, actor: Actor, now: datetime) -> None:
    """Write down the decision, and let search learn or unlearn in the same breath: neither stands without the other.

    Raises:
        TicketError, StoreError: as ``questions.decide``.
        RetrievalError: such a question or article cannot be taught.
    """
    decision = entry.decision(state)
    if decision.document is not None:
        desk.library.document(decision.document)  # raises UnknownDocument before the store is asked
    with desk.database.begin() as session:
        before = questions.get(session, key)
        unlearns = None
        if state == State.OPEN and before.taught and not questions.taught_elsewhere(session, before):
            answer = (before.document, before.article) if before.document and before.article else None
            unlearns = before.taught, answer
        questions.decide(session, key, decision, actor, now)
        try:
            if decision.document is not None and decision.article is not None:
                add_question(desk.home, desk.library, decision.document, decision.article, decision.taught or "")
            elif state == State.UNANSWERABLE:
                add_unanswerable(desk.home, decision.taught or "")
            elif unlearns is not None:
                remove_question(desk.home, unlearns[0], answer=unlearns[1])
        except OSError as error:
            raise StoreUnavailable("store_full" if error.errno == errno.ENOSPC else "store_readonly") from None
    desk.relearn()
