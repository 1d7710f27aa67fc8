"""Several matters in one message (一次说了几件事): finding them, so that all are taken, one after another.

Most messages tell one matter in several clauses. A new one begins only where a clause surely means something else than
what was told before, and mostly only where the person says that it does (另外, 还有, 顺便问一下).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from handlers.categories import Categories
from handlers.personal import without_others_phones
from handlers.reading import tells_nothing
from nlu.client import Entity, Understanding

MOST = 6
"""Clauses of one message that are looked at by themselves; each costs the understanding service a question."""
SHORTEST = 4
"""Characters below which a clause is no matter of its own."""
SURE = 0.8
"""Probability from which a clause that the person sets apart stands for itself."""
VERY_SURE = 0.95
"""The same for a clause that she does not set apart."""
PERHAPS = 0.3
"""Probability of report_issue from which a clause about a known kind of matter, set apart by the person, is a report."""
SURE_CATEGORY = 0.6
"""Probability from which a category is taken for another matter; more where she does not say that there is one."""
SURE_APART = 0.9

NOTHING, SENTENCE, MORE, ANOTHER = range(4)
"""How a clause is set apart from what came before: not at all, by a full stop, by 还有 (may only add), by 另外."""

_STRONG = (
    r"(?:另外|另(?=有)|再有|再就是|再一个|还有就是|顺便|顺带|此外|除此之外|对了|其次"
    r"|还(?=(?:想|要)?(?:问|请问|打听|咨询|反映|投诉|举报|报名|报修|了解))"
    r"|再(?=(?:问|请问|打听|咨询|反映|投诉|举报|报|说)(?:一?下|一?个|件))"
    r"|第[一二三四五1-5](?:(?:个|件|点|条)|(?=[,，、:：是来]))|其[一二三]"
    r"|[一二三四五](?=是|来|、|，|：|:|[.．])|[1-5１-５](?=[、.．，)）])"
    r"|(?:还有|另)(?:一|两)?(?:件|个)(?:事|问题)?|[一另](?:件|个)(?=就?是))"
)
_WEAK = r"(?:还有|同时|以及|然后|最后)"
_STRIPPED = re.compile(rf"^[\s,，。;；、]*(?:(?:{_STRONG}|{_WEAK})(?:[是来就]*|呢|啊|嘛)[\s,，:：、.．)）]*)+")
_SAYS_ANOTHER = re.compile(rf"^[\s,，。;；、]*(?:还有)?{_STRONG}")
_SAYS_MORE = re.compile(rf"^[\s,，。;；、]*{_WEAK}")
# Between clauses: signs that end one, or words that set something else apart without any sign before them.
_BORDER = re.compile(
    r"[,，。！!？?；;\n]+|\s+(?=\S{4})|[:：](?=\s*(?:一是|1[、.．]|第一))"
    r"|(?<=[^\s,，。！!？?；;：:])(?=另外|此外|顺便(?:问|再|说|帮|反映|报|打听|咨询|请)|还想(?:问|反映|投诉|报))"
)

_QUESTIONS = frozenset({"ask_ordinance", "ask_duty", "find_grid_worker"})
# Meanings that are never a part of the matter told before.
_NEVER_THE_SAME = frozenset({"volunteer_signup", "volunteer_cancel"})
# Meanings that can stand beside another one in a message.
_OWN = _QUESTIONS | {
    "report_issue", "report_emergency", "volunteer_signup", "volunteer_cancel", "request_volunteer", "book_appointment",
    "ticket_status", "privacy_request", "human_handoff",
}  # fmt: skip


@dataclass(frozen=True)
class Clause:
    """A part of a message; ``link`` is one of ``NOTHING`` to ``ANOTHER``."""

    text: str
    start: int
    link: int


@dataclass(frozen=True)
class Matter:
    """One matter of a message, as a message of its own."""

    text: str
    meaning: Understanding


def clauses(text: str) -> list[Clause]:
    """The clauses of a text that may stand for themselves, at most ``MOST``; empty where it is one piece."""
    pieces: list[Clause] = []
    begin = 0
    for border in [*_BORDER.finditer(text), None]:
        end = border.start() if border else len(text)
        _add(pieces, text, begin, end)
        begin = border.end() if border else end
    pieces = [piece for piece in pieces if piece.text]
    if len(pieces) > MOST:
        # A long story: only what the person sets apart herself can be something else.
        kept: list[Clause] = []
        for piece in pieces:
            if piece.link >= MORE or not kept:
                kept.append(piece)
        pieces = [
            Clause(text[one.start : (kept[at + 1].start if at + 1 < len(kept) else len(text))], one.start, one.link)
            for at, one in enumerate(kept)
        ][:MOST]
    return pieces if len(pieces) > 1 else []


def _add(pieces: list[Clause], text: str, begin: int, end: int) -> None:
    said = text[begin : end + 1]  # with the sign at its end: 第一， is another thing than 第一天
    ended = SENTENCE if re.search(r"[。！!？?\n]\s*$", text[:begin]) else NOTHING
    link = ANOTHER if _SAYS_ANOTHER.match(said) else MORE if _SAYS_MORE.match(said) else ended
    lead = _STRIPPED.match(said)
    start = begin + (lead.end() if lead else 0)
    rest = text[start:end].strip()
    if pieces and not pieces[-1].text:
        # 另外，垃圾也没人清: the word that sets it apart stands alone.
        link = max(link, pieces.pop().link)
    if not rest and link < MORE:
        return
    start = text.index(rest, start)
    if pieces and link < MORE and len(rest) < SHORTEST:
        before = pieces[-1]
        pieces[-1] = replace(before, text=text[before.start : start + len(rest)])
    else:
        pieces.append(Clause(rest, start, link))


def matters(text: str, whole: Understanding, categories: Categories) -> list[Matter]:
    """The matters of a message, in order; none where it is about one thing.

    Args:
        whole: what the text means, its ``parts`` being what each of its ``clauses`` means by itself.
    """
    if not whole.parts:
        return []
    groups: list[list[tuple[Clause, Understanding]]] = []
    link = NOTHING
    for clause, meaning in zip(clauses(text), whole.parts, strict=True):
        link = max(link, clause.link)
        if tells_nothing(clause.text):
            continue  # 再报一个: says only that something else follows
        meant = without_others_phones(meaning, clause.text)
        part = (replace(clause, link=link), _taken(meant, link))
        link = NOTHING
        if groups and not _begins_another(groups[-1], part, categories):
            groups[-1].append(part)
        else:
            groups.append([part])
    if len(groups) < 2:
        return []
    found = [_joined(text, group) for group in groups]
    if whole.intent == "report_emergency" and not any(one.meaning.intent == "report_emergency" for one in found):
        # A danger that only the whole tells of must not be lost in its parts.
        return []
    return [_with_shared(one, found) for one in found]


def _taken(meaning: Understanding, link: int) -> Understanding:
    """另外物业乱收费 is a complaint, though the fragment alone might be a question just as well."""
    category = meaning.first("category")
    chance = next((chance for intent, chance in meaning.ranking if intent == "report_issue"), 0.0)
    if link < ANOTHER or category is None or category.confidence < SURE_APART or chance < PERHAPS:
        return meaning
    return meaning if meaning.confidence >= SURE else replace(meaning, intent="report_issue", confidence=SURE)


def _begins_another(
    group: Sequence[tuple[Clause, Understanding]], part: tuple[Clause, Understanding], categories: Categories
) -> bool:
    clause, meaning = part
    needed = SURE if clause.link >= MORE else VERY_SURE
    if meaning.intent not in _OWN or meaning.confidence < needed or len(clause.text) < SHORTEST:
        return False
    before = next((known for _, known in group if known.intent in _OWN and known.confidence >= SURE), None)
    if before is None:
        # What came before means nothing sure by itself: only a word that sets it apart makes this something else.
        return clause.link == ANOTHER
    if meaning.intent == before.intent == "report_issue":
        return _other_category(before, meaning, categories, clause.link)
    if "report_emergency" in {meaning.intent, before.intent}:
        # What a frightened person adds belongs to the danger.
        return clause.link == ANOTHER and meaning.intent != before.intent
    if meaning.intent == before.intent or {meaning.intent, before.intent} <= _QUESTIONS:
        return clause.link == ANOTHER
    apart = {meaning.intent, before.intent} & _NEVER_THE_SAME
    return clause.link >= (SENTENCE if apart else MORE)


def _other_category(before: Understanding, now: Understanding, categories: Categories, link: int) -> bool:
    one, other = before.first("category"), now.first("category")
    if one is None or other is None:
        return link == ANOTHER
    if one.value == other.value:
        return False
    if link == ANOTHER:
        return other.confidence >= SURE_CATEGORY
    if link == MORE:
        return min(one.confidence, other.confidence) >= SURE_CATEGORY
    apart = categories.get(one.value).group != categories.get(other.value).group
    return apart and min(one.confidence, other.confidence, now.confidence) >= SURE_APART


def _joined(text: str, group: Sequence[tuple[Clause, Understanding]]) -> Matter:
    """The clauses of a matter as one text; what it means is what its first sure clause means."""
    start, end = group[0][0].start, group[-1][0].start + len(group[-1][0].text)
    sure = next((meaning for _, meaning in group if meaning.intent in _OWN and meaning.confidence >= SURE), group[0][1])
    entities: list[Entity] = []
    for clause, meaning in group:
        by = clause.start - start
        entities += [
            replace(one, start=one.start + by, end=one.end + by) if one.text else one
            for one in meaning.entities
            if one.kind != "category"
        ]
    category = sure.first("category")
    return Matter(text[start:end], replace(sure, entities=(*entities, *([category] if category else ()))))


def _with_shared(matter: Matter, all_of_them: Iterable[Matter]) -> Matter:
    """A place, number or name that is said once in a message is meant for all its matters."""
    shared: list[Entity] = []
    for kind in ("place", "phone", "name"):
        said = {entity.value for one in all_of_them for entity in one.meaning.entities if entity.kind == kind}
        if len(said) == 1 and matter.meaning.first(kind) is None:
            shared.append(Entity(kind, said.pop()))
    return replace(matter, meaning=replace(matter.meaning, entities=(*matter.meaning.entities, *shared)))
