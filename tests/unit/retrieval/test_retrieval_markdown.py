from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import BadOrdinance
from retrieval.ordinances.markdown import dump, load, parse
from retrieval.ordinances.model import Article, Document

SIGNS = st.characters(codec="utf-8", categories=["Lo", "Nd", "Po", "Ps", "Pe"])
LINE = st.text(SIGNS, min_size=1, max_size=40)


@given(
    st.lists(st.lists(LINE, min_size=1, max_size=3), min_size=1, max_size=6),
    st.none() | st.dates(),
    st.booleans(),
)
def test_what_was_written_is_read_again(texts: list[list[str]], effective: date | None, complete: bool) -> None:
    articles = tuple(
        Article("x", n, f"第{'一二三'[n // 3]}章 总则", tuple(lines), doubt="cut_off" if n == 2 else "")
        for n, lines in enumerate(texts, 1)
    )
    document = Document("x", "某条例", "某市", articles, effective=effective, complete=complete, adoption="（通过）")
    text = dump(document)
    assert parse(text) == document
    assert dump(parse(text)) == text


def test_sections_are_kept(make_document: Callable[..., Document]) -> None:
    plain = make_document("x", "某市", ["甲。", "乙。"])
    document = replace(plain, articles=tuple(replace(a, section="第一节 一般规定") for a in plain.articles))
    assert parse(dump(document)) == document


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nothing", "front matter"),
        ("---\n[\n---\n", "YAML"),
        ("---\nid: x\n---\n", "needs"),
        ("---\nid: x\ntitle: t\njurisdiction: j\neffective: soon\n---\n", "no date"),
        ("---\nid: x\ntitle: t\njurisdiction: j\n---\n# t\n", "no article"),
        ("---\nid: x\ntitle: t\njurisdiction: j\n---\n### 第二条\n甲\n### 第一条\n乙\n", "after"),
        ("---\nid: x\ntitle: t\njurisdiction: j\n---\n### 附则\n甲\n", "number"),
        ("---\nid: x\ntitle: t\njurisdiction: j\n---\n甲\n", "outside"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "bad.md"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadOrdinance, match=rf"^bad\.md: .*{complaint}"):
        load(file)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_bytes("条例".encode("gb18030"))
    with pytest.raises(BadOrdinance, match="UTF-8"):
        load(tmp_path / "bad.md")
