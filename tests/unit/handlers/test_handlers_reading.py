"""Reading fragments: what people write when they answer, agree, refuse, correct themselves."""

from __future__ import annotations

import pytest
from handlers_world import said

from handlers import reading
from handlers.names import name_answer
from handlers.personal import blanked, found_in, without_contact
from handlers.places import merge_place
from nlu.client import Entity


@pytest.mark.parametrize(
    "text",
    ["嗯", "嗯嗯", "好", "好的", "好滴", "行", "行吧", "可以", "没错", "对", "对对对", "是的", "OK", "ok", "中", "要得", "成",
     "没问题", "没毛病", "提交吧", "确认", "就这样", "就这样吧", "好的谢谢", "可以，麻烦了", "对，提交", "是这样", "👌", "嗯 好的"],
)  # fmt: skip
def test_people_agree_in_many_words(text: str) -> None:
    assert reading.is_yes(said(text))
    assert not reading.is_no(said(text))


@pytest.mark.parametrize(
    "text", ["不", "不对", "不是", "不行", "不用了", "没有", "错了", "有误", "不可以", "先别提交", "要改", "不太对"]
)
def test_people_refuse_in_many_words(text: str) -> None:
    assert reading.is_no(said(text))
    assert not reading.is_yes(said(text, "affirm", 0.9))


@pytest.mark.parametrize("text", ["是302", "1", "嘛呢", "好评", "行人太多", "对面", "好几个月", "中山路"])
def test_what_only_begins_like_a_yes_is_none(text: str) -> None:
    assert not reading.is_yes(said(text, "affirm", 0.6))


@pytest.mark.parametrize(
    "text", ["算了", "算了不报了", "不报了", "退出", "取消", "不填了", "那算了吧", "还是算了", "不弄了", "我不想报了", "算了，不投诉了",
             "不提交了", "不撤了", "算了谢谢", "别填了"],
)  # fmt: skip
def test_people_give_up_in_many_words(text: str) -> None:
    assert reading.is_cancel(said(text))


@pytest.mark.parametrize("text", ["接着填", "继续", "说了三遍了", "不知道", "算上我家三户"])
def test_a_form_is_not_thrown_away_for_words_that_do_not_say_so(text: str) -> None:
    assert not reading.is_cancel(said(text, "cancel_flow", 0.72))


@pytest.mark.parametrize(
    "text", ["匿名", "不留", "不想留电话", "不给", "别告诉楼上是我", "别说是我说的", "保密", "不方便留", "没有电话"]
)
def test_a_wish_to_stay_unnamed_is_heard(text: str) -> None:
    assert reading.is_anonymous_wish(said(text))


@pytest.mark.parametrize("text", ["不给修", "楼上不告诉我", "留个电话吧", "13812345678"])
def test_other_words_are_no_wish_to_stay_unnamed(text: str) -> None:
    assert not reading.is_anonymous_wish(said(text))


@pytest.mark.parametrize("text", ["不知道", "我也不知道", "说不清", "记不清了", "忘了", "不清楚啊"])
def test_not_knowing_is_an_answer(text: str) -> None:
    assert reading.is_unknown(text)
    assert reading.place_answer(said(text)) == ""


@pytest.mark.parametrize("text", ["等一下", "稍等", "等我看看", "我问问", "等会儿啊"])
def test_a_moment_is_given(text: str) -> None:
    assert reading.asks_to_wait(text)


@pytest.mark.parametrize("text", ["等了三天了", "看看怎么办", "我"])
def test_other_words_ask_for_no_moment(text: str) -> None:
    assert not reading.asks_to_wait(text)


@pytest.mark.parametrize("text", ["我要投诉", "我要反映个事", "想举报一下", "报个事"])
def test_a_bare_request_is_no_description(text: str) -> None:
    assert reading.only_asks_to_report(text)


@pytest.mark.parametrize("text", ["我要投诉楼上噪音", "路灯坏了", "嗯"])
def test_a_request_with_a_matter_is_one(text: str) -> None:
    assert not reading.only_asks_to_report(text)


def test_a_fact_alone_is_known_by_what_is_left_without_it() -> None:
    assert reading.is_bare_fact(said("就在幸福里3号楼", "abusive", 0.9, place="幸福里3号楼"))
    assert reading.is_bare_fact(said("我电话13812345678", "find_grid_worker", 0.9, phone="13812345678"))
    assert not reading.is_bare_fact(said("幸福里3号楼漏水", place="幸福里3号楼"))
    assert not reading.is_bare_fact(said("早上好", "greet", 1.0, time="早上"))


@pytest.mark.parametrize(
    ("text", "place", "answer"),
    [
        ("幸福里3号楼", "幸福里3号楼", "幸福里3号楼"),
        ("我家住在幸福里3号楼的", "幸福里3号楼", "幸福里3号楼"),
        ("小区门口那棵大树底下", "小区门口", "小区门口那棵大树底下"),
        ("幸福里3号楼漏水了快来吧", "幸福里3号楼", "幸福里3号楼"),
    ],
)
def test_a_place_is_taken_with_what_belongs_to_it(text: str, place: str, answer: str) -> None:
    assert reading.place_answer(said(text, place=place)) == answer


