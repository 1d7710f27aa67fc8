"""Replies and notices as Telegram messages: whole, valid, short enough, and saying what they said before."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.inbox import clean
from bot.telegram.render import LONGEST, chinese_number, length, render, split
from handlers.messages import Button, Citation, Reply, TicketCard
from tests.fakes.telegram_html import parse_html

ANYTHING = st.text(max_size=300)
HOSTILE = st.sampled_from(["<b>", "</blockquote>", "&", "&amp;", "<", ">", "🏚️", "。", "\n\n", "a", "\u200b", "\x00"])
LONG = st.builds(
    lambda parts, times: "".join(parts) * times, st.lists(HOSTILE, min_size=1, max_size=8), st.integers(1, 2500)
)
TEXTS = ANYTHING | LONG

CITATIONS = st.builds(
    Citation,
    document=st.just("taiyuan"),
    title=TEXTS,
    article=st.integers(1, 200),
    chapter=TEXTS,
    effective=st.none() | st.dates().map(lambda day: day.isoformat()),
    text=TEXTS,
    note=TEXTS,
)
REPLIES = st.builds(
    Reply,
    text=TEXTS,
    buttons=st.lists(st.builds(Button, ANYTHING, ANYTHING), max_size=12).map(tuple),
    citations=st.lists(CITATIONS, max_size=3).map(tuple),
    ticket=st.none() | st.builds(TicketCard, ANYTHING, st.sampled_from(["submitted", "closed", "no-such-status"])),
)


def article(text: str, **fields: object) -> Citation:
    facts = {
        "document": "dalian",
        "title": "大连市基层社会治理促进条例",
        "article": 18,
        "chapter": "第三章 网格化服务管理",
    }
    return Citation(**{**facts, "effective": "2023-05-01", "text": text, **fields})  # type: ignore[arg-type]


@settings(deadline=None)
@given(REPLIES)
def test_whatever_a_reply_holds_telegram_takes_every_message_of_it(reply: Reply) -> None:
    for part in render("reply", reply.to_json()):
        assert length(part.html) <= LONGEST
        shown = parse_html(part.html)
        assert shown.strip()
        assert part.plain == shown
        part.html.encode()
        for row in part.keyboard:
            assert row
            assert all(label.strip() and 1 <= len(payload.encode()) <= 64 for label, payload in row)


@settings(deadline=None)
@given(TEXTS)
def test_nothing_of_a_text_is_lost_or_added_where_it_is_cut(text: str) -> None:
    shown = "".join(parse_html(part.html) for part in render("reply", Reply(text).to_json()))
    invisible = r"[\s\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]"
    assert re.sub(invisible, "", shown) == re.sub(invisible, "", clean(text))


def test_html_in_a_residents_text_is_shown_as_she_wrote_it() -> None:
    [part] = render("reply", Reply("您说：<script>alert('1')</script> & <b>粗").to_json())
    assert part.html == "您说：&lt;script&gt;alert('1')&lt;/script&gt; &amp; &lt;b&gt;粗"


def test_a_quotation_unfolds_and_names_article_chapter_date_and_doubt() -> None:
    reply = Reply("查到了：", citations=(article("网格员负责走访。\n发现问题及时上报。", note="名称待核实"),))
    [part] = render("reply", reply.to_json())
    assert part.html == (
        "查到了：\n\n<blockquote expandable><b>《大连市基层社会治理促进条例》第十八条</b>\n"
        "第三章 网格化服务管理｜2023年5月1日起施行｜名称待核实\n网格员负责走访。\n发现问题及时上报。</blockquote>"
    )


def test_the_sentence_that_matters_is_bold_and_underlined() -> None:
    text = "网格员负责走访。\n发现<问题>及时上报；每周一次。"
    reply = Reply("", citations=(article(text, label="第十八条之一", marked=((9, 20),)),))
    [part] = render("reply", reply.to_json())
    assert part.html.startswith("<blockquote expandable><b>《大连市基层社会治理促进条例》第十八条之一</b>\n")
    assert part.html.endswith("网格员负责走访。\n<b><u>发现&lt;问题&gt;及时上报；</u></b>每周一次。</blockquote>")
    assert text in part.plain


@settings(deadline=None)
@given(TEXTS, st.integers(0, 5000), st.integers(0, 5000))
def test_a_mark_neither_loses_nor_adds_a_sign_and_covers_just_its_own(text: str, one: int, other: int) -> None:
    begin, end = sorted(min(border, len(text)) for border in (one, other))
    plain = render("reply", Reply("", citations=(article(text),)).to_json())
    marked = render("reply", Reply("", citations=(article(text, marked=((begin, end),)),)).to_json())
    assert all(length(part.html) <= LONGEST for part in marked)
    seen, within = ("".join(parse_html(part.html) for part in parts) for parts in (plain, marked))
    continued = re.compile(r"《大连市基层社会治理促进条例》第十八条（续）\n|\s")
    assert continued.sub("", within) == continued.sub("", seen)
    inside = "".join(parse_html(found) for part in marked for found in re.findall("<u>(.*?)</u>", part.html, re.DOTALL))
    invisible = re.compile(r"[\s\u200b]+")
    if clean(text) == text and invisible.sub("", text):
        assert invisible.sub("", inside) in {invisible.sub("", text[begin:end]), ""}


def test_an_article_too_long_for_one_message_goes_on_in_the_next_under_its_own_heading() -> None:
    sentence = "社区居民委员会应当组织居民开展自治活动，听取意见。"
    parts = render("reply", Reply("查到了：", citations=(article(sentence * 400),)).to_json())
    quoted = [part for part in parts if "blockquote" in part.html]
    assert len(quoted) == 3
    assert all("第十八条（续）" in part.html for part in quoted[1:])
    bodies = [parse_html(part.html).rpartition("\n")[2] for part in quoted]
    assert all(body.endswith("。") for body in bodies), "cut between sentences"
    assert "".join(bodies) == sentence * 400


def test_buttons_stand_under_the_last_message_only() -> None:
    parts = render("reply", Reply("字" * 9000, buttons=(Button("好", "do:help"),)).to_json())
    assert [bool(part.keyboard) for part in parts] == [False, False, True]


def test_buttons_share_a_row_as_far_as_a_phone_shows_their_labels() -> None:
    buttons = tuple(Button(label, label) for label in ("是", "否", "不知道", "反映这个问题给社区工作人员处理"))
    [part] = render("reply", Reply("好吗？", buttons=buttons).to_json())
    assert [[label for label, _ in row] for row in part.keyboard] == [
        ["是", "否", "不知道"],
        ["反映这个问题给社区工作人员处理"],
    ]


def test_a_payload_that_no_button_can_carry_is_left_out_not_cut() -> None:
    buttons = (Button("长", "字" * 22), Button("空", ""), Button("行", "字" * 21))
    [part] = render("reply", Reply("选：", buttons=buttons).to_json())
    assert part.keyboard == ((("行", "字" * 21),),)


def test_buttons_alone_get_a_sentence() -> None:
    [part] = render("reply", Reply("", buttons=(Button("好", "do:help"),)).to_json())
    assert part.html == "请选择："


def test_a_reply_that_shows_nothing_is_no_message() -> None:
    assert render("reply", Reply(" \u200b\n").to_json()) == []


def test_a_ticket_is_shown_with_its_number_and_status_in_words() -> None:
    [part] = render("reply", Reply("已登记。", ticket=TicketCard("20261122-0007", "submitted")).to_json())
    assert part.html == "已登记。\n\n<b>工单 20261122-0007｜待受理</b>"


def test_a_notice_is_worded_when_it_is_delivered() -> None:
    body = {
        "key": "tickets.notice.write_to_resident",
        "params": {"number": "20261122-0007", "note": "已更换<灯泡>。"},
        "ticket": {"number": "20261122-0007", "status": "in_progress"},
    }
    [part] = render("notice", body)
    assert "已更换&lt;灯泡&gt;。" in part.html
    assert part.html.endswith("<b>工单 20261122-0007｜处理中</b>")


def test_a_notice_without_wording_is_an_error_not_an_empty_message() -> None:
    with pytest.raises(KeyError):
        render("notice", {"key": "tickets.notice.no_such", "params": {}, "ticket": None})


def test_a_long_text_is_cut_at_a_paragraph_before_a_sentence_before_a_comma() -> None:
    assert split("甲。乙，丙丁\n\n戊己。", 9) == ["甲。乙，丙丁", "戊己。"]
    assert split("甲乙丙。丁，戊己", 6) == ["甲乙丙。", "丁，戊己"]
    assert split("甲乙丙，丁戊己庚", 6) == ["甲乙丙，", "丁戊己庚"]
    assert split("甲乙丙丁戊己庚", 4) == ["甲乙丙丁", "戊己庚"]


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (1, "一"),
        (10, "十"),
        (18, "十八"),
        (20, "二十"),
        (45, "四十五"),
        (100, "一百"),
        (105, "一百零五"),
        (110, "一百一十"),
        (0, "0"),
    ],
)
def test_article_numbers_are_written_as_laws_write_them(number: int, written: str) -> None:
    assert chinese_number(number) == written
