"""The ``gridbot`` command as an operator types it: tidy output, one clear line for what is wrong, exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import cli
import opening
from retrieval.collection import load_library
from retrieval.search import Search
from settings import ROOT, VARIABLES, Settings
from tests.fakes.http_world import FakeUnderstanding
from tickets import people, questions
from tickets.filing import NewTicket, file_ticket
from tickets.workflow import Actor

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
COMMANDS = [
    *([], ["serve"], ["ask"], ["doctor"]),
    *(["evaluate"], ["evaluate", "retrieval"], ["evaluate", "understanding"]),
    *(["knowledge"], ["knowledge", "list"], ["knowledge", "check"], ["knowledge", "add"], ["knowledge", "remove"]),
    *(["tickets"], ["tickets", "list"], ["volunteers"], ["volunteers", "list"], ["staff"], ["staff", "add"]),
    *(["questions"], ["questions", "list"]),
]
TICKET_FIELDS = {
    *("number", "status", "category", "urgency", "level", "place", "grid", "description", "time_said", "anonymous"),
    *("reporter", "volunteer", "created_at", "due_at", "due_reason", "overdue", "merged_into", "followers", "rating"),
    *("basis", "events"),
}
ORDINANCE = """静安里社区公约条例

第一章 总则

第一条 为了维护静安里的安宁，制定本条例。

第二条 居民应当在晚上十点以后保持安静。

第四条 本条例自2026年1月1日起施行。
"""


@dataclass
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line that says what is wrong."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("gridbot: "), lines
        assert self.status != 0
        assert self.out == ""
        return lines[0].removeprefix("gridbot: ")


Run = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GRIDBOT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    assert home

    def running(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["gridbot", *arguments])
        monkeypatch.setattr("logs.to_stderr", lambda: None)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return Ran(int(ended.value.code or 0), captured.out, captured.err)

    return running


@pytest.fixture
def by_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search without the encoder, which takes seconds to load."""
    monkeypatch.setattr(opening, "open_search", lambda settings: Search(load_library(settings.home)))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(run: Run, command: list[str]) -> None:
    ran = run(*command, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: gridbot {' '.join(command)}".rstrip())
    assert len(ran.out.splitlines()) > 4


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("ask",),
        ("ask", "a", "b"),
        ("tickets", "list", "--nonsense"),
        ("evaluate", "retrieval"),
        ("knowledge", "add", "x.txt"),
        ("staff", "add", "张三"),
    ],
)
def test_wrong_usage_is_one_line_that_leads_to_the_help(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert "--help`" in ran.line
    assert ran.status == 2


@pytest.mark.parametrize("command", [("tickets", "list"), ("knowledge", "list"), ("serve",), ("ask", "路灯")])
def test_a_wrong_setting_is_named_by_every_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GRIDBOT_PORT", "eighty")
    assert run(*command).line.startswith("GRIDBOT_PORT: ")


@pytest.mark.parametrize(
    "command", [("tickets", "list"), ("volunteers", "list"), ("staff", "add", "张三", "--role", "admin")]
)
def test_a_store_that_cannot_be_opened_is_named(run: Run, home: Path, command: tuple[str, ...]) -> None:
    home.mkdir()
    (home / "gridbot.sqlite3").write_text("no database " * 100)
    assert run(*command).line == f"GRIDBOT_HOME: the store {home / 'gridbot.sqlite3'} is damaged; restore a backup"


@pytest.mark.usefixtures("by_letters")
def test_a_question_is_answered_word_for_word(run: Run) -> None:
    article = load_library().article("tonghua", 18)
    assert article is not None
    ran = run("ask", "通化市第十八条怎么说", "--place", "通化市")
    assert (ran.status, ran.err) == (0, "")
    assert article.text in ran.out
    assert "《通化市社区治理促进条例》" in ran.out
    shown = json.loads(run("ask", "通化市第十八条怎么说", "--place", "通化市", "--json").out)
    assert shown["answered"] is True
    assert shown["citations"][0]["text"] == article.text
    assert set(shown["citations"][0]) >= {"document", "title", "article", "chapter", "effective", "text"}


@pytest.mark.usefixtures("by_letters")
def test_a_question_that_no_ordinance_answers_is_refused_in_a_sentence(run: Run) -> None:
    ran = run("ask", "今天股票涨了没有")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.strip()
    assert "第" not in ran.out or "《" in ran.out


def test_a_question_that_is_empty_or_of_an_unknown_place_is_refused_before_anything_is_loaded(run: Run) -> None:
    assert run("ask", "  ").line == "QUESTION: is empty"
    assert run("ask", "路灯", "--place", "火星").line.startswith("--place: ")


@pytest.mark.usefixtures("by_letters")
def test_retrieval_is_evaluated_with_a_table_and_predictions(run: Run, tmp_path: Path) -> None:
    cases = [
        {"id": "a", "query": "第十八条", "place": "通化市", "gold": [{"document": "tonghua", "article": 18}]},
        {"id": "b", "query": "今天股票涨了没有", "place": None, "gold": []},
    ]
    file, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    file.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    ran = run("evaluate", "retrieval", str(file), "--out", str(out))
    assert ran.status == 0
    assert "hit@1" in ran.out
    assert "MRR" in ran.out
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["a", "b"]
    assert all(set(row) == {"id", "answered", "hits"} and len(row["hits"]) <= 10 for row in rows)
    assert all(set(hit) == {"document", "article", "score"} for row in rows for hit in row["hits"])


def test_understanding_is_evaluated_with_a_table_and_predictions(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "open_understanding", lambda _settings: (FakeUnderstanding(), None))
    monkeypatch.setattr(opening, "MODELS", tmp_path)
    monkeypatch.setenv("GRIDBOT_NLU_URL", "http://127.0.0.1:1")
    file, out = tmp_path / "cases.jsonl", tmp_path / "out.jsonl"
    cases = [{"id": "a", "text": "路灯坏了", "intent": "report_issue"}, {"id": "b", "text": "你好", "intent": "greet"}]
    file.write_text("".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases), encoding="utf-8")
    ran = run("evaluate", "understanding", str(file), "--out", str(out))
    assert ran.status == 0, ran.err
    assert "accuracy 1.000" in ran.out
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(row["id"], row["intent"]) for row in rows] == [("a", "report_issue"), ("b", "greet")]
    assert all(set(row) == {"id", "intent", "confidence", "entities"} for row in rows)


