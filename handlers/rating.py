"""Rating a finished ticket (评价), by a button or in words."""

from __future__ import annotations

import re

from handlers.messages import Button
from handlers.own import do
from handlers.turn import Turn
from tickets import service
from tickets.models import Ticket

_STARS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
_RATING = re.compile(r"([1-5一二两三四五])\s*(?:颗|个)?[星分]")
# In this order: 不满意 before 满意.
_JUDGEMENTS = (
    (re.compile(r"差评|太差|很差|垃圾|糟糕|极差|非常不满|很不满|零分|0分"), 1),
    (re.compile(r"不(太|怎么|是很)?(满意|好|行)|失望|敷衍"), 2),
    (re.compile(r"一般|凑合|还行|马马虎虎|中评|还可以|勉强"), 3),
    (re.compile(r"满分|好评|满意|很好|真好|太好|不错|点赞|表扬|棒|给力|及时|赞|👍|谢谢你们"), 5),
)


def rate(turn: Turn, ticket: Ticket) -> None:
    stars = stars_in(turn.text) if turn.incoming.kind == "text" else None
    if stars:
        _give(turn, ticket.number, stars, turn.text)
        return
    buttons = [Button("★" * count, f"r:{count}:{ticket.number}") for count in range(5, 0, -1)]
    turn.reply("mine.how_many_stars", buttons, number=ticket.number)
    turn.state.open = f"stars:{ticket.number}"


def stars_in(text: str) -> int | None:
    """How many stars a sentence gives (五星, 4分, 差评, 挺满意), None where it gives none."""
    found = _RATING.search(text)
    if found:
        return _STARS[found.group(1)]
    return next((stars for pattern, stars in _JUDGEMENTS if pattern.search(text)), None)


def rate_in_words(turn: Turn, number: str) -> bool:
    """An answer in words to 给个星吧; False where it gives no stars."""
    text = turn.text.strip(" 。!！.")
    stars = _STARS.get(text) or stars_in(text)
    if stars is None or turn.says("ticket_reopen") or turn.says("report_issue", 0.7):
        return False
    _give(turn, number, stars, turn.text)
    return True


def _give(turn: Turn, number: str, rating: int, comment: str = "") -> None:
    do(
        turn,
        lambda: service.rate(turn.session, number, turn.resident, turn.now, rating=rating, comment=comment),
        "mine.rated",
    )


def pressed_rating(turn: Turn, stars: str, number: str) -> None:
    if stars in {"1", "2", "3", "4", "5"}:
        _give(turn, number, int(stars))
    else:
        turn.reply("flow.stale")