@pytest.mark.parametrize("text", ["我家楼下", "北门", "就在菜市场后面", "楼道", "302"])
def test_a_phrase_that_can_be_a_place_is_taken(text: str) -> None:
    assert reading.place_answer(said(text, "greet", 0.4))


@pytest.mark.parametrize("text", ["啥", "为什么", "你们到底管不管", "嗯", "不", "赶紧来人", "气死我了", "在吗"])
def test_what_cannot_be_a_place_is_no_answer(text: str) -> None:
    assert reading.place_answer(said(text)) is None


@pytest.mark.parametrize("text", ["有俩月了", "好久了", "一直这样", "入冬以来", "刚刚"])
def test_a_time_in_everyday_words_is_taken(text: str) -> None:
    assert reading.time_answer(said(text, "goodbye_thanks", 0.5)) == text


@pytest.mark.parametrize("text", ["你先别管什么时候", "赶紧来人", "嗯"])
def test_what_is_no_time_is_no_answer(text: str) -> None:
    assert reading.time_answer(said(text)) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("孙大伟", "孙大伟"),
        ("我叫王秀英", "王秀英"),
        ("我姓李，李卫东", "李卫东"),
        ("王阿姨", "王阿姨"),
        ("迪丽娜尔·买买提", "迪丽娜尔·买买提"),
    ],
)
def test_a_name_is_a_name_whatever_it_sounds_like(text: str, name: str) -> None:
    assert name_answer(said(text, "abusive", 0.95)) == name


@pytest.mark.parametrize("text", ["你们是干什么的", "不告诉你", "嗯", "为什么", "13812345678"])
def test_what_is_no_name_is_asked_again(text: str) -> None:
    assert name_answer(said(text, "out_of_scope", 0.9)) is None


@pytest.mark.parametrize(
    ("old", "new", "merged"),
    [
        ("幸福里小区3号楼2单元", "三单元", "幸福里小区3号楼三单元"),
        ("幸福里小区3号楼2单元", "5号楼", "幸福里小区5号楼2单元"),
        ("幸福里小区3号楼", "2单元", "幸福里小区3号楼2单元"),
        ("幸福里小区3号楼2单元501", "302", "幸福里小区3号楼2单元302"),
        ("幸福里小区3号楼2单元", "302", "幸福里小区3号楼2单元302"),
        ("幸福里小区3号楼2单元", "翠湖小区1号楼", "翠湖小区1号楼"),
        ("小区门口", "向阳家园北门", "向阳家园北门"),
    ],
)
def test_a_part_of_a_place_goes_into_the_whole(old: str, new: str, merged: str) -> None:
    assert merge_place(old, new) == merged


def test_the_reporters_own_name_and_number_are_taken_out_of_the_description() -> None:
    entities = [Entity("name", "王秀英", "王秀英", 7, 10), Entity("phone", "13900001111", "139 0000 1111", 13, 26)]
    assert without_contact("路灯坏了，我叫王秀英，电话139 0000 1111", entities) == "路灯坏了"


def test_a_name_that_the_matter_is_about_stays() -> None:
    entities = [Entity("name", "张大力", "张大力", 2, 5)]
    assert without_contact("邻居张大力天天骂人", entities) == "邻居张大力天天骂人"


def test_a_description_is_never_emptied() -> None:
    assert without_contact("13900001111", [Entity("phone", "13900001111", "13900001111", 0, 11)]) == "13900001111"


@pytest.mark.parametrize(
    ("text", "known"), [("他的电话13900001111", True), ("身份证110101199001011234", True), ("三号楼302", False)]
)
def test_somebodys_number_in_a_text_is_noticed(text: str, known: bool) -> None:
    assert bool(found_in(text)) is known


@pytest.mark.parametrize(
    ("text", "kinds", "left"),
    [
        ("楼上王大力天天吵，他电话13612345678", {"phone", "name"}, "楼上某某天天吵，他电话（电话略）"),
        ("住3单元501的王强总在楼道抽烟", {"name", "door"}, "住某户的某某总在楼道抽烟"),
        ("一辆白车堵门，车牌吉E12345", {"plate"}, "一辆白车堵门，车牌（车牌略）"),
        ("新能源车粤BD12345占车位", {"plate"}, "新能源车（车牌略）占车位"),
        ("身份证110101199001011234", {"identity"}, "身份证（证件号略）"),
        ("幸福里3号楼2单元501漏水三天了", set(), "幸福里3号楼2单元501漏水三天了"),
        ("楼上高空抛物，隔壁黄狗乱叫，12345也打过", set(), "楼上高空抛物，隔壁黄狗乱叫，12345也打过"),
        ("王大爷天天浇花把水滴到楼下", set(), "王大爷天天浇花把水滴到楼下"),
        ("邻居方便的话请他们小点声", set(), "邻居方便的话请他们小点声"),
        ("楼上金属敲击声每晚都有", set(), "楼上金属敲击声每晚都有"),
        ("垃圾桶在小区门口路边12米处", set(), "垃圾桶在小区门口路边12米处"),
    ],
)
def test_what_names_somebody_in_a_matter_is_found_and_can_be_left_out(text: str, kinds: set[str], left: str) -> None:
    assert set(found_in(text)) == kinds
    assert blanked(text) == left
    assert not found_in(left)
