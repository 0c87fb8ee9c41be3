"""A diagnosis arrives whatever is killed on its way: workers, their readers, the database, Redis."""

import asyncio
import contextlib
import itertools
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from monitor.embedded import PostgresServer, ValkeyServer
from tests.conftest import Role
from tests.journeys.conftest import Socket, World
from tests.journeys.diagnosing import ended, photo, send
from tests.journeys.processes import Server, Worker

ROUNDS = 5
LIMIT_S = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
async def server(environment_of_servers: dict[str, str], tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(environment_of_servers, tmp_path, "serve")
    await server.start()
    await server.wait_until_ready()
    yield server
    await server.end(signal.SIGTERM)


@pytest.fixture
async def world(server: Server, environment_of_servers: dict[str, str]) -> AsyncIterator[World]:
    opened: list[asyncpg.Connection] = []

    async def connect(role: Role) -> asyncpg.Connection:
        assert role == "system", "the superuser's URL dies with the first kill"
        opened.append(await asyncpg.connect(environment_of_servers["ROADPULSE_DATABASE_SYSTEM_URL"]))
        return opened[-1]

    async with aiohttp.ClientSession() as http:
        yield World(server.url, http, connect)
    for connection in opened:
        connection.terminate()


@pytest.fixture
async def workers(environment_of_servers: dict[str, str], tmp_path: Path) -> AsyncIterator[list[Worker]]:
    """Two machines' worth."""
    workers = [Worker(environment_of_servers, tmp_path, f"work-{number}") for number in (1, 2)]
    await asyncio.gather(*(worker.start() for worker in workers))
    yield workers
    await asyncio.gather(*(worker.end(signal.SIGTERM) for worker in workers))


async def on_line(world: World, token: str) -> Socket:
    driver = await world.console(token)
    await driver.say("subscribe", channel="me")
    return driver


async def taken_by(database: asyncpg.Connection, workers: list[Worker], subject: str) -> Worker:
    """The worker that does this job now."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            name = await database.fetchval("SELECT worker FROM jobs WHERE subject = $1", subject)
            for worker in workers:
                if name and name.split(":")[1] == str(worker.pid):
                    return worker
            await asyncio.sleep(0.01)


async def gone(pids: list[int]) -> None:
    async with asyncio.timeout(10):
        while any(is_there(pid) for pid in pids):  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.05)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def replayed(world: World, token: str) -> list[dict[str, Any]]:
    """What `me` still holds for who comes back."""
    back = await world.console(token)
    answer = await back.say("subscribe", channel="me")
    return [row for row in answer["snapshot"]["rows"] if row["event"].startswith("diagnosis.")]


async def test_killed_worker_midway_and_it_arrives_all_the_same(world: World, workers: list[Worker]) -> None:
    database = await world.connect_as("system")
    token = await world.person()
    for number in range(ROUNDS):
        driver = await on_line(world, token)
        file = await send(driver, photo(number))
        opened = await driver.say("diagnose", media=[file], language="en")
        killed = await taken_by(database, workers, str(opened["diagnosis"]))
        readers = killed.readers
        await killed.end(signal.SIGKILL)
        await gone(readers)
        event = await ended(driver, opened["diagnosis"], LIMIT_S)

        assert event["event"] == "diagnosis.concluded", killed.log[-3000:]
        assert event["data"]["result"]["read"][0]["media"] == file
        await driver.socket.close()
        assert [row["event"] for row in await replayed(world, token)] == ["diagnosis.concluded"] * (number + 1)
        await killed.start()
    assert await database.fetchval("SELECT count(*) FROM jobs") == 0


async def test_file_that_kills_its_readers_is_left_out_and_disturbs_nobody(world: World, workers: list[Worker]) -> None:
    database = await world.connect_as("system")
    await workers[1].end(signal.SIGTERM)
    worker = workers[0]
    driver = await on_line(world, await world.person())
    other = await on_line(world, await world.person())
    # Held from before the file comes: on an idle machine it would be read before the first one is killed.
    os.kill(worker.readers_ready[0], signal.SIGSTOP)
    file = await send(driver, photo(size=(1200, 1600)))
    opened = await driver.say("diagnose", media=[file], description="it shakes at idle", language="en")
    killing = asyncio.create_task(kill_readers(worker))
    words = await other.say("diagnose", description="le voyant huile est allumé", language="fr")

    assert (await ended(other, words["diagnosis"], LIMIT_S))["event"] == "diagnosis.concluded"
    event = await ended(driver, opened["diagnosis"], LIMIT_S)
    killing.cancel()
    assert event["event"] == "diagnosis.concluded"
    (unread,) = event["data"]["result"]["unread"]
    assert unread["media"] == file
    assert unread["code"] in ("reader_lost", "media_unreadable")
    assert [said["evidence"] for said in event["data"]["result"]["said"]], "the words are still there"
    unfit = await driver.push(lambda event: event["event"] == "media.failed", LIMIT_S)
    assert unfit["data"]["media"] == file
    assert await database.fetchval("SELECT max(starts) FROM jobs") == 3
    sound_one = await send(driver, photo(1))
    after = await driver.say("diagnose", media=[sound_one], language="en")
    assert (await ended(driver, after["diagnosis"], LIMIT_S))["event"] == "diagnosis.concluded"


async def kill_readers(worker: Worker) -> None:
    """Kills each reader that comes up, as a decoder's fault would, until cancelled.

    One that is killed before it was handed the file does not count against the file: how many it takes nobody knows.
    """
    for number in itertools.count():
        while len(worker.readers_ready) <= number:  # noqa: ASYNC110 - another process's log
            await asyncio.sleep(0.02)
        # Stopped first: what it was handed it holds, however quick it is.
        os.kill(worker.readers_ready[number], signal.SIGSTOP)
        try:
            await asyncio.sleep(0.3)
        finally:
            os.kill(worker.readers_ready[number], signal.SIGKILL)


async def test_worker_that_is_told_to_stop_leaves_nothing_undone(world: World, workers: list[Worker]) -> None:
    database = await world.connect_as("system")
    driver = await on_line(world, await world.person())
    file = await send(driver, photo())
    opened = await driver.say("diagnose", media=[file], language="en")
    stopped = await taken_by(database, workers, str(opened["diagnosis"]))
    readers = stopped.readers
    await stopped.end(signal.SIGTERM)
    event = await ended(driver, opened["diagnosis"], LIMIT_S)

    assert stopped.process is not None
    assert stopped.process.returncode == 0, stopped.log[-3000:]
    await gone(readers)
    assert event["event"] == "diagnosis.concluded"
    assert await database.fetchval("SELECT count(*) FROM jobs") == 0


async def test_database_and_redis_may_go_and_come_back(
    world: World, workers: list[Worker], postgres: PostgresServer, valkey: ValkeyServer
) -> None:
    token = await world.person()
    driver = await on_line(world, token)
    file = await send(driver, photo())
    postgres.stop()
    postgres.start()
    async with asyncio.timeout(LIMIT_S):
        while "diagnosis" not in (opened := await driver.say("diagnose", media=[file])):  # noqa: ASYNC110 - a server
            await asyncio.sleep(0.2)
    assert (await ended(driver, opened["diagnosis"], LIMIT_S))["event"] == "diagnosis.concluded"

    valkey.stop()
    status, opened = await world.call("POST", "/v1/diagnoses", token, {"description": "it smokes"})
    assert status == 202
    async with asyncio.timeout(LIMIT_S):
        path = f"/v1/diagnoses/{opened['diagnosis']}"
        while (await world.call("GET", path, token))[1]["state"] != "concluded":  # noqa: ASYNC110 - a server
            await asyncio.sleep(0.1)
    valkey.start()
    # A socket that does not know where it stands is closed 4010 and comes back; who comes back hears of it.
    async with asyncio.timeout(LIMIT_S):
        while opened["diagnosis"] not in await heard_of(world, token):  # noqa: ASYNC110 - a server
            await asyncio.sleep(0.2)
    back = await on_line(world, token)
    later = await back.say("diagnose", description="it smokes", language="en")
    with contextlib.suppress(ConnectionResetError):
        await ended(back, later["diagnosis"], LIMIT_S)
    assert later["diagnosis"] in await heard_of(world, token)


async def heard_of(world: World, token: str) -> list[int]:
    return [row["data"]["id"] for row in await replayed(world, token)]


async def test_two_machines_share_the_work(world: World, workers: list[Worker]) -> None:
    """Nothing more is needed than a second worker on the same database and store."""
    token = await world.person()
    driver = await on_line(world, token)
    opened = []
    for number in range(10):
        file = await send(driver, photo(number))
        opened.append((await driver.say("diagnose", media=[file], language="en"))["diagnosis"])
    for diagnosis in opened:
        assert (await ended(driver, diagnosis, LIMIT_S))["event"] == "diagnosis.concluded"

    def done() -> list[int]:
        return [worker.log.count('"outcome":"done"') for worker in workers]

    async with asyncio.timeout(LIMIT_S):  # a verdict is pushed a moment before its job's line is logged
        while sum(done()) < 20:  # noqa: ASYNC110 - a file of another process
            await asyncio.sleep(0.05)
    assert sum(done()) == 20
    assert all(done())
    assert not [event for event in driver.pushes if event["event"].endswith(".failed")]


async def test_readings_are_made_once(world: World, workers: list[Worker]) -> None:
    database = await world.connect_as("system")
    driver = await on_line(world, await world.person())
    file = await send(driver, photo())
    for _ in range(3):
        opened = await driver.say("diagnose", media=[file], language="en")
        assert (await ended(driver, opened["diagnosis"], LIMIT_S))["event"] == "diagnosis.concluded"

    assert await database.fetchval("SELECT count(*) FROM readings") == 1
    examined = [event for event in driver.pushes if event["event"] == "media.examined"]
    assert len(examined) == 1
