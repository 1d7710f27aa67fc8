"""A linear-chain conditional random field over characters: features of each character, and the best path through them.

Trained with CRFsuite (``python -m nlu.places``), read here with nothing but the standard library: the weights are a small
JSON file that is the same in both environments.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nlu.components.place_rules import places_by_rule
from nlu.components.sites import SITES, THINGS
from nlu.components.spans import Span
from nlu.components.towns import TOWNS

LABELS = ("O", "B", "I", "E")  # outside, and begin, inside, end of a place; a place has two characters at least
_BORDER = "¦"

# Kinds of characters that matter for where a place begins and ends.
_KINDS = {
    "d": "0123456789",
    "n": "零一二三四五六七八九十百两",
    "u": "号栋楼单元室层幢座排期区门户#-组队院弄甲乙丙丁",
    "s": "里园苑村庄庭城路街巷道桥镇乡县市省湾府郡邸屯坊厂店馆场站所院校社库河湖沟渠塔",
    "w": "东南西北中前后左右旁边口侧角头对面下底外顶间尾",
    "p": " ,。!?;:、.~…()\"'/",
}
_KIND = {mark: kind for kind, marks in _KINDS.items() for mark in marks}
# Families of words whose beginning, inside and end are features.
_WORDS = {
    "side": re.compile(
        r"斜?对面|对过|旁边|边上|跟前|附近|周边|后面|后边|后头|后身|背后|前面|前边|前头|楼下|楼后|楼前|楼顶|底下|下面|外面|外头|中间|之间|[东南西北][侧边面头]|[东西]?[南北]角|"
        r"尽头|一带|沿线|[东南西北中前后]段|交叉口|交汇处|岔路?口|路口|街口|巷口|[东南西北正后侧]{1,2}门|大?门口|门前|出入口|出口|入口|拐角|十字|丁字"
    ),
    "site": re.compile("|".join(sorted(SITES, key=len, reverse=True))),
    "thing": re.compile("|".join(sorted(THINGS, key=len, reverse=True))),
    "kind": re.compile(
        r"小区|花园|家园|公寓|新村|新城|名[苑城]|[嘉佳雅]苑|家属[院楼区]|宿舍|大厦|大楼|胡同|大街|大道|社区|街道|庭院|国际|半岛|[一二三四五六七八九十]中|"
        r"[店厂馆院校站所场室楼街路村镇]"
    ),
    "vague": re.compile(
        r"楼上|楼下|楼道|隔壁|对门|门口|我家|家里|屋里|院里|这里|那里|这边|那边|这儿|那儿|地方|附近|旁边|外面|这条|那条|这片|那片|整栋|每栋|哪[栋个条里]|几号"
    ),
    "ours": re.compile(r"我们|咱们?|俺们?|你们|他们|这个|那个|一个|有个|某个|哪个|整个|自己|本"),
    "verb": re.compile(
        r"住在?|在|到|去|从|位于|路过|走到|来到|经过|地址|位置|地点|改成|应该是|不是|就是|归|属于|是|往|离|陪我|约|办"
    ),
    "matter": re.compile(
        r"没有?[水电气暖灯人]|停[水电气车]|漏水|坏了|堵了|电梯|路灯|井盖|垃圾|灯|门禁|暖气|物业|网格[员长]|楼[栋洞]?长|单元长|业委会|居委会|保安|邻居|下水|管道|消防|车位|噪音|着火|有人|老人|孩子|业主|住户|居民"
    ),
    "town": re.compile("|".join(sorted(TOWNS, key=len, reverse=True))),
}


def _marks(length: int, spans: Iterable[tuple[int, int, str]]) -> list[str]:
    """For each character which span it stands in and where (B, I, E), empty outside; the first span that came stays."""
    marks = [""] * length
    for start, end, name in spans:
        if any(marks[start:end]):
            continue
        for at in range(start, end):
            marks[at] = f"{name}:{'B' if at == start else 'E' if at == end - 1 else 'I'}"
    return marks


def _around(text: str, families: dict[str, list[str]]) -> list[list[str]]:
    """What stands before and after the site, thing or town that a character is in: a whole word has one fate."""
    found: list[list[str]] = [[] for _ in text]
    padded = f"{_BORDER * 2}{text}{_BORDER * 2}"
    for name in ("site", "thing", "town"):
        for match in _WORDS[name].finditer(text):
            start, end = match.span()
            told = [
                f"{name}<{padded[start + 1]}",
                f"{name}<<{padded[start : start + 2]}",
                f"{name}>{padded[end + 2]}",
                f"{name}>>{padded[end + 2 : end + 4]}",
            ]
            for beside, at in (("<", start - 1), (">", end)):
                if 0 <= at < len(text):
                    told += [f"{name}{beside}{other}" for other, marks in families.items() if marks[at]]
            if name != "town":
                told.append(f"{name}={match.group()}")
            for at in range(start, end):
                place = "B" if at == start else "E" if at == end - 1 else "I"
                found[at] += [f"{place}{one}" for one in told]
    return found


def features_of(text: str, others: Sequence[Span] = ()) -> list[list[str]]:
    """Names of the features of each character of a normalised text.

    Args:
        others: what else was found in it (phones, times, names …): a date is no house number.
    """
    length = len(text)
    rules = _marks(length, ((span.start, span.end, f"r{span.confidence:g}") for span in places_by_rule(text)))
    other = _marks(length, ((span.start, span.end, span.kind[:2]) for span in others))
    families = {
        name: _marks(length, ((match.start(), match.end(), "") for match in pattern.finditer(text)))
        for name, pattern in _WORDS.items()
    }
    around = _around(text, families)
    padded = f"{_BORDER * 4}{text}{_BORDER * 4}"
    kinds = "".join(_KIND.get(mark, "h" if "一" <= mark <= "鿿" else "a" if mark.isalpha() else "x") for mark in text)
    kinds = f"{_BORDER * 4}{kinds}{_BORDER * 4}"
    rows: list[list[str]] = []
    for at in range(length):
        near, kind = padded[at : at + 9], kinds[at : at + 9]
        row = [f"c{step}={near[4 + step]}" for step in range(-3, 4)]
        row += [f"b{step}={near[4 + step : 6 + step]}" for step in range(-3, 3)]
        row += [f"t{step}={near[4 + step : 7 + step]}" for step in (-3, -2, -1, 0, 1)]
        row += [f"k={kind[2:7]}", f"k3={kind[3:6]}", f"kb={kind[1:5]}", f"ka={kind[4:8]}", f"k0={kind[4]}"]
        for step in (-1, 0, 1):
            beside = at + step
            rule = rules[beside] if 0 <= beside < length else _BORDER
            row.append(f"rule{step}={rule}")
            if step == 0:
                row.append(f"rule={rule[-1:]}")
            if 0 <= beside < length and other[beside]:
                row.append(f"other{step}={other[beside]}")
            for name, marks in families.items():
                if 0 <= beside < length and marks[beside]:
                    row.append(f"{name}{step}{marks[beside]}")
        row += around[at]
        row.append(
            f"rules={rules[at - 1][-1:] if at else ''}{rules[at][-1:]}{rules[at + 1][-1:] if at + 1 < length else ''}"
        )
        rows.append(row)
    return rows


@dataclass(frozen=True)
class Tagger:
    """Trained weights. ``spans`` is all that is asked of it.

    Attributes:
        weights: feature → one weight for each of ``LABELS``.
        steps: ``steps[before][after]`` is the weight of one label following another.
    """

    weights: dict[str, tuple[float, ...]]
    steps: tuple[tuple[float, ...], ...]

    @classmethod
    def load(cls, file: Path) -> "Tagger":
        """Read what ``nlu.places`` wrote.

        Raises:
            OSError, ValueError: the file is missing or damaged; it is part of the repository.
        """
        data = json.loads(file.read_text(encoding="utf-8"))
        weights = {name: tuple(values) for name, values in data["weights"].items()}
        return cls(weights, tuple(tuple(row) for row in data["steps"]))

    def labels(self, rows: Sequence[Sequence[str]]) -> list[int]:
        """The likeliest sequence of labels (Viterbi), as positions in ``LABELS``."""
        if not rows:
            return []
        every = range(len(LABELS))
        best: list[float] = []
        back: list[list[int]] = []
        for row in rows:
            here = [0.0] * len(LABELS)
            for name in row:
                for label, weight in enumerate(self.weights.get(name, ())):
                    here[label] += weight
            if not best:
                best = here
                continue
            came = [max(every, key=lambda before: best[before] + self.steps[before][after]) for after in every]
            best = [best[came[after]] + self.steps[came[after]][after] + here[after] for after in every]
            back.append(came)
        path = [max(every, key=lambda label: best[label])]
        for came in reversed(back):
            path.append(came[path[-1]])
        return path[::-1]

    def spans(self, text: str, others: Sequence[Span] = ()) -> list[tuple[int, int]]:
        """Places in a normalised text, in order."""
        return spans_of([LABELS[label] for label in self.labels(features_of(text, others))])


def labels_of(length: int, spans: Iterable[tuple[int, int]]) -> list[str]:
    """The labels of a text of ``length`` characters with places at ``spans``."""
    labels = ["O"] * length
    for start, end in spans:
        labels[start:end] = ["B", *["I"] * (end - start - 2), "E"]
    return labels


def spans_of(labels: Sequence[str]) -> list[tuple[int, int]]:
    """Where places stand; a sequence that does not end as it should is no place."""
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for at, label in enumerate(labels):
        if label == "B":
            start = at
        elif label == "E" and start is not None:
            spans.append((start, at + 1))
            start = None
        elif label == "O":
            start = None
    return spans
