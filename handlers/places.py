"""Said places: a correction of a part goes into the whole (不是二单元是三单元)."""

from __future__ import annotations

import re
from collections.abc import Collection

_NUMBER = r"[0-9０-９零〇一二两三四五六七八九十百]+"
_PARTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NUMBER}\s*号院",
        rf"{_NUMBER}\s*(?:号楼|栋楼|栋|幢|座)",
        rf"{_NUMBER}\s*单元",
        rf"{_NUMBER}\s*(?:层|楼)(?!道|下|上|门|梯)",
        rf"{_NUMBER}\s*(?:室|号房|户)",
    )
)


def merge_place(old: str, new: str, denied: Collection[str] = ()) -> str:
    """``old`` with the parts that ``new`` names replaced; ``new`` alone where it names more than parts.

    ``merge_place("幸福里小区3号楼2单元", "三单元")`` → ``幸福里小区3号楼三单元``.

    Args:
        denied: what the person says is wrong; where it is a bare name (不是幸福里是和谐苑), the house stays as it was.
    """
    for name in denied:
        if name in old and name != old and not re.search(_NUMBER, name + new):
            return old.replace(name, new)
    room = re.fullmatch(r"\d{3,4}", new.strip())
    if room:
        # 302 alone is a room.
        return (
            re.sub(r"(?<!\d)\d{3,4}(?=室|号房|户|$)", room.group(), old)
            if re.search(r"\d{3,4}(室|号房|户)?$", old)
            else old + room.group()
        )
    rest = new
    for part in _PARTS:
        rest = part.sub("", rest)
    if rest.strip("的 ,，"):
        return new
    merged = old
    for part in _PARTS:
        said = part.search(new)
        if said is None:
            continue
        merged = part.sub(said.group(), merged, count=1) if part.search(merged) else merged + said.group()
    return merged