@pytest.mark.parametrize("what", ["retrieval", "understanding"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"[]\n", b'{"id": 1}\n', b"\xff\xfe"])
def test_an_evaluation_file_that_is_none_is_named_before_anything_is_loaded(
    run: Run, tmp_path: Path, what: str, content: bytes | None
) -> None:
    file = tmp_path / "cases.jsonl"
    if content is not None:
        file.write_bytes(content)
    assert "cases.jsonl" in run("evaluate", what, str(file)).line


@pytest.mark.parametrize("what", ["retrieval", "understanding"])
def test_predictions_that_cannot_be_written_are_said_before_anything_is_loaded(
    run: Run, tmp_path: Path, what: str
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("{}")
    assert run("evaluate", what, str(file), "--out", str(tmp_path / "no" / "out")).line.startswith("--out: ")
    assert run("evaluate", what, str(file), "--out", str(tmp_path)).line.startswith("--out: ")


@pytest.mark.parametrize("what", ["retrieval", "understanding"])
def test_predictions_never_overwrite_the_questions(run: Run, tmp_path: Path, what: str) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("{}")
    assert run("evaluate", what, str(file), "--out", str(tmp_path / "." / "cases.jsonl")).line.startswith("--out: ")
    assert file.read_text() == "{}"


@pytest.mark.usefixtures("by_letters")
def test_gold_that_is_not_there_is_said_with_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    case = {"id": "a", "query": "第十八条", "place": "通化市", "gold": [{"document": "tonghau", "article": 18}]}
    file.write_text(json.dumps(case) + "\n", encoding="utf-8")
    assert "cases.jsonl line 1: gold: there is no document 'tonghau'" in run("evaluate", "retrieval", str(file)).line
    case["gold"] = [{"document": "tonghua", "article": 999}]
    file.write_text(json.dumps(case) + "\n", encoding="utf-8")
    ran = run("evaluate", "retrieval", str(file))
    assert ran.status == 0
    assert "line 1: gold: tonghua has no article 999" in ran.err
    assert "hit@1" in ran.out


def test_a_service_elsewhere_that_is_away_is_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDBOT_NLU_URL", "http://127.0.0.1:1")
    file = tmp_path / "cases.jsonl"
    file.write_text('{"id": "a", "text": "x", "intent": "greet"}\n')
    assert run("evaluate", "understanding", str(file)).line == "the understanding service did not answer"


def test_the_documents_are_listed_with_their_articles(run: Run) -> None:
    ran = run("knowledge", "list")
    assert ran.status == 0
    assert len(ran.out.splitlines()) == 5
    assert "45 条" in next(line for line in ran.out.splitlines() if line.startswith("tonghua"))
    rows = {row["id"]: row for row in json.loads(run("knowledge", "list", "--json").out)}
    assert {name: rows[name]["articles"] for name in ("tibet", "taiyuan", "dalian", "tonghua")} == {
        "tibet": 41,
        "taiyuan": 53,
        "dalian": 45,
        "tonghua": 45,
    }


def test_the_texts_are_checked_and_the_damaged_one_is_shown(run: Run) -> None:
    ran = run("knowledge", "check")
    assert (ran.status, ran.err) == (0, "")
    for id in ("tibet", "taiyuan", "dalian", "tonghua", "tibet-business"):
        assert f"{id}: " in ran.out
    assert "{" not in ran.out


def test_an_ordinance_is_added_listed_and_removed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "jingan.txt"
    file.write_text(ORDINANCE, encoding="utf-8")
    add = ("knowledge", "add", str(file), "--id", "jingan", "--title", "静安里社区公约条例", "--place", "静安里")
    added = run(*add, "--effective", "2026-01-01")
    assert (added.status, added.err) == (0, "")
    assert "3 条" in added.out
    assert "缺第3条" in added.out
    assert "2026-01-01" in run("knowledge", "list").out
    assert "jingan" in run(*add).line
    assert run("knowledge", "remove", "jingan").out == "removed jingan\n"
    assert "jingan" not in run("knowledge", "list").out
    assert "jingan" in run("knowledge", "remove", "jingan").line


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"FILE": "/nowhere.txt"}, "nowhere.txt"),
        ({"FILE": "."}, ""),
        ({"--id": "A b"}, "id"),
        ({"--id": "../x"}, "id"),
        ({"--title": " "}, "--title"),
        ({"--place": ""}, "--place"),
        ({"--effective": "gestern"}, "--effective"),
        ({"--effective": "2026-02-30"}, "--effective"),
    ],
)
def test_an_ordinance_that_cannot_be_added_says_why(
    run: Run, tmp_path: Path, changed: dict[str, str], named: str
) -> None:
    file = tmp_path / "jingan.txt"
    file.write_text(ORDINANCE, encoding="utf-8")
    given = {"--id": "jingan", "--title": "静安里社区公约条例", "--place": "静安里", **changed}
    chosen = given.pop("FILE", str(file))
    options = [part for pair in given.items() for part in pair]
    assert named in run("knowledge", "add", chosen, *options).line


