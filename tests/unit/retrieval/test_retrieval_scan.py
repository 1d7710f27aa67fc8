"""Damaged texts in small: each fault of the newspaper scan by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from retrieval.errors import BadOrdinance
from retrieval.ordinances import scan
from retrieval.ordinances.check import check_text
from retrieval.ordinances.importer import About, read_ordinance
from retrieval.ordinances.model import Document

ABOUT = About("x", "某市某条例", "某市")
LONG = "县级以上人民政府应当依法履行作出的政策承诺以及与市场主体签订的合同，不得违约毁约。"
CLEAN = "第一条 甲应当办理。\n第二条 乙应当公开。\n第三条 本条例自2024年1月1日起施行。"


def doubts_in(text: str) -> dict[int, str]:
    return {a.number: a.doubt for a in read_ordinance(text, ABOUT).articles if a.doubt}


def codes_in(text: str) -> list[str]:
    return [finding.code for finding in check_text(text)]


def test_a_clean_text_gives_no_alarm() -> None:
    assert doubts_in(CLEAN) == {}
    assert codes_in(CLEAN) == []
    assert read_ordinance(CLEAN, ABOUT).complete


def test_one_text_under_several_numbers_makes_the_numbers_between_unsure() -> None:
    text = f"第一条 甲。\n第二条 {LONG}\n第三条 乙。\n第四条 {LONG}\n第五条 丙。"
    assert doubts_in(text) == {2: scan.SAME_TEXT, 3: scan.NUMBER_UNSURE, 4: scan.SAME_TEXT}
    assert codes_in(text) == ["same_text"]


def test_several_texts_under_one_number_are_not_quotable() -> None:
    text = "第一条 甲。\n第二条 乙应当。\n第二条 丙应当公开办理。\n第三条 丁。"
    assert doubts_in(text) == {2: scan.SEVERAL_TEXTS}
    assert codes_in(text) == ["number_doubled", "number_doubled"]


def test_the_same_article_printed_twice_alike_may_be_quoted() -> None:
    assert doubts_in("第一条 甲。\n第二条 乙应当。\n第二条 乙应当。\n第三条 丁。") == {}


def test_a_sentence_that_breaks_off_is_found() -> None:
    text = "第一条 政府将营商环境工\n第二条 乙。"
    assert doubts_in(text) == {1: scan.CUT}
    assert codes_in(text) == ["cut_off"]


def test_a_break_between_signs_that_never_meet_elsewhere_is_not_closed_and_nothing_is_lost() -> None:
    text = "第一条 供水、供电、供气、供\n县级人民政府及其部门可以收集意见。\n第二条 乙。"
    assert doubts_in(text) == {1: scan.CUT}
    assert read_ordinance(text, ABOUT).by_number[1].paragraphs == (
        "供水、供电、供气、供",
        "县级人民政府及其部门可以收集意见。",
    )
    assert set(codes_in(text)) == {"cut_off", "page_break"}


def test_a_paragraph_that_a_law_repeats_is_no_fault() -> None:
    text = f"第一条 甲应当申请。\n{LONG}\n第二条 乙。\n第三条 丙应当备案。\n{LONG}"
    assert doubts_in(text) == {}
    assert codes_in(text) == []


def test_many_doubled_numbers_without_a_known_law_are_no_second_law() -> None:
    text = "\n".join(f"第{n}条 {which}{n}应当办理。" for which in "甲乙" for n in "一二三四五")
    assert set(doubts_in(text).values()) == {scan.SEVERAL_TEXTS}


def test_a_break_inside_a_known_word_is_closed_and_shown() -> None:
    text = "第一条 动态调整机制。\n第二条 应当及时调\n整政策。"
    assert doubts_in(text) == {}
    assert read_ordinance(text, ABOUT).by_number[2].text == "应当及时调整政策。"
    assert codes_in(text) == ["page_break"]


def test_missing_and_disordered_numbers_are_reported() -> None:
    assert codes_in("第一条 甲。\n第四条 丁。\n第二条 乙。") == ["number_missing", "number_out_of_order"]


def test_foreign_words_are_reported_but_not_abbreviations() -> None:
    assert codes_in("第一条 公共安全 and 公共卫生。\n第二条 使用App和5G。") == ["foreign_word"]


def test_a_second_law_is_set_apart_and_compared(make_document: Callable[..., Document]) -> None:
    sentences = [
        "村民委员会应当依法制定完善自治章程、居民公约，发挥其在社区治理中的作用。",
        "各级人民政府应当加强社区信息化建设，统筹推进智慧社区基础设施建设。",
        "自治区城乡社区实行网格化服务管理制度，每个网格配备网格长和网格员。",
        "加强社会救助、养老、托育、就学、就业、医疗卫生等资源配置和服务供给。",
    ]
    known = make_document("known", "北原自治区", sentences)
    foreign = [*sentences[:3], sentences[3].replace("就学", "就医")]
    own = [f"招标代理机构不得泄露与招标投标活动有关的资料，第{n}种情形除外，并应当公开服务质量。" for n in "甲乙丙丁"]
    lines = [f"第{number}条 {text}" for texts in (foreign, own) for number, text in zip("一二三四", texts, strict=True)]
    document = read_ordinance("\n".join(lines), ABOUT, [known])
    assert [article.text for article in document.articles] == own
    findings = check_text("\n".join(lines), [known])
    assert [finding.code for finding in findings] == ["two_laws", "differs_from_known"]
    assert (findings[1].parameters["known"], findings[1].parameters["here"]) == ("学", "医")


def test_what_a_person_found_garbled_is_not_quotable() -> None:
    document = read_ordinance(CLEAN, About("x", "某条例", "某市", garbled={2: "no sense"}))
    assert [a.number for a in document.articles if not a.trusted] == [2]
    assert not document.complete


def test_a_text_without_articles_is_no_ordinance() -> None:
    with pytest.raises(BadOrdinance, match="no article"):
        read_ordinance("今天天气很好。", ABOUT)
