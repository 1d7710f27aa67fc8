"""Files of every kind that operators bring, and those that cannot be read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from retrieval.errors import BadOrdinance
from retrieval.ordinances import word
from retrieval.ordinances.files import read_file
from retrieval.ordinances.importer import About, read_ordinance
from retrieval.ordinances.model import Document
from tests.fakes.papers import as_html, list_of_two_levels, numbered, saved
from tests.fakes.pdf_writer import pdf, printed
from wording import has

LAW = [
    ("title", "某市犬只管理条例"),
    ("heading", "第一章　总则"),
    ("article", "第一条　为了管理犬只，制定本条例。"),
    ("article", "第二条　遛狗应当遵守下列规定："),
    ("text", "（一）牵绳；"),
    ("text", "（二）不进入 A&B <商场>。"),
    ("heading", "第二章　附则"),
    ("article", "第三条　本条例自2024年1月1日起施行。"),
]
TEXTS = {1: "为了管理犬只，制定本条例。", 2: "遛狗应当遵守下列规定：\n（一）牵绳；\n（二）不进入 A&B <商场>。"}

Read = Callable[[str, bytes], Document]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(name: str, content: bytes) -> Document:
        file = tmp_path / name
        file.write_bytes(content)
        return read_ordinance(read_file(file).text, About("dogs", "某市犬只管理条例", "某市"))

    return read


def texts(document: Document) -> dict[int, str]:
    return {article.number: article.text for article in document.articles}


# ── Word ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_numbers_that_only_word_draws_are_read(read: Read) -> None:
    document = docx.Document()
    list_of_two_levels(document)
    numbered(document.add_paragraph("总则"), 0)
    numbered(document.add_paragraph("为了管理犬只，制定本条例。"), 1)
    numbered(document.add_paragraph("附则"), 0)
    numbered(document.add_paragraph("本条例自2024年1月1日起施行。"), 1)
    found = read("a.docx", saved(document))
    assert found.chapters == ("第一章 总则", "第二章 附则")
    # Articles count on through the chapters.
    assert texts(found) == {1: "为了管理犬只，制定本条例。", 2: "本条例自2024年1月1日起施行。"}


def test_a_list_begun_again_counts_from_its_start(read: Read) -> None:
    document = docx.Document()
    list_of_two_levels(document)
    change = '<w:lvlOverride w:ilvl="1"><w:startOverride w:val="5"/></w:lvlOverride>'
    document.part.numbering_part.element.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="8"><w:abstractNumId w:val="77"/>{change}</w:num>')
    )
    numbered(document.add_paragraph("甲应当办理。"), 1)
    numbered(document.add_paragraph("乙应当办理。"), 1, instance=8)
    numbered(document.add_paragraph("丙应当办理。"), 1, instance=8)
    assert texts(read("a.docx", saved(document))) == {1: "甲应当办理。", 5: "乙应当办理。", 6: "丙应当办理。"}


def test_a_number_that_comes_with_the_style_is_read(read: Read) -> None:
    document = docx.Document()
    list_of_two_levels(document)
    style = document.styles.add_style("Article", 1)
    mark = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="1"/><w:numId w:val="7"/></w:numPr>'
    style.element.get_or_add_pPr().append(parse_xml(mark))
    for text in ("甲应当办理。", "乙应当办理。"):
        document.add_paragraph(text, style="Article")
    assert texts(read("a.docx", saved(document))) == {1: "甲应当办理。", 2: "乙应当办理。"}


def test_what_was_deleted_hidden_or_only_a_field_is_left_out_and_what_was_inserted_is_read(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("第一条　甲应当办理。")
    runs = (
        '<w:ins w:id="1" w:author="x"><w:r><w:t>乙应当</w:t></w:r></w:ins>'
        '<w:del w:id="2" w:author="x"><w:r><w:delText>可以</w:delText></w:r></w:del>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>"
        '<w:r><w:t>公开</w:t><w:br w:type="page"/></w:r><w:r><w:t>。</w:t><w:br/><w:t>丙也应当公开。</w:t></w:r>'
    )
    paragraph = document.add_paragraph("第二条　")
    for run in parse_xml(f"<w:p {nsdecls('w')}>{runs}</w:p>"):
        paragraph._p.append(run)
    assert texts(read("a.docx", saved(document)))[2] == "乙应当公开。\n丙也应当公开。"


def test_words_own_table_of_contents_is_left_out_and_tables_are_read_cell_by_cell(read: Read) -> None:
    document = docx.Document()
    style = document.styles.add_style("TOC 1", 1)
    document.add_paragraph("第一条　目录里的\t3", style=style)
    document.add_paragraph("第一条　按下表办理：")
    document.add_table(1, 2).cell(0, 1).text = "罚款五十元。"
    document.tables[0].cell(0, 0).text = "不牵绳："
    assert texts(read("a.docx", saved(document)))[1] == "按下表办理：\n不牵绳：\n罚款五十元。"


def test_a_document_that_unpacks_to_gigabytes_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word, "LARGEST_PART", 100_000)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(docx.Document()))) as sound, zipfile.ZipFile(stream, "w", 8) as bomb:
        for name in sound.namelist():
            bomb.writestr(name, b" " * 1_000_000 if name == "word/document.xml" else sound.read(name))
    assert problem_of(read, "a.docx", stream.getvalue()) == "too_large"


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

AROUND = {
    "head": "<nav><p>第一条 新闻</p></nav><script>var a = '第九条　x。'</script><div>首页 &gt; 法规</div>",
    "foot": "<p style='display:none'>第八条　看不见。</p><footer>版权所有</footer><div>分享到：微信</div>",
}


@pytest.mark.parametrize(("encoding", "said"), [("utf-8", "utf-8"), ("gb18030", "gb2312"), ("utf-16", "utf-8")])
def test_of_a_page_the_law_alone_is_read_in_whatever_encoding(read: Read, encoding: str, said: str) -> None:
    page = as_html(LAW, **AROUND).replace('charset="utf-8"', f'charset="{said}"')
    document = read("a.html", page.encode(encoding))
    assert [article.number for article in document.articles] == [1, 2, 3]
    assert texts(document) | TEXTS == texts(document)


def test_blocks_breaks_entities_and_comments_of_a_page_are_understood(read: Read) -> None:
    page = (
        "<html><body><div>第一条&emsp;甲<b>应当</b>\n办理。<!-- 第七条　丁。 --><br>乙&amp;丙也应当&#x3002;</div>"
        "<div>第二条&nbsp;&nbsp;丁。</div></body>"
    )
    assert texts(read("a.htm", page.encode())) == {1: "甲应当 办理。\n乙&丙也应当。", 2: "丁。"}


# ── PDF ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sentences_go_on_over_lines_and_pages_without_heads_and_page_numbers(read: Read) -> None:
    # No two lines alike; every second paragraph ends exactly at the margin, where only the next one's indent tells.
    paragraphs = []
    for number, figure in enumerate("一二三四五六七八九"):
        clauses = "".join(f"县级以上人民政府应当依法履行第{number}{n}项承诺；" for n in range(9))
        paragraphs.append(f"第{figure}条　{clauses[: 36 * 4 - 8 - number % 2]}甲。")
    document = read("a.pdf", printed(paragraphs, head="某市人民政府公报2024年第3期", lines=7))
    assert [f"{article.label}　{article.text}" for article in document.articles] == paragraphs
    assert document.complete


def test_a_document_of_two_hundred_pages_is_read_whole(read: Read) -> None:
    document = read("a.pdf", printed([f"第{n}条　第{n}种情形应当公开办理。" for n in range(1, 801)], lines=4))
    assert len(document.articles) == 800
    assert document.articles[-1].text == "第800种情形应当公开办理。"


def test_a_page_that_is_only_a_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf([[(80, 700, "第一条　为了管理犬只，制定本条例。")], None]))
    assert read_file(tmp_path / "a.pdf").pictures == (2,)


# ── what cannot be read ──────────────────────────────────────────────────────────────────────────────────────────────


def problem_of(read: Read, name: str, content: bytes) -> str:
    with pytest.raises(BadOrdinance) as caught:
        read(name, content)
    problem = str(caught.value.parameters["problem"])
    assert has(f"retrieval.problem.{problem}")
    return problem


PDF = pdf([[(80, 700, "第一条　为了管理犬只，制定本条例。")]])
DOCX = saved(docx.Document())
_INSIDE = DOCX.index(b"word/document.xml") + 40


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.pdf", pdf([None, None]), "scanned"),
        ("a.pdf", pdf([[(80, 700, "abcdefghij klmnop qrst uvw xyz")]]), "garbled"),
        ("a.pdf", pdf([[(80, 700, "第一条　甲。")]], encrypted=True), "encrypted"),
        ("a.pdf", PDF[: len(PDF) // 3], "broken"),
        ("a.pdf", DOCX, "wrong_suffix"),
        ("a.docx", PDF, "wrong_suffix"),
        ("a.txt", DOCX, "wrong_suffix"),
        ("a.txt", b"<!DOCTYPE html><html><p>x</html>", "wrong_suffix"),
        ("a.docx", DOCX[: len(DOCX) // 2], "broken"),
        ("a.docx", DOCX[:_INSIDE] + bytes(200) + DOCX[_INSIDE + 200 :], "broken"),
        ("a.docx", "第一条　甲。".encode(), "broken"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_word"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_word"),
        ("a.xlsx", b"PK\x03\x04 xl/workbook.xml", "spreadsheet"),
        ("a.docx", b"PK\x03\x04 xl/workbook.xml", "spreadsheet"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "picture"),
        ("a.txt", b"\xff\xd8\xff\xe0", "picture"),
        ("a.zip", b"PK\x03\x04 law.txt", "archive"),
        ("a.txt", b"\x01\x00\x02\x00", "binary"),
        ("a.md", b"", "empty"),
        ("a", "第一条　甲。".encode(), "unsupported"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(read: Read, name: str, content: bytes, problem: str) -> None:
    assert problem_of(read, name, content) == problem


def test_a_file_larger_than_any_law_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.pdf").open("wb") as stream:
        stream.truncate(65_000_000)
    with pytest.raises(BadOrdinance, match=r"a\.pdf: too large"):
        read_file(tmp_path / "a.pdf")
    (tmp_path / "a.txt").write_text("第一条　甲。\n" * 700_000, encoding="utf-8")
    with pytest.raises(BadOrdinance, match=r"a\.txt: too large"):
        read_file(tmp_path / "a.txt")


def test_markdown_is_read_without_its_marks(read: Read) -> None:
    text = "---\ntitle: x\n---\n# 某市犬只管理条例\n\n## 第一章 总则\n\n**第一条** 甲\\*应当。\n\n> （一）乙。\n"
    document = read("a.md", text.encode())
    assert (document.chapters, texts(document)) == (("第一章 总则",), {1: "甲*应当。\n（一）乙。"})
