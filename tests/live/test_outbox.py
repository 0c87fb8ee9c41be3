"""What was committed is told, once and in order, whoever dies on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from monitor.live import outbox, topics
from monitor.live.bus import Bus
from monitor.live.outbox import Happening, Publisher
from monitor.settings import Settings
from monitor.store.db import Database, open_database
from monitor.values import ProviderId
from tests.live.conftest import Console, StartProcess, until

MTN = topics.alerts("mtn")


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings.database) as opened:
        yield opened


@contextlib.asynccontextmanager
async def publishing(db: Database, bus: Bus) -> AsyncIterator[Publisher]:
    publisher = Publisher(db, bus)
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def opened(alert: int, version: int = 1) -> Happening:
    return Happening(
        MTN, "alert.opened", {"id": alert, "version": version, "note": "é\n\u2028"}, provider=ProviderId(1)
    )


async def happen(db: Database, *happenings: Happening) -> None:
    async with db.system() as tx:
        await outbox.add(tx, happenings)


async def test_committed_event_reaches_console(db: Database, start_process: StartProcess) -> None:
    process = await start_process()
    console = Console()
    (await process.hub.join(MTN, console)).release(0)
    async with publishing(db, process.bus):
        await happen(db, opened(1), opened(2))
        await until(lambda: len(console.events) == 2)

    assert [event["data"]["id"] for event in console.events] == [1, 2]
    assert console.events[0]["data"]["note"] == "é\n\u2028"
