"""How people really print laws: labels, headings, frames, and the report on what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from retrieval.errors import BadOrdinance
from retrieval.ordinances.check import check_text
from retrieval.ordinances.importer import About, left_out, read_ordinance, stated_effective
from retrieval.ordinances.model import Article, Document

ABOUT = About("x", "某市犬只管理条例", "某市")
FIRST = "第一条　为了管理犬只，制定本条例。\n"


def read(text: str, known: Sequence[Document] = ()) -> Document:
    return read_ordinance(text, ABOUT, known)


def labels(text: str) -> list[str]:
    return [article.label for article in read(text).articles]


def codes(text: str, known: Sequence[Document] = ()) -> list[str]:
    return [finding.code for finding in check_text(text, known, ABOUT.title)]


@pytest.mark.parametrize(
    "label",
    [
        "第二条　",
        "第二条",
        "第 二 条 ",
        "第２条　",
        "第2条 ",
        "第二條　",
        "第贰条　",
        "第　二　条　",
        "第二条：",
        "第\u200b二\u200b条　",
        "[bookmark: x]第二条　",
        "_Toc123第二条　",
        "  ## 第二条 ",
        "第二条\n",
        "第二条\u00a0",
    ],
)
def test_a_label_is_read_however_it_is_written(label: str) -> None:
    document = read(f"{FIRST}{label}遛狗应当牵绳。\n第三条　不得遗弃犬只。")
    assert [article.label for article in document.articles] == ["第一条", "第二条", "第三条"]
    assert document.by_number[2].text == "遛狗应当牵绳。"


@pytest.mark.parametrize(
    ("label", "number"),
    [("第廿条", 20), ("第卅一条", 31), ("第一百〇二条", 102), ("第一百零二条", 102), ("第１００条", 100)],
)
def test_every_figure_counts(label: str, number: int) -> None:
    assert read(f"{label}　遛狗应当牵绳。").articles[0].number == number


def test_an_article_inserted_between_two_others_stands_between_them() -> None:
    text = f"{FIRST}第二条　甲。\n第二条之一　乙。\n第二条之二 丙。\n第二条之一规定的犬只除外。\n第三条　丁。"
    assert labels(text) == ["第一条", "第二条", "第二条之一", "第二条之二", "第三条"]
    assert codes(text) == []
    assert codes(text.replace("第二条之一　乙。\n", "")) == ["number_missing"]


@pytest.mark.parametrize(
    "line",
    [
        "第十八条规定的事项除外。",
        "第二条第三款规定的除外。",
        "第二条、第三条规定的除外。",
        "第三条 规定的程序不适用。",
        "第二十条（一）项除外。",
        "“第三条　修改后的文字。”",
        "第三章规定的程序不适用。",
    ],
)
def test_a_line_that_begins_with_a_mention_is_no_label(line: str) -> None:
    document = read(f"{FIRST}第二条　甲应当办理。\n{line}\n第三条　乙。")
    assert [article.number for article in document.articles] == [1, 2, 3]
    assert document.by_number[2].paragraphs == ("甲应当办理。", line)


def test_a_sentence_cut_before_a_mention_does_not_begin_an_article() -> None:
    text = f"{FIRST}第二条　对违法的，依照\n第三条的程序处罚。\n第三条　按照程序处罚。"
    assert labels(text) == ["第一条", "第二条", "第三条"]


def test_parts_chapters_and_sections_are_kept_apart() -> None:
    text = (
        f"第一编　总则\n第一章　基本规定\n{FIRST}第二编　分则\n第一分编　通则\n第一章　犬\n第一节　登记\n第二条　甲。\n"
        "第2节 免疫\n第三条　乙。\n第二章\n罚　则\n第四条　丙。\n附　则\n第五条　丁。"
    )
    where = [(article.part, article.chapter, article.section) for article in read(text).articles]
    assert where == [
        ("第一编 总则", "第一章 基本规定", ""),
        ("第二编 分则 第一分编 通则", "第一章 犬", "第一节 登记"),
        ("第二编 分则 第一分编 通则", "第一章 犬", "第二节 免疫"),
        ("第二编 分则 第一分编 通则", "第二章 罚则", ""),
        ("第二编 分则 第一分编 通则", "附则", ""),
    ]
    assert codes(text) == []


def test_headings_without_chapters_are_read() -> None:
    text = f"一、一般规定\n{FIRST}二、登记、免疫\n第二条　下列事项应当办理：\n一、登记；\n二、免疫。\n第三条　甲。"
    document = read(text)
    assert [article.chapter for article in document.articles] == ["一、一般规定", "二、登记、免疫", "二、登记、免疫"]
    assert document.by_number[2].paragraphs[1:] == ("一、登记；", "二、免疫。")


@pytest.mark.parametrize("word", ["目录\n", "目　录\n", ""])
@pytest.mark.parametrize("leader", ["", "……3", "\t12", " ....... 12", "……（1）"])
def test_a_table_of_contents_is_left_out(word: str, leader: str) -> None:
    leader = "" if leader.endswith("）") and not word else leader
    contents = f"{word}第一章　总则{leader}\n第一节　目的{leader}\n第二章　附则{leader}\n"
    document = read(f"某市犬只管理条例\n{contents}第一章　总则\n第一节　目的\n{FIRST}第二章　附则\n第二条　乙。")
    assert [(a.chapter, a.section) for a in document.articles] == [("第一章 总则", "第一节 目的"), ("第二章 附则", "")]
    assert codes(f"{contents}第一章　总则\n{FIRST}第二章　附则\n第二条　乙。") == []


FRAME = """首页 > 法规
某市人民代表大会常务委员会公告
第12号
《某市犬只管理条例》已由某市人民代表大会常务委员会于2023年12月1日通过，现予公布，自2024年1月1日起施行。
某市人民代表大会常务委员会
2023年12月1日
某市犬只管理条例
（2023年12月1日某市人民代表大会常务委员会通过）
犬只是人的朋友。为了大家的安全，制定本条例。
第一条　遛狗应当牵绳。
第二条　本条例自二〇二四年一月一日起施行。《某市养犬规定》
同时废止。
附件：禁养犬只名录
1.藏獒
上一篇：某市绿化条例
"""


def test_what_frames_a_law_is_no_part_of_an_article_and_is_told() -> None:
    document = read(FRAME)
    assert document.adoption == "（2023年12月1日某市人民代表大会常务委员会通过）"
    assert document.preamble == ("犬只是人的朋友。为了大家的安全，制定本条例。",)
    assert document.by_number[2].text == "本条例自二〇二四年一月一日起施行。《某市养犬规定》\n同时废止。"
    told = [line for line, _ in left_out(FRAME, (), ABOUT.title)]
    assert told == [1, 2, 3, 4, 5, 6, 13, 14, 15]


def test_the_day_that_a_law_names_itself_is_found() -> None:
    found = stated_effective(read(FRAME))
    assert found is not None
    assert (found[0], found[1].number) == (date(2024, 1, 1), 2)
    assert stated_effective(read(f"{FIRST}第二条　本条例自公布之日起施行。")) is None
    assert stated_effective(read(f"{FIRST}第二条　本条例自2024年2月30日起施行。")) is None


def test_laws_that_an_article_lists_stay_in_it() -> None:
    text = f"{FIRST}第二条　下列法规同时废止：\n某市养犬规定\n某市犬只登记办法\n第三条　甲。"
    assert read(text).by_number[2].text.count("某市") == 2


def test_of_two_laws_one_after_the_other_the_one_under_the_title_is_read() -> None:
    other = "某市绿化条例\n第一章　总则\n第一条　为了绿化，制定本条例。\n第二条　不得毁坏树木。\n第三条　甲。\n"
    own = f"某市犬只管理条例\n第一章　总则\n{FIRST}第二条　遛狗应当牵绳。\n"
    for text in (other + own, own + other):
        assert read(text).by_number[2].text == "遛狗应当牵绳。"
        found = check_text(text, (), ABOUT.title)
        assert [(one.code, one.parameters["titles"]) for one in found] == [("two_laws", "某市绿化条例")]


def test_a_decision_that_changes_a_law_is_not_taken_for_the_law() -> None:
    text = "关于修改《某市犬只管理条例》的决定\n一、将第五条修改为：\n第五条　遛狗应当牵绳。\n二、删去第六条。"
    with pytest.raises(BadOrdinance) as caught:
        read(text)
    assert caught.value.parameters["problem"] == "amendment"
    assert labels(f"{text}\n某市犬只管理条例\n{FIRST}第二条　甲。")[0] == "第一条"


def test_signs_that_nobody_can_read_keep_an_article_from_being_quoted() -> None:
    text = f"{FIRST}第二条　不得低于2\ue0105米。\n第三条　\ue5e5遛狗应当牵绳。"
    assert [article.number for article in read(text).articles if not article.trusted] == [2]
    assert codes(text) == ["unreadable_sign"]
    assert read(text).by_number[3].text == "遛狗应当牵绳。"


def test_numbers_missing_in_a_row_are_one_finding_and_the_copy_counts_as_incomplete() -> None:
    text = f"{FIRST}第五条　甲。\n第七条　乙。"
    found = [(one.article, one.parameters["upto"]) for one in check_text(text)]
    assert found == [(2, "至第4条"), (6, "")]
    assert not read(text).complete


def test_a_missing_chapter_is_found_but_not_where_parts_begin_anew() -> None:
    assert codes(f"第一章　总则\n{FIRST}第三章　附则\n第二条　甲。") == ["chapter_missing"]
    assert codes(f"第一编　总则\n第一章　甲\n{FIRST}第二编　分则\n第一章　乙\n第二条　甲。") == []


LONG = "承运人承担本章未规定的义务或者放弃本章赋予的权利的任何特别协议，经实际承运人书面明确同意的，对其发生效力。"


def test_another_chapter_may_repeat_an_article_where_all_numbers_are_in_order() -> None:
    text = f"第一章　货物\n{FIRST}第二条　{LONG}\n第二章　旅客\n第三条　{LONG}\n第四条　甲。"
    assert codes(text) == []
    assert {"same_text"} <= set(codes(text.replace("第四条", "第五条")))


def test_another_copy_of_a_known_law_is_compared_with_it() -> None:
    sentences = [f"第{n}种情形下，社会救助、养老、托育、就学、就业应当依照本条例办理并及时公开。" for n in range(6)]
    known = Document(
        "old", "某市旧条例", "某市", tuple(Article("old", n, "", (t,)) for n, t in enumerate(sentences, 1))
    )
    text = "\n".join(f"第{n}条　{t}" for n, t in enumerate(sentences, 1)).replace("托育、就学", "托育、就医", 1)
    found = check_text(text, [known])
    assert [one.code for one in found] == ["same_law", "differs_from_known"]
    assert (found[0].parameters["alike"], found[0].parameters["count"]) == ("5", "6")
    assert (found[1].article, found[1].parameters["known"], found[1].parameters["here"]) == (1, "学", "医")


def test_units_addresses_and_abbreviations_are_no_foreign_words() -> None:
    assert codes(f"{FIRST}第二条　不得高于50 km，登录www.example.gov.cn或者App，邮箱x@example.com。") == []
    assert codes(f"{FIRST}第二条　公共安全 and 公共卫生。") == ["foreign_word"]
    assert [a.number for a in read(f"{FIRST}第二条　公共安全 and 公共卫生。").articles if not a.trusted] == [2]
