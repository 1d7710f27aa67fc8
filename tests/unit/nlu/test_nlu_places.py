"""Which words are a place and where it ends, as docs/intents.md defines it."""

from __future__ import annotations

import itertools
import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu import places as training
from nlu.components.find import find_entities
from nlu.components.places import WEIGHTS
from nlu.components.tagging import LABELS, Tagger, features_of, labels_of, spans_of
from nlu.variants import renamed

PLACES = [
    ("我在大连", ["大连"]),
    ("幸福里", ["幸福里"]),
    ("3栋2单元", ["3栋2单元"]),
    ("5号楼门口堆着垃圾", ["5号楼门口"]),
    ("迎泽大街和并州路交叉口井盖没了", ["迎泽大街和并州路交叉口"]),
    ("建设路18号下水道堵了", ["建设路18号"]),
    ("老供销社门口有个坑", ["老供销社门口"]),
    ("幼儿园旁边有人烧垃圾", ["幼儿园旁边"]),
    ("菜市场东门污水横流", ["菜市场东门"]),
    ("咱楼下那个小广场天天跳到十点", ["小广场"]),
    ("幸福里小区门禁坏了，锦绣花园也坏了", ["幸福里小区", "锦绣花园"]),
    ("翠湖天地6栋1单元漏水", ["翠湖天地6栋1单元"]),
    ("3号楼和4号楼中间堆着沙子", ["3号楼和4号楼中间"]),
]
NO_PLACE = [
    "楼上漏水漏到我家了", "隔壁装修吵死了", "那边有人打架", "这个地方老是积水", "楼道里堆满杂物", "门口有只死老鼠", "我妈在家摔倒了", "找一下高楼长",
    "社区能不能开证明", "派出所不管这事", "停车费一小时多少钱", "心里难受", "三天没水",
]  # fmt: skip


def found(text: str) -> list[str]:
    return [span.value for span in find_entities(text) if span.kind == "place"]


@pytest.mark.parametrize(("text", "places"), PLACES)
def test_a_place_begins_and_ends_where_the_definition_says(text: str, places: list[str]) -> None:
    assert found(text) == places


@pytest.mark.parametrize("text", NO_PLACE)
def test_relative_words_and_sayings_are_no_places(text: str) -> None:
    assert found(text) == []


def test_the_weights_were_made_from_the_sentences_that_are_here() -> None:
    made_from = json.loads(WEIGHTS.read_text(encoding="utf-8"))["marked"]
    assert made_from == training.digest(), "nlu/.venv/bin/python -m nlu.places"


def test_every_marked_sentence_can_be_read() -> None:
    sentences = training.read()
    assert len(sentences) >= 800
    assert sum(len(one.spans) for one in sentences) >= 800
    assert all(0 <= start < end <= len(one.text) for one in sentences for start, end in one.spans)


def test_brackets_mark_a_place() -> None:
    sentence = training.parse("我住[幸福里３栋]，[东门]")
    assert [sentence.text[start:end] for start, end in sentence.spans] == ["幸福里3栋", "东门"]


@pytest.mark.parametrize("line", ["[幸福里停水", "幸福里]停水", "[[幸福里]]", "[里]停水"])
def test_brackets_that_do_not_match_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"brackets|two characters"):
        training.parse(line)


@given(st.lists(st.integers(2, 5), max_size=4), st.integers(1, 3))
def test_labels_lead_back_to_the_places_they_came_from(lengths: list[int], gap: int) -> None:
    spans, at = [], 0
    for length in lengths:
        spans.append((at + gap, at + gap + length))
        at += gap + length
    assert spans_of(labels_of(at, spans)) == spans


@given(st.text("幸福里3号楼门口的", max_size=5), st.integers(0, 1000))
def test_the_best_path_is_the_best_of_all_paths(text: str, seed: int) -> None:
    chance = Random(seed)
    rows = features_of(text)
    names = sorted({name for row in rows for name in row})
    weights = {name: tuple(chance.uniform(-1, 1) for _ in LABELS) for name in names}
    steps = tuple(tuple(chance.uniform(-1, 1) for _ in LABELS) for _ in LABELS)
    tagger = Tagger(weights, steps)

    def score(path: tuple[int, ...]) -> float:
        emitted = sum(weights[name][label] for row, label in zip(rows, path, strict=True) for name in row)
        return emitted + sum(steps[one][other] for one, other in itertools.pairwise(path))

    best = max(itertools.product(range(len(LABELS)), repeat=len(text)), key=score, default=())
    assert score(tuple(tagger.labels(rows))) == pytest.approx(score(best))


def test_a_renamed_place_is_of_the_same_kind() -> None:
    chance = Random(1)
    assert renamed("12号楼3单元", chance).endswith("单元")
    assert renamed("建设路18号", chance).endswith("号")
    assert renamed("菜市场门口", chance).endswith("门口")
    assert renamed("楼上", chance) == "楼上"
