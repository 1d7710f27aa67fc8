"""What a person says goes away when she asks for it: over HTTP, with the real understanding model and a real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import MakeApp

from tests.conversations.house import House, Person
from tickets import queries
from wording import say

pytestmark = pytest.mark.model
NAME, PHONE = "王秀英", "13900001111"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "house"


@pytest.fixture
def house(home: Path, make_app: MakeApp) -> Iterator[House]:
    house = House(home, make_app)
    yield house
    house.close()


def found(home: Path, word: str) -> list[str]:
    """The files of the house that hold a word."""
    return [file.name for file in home.rglob("*") if file.is_file() and word.encode() in file.read_bytes()]


def tell_everything(person: Person) -> None:
    person.say(f"幸福里3号楼路灯坏了三天，我叫{NAME}，电话{PHONE}")
    person.say("好")
    person.say(f"我想报名志愿者，我叫{NAME}，电话{PHONE}，周末有空，打扫卫生，住幸福里")
    person.say("对")
    person.say(f"门禁又坏了，电话{PHONE}")


def test_deleting_is_complete_in_the_files(house: House, home: Path) -> None:
    person = Person(house)
    tell_everything(person)
    number = person.tickets()[0]["number"]
    assert found(home, NAME)
    assert found(home, PHONE)
    person.say("把我的信息都删了")
    replies = person.press("全部删除")
    assert say("privacy.erased_tickets", count=1) in replies[-1]["text"]
    assert found(home, NAME) == []
    assert found(home, PHONE) == []
    assert person.tickets() == []
    assert person.volunteers() == []
    with house.database.read() as session:
        ticket = queries.get(session, number)
        assert ticket.status == "submitted"
        assert ticket.events[-1].action == "erase_identity"
    house.restart()
    assert number not in person.say("我的单子办到哪了")[0]["text"]
    assert found(home, NAME) == []


def test_deleting_leaves_everybody_else_alone(house: House) -> None:
    hers, his = Person(house), Person(house)
    tell_everything(hers)
    tell_everything(his)
    hers.say("删除我的个人信息")
    hers.say("删吧")
    assert his.tickets()[0]["reporter"] == {"name": NAME, "phone": PHONE}
    assert PHONE in "".join(reply["text"] for reply in his.say("导出我的信息"))


def test_nothing_is_deleted_without_a_yes(house: House) -> None:
    person = Person(house)
    tell_everything(person)
    person.say("把我的信息都删了")
    person.say("先不删了")
    assert person.tickets()[0]["reporter"] == {"name": NAME, "phone": PHONE}
    assert person.volunteers()


def test_an_old_button_deletes_nothing(house: House) -> None:
    person = Person(house)
    tell_everything(person)
    person.say("把我的信息都删了")
    person.press("先不删")
    person.press("全部删除")
    assert person.tickets()[0]["reporter"] == {"name": NAME, "phone": PHONE}


def test_all_that_is_stored_is_handed_out(house: House) -> None:
    person = Person(house, "通化市")
    tell_everything(person)
    person.staff("accept")
    said = "\n".join(reply["text"] for reply in person.say("把存着我的所有信息导出来给我"))
    for part in (
        NAME,
        PHONE,
        "幸福里3号楼路灯坏了三天",
        "受理",
        "打扫卫生",
        "门禁又坏了",
        "通化市",
        person.tickets()[0]["number"],
    ):
        assert part in said


def test_a_long_export_comes_in_several_messages(house: House) -> None:
    person = Person(house)
    for day in range(9):
        person.say(f"幸福里{day + 1}号楼路灯坏了三天，{'一直没有人来修，晚上黑得看不见路。' * 20}电话{PHONE}")
        person.say("好")
    replies = person.say("导出我的全部信息")
    assert len(replies) > 1
    assert all(len(reply["text"]) < 3000 for reply in replies)
    assert all(ticket["number"] in "".join(reply["text"] for reply in replies) for ticket in person.tickets())
