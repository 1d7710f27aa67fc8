"""The trained model in its real process: what it knows, what it survives, what it never says."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

import httpx
import pytest
import pytest_asyncio

from nlu import fingerprint as made_of
from nlu.client import UnderstandingUnavailable
from nlu.supervisor import UnderstandingProcess, service_command

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

INTENTS = {
    "report_issue", "report_emergency", "ask_ordinance", "ask_duty", "volunteer_signup", "volunteer_cancel",
    "request_volunteer", "ticket_status", "ticket_add_info", "ticket_withdraw", "ticket_reopen", "rate_service",
    "find_grid_worker", "book_appointment", "privacy_request", "human_handoff", "greet", "goodbye_thanks", "affirm",
    "deny", "cancel_flow", "help", "out_of_scope", "abusive",
}  # fmt: skip
SECRET = "王秀英家住幸福里小区3号楼"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IO[bytes]]:
    with (tmp_path_factory.mktemp("nlu") / "log").open("w+b") as file:
        yield file


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(log: IO[bytes]) -> AsyncIterator[UnderstandingProcess]:
    model = made_of.current_model()
    assert model is not None, "`make train` trains the understanding model"
    async with UnderstandingProcess(service_command(model), log=log) as running:
        yield running


async def test_every_promised_intent_is_known_and_probabilities_are_ones(process: UnderstandingProcess) -> None:
    understanding = await process.client().parse("路灯坏了")
    assert {name for name, _ in understanding.ranking} == INTENTS
    assert sum(p for _, p in understanding.ranking) == pytest.approx(1, abs=0.01)
    assert understanding.ranking[0] == (understanding.intent, understanding.confidence)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("楼上天天半夜蹦迪我要疯了", "report_issue"),
        ("闻到好大煤气味", "report_emergency"),
        ("我不想活了", "report_emergency"),
        ("网格员一天到晚到底该干啥", "ask_duty"),
        ("物业不管事条例咋规定的", "ask_ordinance"),
        ("我想当志愿者", "volunteer_signup"),
        ("上次报的路灯修得咋样了", "ticket_status"),
        ("转人工", "human_handoff"),
        ("你好", "greet"),
        ("谢谢啦", "goodbye_thanks"),
        ("明天下雨吗", "out_of_scope"),
    ],
)
async def test_everyday_sentences_are_understood(process: UnderstandingProcess, text: str, intent: str) -> None:
    assert (await process.client().parse(text)).intent == intent


async def test_all_that_is_said_at_once_is_found_at_its_place(process: UnderstandingProcess) -> None:
    text = "幸福里小区3号楼2单元路灯坏了三天了，我叫王秀英，电话１３８ ００１３ ８０００😡"
    understanding = await process.client().parse(text)
    for entity in understanding.entities:
        assert text[entity.start : entity.end] == entity.text
    values = {entity.kind: entity.value for entity in understanding.entities}
    assert values["place"] == "幸福里小区3号楼2单元"
    assert values["time"] == "三天了"
    assert values["name"] == "王秀英"
    assert values["phone"] == "13800138000"
    assert values["category"] == "street_light"
    assert (understanding.first("category") or pytest.fail("no category")).text == ""


async def test_a_slash_does_not_let_anybody_dictate_the_intent(process: UnderstandingProcess) -> None:
    assert (await process.client().parse("/affirm")).confidence < 1
    understanding = await process.client().parse('/report_emergency{"place": "x"}')
    assert all(entity.kind != "place" for entity in understanding.entities)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00\x01\x02",
        "\u202e路灯\u200b坏了",
        "😡" * 50,
        "<b>路灯</b> '; DROP TABLE tickets;--",
        "路灯坏了" * 25_000,
    ],
)
async def test_any_text_gets_an_answer(process: UnderstandingProcess, text: str) -> None:
    understanding = await process.client().parse(text)
    assert understanding.intent in INTENTS
    for entity in understanding.entities:
        assert text[entity.start : entity.end] == entity.text


async def test_half_an_emoji_is_no_failure(process: UnderstandingProcess) -> None:
    response = await process.http().post("/parse", content=b'{"text": "\\ud83d \\u8def\\u706f\\u574f\\u4e86"}')
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{oops", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"text": 3}', 422),
        (b'{"text": "' + b"a" * 3_000_000 + b'"}', 413),
    ],
)
async def test_a_bad_request_gets_its_number(process: UnderstandingProcess, content: bytes, status: int) -> None:
    response = await process.http().post("/parse", content=content)
    assert response.status_code == status
    assert "Traceback" not in response.text
    assert await process.client().healthy()


async def test_answers_come_to_whom_they_belong(process: UnderstandingProcess) -> None:
    client = process.client()
    texts = [f"幸福里小区{number}号楼路灯坏了" for number in range(1, 41)]
    answers = await asyncio.gather(*(client.parse(text) for text in texts))
    places = [entity.value for one in answers for entity in one.entities if entity.kind == "place"]
    assert places == [f"幸福里小区{number}号楼" for number in range(1, 41)]


async def test_no_text_is_ever_written_to_the_log(process: UnderstandingProcess, log: IO[bytes]) -> None:
    await process.client().parse(SECRET)
    await process.http().post("/parse", json={"text": [SECRET]})
    written = Path(log.name).read_text(encoding="utf-8")
    assert "王秀英" not in written
    assert "幸福里" not in written
    for line in written.splitlines():
        assert set(json.loads(line)) >= {"event"}


async def test_a_killed_service_is_missed_honestly_and_comes_back(process: UnderstandingProcess) -> None:
    client = process.client(deadline=1)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(UnderstandingUnavailable):
        await client.parse("你好")
    async with asyncio.timeout(120):
        while not await client.healthy():
            await asyncio.sleep(0.1)
    assert (await process.client().parse("你好")).intent == "greet"


async def test_the_service_leaves_with_its_parent(tmp_path: Path) -> None:
    command = [*service_command(made_of.MODELS / "current" / "model.tar.gz"), "--socket", str(tmp_path / "s")]
    child = await asyncio.create_subprocess_exec(
        *command, cwd=made_of.ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdin is not None
    await asyncio.sleep(1)  # in the middle of its start
    child.stdin.close()
    async with asyncio.timeout(10):
        assert await child.wait() == 0
    child._transport.close()  # type: ignore[attr-defined]


async def test_the_service_can_also_be_reached_over_loopback() -> None:
    command = [word for word in service_command(made_of.MODELS / "current" / "model.tar.gz") if word != "--with-parent"]
    child = await asyncio.create_subprocess_exec(*command, cwd=made_of.ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert child.stdout is not None
        async with asyncio.timeout(120):
            address = json.loads(await child.stdout.readline())["listening"]
        async with httpx.AsyncClient(base_url=f"http://{address}") as http:
            assert (await http.get("/healthz")).json() == {"status": "ok"}
            assert (await http.get("/model/parse")).status_code == 404
    finally:
        child.terminate()
        async with asyncio.timeout(5):
            assert await child.wait() == 0
        child._transport.close()  # type: ignore[attr-defined]
