"""Who is in charge here (找网格员): a tiny form with one question, the place."""

from __future__ import annotations

from collections.abc import Mapping

from handlers import flow
from handlers.flow import Flow, Slot
from handlers.reading import place_answer
from handlers.state import Draft
from handlers.turn import Turn
from tickets import grid, queries
from tickets.people import Role
from wording import say

_ROLES = {
    "网格长": Role.GRID_CHIEF,
    "楼栋长": Role.BUILDING_LEAD,
    "楼长": Role.BUILDING_LEAD,
    "单元长": Role.UNIT_LEAD,
    "联户长": Role.HOUSEHOLD_LEAD,
    "居委会": Role.COMMUNITY_STAFF,
    "社区工作者": Role.COMMUNITY_STAFF,
}


def find_grid_worker(turn: Turn) -> None:
    """Name who is in charge of the place that is named, or of the ticket last spoken of; else ask for the place."""
    said = turn.entity("role")
    role = _ROLES.get(said.value, Role.GRID_WORKER) if said else Role.GRID_WORKER
    area = _last_area(turn) if turn.entity("place") is None else None
    if area is not None:
        _tell(turn, area, role)
    else:
        flow.begin(turn, FLOW, _role=role.value)


def _last_area(turn: Turn) -> grid.Area | None:
    own = queries.tickets_of(turn.session, turn.incoming.channel, turn.incoming.conversation, limit=1)
    return own[0].area if own else None


def show(_turn: Turn, _draft: Draft) -> Mapping[str, str]:
    return {}


def finish(turn: Turn, draft: Draft) -> None:
    where = draft.slots.get("where")
    area = grid.find_area(turn.session, where) if where else None
    if area is None:
        turn.reply("people.area_unknown" if where else "people.no_area")
    else:
        _tell(turn, area, Role(draft.slots["_role"]))


def _tell(turn: Turn, area: grid.Area, role: Role) -> None:
    post = grid.post_of(turn.session, area, role, turn.now)
    title = say(f"tickets.role.{role}")
    if post is None and role != Role.GRID_WORKER:
        # The grid worker is there for all that nobody else is named for.
        turn.reply("people.no_such_post", area=grid.full_name(turn.session, area), title=title)
        title = say(f"tickets.role.{Role.GRID_WORKER}")
        post = grid.grid_worker_of(turn.session, area, turn.now)
    if post is None:
        turn.reply("people.no_grid_worker", area=grid.full_name(turn.session, area))
        return
    turn.reply(
        "people.in_charge_phone" if post.person.phone else "people.in_charge",
        area=grid.full_name(turn.session, area),
        where=grid.full_name(turn.session, post.area),
        title=title,
        name=post.person.name,
        phone=post.person.phone or "",
        demo=say("people.demo") if area.demo else "",
    )


FLOW = flow.register(
    Flow(
        name="people",
        slots=(Slot("where", place_answer, kinds=("place",), words=("地址", "小区", "楼号")),),
        show=show,
        finish=finish,
        confirmed=False,
    )
)
