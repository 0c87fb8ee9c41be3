"""Consoles that keep what they are given, and buses and hubs of several server processes on one Valkey."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import pytest
import redis.asyncio

from monitor.embedded import ValkeyServer
from monitor.errors import Roadpulse
from monitor.live.bus import Bus, open_bus
from monitor.live.hub import Hub, open_hub
from monitor.live.mailbox import Mailbox
from monitor.live.messages import Told
from monitor.live.outbox import Publisher
from monitor.live.pushes import Push
from monitor.settings import Redis, Settings
from monitor.store.db import Database, open_database
from monitor.wire.envelope import Format

LIMIT_S = 10.0


@dataclass(eq=False)
class Console:
    """A listener whose reader takes everything at once, unless it is told to be slow."""

    wire_format: Format = Format.JSON
    mailbox: Mailbox = field(default_factory=lambda: Mailbox(1 << 20))
    is_slow: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    closed_with: Roadpulse | None = None

    def offer(self, push: Push) -> None:
        self.mailbox.offer(push)
        if not self.is_slow:
            self.read()

    def read(self) -> None:
        for frame in self.mailbox.take():
            decode = msgspec.json.decode if self.wire_format is Format.JSON else msgspec.msgpack.decode
            self.events += decode(frame)["push"]["events"]

    def close_with(self, error: Roadpulse) -> None:
        self.closed_with = self.closed_with or error

    @property
    def ids(self) -> list[int]:
        """The ids of the events received, in order."""
        return [event["id"] for event in self.events]

    @property
    def offsets(self) -> list[int]:
        return [event["offset"] for event in self.events]


@dataclass(frozen=True, slots=True)
class Process:
    """What one server process has of the live floor."""

    bus: Bus
    hub: Hub


StartProcess: TypeAlias = Callable[..., Awaitable[Process]]
Cut: TypeAlias = Callable[[], Awaitable[None]]


def told(channel: str, *ids: int) -> list[Told]:
    """Events of these ids, as the outbox hands them over."""
    return [
        Told(
            channel,
            each,
            msgspec.json.encode({"id": each, "event": "alert.opened", "data": {"id": 1, "version": each}}),
        )
        for each in ids
    ]


async def until(holds: Callable[[], object]) -> None:
    """Waits until it is true, with a limit."""
    async with asyncio.timeout(LIMIT_S):
        while not holds():  # noqa: ASYNC110 - it changes in callbacks
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def publishing(db: Database, bus: Bus) -> AsyncIterator[Publisher]:
    """One process's publisher at work; leaving kills it in the middle of whatever it does."""
    publisher = Publisher(db, bus)
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings.database) as opened:
        yield opened


@pytest.fixture
async def start_process(redis_url: str) -> AsyncIterator[StartProcess]:
    """Starts the live floor of one more process; all end with the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(*, url: str = redis_url, history: int = 1000, is_up: bool = True) -> Process:
            bus = await stack.enter_async_context(open_bus(Redis(history, 3600.0, url)))
            hub = await stack.enter_async_context(open_hub(bus))
            if is_up:
                assert await bus.wait_until_up(LIMIT_S)
            return Process(bus, hub)

        yield start


@pytest.fixture
async def cut(redis_url: str) -> AsyncIterator[Cut]:
    """Cuts every subscription's connection, as a network does; Redis itself lives on."""
    async with redis.asyncio.Redis.from_url(redis_url) as hand:

        async def cut() -> None:
            await hand.execute_command("CLIENT", "KILL", "TYPE", "pubsub")

        yield cut


@pytest.fixture
def valkey(server_folder: Path) -> Iterator[ValkeyServer]:
    """A Valkey of the test's own, to be killed."""
    with ValkeyServer(server_folder / "valkey", log=server_folder / "valkey.log", fast=True) as server:
        yield server
