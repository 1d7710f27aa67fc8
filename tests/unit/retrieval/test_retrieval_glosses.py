"""The glosses that are shipped say nothing that their article does not say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retrieval.collection import load_library
from retrieval.errors import BadGlossFile
from retrieval.glosses import LONGEST, Glosses
from retrieval.library import Library
from retrieval.ordinances.model import Article
from retrieval.quotation import cite

FOLDER = Path(__file__).parents[3] / "knowledge" / "glosses"
LIBRARY = load_library()
GLOSSES = Glosses.load(FOLDER, LIBRARY)
EACH = [
    pytest.param(LIBRARY.document(id).by_number[n], gloss, id=f"{id} {n}")
    for (id, n), gloss in GLOSSES.by_article.items()
]

# What a gloss may call by its everyday name, and how the articles name it.
BODIES = {
    "居委会": r"居(（村）)?民委员会|村（居）民委员会|社区居民委员会|居委会",
    "村委会": r"居（村）民委员会|村（居）民委员会|村民委员会",
    "业委会": "业主委员会",
    "物业": "物业",
    "街道": "街道",
    "乡镇": r"乡镇|乡（镇）",
    "县级": "县级",
    "市、县": r"市、县|市及区（市）县",
    "区（市）县": r"区（市）县",
    "县（市、区）": r"县（市、区）",
    "政府": "政府",
    "部门": r"部门|机关",
    "公安": "公安",
    "民政": "民政",
    "司法行政": "司法行政",
    "法院": "人民法院",
    "检察院": "人民检察院",
    "人大": r"人大|人民代表大会",
    "政协": "政协",
    "工会": "工会",
    "媒体": "媒体",
    "党委": "党委|党的领导",
    "党组织": "党组织",
    "人民调解委员会": "人民调解委员会",
    "监督员": "监督员",
    "驻社区单位": "驻社区单位",
    "社会组织": r"社会组织|社会团体|社会力量",
    "志愿者": "志愿者",
    "网格长": "网格长",
    "网格员": "网格员|网格人员",
    "联户长": "联户长",
    "楼栋长": "楼栋长",
    "单元长": "单元长",
    "不得": r"不得|不应|严禁|禁止",
    "必须": "必须",
    "处分": "处分",
    "罚款": "罚款",
}
DUTY = re.compile(
    r"应当|必须|不得|负责|履行|承担|坚持|制定|建立|实行|完善|加强|推进|推动|引导|鼓励|支持|给予|予以|纳入|执行|按照|可以|落实|采取|开展|适用|禁止|收取|责令"
)


@pytest.mark.parametrize(("article", "gloss"), EACH)
def test_a_gloss_names_no_number_and_no_body_that_its_article_does_not_name(article: Article, gloss: str) -> None:
    for number in re.findall(r"\d+|[一二三四五六七八九十百千万]+(?=[条级名户项次年月日元倍周岁]|平方米)", gloss):
        assert number in article.text, number
    for everyday, legal in BODIES.items():
        assert everyday not in gloss or re.search(legal, article.text), everyday
    for title in re.findall("《(.+?)》", gloss):
        assert title in article.text


@pytest.mark.parametrize(("article", "gloss"), EACH)
def test_a_gloss_lays_no_duty_where_its_article_has_none(article: Article, gloss: str) -> None:
    assert not re.search("[要须]|不得", gloss) or DUTY.search(article.text)


@pytest.mark.parametrize(("article", "gloss"), EACH)
def test_a_gloss_is_one_short_sentence_about_its_article(article: Article, gloss: str) -> None:
    assert re.fullmatch(r"[^。！？\n]{6,}。", gloss)
    assert len(gloss) <= LONGEST
    said = set(re.findall(r"[\u4e00-\u9fff]", gloss))
    assert len(said & set(article.text)) >= 0.6 * len(said), "hardly a word of it stands in the article"


def test_every_article_of_the_five_texts_that_may_be_quoted_has_its_own_gloss() -> None:
    quotable = {(law.id, one.number) for law in LIBRARY.documents.values() for one in law.articles if one.trusted}
    assert set(GLOSSES.by_article) == quotable
    for law in LIBRARY.documents:
        own = [gloss for (id, _), gloss in GLOSSES.by_article.items() if id == law]
        assert len(set(own)) == len(own)


def test_where_nobody_wrote_a_gloss_none_is_given(tmp_path: Path) -> None:
    quote = cite(LIBRARY, "tonghua", 18)
    assert GLOSSES.of(quote)
    assert Glosses.load(tmp_path / "none", LIBRARY).of(quote) == ""
    assert Glosses.load(FOLDER, Library({})).of(quote) == ""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("document: tonghua\narticles: {18: " + "长" * 61 + "}", "61 signs"),
        ("document: tonghua\narticles: {18: ''}", "0 signs"),
        ("document: tonghua\narticles: {99: 没有这一条。}", "no article 99"),
        ("document: tibet-business\narticles: {6: 残缺的一条。}", "no article 6"),
        ("document: tonghua", "articles"),
        ("articles: [", "while parsing"),
        ("- 一\n- 二", "list indices"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "one.yml").write_text(content, encoding="utf-8")
    with pytest.raises(BadGlossFile, match=f"one.yml: .*{problem}"):
        Glosses.load(tmp_path, LIBRARY)
