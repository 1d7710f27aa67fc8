"""Questions that name several places: what each place's own law says, marked with its place."""

from __future__ import annotations

import re

from handlers import articles
from handlers.messages import Button
from handlers.quoting import button, effective, introduced, shown
from handlers.turn import Turn
from retrieval.references import Mentions
from wording import say

_JOINED = re.compile(r"^[和跟与同及或、,\s]+")
# 哪个规定了业主委员会的事: which place is asked is known, what is left is what it is about.
_WHICH = re.compile(
    r"^(?:哪个|哪边|哪里|哪儿|哪|谁)(?:的?(?:条例|地方|城市|市))?(?:里|里面)?(?:规定|写|提|说|讲)(?:到|过|着)?了?(?=..)"
)


def compare(turn: Turn, asked: Mentions) -> bool:
    """Answer from the law of each place that is named; False where none of them answers."""
    question = _WHICH.sub("", _JOINED.sub("", asked.rest))
    quotes, lines, buttons = [], [], list[Button]()
    for place in asked.places:
        answer = turn.services.search.answer(question, place)
        own = not answer.result.from_other_place
        if own and answer.citations:
            quote = answer.citations[0]
            line = say(
                "ordinance.compared_line",
                place=place,
                title=quote.title,
                label=quote.label,
                effective=effective(quote),
            )
            lines.append(introduced(line, turn.services.glosses.of(quote)))
            quotes.append(quote)
        elif own and answer.suggestions and answer.result.outcome == "perhaps":
            lines.append(say("ordinance.compared_unsure", place=place))
            nearest = answer.suggestions[0]
            buttons.append(button("ordinance.candidate", nearest, turn.services.glosses.of(nearest)))
        else:
            lines.append(say("ordinance.compared_none", place=place))
    if not quotes:
        return False
    articles.remember(turn, quotes[0].document, quotes[0].article)
    buttons.append(Button(say("ordinance.report_this"), "do:report_issue"))
    lead = introduced(say("ordinance.compared", lines="\n".join(lines)), "", *quotes)
    turn.tell(lead, buttons, [shown(quote) for quote in quotes])
    return True
