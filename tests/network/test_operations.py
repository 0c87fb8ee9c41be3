"""What each process says of itself, and what it says when the database is gone or it is told to end."""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from monitor.embedded import PostgresServer
from monitor.live import topics
from monitor.live.bus import Bus, open_bus
from monitor.live.hub import open_hub
from monitor.network.ingest import Ingest
from monitor.network.operations import EVERY_S, Reporter, ServerState
from monitor.settings import Settings
from monitor.store import bootstrap, migrate
from monitor.store.db import Database, open_database
from monitor.work import jobs
from monitor.work.jobs import JobKind
from tests.live.conftest import Console, until


@dataclass(frozen=True, slots=True)
class Crowd:
    """Sockets, counted by hand."""

    count: int
    devices: int

    def __len__(self) -> int:
        return self.count


@pytest.fixture
async def bus(settings: Settings) -> AsyncIterator[Bus]:
    async with open_bus(settings.redis) as bus:
        assert await bus.wait_until_up(5)
        yield bus


@pytest.fixture
async def console(bus: Bus) -> AsyncIterator[Console]:
    """An administrator's, who follows `ops`."""
    console = Console()
    async with open_hub(bus) as hub:
        (await hub.join(topics.OPS, console)).release(0)
        yield console


@contextlib.asynccontextmanager
async def reporting(db: Database, bus: Bus, ingest: Ingest) -> AsyncIterator[None]:
    task = asyncio.create_task(Reporter(db, bus, Crowd(5, 3), ingest).run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def said(console: Console) -> list[ServerState]:
    assert {event["event"] for event in console.events} <= {"ops.updated"}
    return [msgspec.convert(event["data"], ServerState) for event in console.events]


async def test_a_process_tells_what_it_holds_and_how_far_the_fleet_is_behind(
    db: Database, bus: Bus, console: Console, ingest: Ingest
) -> None:
    began = datetime.datetime.now(datetime.UTC)
    async with db.system() as tx:
        await jobs.enqueue(tx, JobKind.EXAMINE, "7")
    async with reporting(db, bus, ingest):
        await until(lambda: console.events)

        (state,) = said(console)

    assert (state.sockets, state.devices, state.rows_waiting, state.is_leaving) == (5, 3, 0, False)
    assert (state.merger_age_s, state.queue_age_s, state.live) == (0.0, 0.0, True)
    assert {each.kind: each.waiting for each in state.jobs} == {JobKind.EXAMINE: 1, JobKind.DIAGNOSE: 0}
    assert EVERY_S <= state.traffic.over_s < EVERY_S + 1
    assert began <= state.started_at < began + datetime.timedelta(seconds=1)


async def test_a_process_that_is_told_to_end_says_so(db: Database, bus: Bus, console: Console, ingest: Ingest) -> None:
    async with reporting(db, bus, ingest):
        await until(lambda: console.events)
    await until(lambda: len(console.events) > 1)

    first, last = said(console)
    assert (first.is_leaving, last.is_leaving) == (False, True)
    assert last.id == first.id
    assert last.version > first.version


async def test_without_the_database_a_process_is_not_silent(
    settings: Settings, bus: Bus, console: Console, ingest: Ingest, server_folder: Path
) -> None:
    with PostgresServer(server_folder / "postgres", log=server_folder / "log", fast=True) as postgres:
        made = await bootstrap.bootstrap(postgres.url())
        await migrate.up(made.urls["ROADPULSE_DATABASE_OWNER_URL"])
        own = msgspec.structs.replace(
            settings.database,
            url=made.urls["ROADPULSE_DATABASE_URL"],
            system_url=made.urls["ROADPULSE_DATABASE_SYSTEM_URL"],
            analyst_url=made.urls["ROADPULSE_DATABASE_ANALYST_URL"],
        )
        async with open_database(own) as db, reporting(db, bus, ingest):
            await until(lambda: console.events)
            await asyncio.to_thread(postgres.stop)
            await until(lambda: said(console)[-1].merger_age_s is None)

            last = said(console)[-1]

    assert (last.sockets, last.queue_age_s, last.jobs, last.is_leaving) == (5, None, [], False)
