"""The form engine, on a small form of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from handlers_world import said

from handlers import flow
from handlers.correct import correct
from handlers.flow import CHANGE, CONFIRM, Flow, Slot
from handlers.forms import FLOWS
from handlers.mine import takes_fact  # noqa: F401 - registers the forms
from handlers.rating import stars_in
from handlers.reading import place_answer, time_answer
from handlers.state import Draft, State
from handlers.turn import Turn
from wording import say

DONE: list[Draft] = []


def show(_turn: Turn, draft: Draft) -> Mapping[str, str]:
    return {name: draft.slots[name] for name in ("where", "since") if draft.slots.get(name)}


@pytest.fixture
def form() -> Iterator[Flow]:
    # It borrows the words of the real report.
    slots = (
        Slot("where", place_answer, kinds=("place",), words=("地址",)),
        Slot("since", time_answer, kinds=("time",), choices=("today", "skip"), words=("时间",), patience=1),
    )
    real = FLOWS["report"]
    FLOWS["report"] = form = Flow("report", slots, finish=lambda _turn, draft: DONE.append(draft), show=show)
    DONE.clear()
    yield form
    FLOWS["report"] = real


def begun(form: Flow, text: str = "路灯坏了", **facts: str) -> State:
    state = State()
    flow.begin(said(text, "report_issue", 0.9, state=state, **facts), form)
    return state


def draft_of(state: State) -> Draft:
    assert state.active is not None
    return state.active


def test_what_the_first_message_says_is_not_asked(form: Flow) -> None:
    state = begun(form, "幸福里3号楼路灯坏了", place="幸福里3号楼")
    assert draft_of(state).slots == {"where": "幸福里3号楼"}
    assert draft_of(state).asked == "since"


def test_a_form_with_nothing_missing_begins_with_its_summary(form: Flow) -> None:
    state = begun(form, "幸福里3号楼路灯坏了三天", place="幸福里3号楼", time="三天")
    assert draft_of(state).asked == CONFIRM


def test_an_answer_may_answer_more_than_its_question(form: Flow) -> None:
    state = begun(form)
    turn = said("幸福里3号楼，三天了", state=state, place="幸福里3号楼", time="三天")
    assert flow.answer(turn, form, draft_of(state))
    assert draft_of(state).asked == CONFIRM


def test_a_question_is_asked_again_in_other_words_then_left(form: Flow) -> None:
    state = begun(form)
    turn = said("啥", state=state)
    for _ in range(2):
        flow.did_not_fit(turn, form, draft_of(state))
        assert say("report.where.again") in turn.replies[-1].text
    flow.did_not_fit(turn, form, draft_of(state))
    assert draft_of(state).slots == {"where": None}
    assert draft_of(state).asked == "since"


def test_a_correction_of_a_part_keeps_the_rest(form: Flow) -> None:
    state = begun(form, "幸福里3号楼2单元路灯坏了", place="幸福里3号楼2单元")
    turn = said("不是2单元是三单元", state=state, place=["2单元", "三单元"])
    assert correct(turn, form, draft_of(state))
    assert draft_of(state).slots["where"] == "幸福里3号楼三单元"


def test_a_correction_may_name_the_right_thing_first(form: Flow) -> None:
    state = begun(form, "幸福里3号楼2单元路灯坏了", place="幸福里3号楼2单元")
    turn = said("是三单元，不是2单元", state=state, place=["三单元", "2单元"])
    assert correct(turn, form, draft_of(state))
    assert draft_of(state).slots["where"] == "幸福里3号楼三单元"


def test_a_correction_puts_the_description_right_too(form: Flow) -> None:
    state = begun(form, "幸福里3号楼2单元路灯坏了", place="幸福里3号楼2单元")
    draft_of(state).slots["what"] = "幸福里3号楼2单元路灯坏了"
    correct(said("不对，是三单元", state=state, place="三单元"), form, draft_of(state))
    assert draft_of(state).slots["what"] == "幸福里3号楼三单元路灯坏了"


def test_a_slot_that_is_said_to_be_wrong_is_asked_anew(form: Flow) -> None:
    state = begun(form, "幸福里3号楼2单元路灯坏了", place="幸福里3号楼2单元")
    assert correct(said("地址写错了", "deny", 0.9, state=state), form, draft_of(state))
    assert draft_of(state).asked == "where"
    flow.answer(said("5号楼", state=state, place="5号楼"), form, draft_of(state))
    assert draft_of(state).slots["where"] == "幸福里5号楼2单元"


def test_a_slot_that_is_asked_anew_can_stay_as_it_was(form: Flow) -> None:
    state = begun(form, "幸福里3号楼路灯坏了三天", place="幸福里3号楼", time="三天")
    flow.edit(said("x", state=state), form, draft_of(state), "where")
    assert flow.keep(said("不改了", state=state), form, draft_of(state))
    assert draft_of(state).slots["where"] == "幸福里3号楼"
    assert draft_of(state).asked == CONFIRM


def test_that_something_is_wrong_asks_what(form: Flow) -> None:
    state = begun(form, "幸福里3号楼路灯坏了三天", place="幸福里3号楼", time="三天")
    assert correct(said("改一下", state=state), form, draft_of(state))
    assert draft_of(state).asked == CHANGE


def test_a_sentence_without_a_correction_is_none(form: Flow) -> None:
    state = begun(form)
    assert not correct(said("楼上也是这样", state=state), form, draft_of(state))


def test_a_choice_that_is_none_of_the_questions_is_asked_again(form: Flow) -> None:
    state = begun(form, "幸福里3号楼路灯坏了", place="幸福里3号楼")
    flow.pick(said("x", state=state), form, draft_of(state), "never heard of")
    assert draft_of(state).asked == "since"
    flow.pick(said("x", state=state), form, draft_of(state), "skip")
    assert draft_of(state).slots["since"] is None


def test_a_form_of_the_same_kind_takes_the_place_of_the_parked_one(form: Flow) -> None:
    state = begun(form)
    flow.begin(said("电梯坏了", "report_issue", 0.9, state=state), form)
    flow.begin(said("井盖没了", "report_issue", 0.9, state=state), form)
    assert len(state.parked) == 1


def test_nothing_takes_effect_before_the_end(form: Flow) -> None:
    state = begun(form, "幸福里3号楼路灯坏了三天", place="幸福里3号楼", time="三天")
    assert not DONE
    flow.finish(said("好", state=state), form, draft_of(state))
    assert len(DONE) == 1
    assert state.active is None


def test_what_was_told_meanwhile_is_taken_up_at_the_end(form: Flow) -> None:
    state = begun(form, "幸福里3号楼路灯坏了三天", place="幸福里3号楼", time="三天")
    state.later.append(said("井盖没了", "report_issue", 0.9).remembered())
    flow.finish(said("好", state=state), form, draft_of(state))
    assert not state.later
    assert draft_of(state).asked == "where"


def test_a_state_without_the_newer_fields_can_be_read() -> None:
    assert State.from_json({"active": {"flow": "report"}, "question": 3}).question == 3


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("五星", 5),
        ("5分", 5),
        ("给四颗星", 4),
        ("好评", 5),
        ("差评", 1),
        ("不满意", 2),
        ("挺满意", 5),
        ("一般般", 3),
        ("路灯", None),
    ],
)
def test_stars_are_read_from_words(text: str, stars: int | None) -> None:
    assert stars_in(text) == stars
