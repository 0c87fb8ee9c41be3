"""The device agent against the real server: enrolled, replayed, killed, restarted; every row accounted for once."""

import asyncio
import collections
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import asyncpg
import msgspec
import pytest

from monitor.agent import trace
from monitor.wire.inbound import Item
from tests.conftest import REPOSITORY, ConnectAs
from tests.exactness import WAITING, differences
from tests.journeys.conftest import World
from tests.journeys.test_kills import Server

ROWS = 4000
BAD = ROWS // 10 + ROWS // 100
LIMIT_S = 60.0


async def agent(*words: str | Path) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor", "device", *map(str, words)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, "ROADPULSE_DEVICE_TOKEN": ""},
    )


async def ended(process: Process, limit_s: float = LIMIT_S) -> str:
    async with asyncio.timeout(limit_s):
        said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return said.decode()


async def killed(process: Process) -> None:
    process.kill()
    async with asyncio.timeout(LIMIT_S):
        await process.communicate()


async def counted(connection: asyncpg.Connection) -> tuple[int, int, int]:
    """Measurements, different ones of them by the name in `device_info`, and quarantined items."""
    row = await connection.fetchrow("SELECT count(*), count(DISTINCT device_info) FROM measurements")
    return row[0], row[1], await connection.fetchval("SELECT count(*) FROM quarantine")


async def until_kept(connection: asyncpg.Connection, rows: int) -> None:
    async with asyncio.timeout(LIMIT_S):
        while sum((await counted(connection))[::2]) < rows:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # another process writes: there is nothing here to wait on


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    """A row a second, each with a name; every tenth with impossible loss, every hundredth without carrier."""
    lines = [
        f"2025-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z,{'MTN' if n % 100 else ''},"
        f"{140 if n % 10 == 5 else 0},row {n}\n"
        for n in range(ROWS)
    ]
    path = tmp_path / "trace.csv"
    path.write_text("timestamp,carrier,packet_loss_pct,device_info\n" + "".join(lines))
    return path


@pytest.fixture
async def server(environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Server]:
    """A server process that can be killed."""
    made = Server(environment, tmp_path, "server")
    await made.start()
    await made.wait_until_ready()
    yield made
    await made.end(signal.SIGKILL)


async def test_a_claimed_agent_replays_and_every_row_is_accounted_for(
    world: World, connect_as: ConnectAs, made_up: Path, tmp_path: Path
) -> None:
    _, claim = await world.call("POST", "/v1/devices/claims", await world.person())
    spool = tmp_path / "agent" / "spool"
    await ended(await agent("--url", world.url, "--spool", spool, "--claim", claim["code"], "--name", "van 7"))

    told = json.loads(await ended(await agent("--url", world.url, "--spool", spool, "--replay", made_up, "--json")))

    assert (spool.parent / "spool.token").stat().st_mode & 0o777 == 0o600
    assert (told["total"], told["stored"], told["quarantined"]) == (ROWS, ROWS - BAD, BAD)
    assert await counted(await connect_as("superuser")) == (ROWS - BAD, ROWS - BAD, BAD)


@pytest.mark.parametrize("wire_format", ["json", "msgpack"])
async def test_killed_agents_and_servers_lose_nothing_and_keep_nothing_twice(
    server: Server, connect_as: ConnectAs, made_up: Path, tmp_path: Path, wire_format: str
) -> None:
    connection = await connect_as("superuser")
    async with aiohttp.ClientSession() as http:
        token = await World(server.url, http, connect_as).device()
    words = ("--url", server.url, "--spool", tmp_path / "spool", "--token", token, "--replay", made_up)
    words = (*words, "--batch", "20", "--format", wire_format, "--json")
    for goal in (300, 900):
        process = await agent(*words)
        await until_kept(connection, goal)
        await killed(process)
    process = await agent(*words)
    for goal in (1800, 2800):
        await until_kept(connection, goal)
        await server.end(signal.SIGKILL)
        await server.start()
    told = json.loads(await ended(process))

    assert await counted(connection) == (ROWS - BAD, ROWS - BAD, BAD)
    assert told["stored"] + told["quarantined"] + told["kept"] == told["total"] == ROWS
    assert await connection.fetchval("SELECT count(*) FROM streams") == 1


async def test_a_revoked_agent_stops_with_words(
    world: World, connect_as: ConnectAs, made_up: Path, tmp_path: Path
) -> None:
    owner = await world.person()
    token = await world.device(owner)
    _, listed = await world.call("GET", "/v1/devices", owner)
    await world.call("DELETE", f"/v1/devices/{listed['items'][0]['id']}", owner)

    process = await agent("--url", world.url, "--spool", tmp_path / "spool", "--token", token, "--replay", made_up)
    async with asyncio.timeout(LIMIT_S):
        _, complained = await process.communicate()

    assert process.returncode == 1
    assert b"roadpulse device: " in complained


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_the_real_traces_replay_whole(
    server: Server, connect_as: ConnectAs, data_folder: Path, tmp_path: Path
) -> None:
    """389,035 rows, dirty ones included: what is within the wire's bounds is stored, all else set aside."""
    paths = [path for path in sorted((data_folder / "net" / "traces").glob("*.csv.gz")) if "full" not in path.name]
    expected = sum(is_legal(row) for path in paths for row in trace.read(path).rows)
    async with aiohttp.ClientSession() as http:
        token = await World(server.url, http, connect_as).device()
    told: collections.Counter[str] = collections.Counter()
    for path in paths:
        words = ("--url", server.url, "--spool", tmp_path / "spool", "--token", token, "--replay", path, "--json")
        outcome = json.loads(await ended(await agent(*words), limit_s=300))
        print(path.name, outcome)
        told.update({name: count for name, count in outcome.items() if isinstance(count, int)})

    connection = await connect_as("superuser")
    assert (told["total"], told["stored"], told["quarantined"]) == (389_035, expected, 389_035 - expected)
    assert (await counted(connection))[::2] == (expected, 389_035 - expected)
    async with asyncio.timeout(300):
        while await connection.fetchval(WAITING):  # noqa: ASYNC110
            await asyncio.sleep(0.5)
    assert await differences(connection) == []


def is_legal(row: trace.Row) -> bool:
    """Whether the row, at a time that suits, is within the bounds of the wire."""
    if row.at is None:
        return False
    try:
        msgspec.convert({"measured_at": row.at, **row.fields}, Item)
    except msgspec.ValidationError:
        return False
    return True
