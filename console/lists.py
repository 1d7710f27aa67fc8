"""The list of tickets with its filters, and the list of volunteers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from console import auth
from console.desk import Desk
from console.rendering import page
from console.steps import whole_number
from tickets import queries
from tickets.models import OPEN, Status, Urgency
from tickets.people import OFFICE
from tickets.queries import Filters
from tickets.texts import clean
from tickets.workflow import Actor
from volunteers import service as volunteers
from volunteers.models import Volunteer
from wording import say

PAGE = 30
VOLUNTEERS_SHOWN = 200
OPEN_ONES = "open"

Parameter = Annotated[str, Query()]
TABS: dict[str, dict[str, str]] = {
    "all": {},
    "new": {"status": Status.SUBMITTED},
    "open": {"status": OPEN_ONES},
    "overdue": {"overdue": "1"},
    "mine": {"mine": "1"},
}
_DONE = {"password": "console.password.done", "handed_over": "console.done.handed_over"}


@dataclass(frozen=True)
class Wanted:
    """The list as its address asks for it; what an address has wrong counts as not said."""

    status: str = ""
    category: str = ""
    urgency: str = ""
    overdue: str = ""
    mine: str = ""
    q: str = ""
    before: str = ""

    def parameters(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value}

    def filters(self, actor: Actor, now: datetime) -> Filters:
        """The same in the terms of the store."""
        statuses = OPEN if self.status == OPEN_ONES else frozenset(s for s in Status if s == self.status)
        return Filters(
            statuses=frozenset(statuses),
            category=self.category or None,
            urgency=next((urgency for urgency in Urgency if urgency == self.urgency), None),
            # Without a person behind the actor "mine" is nobody's: no row has the id 0.
            assignee_id=(actor.person_id or 0) if self.mine else None,
            overdue_at=now if self.overdue else None,
            text=self.q,
            before=whole_number(self.before),
            limit=PAGE + 1,
        )


def address(parameters: Mapping[str, str]) -> str:
    return f"{auth.HOME}?{urlencode(parameters)}" if parameters else auth.HOME


def add(router: APIRouter, desk: Desk) -> None:
    """Add the pages to the router."""

    @router.get("")
    @router.get("/")
    def first_page() -> Response:
        return RedirectResponse(auth.HOME, 303)

    @router.get("/tickets")
    def ticket_list(
        request: Request,
        status: Parameter = "",
        category: Parameter = "",
        urgency: Parameter = "",
        overdue: Parameter = "",
        mine: Parameter = "",
        q: Parameter = "",
        before: Parameter = "",
        done: Parameter = "",
    ) -> Response:
        now = desk.clock.now()
        visitor = auth.visitor(request, desk.database, now)
        actor = visitor.actor
        known = any(category in group for group in desk.matters.values())
        wanted = Wanted(
            status, category if known else "", urgency, overdue and "1", mine and "1", clean(q[:100], 100), before
        )
        with desk.database.read() as session:
            rows = queries.listing(session, wanted.filters(actor, now), actor)
            total = queries.count(session, wanted.filters(actor, now), actor)
            counts = {tab: _count(session, Wanted(**asked), actor, now) for tab, asked in TABS.items()}
            emergencies = _count(session, Wanted(status=OPEN_ONES, urgency=Urgency.EMERGENCY), actor, now)
        shown = rows[:PAGE]
        older = replace(wanted, before=str(shown[-1].id)).parameters() if len(rows) > PAGE else None
        plain = replace(wanted, before="").parameters()
        return page(
            "tickets.html",
            visitor=visitor,
            desk=desk,
            now=now,
            rows=shown,
            total=total,
            wanted=wanted,
            is_overdue=queries.is_overdue,
            statuses=list(Status),
            urgencies=list(Urgency),
            tabs=[(tab, address(asked), counts[tab], asked == plain) for tab, asked in TABS.items()],
            older=address(older) if older else "",
            newest=address(plain) if wanted.before else "",
            filtered=bool(plain),
            narrowed=bool(plain.keys() - {"q"}),
            emergencies=emergencies,
            # An address cannot put words of its own on the page.
            done=say(_DONE[done]) if done in _DONE else "",
            emergency_address=address({"status": OPEN_ONES, "urgency": Urgency.EMERGENCY}),
        )

    @router.get("/volunteers")
    def volunteer_list(request: Request) -> Response:
        visitor = auth.visitor(request, desk.database, desk.clock.now())
        with desk.database.read() as session:
            rows = [one for one in volunteers.listing(session) if _in_area(one, visitor.actor)]
        return page("volunteers.html", visitor=visitor, rows=rows[:VOLUNTEERS_SHOWN], total=len(rows))


def _count(session: Session, wanted: Wanted, actor: Actor, now: datetime) -> int:
    return queries.count(session, wanted.filters(actor, now), actor)


def _in_area(volunteer: Volunteer, actor: Actor) -> bool:
    """The rule of ``workflow.check_sees``: one's own area, and for the offices those whose place is not known."""
    if actor.area_id is None:
        return True
    return actor.role in OFFICE if volunteer.area is None else volunteer.area.is_within(actor.area_id)
