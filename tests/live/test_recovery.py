"""Redis, links, publishers and sockets die at random moments: no console misses an event without being told."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

import pytest
import redis.asyncio

from monitor.embedded import ValkeyServer
from monitor.errors import Draining
from monitor.live import hub, link, outbox
from monitor.store.db import Database
from monitor.wire.envelope import Format
from tests.conftest import ConnectAs
from tests.live import following
from tests.live.conftest import LIMIT_S, StartProcess, publishing, until
from tests.live.conftest import Process as Live
from tests.live.following import MTN, Client, Process, change_alert, open_alert

ROUNDS = 10


class Follower:
    """A client that comes back with its place whenever it is told to, to whichever server."""

    def __init__(self, processes: list[Process], wire_format: Format, chance: random.Random) -> None:
        self.processes = processes
        self.wire_format = wire_format
        self.chance = chance
        self.client = Client(wire_format)
        self.recovered = 0
        self.told = 0
        """how often it was told that something may be missing"""
        self.skipped: list[tuple[int, int, int]] = []

    async def follow(self) -> None:
        """Connects, and connects again after each close."""
        while True:
            process = self.chance.choice(self.processes)
            old = self.client
            self.client = Client(self.wire_format, door=process, rows=dict(old.rows))
            said = await self.client.subscribe(place=old.place)
            self.recovered += said.get("recovered") is True
            self.told += said.get("recovered") is False
            while self.client.closed_with is None:  # noqa: ASYNC110 - a listener is told by a call
                await asyncio.sleep(0.005)
            self.leave()

    def leave(self) -> None:
        self.skipped += self.client.skipped
        self.client.skipped = []
        if self.client.door is not None:
            self.client.door.hub.leave_all(self.client)


async def keep_happening(db: Database, chance: random.Random) -> None:
    alerts = [await open_alert(db)]
    while True:
        if chance.random() < 0.2:
            alerts.append(await open_alert(db))
        else:
            await change_alert(db, chance.choice(alerts))
        await asyncio.sleep(chance.uniform(0, 0.004))


@contextlib.asynccontextmanager
async def running(*work: object) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(each) for each in work]  # type: ignore[call-overload]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def strike(valkey: ValkeyServer, live: list[Live], followers: list[Follower], chance: random.Random) -> None:
    """One thing goes wrong, and is put right."""
    match chance.choice(["redis", "links", "links", "sockets", "sockets", "flush"]):
        case "sockets":
            for follower in chance.sample(followers, 3):
                follower.client.close_with(Draining())
        case "redis":
            valkey.kill()
            await asyncio.sleep(chance.uniform(0, 0.1))
            valkey.start()
        case "links":
            async with redis.asyncio.Redis.from_url(valkey.url) as hand:
                await hand.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        case "flush":
            async with redis.asyncio.Redis.from_url(valkey.url) as hand:
                await hand.flushall()
    async with asyncio.timeout(LIMIT_S):
        for each in live:
            assert await each.bus.wait_until_up(LIMIT_S)


@pytest.mark.parametrize("seed", [1])
async def test_nobody_misses_an_event_untold(
    db: Database,
    start_process: StartProcess,
    valkey: ValkeyServer,
    connect_as: ConnectAs,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    monkeypatch.setattr(hub, "SPREAD_FIRST_S", 0.03)
    monkeypatch.setattr(link, "LONGEST_PAUSE_S", 0.1)
    monkeypatch.setattr(outbox, "TAKEOVER_S", 0.05)
    monkeypatch.setattr(outbox, "PAUSE_S", 0.1)
    await (await connect_as("superuser")).execute(following.PREPARE)
    chance = random.Random(seed)
    live = [await start_process(url=valkey.url) for _ in range(2)]
    processes = [Process(db, each.hub) for each in live]
    followers = [Follower(processes, wire_format, chance) for wire_format in list(Format) * 3]

    async with running(*(follower.follow() for follower in followers)):
        async with running(*(keep_happening(db, chance) for _ in range(4))):
            for _ in range(ROUNDS):
                # A publisher is cut off in the middle of its work each round; the other process's takes over.
                async with publishing(db, live[0].bus):
                    async with publishing(db, live[1].bus):
                        await asyncio.sleep(chance.uniform(0.05, 0.15))
                        await strike(valkey, live, followers, chance)
                    await asyncio.sleep(chance.uniform(0.05, 0.15))
        async with publishing(db, live[1].bus):
            # Nothing else happens from here on: what somebody missed now, he would miss for ever.
            standing = {
                row.id: row.version for row in await following.read_alerts(db, following.ADMINISTRATOR.viewer, MTN)
            }
            await until(lambda: all(follower.client.rows == standing for follower in followers))

    for follower in followers:
        follower.leave()
    assert [follower.skipped for follower in followers] == [[]] * len(followers)
    # Otherwise nothing was tried.
    assert sum(follower.recovered for follower in followers) > 0
    assert sum(follower.told for follower in followers) > 0
