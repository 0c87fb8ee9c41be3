"""`roadpulse device` as a person runs it: killed, stopped, misused, and in the end every row accounted for."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.agent.peer import LIMIT_S, PeerServer

ROWS = 3000


@pytest.fixture
async def server() -> AsyncIterator[PeerServer]:
    async with PeerServer().serve() as serving:
        yield serving


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """A row a second, every tenth with more loss than there can be, every hundredth without a carrier."""
    lines = [
        f"2025-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z,{n if n % 100 else ''},{140 if n % 10 == 5 else 0}\n"
        for n in range(ROWS)
    ]
    path = tmp_path / "trace.csv"
    path.write_text("timestamp,carrier,packet_loss_pct\n" + "".join(lines))
    return path


async def start(*words: str, environment: dict[str, str] | None = None) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "monitor",
        "device",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | (environment or {}),
        cwd=Path(__file__).parents[2],
    )


async def ended(process: Process) -> tuple[int, str, str]:
    async with asyncio.timeout(LIMIT_S):
        said, complained = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), complained.decode()


async def replay(server: PeerServer, trace: Path, *words: str) -> Process:
    spool = str(trace.with_name("spool"))
    return await start(
        "--url", server.url, "--token", "t", "--spool", spool, "--replay", str(trace), "--batch", "10", "--json", *words
    )


async def test_every_row_is_stored_quarantined_or_told(server: PeerServer, trace: Path) -> None:
    code, said, _ = await ended(await replay(server, trace))

    assert code == 0
    told = json.loads(said)
    assert (told["total"], told["stored"], told["quarantined"]) == (ROWS, len(server.stored), server.quarantined)
    assert told["quarantined"] == ROWS // 10 + ROWS // 100
    assert sum(told["reasons"]["quarantined"].values()) == told["quarantined"]


async def test_killed_agents_lose_nothing_and_send_nothing_twice(server: PeerServer, trace: Path) -> None:
    for goal in (500, 1200, 2000):
        process = await replay(server, trace)
        await server.has_stored(goal)
        process.kill()
        await ended(process)

    code, said, _ = await ended(await replay(server, trace))

    assert code == 0
    told = json.loads(said)
    assert len({item.carrier for item in server.stored}) == len(server.stored) == ROWS - ROWS // 10 - ROWS // 100
    assert told["stored"] + told["quarantined"] + told["kept"] == ROWS
    assert len(server.stored) + server.quarantined == ROWS
    assert len(server.last_seq) == 1


async def test_a_server_that_comes_and_goes_loses_nothing(trace: Path) -> None:
    server = PeerServer()
    async with server.serve():
        port = int(server.url.rpartition(":")[2])
        process = await replay(server, trace)
        await server.has_stored(400)
    async with server.serve(port):
        await server.has_stored(1000)
    async with server.serve(port):
        code, _, complained = await ended(process)

    assert code == 0
    assert len({item.carrier for item in server.stored}) == len(server.stored)
    assert len(server.stored) + server.quarantined == ROWS
    assert "next try in" in complained


async def test_an_interrupted_replay_says_what_is_left(server: PeerServer, trace: Path) -> None:
    process = await replay(server, trace, "--speed", "100")
    await server.has_stored(10)
    process.send_signal(signal.SIGINT)

    code, said, _ = await ended(process)

    assert code == 0
    told = json.loads(said)
    assert told["total"] == ROWS > told["stored"] > 0


async def test_a_bad_token_stops_the_agent_with_words(server: PeerServer, trace: Path) -> None:
    server.refuse_connect = 4500

    code, _, complained = await ended(await replay(server, trace))

    assert code == 1
    assert "the server does not accept this token" in complained


async def test_live_measuring_goes_on_until_told_and_says_the_last_words(server: PeerServer, tmp_path: Path) -> None:
    process = await start(
        *("--url", server.url, "--token", "t", "--spool", str(tmp_path / "spool"), "--carrier", "MTN"),
        *("--interval", "0.05", "--network-type", "LTE", "--latitude", "4.15", "--longitude", "9.24"),
    )
    await server.has_stored(3)
    process.send_signal(signal.SIGTERM)
    code, _, _ = await ended(process)

    assert code == 0
    item = server.stored[-1]
    assert (item.carrier, item.network_type, item.connected, item.packet_loss_pct) == ("MTN", "LTE", True, 0.0)
    assert item.latency_ms is not None
    assert item.jitter_ms is not None
    assert (item.latitude, item.longitude) == (4.15, 9.24)


async def test_what_was_measured_offline_arrives_later(tmp_path: Path) -> None:
    server = PeerServer()
    async with server.serve():
        url = server.url
    words = ("--token", "t", "--spool", str(tmp_path / "spool"), "--url", url)
    process = await start(*words, "--carrier", "MTN", "--interval", "0.05")
    assert process.stderr is not None
    async with asyncio.timeout(LIMIT_S):
        for _ in range(3):
            assert b"cannot be reached" in await process.stderr.readline()
    process.kill()
    await ended(process)
    async with server.serve(int(url.rpartition(":")[2])):
        code, _, _ = await ended(await start(*words, "--flush"))

    assert code == 0
    assert len(server.stored) >= 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "say --replay FILE"),
        (("--url", "nonsense", "--carrier", "MTN"), "no address of a server"),
        (("--carrier", "MTN", "--latitude", "4"), "go together"),
        (("--replay", "x.csv", "--batch", "0"), "at least 1"),
        (("--replay", "x.csv", "--speed", "-1"), "not a number above 0"),
        (("--replay", "x.csv", "--speed", "fast"), "not a number above 0"),
    ],
)
async def test_words_that_make_no_sense_are_refused(tmp_path: Path, words: tuple[str, ...], reason: str) -> None:
    code, _, complained = await ended(await start("--spool", str(tmp_path / "spool"), *words))

    assert code == 2
    assert reason in complained


async def test_without_a_token_the_agent_says_how_to_get_one(tmp_path: Path) -> None:
    code, _, complained = await ended(await start("--spool", str(tmp_path / "spool"), "--carrier", "MTN"))

    assert code == 1
    assert "--claim CODE" in complained
