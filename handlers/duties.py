"""What somebody has to do here (职责): the sentences of the place's own ordinance about a role, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from handlers import ordinance, quoting
from handlers.messages import Button
from handlers.turn import Turn
from retrieval.duties import Duty
from retrieval.quotation import Citation, cite
from retrieval.versions import in_force
from wording import say

SHOWN = 3
"""Articles that are quoted whole under the list; the further ones stand behind buttons."""
MOST_ROLES = 5
"""Roles of one question that are answered."""

# People's names for a role → the name in knowledge/duties.
_SAME = {"楼长": "楼栋长", "村委会": "居委会", "街道办": "街道办事处"}
# What is left of 网格员平时要做哪些事 without its role and these words is nothing: the role as such is asked for.
_ANY_DUTY = re.compile(
    r"职责|责任|义务|任务|职能|工作|内容|清单|范围|本职|分工|岗位|规定|条例|负责|应该|应当|需要|干活|做事|干|做|管|办|忙|操心|该|得|要|到底|究竟|都|又|还|是|有|些|哪|几|什么|怎么|多少|啥|甚|咋|么|嘛"
    r"|平时|每天|天天|整天|一天到晚|平常|具体|主要|分别|各自|一般|日常|全部|所有|完整|请问|请|问|打听|知道|了解|告诉|说明|说说|讲讲|讲|说|介绍|列出来|列|给|求|一份|一下|看看|想"
    r"|我们?|你们?|他们?|她|咱们?|俺们?|本人|自己|身为|作为|新来|新上任|刚当上?|当上|当|刚|一名|专职|兼职|这个|那个|这|那|个|里|活儿?|事儿?|方面|东西"
    r"|社区|小区|城市|本地|当地|这里|这儿|的|了|呢|吗|吧|啊|呀|和|与|跟|对|在|为|\W|_"
)


def ask_duty(turn: Turn, place: str | None = None) -> None:
    """List what the ordinance lays on the roles that are asked for as such; every other question finds its articles.

    Args:
        place: whose ordinance is asked for; None: the one named in the text, else the person's own.
    """
    places = turn.services.search.library.places
    named = places.named(turn.text)
    roles = _roles(turn)
    where = place or (named[0] if named else turn.place)
    if not roles or (place is None and len(named) > 1) or not _asks_for_all(turn, places.without_names(turn.text)):
        ordinance.answer_question(turn, turn.text, place or turn.place)
    elif where is not None:
        _answer(turn, roles, where)
    elif turn.state.place_offered or turn.state.active is not None:
        ordinance.answer_question(turn, turn.text, None)
    else:
        # Each place lays something else on a role: the place first, then the answer.
        turn.state.place_offered = True
        turn.state.unclear = turn.remembered()
        ordinance.offer_places(turn)


def show(turn: Turn, role: str, document: str) -> None:
    """All duties of a role in one law, for its button."""
    library = turn.services.search.library
    duties = turn.services.duties.of(role, [document])
    if not duties:
        turn.reply("errors.unknown_button")
    elif not library.document(document).in_force(turn.today):
        turn.reply("ordinance.not_in_force")
    else:
        _list(turn, role, duties, set(), _way_on())


def _roles(turn: Turn) -> list[str]:
    """The roles that are named, each once, as the files name them."""
    named = [_SAME.get(entity.value, entity.value) for entity in turn.meaning.entities if entity.kind == "role"]
    return list(dict.fromkeys(named))[:MOST_ROLES]


def _asks_for_all(turn: Turn, text: str) -> bool:
    for entity in turn.meaning.entities:
        if entity.kind == "role":
            text = text.replace(entity.text, " ")
    return not _ANY_DUTY.sub("", text)


def _answer(turn: Turn, roles: Sequence[str], place: str) -> None:
    """One reply for each role; what to do next stands under the last."""
    quoted: set[tuple[str, int]] = set()
    for role in roles:
        way_on = _way_on() if role == roles[-1] else []
        duties = turn.services.duties.of(role, _laws(turn, place))
        if duties:
            _list(turn, role, duties, quoted, way_on)
        else:
            _silent(turn, role, place, way_on)
    if turn.state.active is None and not turn.state.parked:
        # 那大连呢 asks the same of another place.
        turn.state.unclear = turn.remembered()


def _laws(turn: Turn, place: str) -> Iterable[str]:
    """The place's documents in force, then those of the levels above."""
    library = turn.services.search.library
    valid = in_force(library.documents.values(), turn.today)
    return [law.id for level in library.places.chain(place) for law in valid if law.jurisdiction == level]


def _list(
    turn: Turn, role: str, duties: Iterable[Duty], quoted: set[tuple[str, int]], further: Sequence[Button]
) -> None:
    """Every sentence about a role.

    Args:
        quoted: the articles that the replies before have quoted whole already; those of this reply are added.
        further: buttons under those that lead to further articles.
    """
    library = turn.services.search.library
    quotes: dict[int, Citation] = {}
    lines = []
    for duty in duties:
        quote = quotes.setdefault(duty.article, cite(library, duty.document, duty.article))
        lines.append(say("duty.line", label=quote.label, words=duty.words))
    new = [quote for quote in quotes.values() if (quote.document, quote.article) not in quoted]
    quoted |= {(quote.document, quote.article) for quote in new}
    turn.reply(
        "duty.listed",
        [*(_button(quote) for quote in new[SHOWN:]), *further],
        [quoting.shown(quote) for quote in new[:SHOWN]],
        title=next(iter(quotes.values())).title,
        role=role,
        lines="\n".join(lines),
        note=say("duty.only_these", role=role),
    )


def _silent(turn: Turn, role: str, place: str, further: Sequence[Button]) -> None:
    """The place's law does not say: what comes near it there is offered, never given as the role's duties."""
    near: list[Button] = []
    own = set(_laws(turn, place))
    for hit in turn.services.search.search(turn.text, place, limit=2).hits:
        article = turn.services.search.library.article(hit.document, hit.article)
        if hit.document in own and article is not None and article.trusted and role[:2] in article.text:
            near.append(_button(cite(turn.services.search.library, hit.document, hit.article)))
    key = "duty.silent_but_near" if near else "duty.silent"
    turn.reply(key, [*near, *further], place=place, role=role)


def _button(quote: Citation) -> Button:
    return Button(
        say("ordinance.also", title=quote.title, label=quote.label),
        quoting.payload("art", quote.document, quote.article),
    )


def _way_on() -> list[Button]:
    return [Button(say("ordinance.ask_person"), "do:human_handoff")]
