"""Corrections in a form: 不是二单元是三单元, 地址写错了, 电话换一个, 是三单元不是二单元."""

from __future__ import annotations

import re

from handlers import flow as forms
from handlers.flow import CONFIRM, Flow, Slot
from handlers.reading import FACTS, SHORT, SURE
from handlers.state import Draft
from handlers.turn import MAX_TEXT, Turn
from nlu.client import Entity
from wording import say

# What is denied ends where the sentence turns to what is right, or at its end (是三单元，不是二单元).
_DENIED = re.compile(
    r"(?:不是|不在|并非|不止|不只)(?P<old>.{1,20}?)(?=[,，。、;；\s]|而是|应该是|应该|是|在|$)"
    r"|(?P<was>[^,，。;；]{1,20}?)(?:改成|改为|换成|换为|改到)(?=.)"
)
# 不对，我想问医保: what follows is what she wants to have said.
_RESTATED = re.compile(
    r"^[\s,，。]*(?:不对|不是这样|不是|错了|说错了|写错了|搞错了|弄错了|讲错了)(?:啊|呀|哦|了)*[\s,，。!！]+(?:我(?:想|要)?说的是|我的意思是|应该是|其实是|是)?(?P<new>[^,，。]{4,}.*)$"
)
_NOT_BUT = re.compile(
    r"不是(?P<old>.{1,20}?)[,，。、;；\s]*(?:而是|应该是|是)(?P<new>[^,，。;；\s]+?)[了吧啊呀]*[。!！]?$"
)
_WRONG = re.compile(
    r"错了|写错|说错|填错|弄错|搞错|记错|打错|不对|有误|改一下|改下|改改|改成|改为|换一?个|换成|更正|修改|重新填|重填|重写|变了|应该是|应该写|其实|实际上|准确地?说"
)

_ONLY_WRONG = re.compile(
    r"^(我|要|想|得|刚才|前面|上面|信息|有|个|地方|那个|的)*(错了|写错|说错|填错|弄错|有误|改一下|改下|改改|修改|更正|重新填|重填)[了一下吧啊。]*$"
)


def correct(turn: Turn, flow: Flow, draft: Draft) -> bool:
    """Take a correction into its slot; False where the message is none."""
    named = named_slot(turn.text, flow)
    if named is not None and turn.text.strip() in named.words and named.name in (draft.slots | {draft.asked: None}):
        # 电话, alone: that is what she wants to say anew.
        forms.edit(turn, flow, draft, named.name)
        return True
    if _says_anew(turn, flow, draft, named):
        return True
    denials = [found.span("old" if found["old"] else "was") for found in _DENIED.finditer(turn.text)]
    wrong = _WRONG.search(turn.text) is not None
    if not denials and not wrong:
        return False
    denied = [entity for entity in turn.meaning.entities if _inside(entity, denials)]
    changed = forms.fill(turn, flow, draft, replace=True, reword=True, denied=denied)
    if not changed and (said := _NOT_BUT.search(turn.text)):
        changed = _reword_what(draft, said.group("old"), said.group("new"))
    if not changed and draft.asked != flow.told and (said := _RESTATED.match(turn.text)):
        changed = _restate(turn, flow, draft, said["new"])
    if changed:
        tell_changed(turn, flow, draft, changed)
        return True
    kinds = {kind for slot in flow.slots for kind in slot.kinds}
    if wrong and any(entity.kind in kinds and entity not in denied for entity in turn.meaning.entities):
        # It was so already.
        forms.repeat(turn)
        return True
    if named is None and wrong and _ONLY_WRONG.match(turn.text.strip()):
        draft.asked = forms.CHANGE
        forms.ask_what_to_change(turn, flow)
        return True
    # A word such as 时间 in a long sentence is hardly said of the form.
    if named is None or not wrong or len(turn.text) > 30:
        return False
    forms.edit(turn, flow, draft, named.name)
    return True


def tell_changed(turn: Turn, flow: Flow, draft: Draft, changed: list[str]) -> None:
    """Say which slots are new and go on."""
    labels = "、".join(say("flow.name" if name == "_name" else f"{flow.name}.{name}.label") for name in changed)
    if draft.asked == forms.CHANGE:
        draft.asked = CONFIRM
    forms.advance(turn, flow, draft, lead=say("flow.corrected", what=labels))


def _says_anew(turn: Turn, flow: Flow, draft: Draft, named: Slot | None) -> bool:
    """名字是王秀兰: the slot by its name and what it shall be, without a word that it was wrong."""
    if named is None or not named.kinds or not draft.slots.get(named.name) or len(turn.text) > SHORT:
        return False
    if not re.match(rf"^我?的?(?:{'|'.join(named.words)})(?:是|叫|为|写|填|用|[:：])(?!错|的|得)", turn.text.strip()):
        return False
    value = named.read(turn)
    if not value or value == draft.slots[named.name]:
        return False
    draft.slots[named.name] = value
    tell_changed(turn, flow, draft, [named.name])
    return True


def _restate(turn: Turn, flow: Flow, draft: Draft, new: str) -> list[str]:
    """Put what is said now in the place of the person's own words before."""
    facts = any(entity.kind in FACTS and entity.end > entity.start for entity in turn.meaning.entities)
    if facts or not draft.slots.get(flow.told):
        return []
    draft.slots[flow.told] = new.strip()[:MAX_TEXT]
    category = turn.entity("category")
    if "_category" in draft.slots and category is not None and category.confidence >= SURE and flow.name == "report":
        draft.slots["_category"] = category.value
    return [flow.told]


def named_slot(text: str, flow: Flow) -> Slot | None:
    """The slot that a person names in her own words (地址, 电话)."""
    return next((slot for slot in flow.slots if any(word in text for word in slot.words)), None)


def _inside(entity: Entity, spans: list[tuple[int, int]]) -> bool:
    return any(entity.start < end and start < entity.end for start, end in spans)


def _reword_what(draft: Draft, old: str, new: str) -> list[str]:
    """不是路灯是门禁: what is denied stands in the description, so it is put right there."""
    what = draft.slots.get("what")
    if not isinstance(what, str) or old not in what:
        return []
    draft.slots["what"] = what.replace(old, new)[:MAX_TEXT]
    return ["what"]
