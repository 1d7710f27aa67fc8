"""Areas, said places, posts, and the demo community, on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tickets import grid
from tickets.database import Database
from tickets.errors import BadInput
from tickets.grid import Area, AreaKind
from tickets.people import Person, Role

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
DEMO = Path(__file__).parents[2] / "knowledge" / "grid-demo.yml"


@pytest.fixture
def demo(store: Database) -> Database:
    with store.begin() as session:
        assert grid.load_demo(session, DEMO, NOW)
    return store


def test_the_demo_community_is_marked_and_invented_and_loaded_once(demo: Database) -> None:
    with demo.begin() as session:
        assert not grid.load_demo(session, DEMO, NOW)
        areas = session.scalars(select(Area)).all()
        people = session.scalars(select(Person)).all()
    assert all(area.demo for area in areas)
    assert all(person.demo for person in people)
    kinds = [area.kind for area in areas]
    assert (kinds.count(AreaKind.COMMUNITY), kinds.count(AreaKind.GRID)) == (2, 4)
    assert kinds.count(AreaKind.BUILDING) >= 10
    assert all(person.name.startswith("示范") and (person.phone or "").startswith("000") for person in people)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("幸福里3号楼2单元", "示范一社区第一网格 幸福里小区3号楼 2单元"),
        ("幸福里小区三号楼二单元502", "示范一社区第一网格 幸福里小区3号楼 2单元"),
        ("我家在幸福里３栋，路灯不亮", "示范一社区第一网格 幸福里小区3号楼"),
        ("幸福里3-2-501", "示范一社区第一网格 幸福里小区3号楼 2单元"),
        ("兴福里3号楼", "示范一社区第一网格 幸福里小区3号楼"),
        ("和谐苑12号楼", "示范二社区第一网格 和谐苑小区12号楼"),
        ("和谐苑2号楼", "示范二社区第一网格 和谐苑小区2号楼"),
        ("和谐苑9号楼", "示范二社区第一网格"),
        ("幸福里3号楼9单元", "示范一社区第一网格 幸福里小区3号楼"),
        ("示范菜市场门口", "示范一社区第一网格"),
        ("示范养老院", "示范二社区第二网格"),
        ("示范社区", "示范一社区"),
        ("示范街道", "示范街道"),
        ("示范市示范区示范街道示范二社区", "示范二社区"),
    ],
)
def test_a_said_place_is_found(demo: Database, said: str, meant: str) -> None:
    with demo.read() as session:
        area = grid.find_area(session, said)
        assert area is not None
        assert grid.full_name(session, area) == meant


@pytest.mark.parametrize(
    "said", ["", "   ", "3号楼", "2单元", "幸福路", "别的小区", "，。！", "长" * 5000, "'; DROP TABLE area;--"]
)
def test_what_names_no_place_finds_none(demo: Database, said: str) -> None:
    with demo.read() as session:
        assert grid.find_area(session, said) is None


def test_a_number_alone_counts_inside_a_place_that_is_known(store: Database) -> None:
    with store.begin() as session:
        compound = grid.add_area(session, AreaKind.GRID, "第一网格", aliases=["翠湖小区"])
        house = grid.add_area(session, AreaKind.BUILDING, "3号楼", compound)
        unit = grid.add_area(session, AreaKind.UNIT, "2单元", house)
        assert grid.find_area(session, "翠湖三栋") is house
        assert grid.find_area(session, "3号楼2单元", within=compound) is unit
        assert grid.find_area(session, "二单元", within=house) is unit
        assert grid.find_area(session, "二单元", within=compound) is compound
        assert grid.find_area(session, "三号楼") is None


def test_of_two_places_of_one_name_only_what_is_certain_is_returned(store: Database) -> None:
    with store.begin() as session:
        street = grid.add_area(session, AreaKind.STREET, "示范街道")
        for name in ("一", "二"):
            community = grid.add_area(session, AreaKind.COMMUNITY, f"示范{name}社区", street)
            grid.add_area(session, AreaKind.GRID, f"{name}网格", community, aliases=["阳光小区"])
        assert grid.find_area(session, "阳光小区") is street


def test_areas_know_what_lies_around_them(demo: Database) -> None:
    with demo.read() as session:
        unit = grid.find_area(session, "幸福里3号楼2单元")
        assert unit is not None
        around = grid.ancestors(session, unit)
        assert [area.kind for area in around] == list(AreaKind)[:-1]
        assert grid.around(session, unit, AreaKind.GRID) is around[4]
        assert grid.around(session, around[0], AreaKind.GRID) is None
        assert unit.is_within(around[2].id)
        assert not around[2].is_within(unit.id)


@pytest.mark.parametrize(("kind", "name"), [(AreaKind.CITY, "x"), (AreaKind.GRID, "x"), (AreaKind.BUILDING, " ")])
def test_an_area_that_fits_nowhere_is_refused(store: Database, kind: AreaKind, name: str) -> None:
    with pytest.raises(BadInput), store.begin() as session:
        grid.add_area(session, kind, name, grid.add_area(session, AreaKind.GRID, "第一网格"))


def test_the_grid_worker_of_a_flat_is_the_one_of_its_grid(demo: Database) -> None:
    with demo.read() as session:
        unit = grid.find_area(session, "幸福里3号楼2单元")
        assert unit is not None
        post = grid.grid_worker_of(session, unit, NOW)
        assert post is not None
        assert (post.person.name, post.area.kind) == ("示范网格员甲", AreaKind.GRID)
        city = grid.ancestors(session, unit)[0]
        assert grid.grid_worker_of(session, city, NOW) is None


def test_a_post_counts_from_its_beginning_to_its_end(demo: Database) -> None:
    with demo.begin() as session:
        area = grid.find_area(session, "幸福里小区")
        assert area is not None
        post = grid.grid_worker_of(session, area, NOW)
        assert post is not None
        post.until = NOW + timedelta(days=1)
        assert grid.grid_worker_of(session, area, NOW - timedelta(seconds=1)) is None
        assert grid.grid_worker_of(session, area, NOW + timedelta(days=1)) is None
        assert grid.grid_worker_of(session, area, NOW + timedelta(hours=23)) is post


def test_a_ticket_can_go_to_the_nearest_first_and_up_to_the_city(demo: Database) -> None:
    with demo.read() as session:
        area = grid.find_area(session, "幸福里小区")
        names = [person.name for person in grid.workers_for(session, area, NOW)]
        everybody = grid.workers_for(session, None, NOW)
    assert names[0] == "示范网格员甲"
    assert names[-1] == "示范市级人员甲"
    assert "示范网格员乙" not in names
    assert len(everybody) > len(names)
    assert post_names(demo, Role.BUILDING_LEAD) == ["示范楼栋长甲"]


def post_names(store: Database, role: Role) -> list[str]:
    with store.read() as session:
        area = grid.find_area(session, "幸福里3号楼2单元")
        assert area is not None
        post = grid.post_of(session, area, role, NOW)
        return [post.person.name] if post else []
