"""Finding several matters in one message, with meanings made by hand."""

from __future__ import annotations

import pytest

import app
from handlers.categories import Categories
from handlers.several import MOST, clauses, matters
from nlu.client import Entity, Understanding

CATEGORIES = Categories.load(app.KNOWLEDGE / "categories.yml")


def report(category: str, sure: float = 0.99, *more: Entity) -> Understanding:
    return Understanding(
        "report_issue", sure, (("report_issue", sure),), (*more, Entity("category", category, "", 0, 0, 0.95))
    )


def means(intent: str, sure: float = 0.99) -> Understanding:
    return Understanding(intent, sure, ((intent, sure),))


def heard(*parts: Understanding, intent: str = "report_issue") -> Understanding:
    return Understanding(intent, 0.9, parts=parts)


def told(text: str, *parts: Understanding) -> list[str]:
    return [matter.text for matter in matters(text, heard(*parts), CATEGORIES)]


def test_a_word_that_sets_something_apart_begins_another_matter() -> None:
    parts = report("street_light"), report("rubbish"), means("ask_ordinance")
    text = "楼道灯坏了，另外垃圾没人收，还想问问养狗的规定"
    assert told(text, *parts) == ["楼道灯坏了", "垃圾没人收", "想问问养狗的规定"]


def test_one_matter_in_several_clauses_stays_one() -> None:
    parts = report("drainage_leak"), report("bad_service", 0.7), means("ask_ordinance")
    assert told("楼上漏水泡了我家，物业推来推去，这事到底归谁管", *parts) == []


def test_more_of_the_same_kind_stays_with_it() -> None:
    assert told("楼上天天跳绳，还有半夜弹钢琴", report("neighbour_noise"), report("neighbour_noise")) == []


def test_what_a_frightened_person_adds_stays_with_the_danger() -> None:
    assert told("电梯坏了停在半空，还有老人困在里面", report("elevator"), means("report_emergency")) == []


def test_a_danger_that_only_the_whole_tells_of_is_not_lost_in_its_parts() -> None:
    whole = heard(report("gas_supply"), report("rubbish"), intent="report_emergency")
    assert matters("厨房一直嘶嘶响，另外垃圾没人收", whole, CATEGORIES) == []


def test_another_group_of_matters_needs_no_word_to_set_it_apart() -> None:
    text = "三号楼电梯坏了，垃圾也没人清了"
    assert told(text, report("elevator"), report("rubbish")) == ["三号楼电梯坏了", "垃圾也没人清了"]


def test_a_lead_that_tells_nothing_is_no_matter() -> None:
    text = "我要反映两个问题：一是路灯坏了，二是垃圾没人清"
    assert told(text, means("report_issue"), report("street_light"), report("rubbish")) == ["路灯坏了", "垃圾没人清"]


def test_what_is_found_stands_where_the_matter_says_it() -> None:
    text = "路灯坏了，另外幸福里的垃圾没人收，堆了三天"
    place, time = Entity("place", "幸福里", "幸福里", 0, 3), Entity("time", "三天", "三天", 2, 4)
    parts = report("street_light"), report("rubbish", 0.99, place), Understanding("out_of_scope", 0.4, (), (time,))
    found = matters(text, heard(*parts), CATEGORIES)[1]
    assert found.text == "幸福里的垃圾没人收，堆了三天"
    for entity in found.meaning.entities:
        assert found.text[entity.start : entity.end] == entity.text


def test_a_place_said_once_is_meant_for_all_matters() -> None:
    text = "幸福里的路灯坏了，另外垃圾没人收"
    place = Entity("place", "幸福里", "幸福里", 0, 3)
    found = matters(text, heard(report("street_light", 0.99, place), report("rubbish")), CATEGORIES)
    values = [entity.value for matter in found for entity in matter.meaning.entities if entity.kind == "place"]
    assert values == ["幸福里", "幸福里"]


@pytest.mark.parametrize("text", ["", "路灯坏了", "嗯，好", "，，，", "另外，", "第一天上班"])
def test_what_is_in_one_piece_is_not_looked_at_twice(text: str) -> None:
    assert clauses(text) == []


def test_a_long_story_costs_few_questions() -> None:
    assert clauses("楼上天天吵得睡不着，" * 100) == []
    assert len(clauses("楼上天天吵得睡不着，另外路灯也坏了，" * 100)) == MOST


def test_clauses_stand_in_the_text_where_they_say() -> None:
    text = " 第一，路灯坏了；第二，垃圾没人收。另外，想问下网格长干啥"
    found = clauses(text)
    assert [clause.text for clause in found] == ["路灯坏了", "垃圾没人收", "想问下网格长干啥"]
    assert all(text[one.start : one.start + len(one.text)] == one.text for one in found)
