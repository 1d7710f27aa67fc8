"""Whatever document is stored comes back the same, and whatever is read in never breaks more than itself."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import docx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retrieval.errors import BadOrdinance
from retrieval.ordinances.check import check_document, check_text
from retrieval.ordinances.files import read_file
from retrieval.ordinances.importer import About, left_out, read_ordinance
from retrieval.ordinances.markdown import dump, parse
from retrieval.ordinances.model import Article, Document
from retrieval.ordinances.numerals import to_chinese
from tests.fakes.papers import saved
from tests.fakes.pdf_writer import pdf

# No line breaks of Markdown's; everything else may stand in a paragraph.
LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=30)
NAME = st.text(st.characters(categories=["Lo"]), max_size=6)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    orders = draw(st.sets(st.tuples(st.integers(1, 9999), st.integers(0, 12)), min_size=1, max_size=8))
    articles = []
    part = chapter = section = ""
    for count, (number, inserted) in enumerate(sorted(orders), start=1):
        if draw(st.booleans()):
            part = draw(st.sampled_from(["", f"第{to_chinese(count)}编 {draw(NAME)}".strip()]))
        if draw(st.booleans()):
            chapter = draw(st.sampled_from(["", "附则", f"第{to_chinese(count)}章 {draw(NAME)}".strip()]))
        if draw(st.booleans()):
            section = draw(st.sampled_from(["", f"第{to_chinese(count)}节 {draw(NAME)}".strip()]))
        paragraphs = tuple(draw(st.lists(LINE, max_size=4)))
        doubt = draw(st.sampled_from(["", "cut_off", "garbled"]))
        articles.append(Article("x", number, chapter, paragraphs, section, doubt, inserted, part))
    days = st.none() | st.dates()
    return Document(
        "x",
        draw(NAME.filter(bool)),
        "某市",
        tuple(articles),
        title_verified=draw(st.booleans()),
        adopted=draw(days),
        approved=draw(days),
        effective=draw(days),
        repealed=draw(days),
        adoption=draw(LINE),
        source=draw(LINE),
        condition=draw(LINE),
        complete=draw(st.booleans()),
        preamble=tuple(draw(st.lists(LINE, max_size=3))),
    )


@given(documents())
def test_any_document_is_read_as_it_was_written(document: Document) -> None:
    assert parse(dump(document)) == document
    check_document(document)


SCRAPS = st.sampled_from(
    [
        "第一条",
        "第二条之一",
        "第十\u3000八條\u3000",
        "第三章",
        "总则",
        "目录",
        "（一）",
        "附件：",
        "\n",
        "\u200b",
        "规定的",
        "。",
        "某市条例",
        "（2024年1月1日通过）",
        "第99999条",
        "序言",
        "\ue5e5",
        "供",
        "县",
        "第九千九百九十九条\u3000",
        "自2024年13月1日起施行",
        "#",
    ]
)


@given(st.text(max_size=300) | st.lists(SCRAPS | st.text(max_size=5), max_size=60).map("".join))
@example("第一条 本条例自2024年2月30日起施行。")
@example("第〇条 甲。\n第零条 乙。")
@settings(max_examples=300)
def test_any_text_is_an_ordinance_or_says_that_it_is_none(text: str) -> None:
    known = [Document("k", "某市条例", "某市", (Article("k", 1, "", ("供水、供电、供气、供暖应当公开。",)),))]
    check_text(text, known)
    left_out(text, known)
    document, problem = None, ""
    try:
        document = read_ordinance(text, About("x", "某市条例", "某市"), known)
    except BadOrdinance as error:
        problem = str(error.parameters["problem"])
    assert problem in ("no_article", "amendment") if document is None else parse(dump(document)) == document


SOUND = {
    ".pdf": pdf([[(80, 700, "第一条　为了管理犬只，制定本条例。")]]),
    ".docx": saved(docx.Document()),
    ".html": "<html><body><p>第一条　甲应当办理。</p></body></html>".encode(),
}


@pytest.mark.parametrize("suffix", SOUND)
@given(st.data())
@settings(max_examples=60)
def test_garbage_is_read_or_refused_with_one_clear_error(suffix: str, data: st.DataObject) -> None:
    sound = SOUND[suffix]
    start = data.draw(st.integers(0, len(sound)))
    garbage = data.draw(st.binary(max_size=60))
    content = data.draw(
        st.sampled_from(
            [garbage, sound[:start], sound[:start] + garbage + sound[start + len(garbage) :], sound[:8] + garbage]
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"a{suffix}")
        file.write_bytes(content)
        complaint = ""
        try:
            text = read_file(file).text
        except BadOrdinance as error:
            complaint = str(error)
        assert complaint.startswith(file.name) if complaint else isinstance(text, str)


def test_an_article_inserted_between_numbers_keeps_its_place_and_its_label() -> None:
    articles = tuple(Article("x", 120, "", ("甲。",), inserted=inserted) for inserted in (0, 1, 2))
    document = parse(dump(Document("x", "某法", "全国", articles, effective=date(2024, 1, 1))))
    assert [article.label for article in document.articles] == ["第一百二十条", "第一百二十条之一", "第一百二十条之二"]
    assert document.by_number[10_120].label == "第一百二十条之一"
    assert document.last_number == 120
