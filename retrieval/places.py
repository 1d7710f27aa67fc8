"""Which places stand above which, and which places a question names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_PEOPLES = re.compile(r"(壮族|回族|维吾尔|藏族|蒙古族|朝鲜族|彝族|苗族|土家族|哈萨克|布依族|侗族)")
_RANK = re.compile(r"(自治区|自治州|特别行政区|省|市|地区|盟)$")


def short_name(place: str) -> str:
    """``太原市`` → ``太原``, ``西藏自治区`` → ``西藏``; a name that would be left with one sign stays whole."""
    short = _PEOPLES.sub("", _RANK.sub("", place))
    return short if len(short) > 1 else place


class Places:
    """The places that have ordinances and the places below them.

    Args:
        jurisdictions: every place that has an ordinance.
        below: for a higher place, the places that lie in it (``{"西藏自治区": ["拉萨市", …]}``).
    """

    def __init__(self, jurisdictions: Iterable[str], below: Mapping[str, Iterable[str]]) -> None:
        self.jurisdictions = tuple(dict.fromkeys(jurisdictions))
        self._above = {lower: upper for upper, lowers in below.items() for lower in lowers}
        known = dict.fromkeys([*self.jurisdictions, *below, *self._above])
        # Longest first, so that 通化县 is not taken for 通化.
        names = {name: place for place in known for name in (place, short_name(place))}
        self._names = sorted(names.items(), key=lambda pair: -len(pair[0]))

    def resolve(self, place: str) -> str:
        """The known place that a resident's place is or lies in (通化市东昌区 → 通化市, 太原 → 太原市)."""
        place = re.sub(r"\s", "", place)
        named = [known for name, known in self._names if name in place]
        # 吉林省通化市东昌区: the lowest level that is known says most.
        return max(named, key=self._depth, default=place)

    def _depth(self, place: str) -> int:
        """How many known levels stand above a place."""
        depth = 0
        while place in self._above:
            place, depth = self._above[place], depth + 1
        return depth

    def chain(self, place: str) -> tuple[str, ...]:
        """The place itself, then what stands above it, nearest first."""
        levels = [self.resolve(place)]
        while levels[-1] in self._above and self._above[levels[-1]] not in levels:
            levels.append(self._above[levels[-1]])
        return tuple(levels)

    def named(self, text: str) -> tuple[str, ...]:
        """The places whose law ``text`` asks for, each as its nearest level with an ordinance."""
        found: dict[str, None] = {}
        for name, place in self._names:
            if name in text:
                text = text.replace(name, " ")
                level = next((level for level in self.chain(place) if level in self.jurisdictions), None)
                if level:
                    found[level] = None
        return tuple(found)

    def without_names(self, text: str) -> str:
        """``text`` with the names of places taken out: they say where to look, not what for."""
        for name, _ in self._names:
            text = text.replace(name, "")
        return text