@pytest.mark.parametrize("id", ["tibet", "nothing", "../x", ""])
def test_only_what_was_added_can_be_removed(run: Run, id: str) -> None:
    assert run("knowledge", "remove", id).line


def test_tickets_are_listed_in_the_contracts_shape_newest_first(run: Run, home: Path) -> None:
    database = opening.open_database(Settings(home=home))
    for number, text in enumerate(("路灯坏了", "井盖没了")):
        with database.begin() as session:
            new = NewTicket(description=text, category="street_light")
            file_ticket(session, new, Actor.resident("web", "c"), NOW, origin=f"web:c:{number}")
    database.close()
    rows = json.loads(run("tickets", "list", "--json").out)
    assert [row["description"] for row in rows] == ["井盖没了", "路灯坏了"]
    for row in rows:
        assert set(row) >= TICKET_FIELDS
        assert set(row["events"][0]) >= {"at", "actor", "action", "from", "to", "note"}
    plain = run("tickets", "list").out.splitlines()
    assert [line.split()[0] for line in plain] == [row["number"] for row in rows]


def test_unanswered_questions_are_listed_without_who_asked(run: Run, home: Path) -> None:
    database = opening.open_database(Settings(home=home))
    with database.begin() as session:
        for text, place in (("彩票在哪买", ""), ("契税怎么算", "通化市"), ("契税怎么算", "通化市")):
            questions.keep(session, questions.Asked(text, place, "refuse", [("tonghua", 18, 0.5)]), NOW.date())
    database.close()
    rows = json.loads(run("questions", "list", "--json").out)
    assert [(row["question"], row["place"], row["count"]) for row in rows] == [
        ("契税怎么算", "通化市", 2),
        ("彩票在哪买", None, 1),
    ]
    assert rows[0]["neighbours"] == [{"document": "tonghua", "article": 18, "score": 0.5}]
    first, second = run("questions", "list").out.splitlines()
    assert first.split() == ["2", "2026-11-20", "待处理", "通化市", "契税怎么算"]
    assert second.split() == ["1", "2026-11-20", "待处理", "没说地方", "彩票在哪买"]


