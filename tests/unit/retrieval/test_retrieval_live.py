from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from retrieval.library import Library
from retrieval.live import LiveSearch
from retrieval.ordinances.markdown import dump
from retrieval.ordinances.model import Document
from retrieval.questions import add_question, add_unanswerable

BINS = "垃圾分类和环境绿化由谁做"
BIKES = "电动自行车停放在哪里"


class World:
    """Shipped texts, a home folder, and a search that looks at them only when it is told to."""

    def __init__(self, folder: Path, encoder: object) -> None:
        self.shipped, self.home = folder / "ordinances", folder / "home"
        self.shipped.mkdir()
        self.encoder = encoder
        self.loads = 0
        self.hold = threading.Event()
        self.hold.set()

    def load(self) -> Library:
        self.loads += 1
        self.hold.wait(30)
        return Library.load(self.shipped, self.home / "ordinances")

    def open(self, every: float = 3600) -> LiveSearch:
        watched = [self.shipped, self.home / "ordinances", self.home / "questions", self.home / "unanswerable.yml"]
        cache = self.home / "index"
        return LiveSearch(self.load, self.encoder, watched, cache, lambda: date(2026, 1, 1), every=every)  # type: ignore[arg-type]

    def add(self, document: Document) -> Path:
        file = self.home / "ordinances" / f"{document.id}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dump(document), encoding="utf-8")
        return file


@pytest.fixture
def world(tmp_path: Path, library: Library, encoder: object) -> World:
    world = World(tmp_path, encoder)
    east = replace(library.documents["east"], adoption="")
    (world.shipped / "east.md").write_text(dump(east), encoding="utf-8")
    return world


@pytest.fixture
def live(world: World) -> Iterator[LiveSearch]:
    live = world.open()
    yield live
    live.close()


def test_an_added_ordinance_is_found_without_a_restart(world: World, live: LiveSearch, library: Library) -> None:
    assert all(hit.document == "east" for hit in live.search(BIKES).hits)
    world.add(library.documents["west"])
    assert live.renew()
    assert live.search(BIKES).hits[0].document == "west"
    assert "西山市" in live.library.places.jurisdictions


def test_a_removed_ordinance_is_quoted_no_longer(world: World, live: LiveSearch, library: Library) -> None:
    file = world.add(library.documents["west"])
    live.renew()
    file.unlink()
    assert live.renew()
    assert all(hit.document == "east" for hit in live.search(BIKES).hits)


def test_what_staff_say_of_a_question_counts_from_then_on(world: World, live: LiveSearch) -> None:
    add_question(world.home, live.library, "east", 4, "想去帮忙干点活")
    assert live.renew()
    assert live.search("想去帮忙干点活", "东海市").hits[0].article == 4
    add_unanswerable(world.home, "想去帮忙干点活")
    assert live.renew()
    assert live.library.unanswerable == ("想去帮忙干点活",)


def test_nothing_is_read_while_nothing_changes(world: World, live: LiveSearch) -> None:
    assert not live.renew()
    assert world.loads == 1


def test_only_texts_that_changed_are_encoded_again(world: World, live: LiveSearch, library: Library) -> None:
    encoded: list[str] = []
    encode = type(world.encoder).encode

    def count(self: object, texts: list[str]) -> object:
        encoded.extend(texts)
        return encode(self, texts)  # type: ignore[attr-defined]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.encoder), "encode", count)
        world.add(library.documents["west"])
        live.renew()
    assert len(encoded) == len(library.documents["west"].articles)


def test_a_broken_file_keeps_what_was_and_is_said_once(
    world: World, live: LiveSearch, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    file = world.add(library.documents["west"])
    live.renew()
    file.write_text("张三 13800000000 写坏了", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert not live.renew()
        assert not live.renew()
    assert [record.getMessage() for record in caplog.records] == ["search_not_renewed"]
    assert caplog.records[0].__dict__["file"] == live.trouble == "west.md"
    assert "张三" not in str([vars(record) for record in caplog.records])
    assert live.search(BIKES).hits[0].document == "west"
    world.add(library.documents["west"])
    live.renew()
    assert live.trouble == ""


def test_questions_are_answered_from_the_old_texts_while_new_ones_are_read(
    world: World, live: LiveSearch, library: Library
) -> None:
    before = live.current
    world.hold.clear()
    world.add(library.documents["west"])
    reading = threading.Thread(target=live.renew)
    reading.start()
    assert live.search(BINS).hits[0] == before.search(BINS).hits[0]
    assert live.current is before
    world.hold.set()
    reading.join()
    assert live.current is not before
    assert before.library.documents.keys() == {"east"}  # who holds on to it goes on with the same texts


def test_it_looks_by_itself(world: World, library: Library) -> None:
    live = world.open(every=0.01)
    read = threading.Event()
    world.load = told(world.load, read)  # type: ignore[method-assign]
    live._load = world.load
    world.add(library.documents["west"])
    assert read.wait(30)
    live.close()
    live.renew()
    assert live.search(BIKES).hits[0].document == "west"


def test_it_looks_at_once_when_told_to(world: World, live: LiveSearch, library: Library) -> None:
    read = threading.Event()
    live._load = told(world.load, read)
    world.add(library.documents["west"])
    live.refresh()
    assert read.wait(30)


def test_broken_files_stop_the_first_reading(world: World) -> None:
    (world.shipped / "east.md").write_text("", encoding="utf-8")
    with pytest.raises(Exception, match=r"^east\.md"):
        world.open()


def told(load: Callable[[], Library], read: threading.Event) -> Callable[[], Library]:
    def tell() -> Library:
        library = load()
        read.set()
        return library

    return tell
