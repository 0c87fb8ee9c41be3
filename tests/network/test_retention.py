"""Old days go while others read and write."""

import asyncio
import datetime
from uuid import UUID

import asyncpg

from monitor.network import rollups
from monitor.network.ingest import Ingest
from monitor.network.retention import keep_retention
from monitor.store.db import Database
from tests.conftest import ConnectAs
from tests.exactness import differences
from tests.network.conftest import Phone, item

DAY_S = 86400.0
LIMIT_S = 20.0


async def leaves(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM pg_inherits WHERE inhparent = 'measurements'::regclass"))


async def bring(db: Database) -> None:
    async with db.system() as tx:
        assert await rollups.win(tx)
        while await rollups.merge(tx, 1000):
            pass
        await rollups.fold(tx, "Africa/Douala", 1000, 0)


async def test_old_days_are_dropped_and_the_others_stay(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    await ingest.add(phone.batch(stream, 1, [item(ago_s=days * DAY_S) for days in (0, 5, 6, 7, 8)]))

    assert await keep_retention(db, 6, 90) == 2

    assert await leaves(owner) == 3
    assert await owner.fetchval("SELECT count(*) FROM measurements") == 3
    assert await keep_retention(db, 6, 90) == 0


async def test_which_devices_were_where_goes_with_the_measurements(db: Database, connect_as: ConnectAs) -> None:
    owner = await connect_as("superuser")
    await owner.execute("INSERT INTO providers (slug, name) VALUES ('mtn', 'MTN')")
    await owner.execute(
        "INSERT INTO presence (at, provider, cell, device)"
        " SELECT date_trunc('day', now(), 'UTC') - ago * '1 hour'::interval, id, 7, 1"
        " FROM unnest(ARRAY[0, 6 * 24, 6 * 24 + 1, 9000]) AS ago, (SELECT 0 AS id UNION SELECT id FROM providers)"
    )

    await keep_retention(db, 6, 90)

    rows = await owner.fetch("SELECT provider, (now() - at) < '7 days 1 s' AS is_young FROM presence")
    assert sorted(row["provider"] > 0 for row in rows) == [False, False, True, True]
    assert all(row["is_young"] for row in rows)


async def test_who_reads_long_holds_up_the_dropping_and_nobody_behind_it(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    owner, reader = await connect_as("superuser"), await connect_as("app")
    await ingest.add(phone.batch(stream, 1, [item(ago_s=days * DAY_S) for days in (0, 8)]))
    await bring(db)
    async with reader.transaction():
        await reader.fetch("SELECT count(*) FROM measurements")
        dropping = asyncio.create_task(keep_retention(db, 6, 90))
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        async with asyncio.timeout(LIMIT_S):
            while not await owner.fetchval(waits):  # noqa: ASYNC110 - another session's doing
                await asyncio.sleep(0.01)
        await ingest.add(phone.batch(stream, 2, [item(latency_ms=5.0)]))
        async with asyncio.timeout(5.0):
            await bring(db)
        assert not dropping.done()

    async with asyncio.timeout(LIMIT_S):
        assert await dropping == 1
    assert await leaves(owner) == 1
    assert await owner.fetchval("SELECT count(*) FROM ledger") == 0


async def test_both_sides_of_midnight_are_stored_and_rolled_up(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    """Days of storage end at midnight UTC, those of roll-ups an hour earlier."""
    now = datetime.datetime.now(datetime.UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    ages = [
        (now - midnight).total_seconds() + hours * 3600 + offset
        for hours in (0, 1)
        for offset in (-0.6, 0.0, 0.6, 59.9, 60.1)
    ]
    await ingest.add(phone.batch(stream, 1, [item(ago_s=max(0.0, age), latency_ms=50.0) for age in ages]))
    await bring(db)

    owner = await connect_as("superuser")
    assert await leaves(owner) == 2
    assert await differences(owner) == []