def test_an_empty_store_lists_nothing_as_a_whole_array(run: Run) -> None:
    for room in ("tickets", "volunteers", "questions"):
        assert json.loads(run(room, "list", "--json").out) == []
        assert run(room, "list").out == ""


def test_a_member_of_staff_gets_a_login_that_works_and_a_code(run: Run, home: Path) -> None:
    ran = run("staff", "add", "王网格", "--role", "grid_worker")
    said = dict(line.split(": ", 1) for line in ran.out.splitlines())
    assert set(said) == {"login", "one-time password", "binding code"}
    database = opening.open_database(Settings(home=home))
    signed = people.sign_in(database, said["login"], said["one-time password"], datetime.now(UTC))
    database.close()
    assert signed.code == "ok"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("张三", "--role", "king"), "--role"),
        (("张三", "--role", "resident"), "--role"),
        (("张三", "--role", "admin", "--area", "月球社区"), "--area"),
        (("  ", "--role", "admin"), "姓名"),
    ],
)
def test_staff_that_cannot_be_added_says_why(run: Run, arguments: tuple[str, ...], named: str) -> None:
    assert named in run("staff", "add", *arguments).line


def test_the_doctor_looks_at_every_part(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run("doctor")
    lines = ran.out.splitlines()
    assert all(line.startswith(("ok   ", "MEND ")) for line in lines)
    assert len(lines) >= 9
    assert (ran.status == 0) == all(line.startswith("ok") for line in lines)
    monkeypatch.setenv("GRIDBOT_HOME", "/proc/nothing")
    ran = run("doctor")
    assert ran.status == 1
    assert any(line.startswith("MEND home: GRIDBOT_HOME") for line in ran.out.splitlines())
    monkeypatch.setenv("GRIDBOT_PORT", "eighty")
    ran = run("doctor")
    assert ran.out.startswith("MEND settings: GRIDBOT_PORT")


def test_a_light_command_loads_neither_the_encoder_nor_the_web_server(home: Path) -> None:
    program = (
        "import sys, cli\n"
        "try: cli.main()\n"
        "except SystemExit as ended: assert not ended.code, ended.code\n"
        "print(sorted({'torch', 'faiss', 'fastapi', 'telegram', 'numpy'} & set(sys.modules)))"
    )
    for command in (["tickets", "list"], ["volunteers", "list"], ["questions", "list"], ["--help"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *command],
            cwd=ROOT,
            env={"GRIDBOT_HOME": str(home), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.splitlines()[-1] == "[]", (command, done.stdout)


def test_a_reader_that_stops_reading_makes_no_noise(home: Path) -> None:
    command = f"{sys.executable} -m gridbot knowledge check | head -1"
    environment: dict[str, Any] = {"GRIDBOT_HOME": str(home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(["/bin/bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
