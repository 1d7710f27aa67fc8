"""A message while a form is in front: a way out, a correction, the answer, or something else in between.

What the message says is looked at before what it seems to mean: of a fragment the intent is hardly more than a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from handlers import flow, smalltalk
from handlers.asking import submit_label
from handlers.correct import correct, named_slot, tell_changed
from handlers.flow import CHANGE, CONFIRM, Flow
from handlers.personal import without_contact
from handlers.reading import (
    FACTS,
    SHORT,
    SURE,
    asks_to_wait,
    elsewhere,
    is_anonymous_wish,
    is_another_matter,
    is_bare_fact,
    is_cancel,
    is_no,
    is_secret_wish,
    is_yes,
    tells_nothing,
    wants_blank,
    wants_to_go_on,
)
from handlers.report import ANONYMOUS
from handlers.state import Draft
from handlers.turn import MAX_TEXT, Turn
from wording import say

LATER_AT_MOST = 5
"""How many further matters are kept for after the form."""
TRIES = 2
"""How often a summary is shown again after an answer that does not fit; then the form is left for later."""
MORE = 0.4
"""Probability of report_issue from which a sentence belongs to the matter that is being reported."""

_AROUND_A_CHOICE = re.compile(r"^(?:那|还是|就|要不|改成|换成|选|我选|算了)+|(?:吧|了|啊|呀|好了|就行|就好|[。!！])+$")

Act = Callable[[Turn], bool]
"""Does what a message means outside of any form; False where it means nothing sure."""


def said(turn: Turn, act: Act) -> None:
    """Take a message that was said while a form is in front."""
    draft = turn.state.active
    assert draft is not None
    form = flow.flow_of(draft)
    leaves = turn.intent == form.left_by and turn.confidence >= SURE and turn.entity("ticket_number") is None
    if is_cancel(turn) or leaves:
        if not flow.keep(turn, form, draft):
            flow.cancel(turn)
    elif wants_to_go_on(turn.text):
        flow.repeat(turn)
    elif asks_to_wait(turn.text):
        turn.reply("flow.take_your_time")
    elif smalltalk.asks_as_minor(turn.text):
        turn.reply("smalltalk.minor")
        flow.repeat(turn)
    elif _typed_choice(turn, form, draft):
        pass
    elif form.slot("contact") and is_anonymous_wish(turn):
        _stay_unnamed(turn, form, draft)
    elif correct(turn, form, draft) or _other_fact(turn, form, draft) or _another(turn, draft):
        pass
    elif draft.asked in (CONFIRM, CHANGE):
        _at_summary(turn, form, draft, act)
    elif not flow.answer(turn, form, draft):
        _meanwhile(turn, form, draft, act)


def _stay_unnamed(turn: Turn, form: Flow, draft: Draft) -> None:
    slot = form.slot("contact")
    assert slot is not None
    draft.slots["contact"] = slot.choices[0]
    draft.slots.pop("_name", None)
    if is_secret_wish(turn.text):
        draft.slots["_secret"] = True
    if draft.asked == "contact":
        flow.advance(turn, form, draft)
        return
    turn.reply("people.kept_secret")
    if draft.asked in (CONFIRM, CHANGE):
        flow.advance(turn, form, draft)
    else:
        flow.repeat(turn)


def _typed_choice(turn: Turn, form: Flow, draft: Draft) -> bool:
    """还是在这里回复我吧: the words of a button, of the open question or of one that was answered before."""
    said = _AROUND_A_CHOICE.sub("", turn.text.strip())
    asked = form.slot(draft.asked)
    for slot in (asked, *form.slots):
        if slot is None or not (slot is asked or slot.name in draft.slots):
            continue
        chosen = next((value for value in slot.choices if said == say(f"{form.name}.{slot.name}.choice.{value}")), None)
        if chosen is not None and slot is asked:
            flow.pick(turn, form, draft, chosen)
            return True
        if chosen is not None and draft.slots[slot.name] != chosen:
            draft.slots[slot.name] = None if chosen == "skip" else chosen
            tell_changed(turn, form, draft, [slot.name])
            return True
    return False


def _other_fact(turn: Turn, form: Flow, draft: Draft) -> bool:
    """A bare fact that another slot than the asked one is for: it goes there, also over what was known."""
    asked = form.slot(draft.asked)
    kinds = {entity.kind for entity in turn.meaning.entities if entity.kind in FACTS}
    wanted = {kind for slot in form.slots for kind in slot.kinds} | {"name"}
    if not is_bare_fact(turn) or not kinds & wanted or (asked is not None and kinds & set(asked.kinds)):
        return False
    new = [slot.name for slot in form.slots if slot.name not in draft.slots]
    changed = flow.fill(turn, form, draft, replace=True)
    if changed and all(name in new for name in changed):
        flow.advance(turn, form, draft, lead=say("flow.noted"))
    elif changed:
        tell_changed(turn, form, draft, changed)
    else:
        _did_not_fit(turn, form, draft)
    return True


def _at_summary(turn: Turn, form: Flow, draft: Draft, act: Act) -> None:
    agrees = is_yes(turn) or (form.means == turn.intent and turn.confidence >= SURE)
    agrees = agrees or form.agrees(turn) or turn.text.strip() == submit_label(form)
    if form.personal(draft) and (wants_blank(turn.text) or turn.text.strip() == say("personal.without")):
        form.blank(draft)
        draft.asked = CONFIRM
        flow.summarise(turn, form, draft, lead=say("personal.blanked"))
    elif turn.text.strip() == say("personal.as_it_is") and draft.asked == CONFIRM:
        flow.finish(turn, form, draft)
    elif is_no(turn) or (agrees and draft.asked == CHANGE):
        _refused(turn, form, draft)
    elif agrees:
        if form.personal(draft) and draft.slots.get("contact") == ANONYMOUS:
            # Who stays unnamed and says no more than 好 is taken to want no number on it at all.
            form.blank(draft)
            turn.reply("personal.blanked")
        flow.finish(turn, form, draft)
    elif draft.asked == CHANGE and (slot := named_slot(turn.text, form)) is not None and len(turn.text) <= 12:
        flow.edit(turn, form, draft, slot.name)
    elif _more(turn, form, draft) or _new_fact(turn, form, draft):
        pass
    elif not _aside(turn, draft, act):
        _did_not_fit(turn, form, draft)


def _did_not_fit(turn: Turn, form: Flow, draft: Draft) -> None:
    """Put the open question in other words, a few times; then go on without an answer, or leave a summary for later."""
    if draft.asked not in (CONFIRM, CHANGE):
        flow.did_not_fit(turn, form, draft)
        return
    slot = None if is_bare_fact(turn) or len(turn.text) > 15 else named_slot(turn.text, form)
    if slot is not None and slot.name in draft.slots and not re.search("对|没错|没问题", turn.text):
        # 号码最后一位是4: whatever it is, it is about the number.
        flow.edit(turn, form, draft, slot.name)
        return
    draft.attempts += 1
    if draft.attempts > TRIES and not form.slots:
        flow.cancel(turn)
        return
    if draft.attempts > TRIES:
        flow.leave_for_now(turn)
        return
    draft.asked = CONFIRM
    key = "flow.not_understood" if draft.attempts == 1 else "flow.how_to_answer"
    flow.summarise(turn, form, draft, lead=say(key))


def _new_fact(turn: Turn, form: Flow, draft: Draft) -> bool:
    """还是留一个吧 138…: a fact in a short sentence, after everything has been said, is meant for its slot."""
    if len(turn.text) > SHORT or elsewhere(turn):
        return False
    changed = flow.fill(turn, form, draft, replace=True)
    if changed:
        tell_changed(turn, form, draft, changed)
    return bool(changed)


def _refused(turn: Turn, form: Flow, draft: Draft) -> None:
    if not form.slots:
        flow.cancel(turn)
    elif draft.asked == CHANGE:
        # 没有要改的, 行吧: nothing is to be changed after all.
        flow.advance(turn, form, draft)
    else:
        draft.asked = CHANGE
        flow.ask_what_to_change(turn, form)


def _meanwhile(turn: Turn, form: Flow, draft: Draft, act: Act) -> None:
    if _more(turn, form, draft) or _aside(turn, draft, act):
        return
    flow.did_not_fit(turn, form, draft)


def _another(turn: Turn, draft: Draft) -> bool:
    """Another matter, told while the first one is being reported, is kept for later."""
    begins = is_another_matter(turn.text) and not tells_nothing(turn.text)
    if not begins or not draft.slots.get("what") or elsewhere(turn) or len(turn.state.later) >= LATER_AT_MOST:
        return False
    turn.state.later.append(turn.remembered())
    turn.reply("flow.later")
    flow.repeat(turn)
    return True


def _more(turn: Turn, form: Flow, draft: Draft) -> bool:
    """More about the matter that is being reported goes into its description."""
    what = draft.slots.get("what")
    tells = turn.says("report_issue", MORE) or turn.says("ticket_add_info") or smalltalk.matter_under(turn)
    if not what or not tells:
        return False
    flow.fill(turn, form, draft)
    draft.slots["what"] = f"{what}；{without_contact(turn.text.strip(), turn.meaning.entities)}"[:MAX_TEXT]
    flow.advance(turn, form, draft, lead=say("flow.noted"))
    return True


def _aside(turn: Turn, draft: Draft, act: Act) -> bool:
    """Something else in the middle of a form: answer it and go on, or begin it and offer the form again."""
    if turn.confidence < SURE or turn.intent in {"affirm", "deny", "ticket_add_info"} or is_bare_fact(turn):
        return False
    # 啥, ？, k: not a talk about something else, but a question that was not understood.
    if len(turn.text.strip()) <= (4 if turn.intent == "out_of_scope" else 1):
        return False
    if not act(turn):
        return False
    if turn.state.active is draft:
        if turn.intent == "out_of_scope":
            # Answered, but no answer: whoever goes on like this is not asked for ever.
            _did_not_fit(turn, flow.flow_of(draft), draft)
        else:
            flow.repeat(turn)
    return True
