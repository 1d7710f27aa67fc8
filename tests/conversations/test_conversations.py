"""Scripted conversations, through HTTP, the real understanding model and a real store.

A script in ``*.yml`` is a list of turns. What a person does: ``say``, ``press`` (a button by its label), ``payload`` (of a
button she never saw), ``location``, ``again`` (her last message is delivered twice), ``wait`` (hours), ``restart`` (of the
application), ``staff`` (what the office does with her newest ticket). What she notices: ``reply`` and ``not`` (in what is
said), ``asks`` (``form.slot``, ``form.confirm``, ``form.change``), ``buttons``, ``cites`` (document and article), ``ticket``
(a card is shown). What becomes of it: ``filed`` (the fields of the one new ticket), ``now`` (fields of her newest ticket),
``volunteers``. Nothing may be filed where ``filed`` does not say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import MakeApp

from tests.conversations.house import House, Person
from wording import has, say

FOLDER = Path(__file__).parent
pytestmark = pytest.mark.model


def scripts() -> list[Any]:
    return [
        pytest.param(script, id=f"{file.stem}: {script['name']}")
        for file in sorted(FOLDER.glob("*.yml"))
        for script in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, make_app: MakeApp) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"), make_app)
    yield house
    house.close()


@pytest.mark.parametrize("script", scripts())
def test_conversation(script: dict[str, Any], house: House) -> None:
    person = Person(house, script.get("place"))
    filed = 0
    for number, turn in enumerate(script["turns"], 1):
        where = f"turn {number} {turn}"
        replies = do(person, turn)
        tickets = person.tickets()
        if replies is not None:
            check_manners(replies, where)
            check_replies(replies, turn, where)
        new, filed = tickets[filed:], len(tickets)
        wanted = turn.get("filed")
        assert len(new) == (wanted is not None), f"{where}: filed {new}"
        if wanted is not None:
            check_ticket(new[0], wanted, where)
        if "now" in turn:
            check_ticket(tickets[-1], turn["now"], where)
        if "volunteers" in turn:
            check_volunteers(person.volunteers(), turn["volunteers"], where)


def do(person: Person, turn: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What the person does; the replies, None where it is nothing that is answered."""
    if "say" in turn:
        return person.say(turn["say"] * turn.get("times", 1))
    if "press" in turn:
        return person.press(turn["press"])
    if "payload" in turn:
        return person.press_payload(turn["payload"])
    if "location" in turn:
        return person.stand_at(*turn["location"])
    if "again" in turn:
        return person.repeat(person.last)
    if "wait" in turn:
        person.house.wait(turn["wait"])
    elif "restart" in turn:
        person.house.restart()
    else:
        action, _, text = turn["staff"].partition(" ")
        person.staff(action, text)
    return None


def check_manners(replies: list[dict[str, Any]], where: str) -> None:
    """What holds of everything that is ever said."""
    assert replies, f"{where}: no reply"
    lines = [line for reply in replies for line in reply["text"].splitlines()]
    assert all(reply["text"].strip() for reply in replies), f"{where}: an empty reply"
    for texts in ([reply["text"] for reply in replies], *(reply["text"].splitlines() for reply in replies)):
        assert len(set(texts)) == len(texts), f"{where}: something is said twice: {texts}"
    inner = [line for line in lines if re.search(r"\{[a-z]+\}|None|anonymous|\bskip\b|_before", line)]
    assert not inner, f"{where}: inner words: {inner}"
    for button in (button for reply in replies for button in reply["buttons"]):
        assert len(button["payload"].encode()) <= 64, f"{where}: {button}"


def check_replies(replies: list[dict[str, Any]], turn: dict[str, Any], where: str) -> None:
    said = "\n".join(reply["text"] for reply in replies)
    for part in listed(turn.get("reply")):
        assert part in said, f"{where}: not said: {part}\n{said}"
    for part in listed(turn.get("not")):
        assert part not in said, f"{where}: said: {part}\n{said}"
    if "asks" in turn:
        flow, _, slot = turn["asks"].partition(".")
        assert any(question in replies[-1]["text"] for question in questions(flow, slot)), f"{where}\n{said}"
    labels = [button["label"] for reply in replies for button in reply["buttons"]]
    for label in listed(turn.get("buttons")):
        assert label in labels, f"{where}: {labels}"
    citations = [citation for reply in replies for citation in reply["citations"]]
    cited = {f"{one['document']} {one['article']}" for one in citations} | {one["document"] for one in citations}
    for citation in listed(turn.get("cites")):
        assert citation in cited, f"{where}: {cited}"
    if "ticket" in turn:
        assert any(reply["ticket"] for reply in replies) == turn["ticket"], f"{where}\n{said}"


def questions(flow: str, slot: str) -> list[str]:
    """How a question can be put."""
    if slot == "change":
        return [say("flow.what_to_change")]
    if slot == "confirm":
        return [say(f"{flow}.summary")]
    keys = [f"{flow}.{slot}.{way}" for way in ("ask", "again")]
    return [say(key) for key in keys if has(key)]


def check_ticket(ticket: dict[str, Any], wanted: dict[str, Any], where: str) -> None:
    known = {**ticket, "phone": (ticket["reporter"] or {}).get("phone"), "name": (ticket["reporter"] or {}).get("name")}
    assert {key: known[key] for key in wanted} == wanted, where
    if ticket["anonymous"]:
        assert ticket["reporter"] is None, where
        assert not re.search(r"1[3-9]\d{9}", ticket["description"]), f"{where}: a number in an anonymous report"


def check_volunteers(people: list[dict[str, Any]], wanted: list[dict[str, Any]], where: str) -> None:
    assert len(people) == len(wanted), f"{where}: {people}"
    for person, expected in zip(people, wanted, strict=True):
        assert {key: person[key] for key in expected} == expected, where


def listed(value: Any) -> list[str]:
    return [] if value is None else [str(value)] if not isinstance(value, list) else [str(one) for one in value]
