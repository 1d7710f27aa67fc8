"""The areas (城市—区县—街道—社区—网格—楼栋—单元) as a tree, and who holds which post in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import JSON, ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tickets import places
from tickets.columns import text_enum
from tickets.database import Base
from tickets.errors import BadInput
from tickets.people import WORKERS, Person, Post, Role


class AreaKind(StrEnum):
    """From the widest to the narrowest; Chinese names at ``tickets.area_kind.<value>``."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"
    BUILDING = "building"
    UNIT = "unit"


_DEPTH = {kind: depth for depth, kind in enumerate(AreaKind)}


class Area(Base):
    """A place in the tree.

    Attributes:
        aliases: other names by which people know it: residential compounds, landmarks (示范菜市场).
        path: ids from the root down to itself, ``/1/4/9/``; everything inside an area begins with its path.
        demo: invented, to be shown as such.
    """

    __tablename__ = "area"
    __table_args__ = (Index(None, "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AreaKind] = mapped_column(text_enum(AreaKind))
    name: Mapped[str] = mapped_column(String(100))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    path: Mapped[str] = mapped_column(String(200))
    aliases: Mapped[list[str]] = mapped_column(JSON, default=list)
    demo: Mapped[bool] = mapped_column(default=False)

    parent: Mapped[Area | None] = relationship(remote_side=id)

    def ids_up(self) -> list[int]:
        """Ids from the root down to this area."""
        return [int(part) for part in self.path.split("/") if part]

    def is_within(self, area_id: int) -> bool:
        """Whether this area is that one or lies in it."""
        return f"/{area_id}/" in self.path


def add_area(
    session: Session,
    kind: AreaKind,
    name: str,
    parent: Area | None = None,
    *,
    aliases: Iterable[str] = (),
    demo: bool = False,
) -> Area:
    """Add an area under ``parent``.

    Raises:
        BadInput: ``area_wrong``: no name, or a kind that does not lie below the parent's.
    """
    if not name.strip() or (parent is not None and _DEPTH[kind] <= _DEPTH[parent.kind]):
        raise BadInput("area_wrong")
    area = Area(kind=kind, name=name.strip(), parent=parent, path="", aliases=list(aliases), demo=demo)
    session.add(area)
    session.flush()
    area.path = f"{parent.path if parent else '/'}{area.id}/"
    session.flush()
    return area


def ancestors(session: Session, area: Area) -> list[Area]:
    """The areas around ``area``, the widest first, without itself."""
    found = session.scalars(select(Area).where(Area.id.in_(area.ids_up()[:-1]))).all()
    return sorted(found, key=lambda one: len(one.path))


def around(session: Session, area: Area, kind: AreaKind) -> Area | None:
    """The area itself or the one around it that is of this kind (``AreaKind.GRID``: its grid)."""
    return next((one for one in [area, *ancestors(session, area)] if one.kind == kind), None)


def full_name(session: Session, area: Area, *, below: AreaKind = AreaKind.STREET) -> str:
    """Names from just below ``below`` down to the area: ``示范一社区第一网格 幸福里小区3号楼 2单元``."""
    chain = [one for one in [*ancestors(session, area), area] if _DEPTH[one.kind] > _DEPTH[below]] or [area]
    # 示范一社区 says nothing beside 示范一社区第一网格.
    told = [
        one.name
        for one, inner in zip(chain, [*chain[1:], None], strict=True)
        if inner is None or not inner.name.startswith(one.name)
    ]
    return " ".join(told)


def find_area(session: Session, said: str, *, within: Area | None = None) -> Area | None:
    """The deepest area that a said place names; None when it names none.

    Exact names and aliases come before names with one slip. Where equally good areas remain (two compounds of one
    name), their nearest common ancestor is returned: what is known for certain. Numbers alone (3号楼, 2单元) count only
    inside a place that was named, or inside ``within``.
    """
    text = places.normalise(said[:300])
    if not text:
        return within
    query = select(Area) if within is None else select(Area).where(Area.path.startswith(within.path))
    areas = session.scalars(query).all()
    named = [(area, _names(area)) for area in areas]
    absolute = [(area, names) for area, names in named if area is not within and not _is_relative(area)]
    best = _best(text, absolute, places.contains) or _best(text, absolute, places.contains_nearly)
    if best is None:
        best = within
    while best is not None:
        inside = [(a, n) for a, n in named if _is_relative(a) and a is not best and a.is_within(best.id)]
        # A unit counts below its building only: 2单元 of a whole compound could be anywhere.
        near = [(a, n) for a, n in inside if a.kind == AreaKind.BUILDING or a.parent_id == best.id]
        deeper = _best(text, near, places.contains)
        if deeper is None or deeper is best:
            break
        best = deeper
    return best


def grid_worker_of(session: Session, area: Area, now: datetime) -> Post | None:
    """The post of the grid worker (网格员) in charge of an area now, the nearest going up."""
    return post_of(session, area, Role.GRID_WORKER, now)


def post_of(session: Session, area: Area, role: Role, now: datetime) -> Post | None:
    """The post of this role nearest to the area, going up, held now; the longest-held where there are several."""
    posts = [post for post in _posts(session, now) if post.role == role and area.is_within(post.area_id)]
    return max(posts, key=lambda post: (len(post.area.path), -post.id), default=None)


def workers_for(session: Session, area: Area | None, now: datetime) -> list[Person]:
    """To whom a ticket of this area can be assigned: those who hold a working post in it or around it now."""
    posts = [
        post for post in _posts(session, now) if post.role in WORKERS and (area is None or area.is_within(post.area_id))
    ]
    posts.sort(key=lambda post: (-len(post.area.path), post.id))
    return list({post.person_id: post.person for post in posts}.values())


def load_demo(session: Session, path: Path, now: datetime) -> bool:
    """Fill the invented community from its YAML file, everything marked as demo.

    False, and nothing filled, where the store has areas already: the demo never mixes with a real community.
    """
    if session.scalar(select(Area.id).limit(1)) is not None:
        return False
    people: dict[str, Person] = {}

    def load(node: dict[str, Any], kind: AreaKind, parent: Area | None) -> None:
        area = add_area(session, kind, node["name"], parent, aliases=node.get("aliases", ()), demo=True)
        for post in node.get("posts", ()):
            person = people.setdefault(post["name"], Person(name=post["name"], phone=post["phone"], demo=True))
            person.posts.append(Post(role=Role(post["role"]), area=area, since=now))
            session.add(person)
        for unit in range(1, node.get("units", 0) + 1):
            add_area(session, AreaKind.UNIT, f"{unit}单元", area, demo=True)
        for building in node.get("buildings", ()):
            load(building, AreaKind.BUILDING, area)
        for child in node.get("areas", ()):
            load(child, AreaKind(child["kind"]), area)

    for root in yaml.safe_load(path.read_text(encoding="utf-8"))["areas"]:
        load(root, AreaKind(root["kind"]), None)
    session.flush()
    return True


def _posts(session: Session, now: datetime) -> Sequence[Post]:
    held = (Post.since <= now, or_(Post.until.is_(None), Post.until > now))
    return session.scalars(select(Post).where(*held).order_by(Post.id)).all()


def _names(area: Area) -> set[str]:
    return set[str]().union(*(places.forms(name) for name in [area.name, *area.aliases]))


def _is_relative(area: Area) -> bool:
    return area.name[:1].isdigit() or area.kind == AreaKind.UNIT


def _best(text: str, named: list[tuple[Area, set[str]]], matches: Callable[[str, str], bool]) -> Area | None:
    """The deepest area with a matching name, of these the one with the longest; the common ancestor of equals."""
    found: dict[tuple[int, int], list[Area]] = {}
    for area, names in named:
        lengths = [len(name) for name in names if matches(text, name)]
        if lengths:
            found.setdefault((_DEPTH[area.kind], max(lengths)), []).append(area)
    if not found:
        return None
    best = found[max(found)]
    shared = set(best[0].ids_up()).intersection(*(area.ids_up() for area in best))
    common: Area | None = best[0]
    while common is not None and common.id not in shared:
        common = common.parent
    return common
