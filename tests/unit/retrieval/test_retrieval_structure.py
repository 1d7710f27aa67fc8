from __future__ import annotations

from retrieval.ordinances.structure import blocks_of

TEXT = """\ufeff某市社区条例
（2024年1月1日某市人民代表大会常务委员会通过）

目　　录
第一章　总则
第二章　附　则

第1章　总　则
[bookmark: 第一条]第一条　为了治理，制定本条例。
\f
第二条　应当遵守下列原则：
（一）党建引领；
（二）为民服务。
- 3 -
第三条 政府应当及时调
整政策。
第二章 附 则
第 ４ 条　本条例自2024年7月1日起施行。
"""


def articles() -> dict[int, tuple[str, ...]]:
    return {block.number: tuple(block.lines) for block in blocks_of(TEXT) if block.kind == "article"}


def test_articles_come_without_labels_bookmarks_and_page_numbers() -> None:
    assert articles()[1] == ("为了治理，制定本条例。",)
    assert articles()[4] == ("本条例自2024年7月1日起施行。",)


def test_items_stay_lines_of_their_own() -> None:
    assert articles()[2] == ("应当遵守下列原则：", "（一）党建引领；", "（二）为民服务。")


def test_a_sentence_cut_by_a_page_is_joined_and_remembered() -> None:
    block = next(block for block in blocks_of(TEXT) if block.number == 3 and block.kind == "article")
    assert block.lines == ["政府应当及时调整政策。"]
    assert block.joins == [(0, 7)]


def test_the_table_of_contents_is_left_out_and_chapters_are_numbered_alike() -> None:
    assert [block.heading for block in blocks_of(TEXT) if block.kind == "chapter"] == ["第一章 总则", "第二章 附则"]


def test_titles_and_adoption_notes_are_no_part_of_an_article() -> None:
    asides = [block.text for block in blocks_of(TEXT) if block.kind == "aside"]
    assert asides == ["某市社区条例", "（2024年1月1日某市人民代表大会常务委员会通过）"]


def test_a_reference_at_the_start_of_a_line_is_no_heading() -> None:
    blocks = blocks_of("第一条 甲应当办理。\n第十八条规定的事项除外。\n第二条 乙。")
    assert [(block.number, len(block.lines)) for block in blocks] == [(1, 2), (2, 1)]
