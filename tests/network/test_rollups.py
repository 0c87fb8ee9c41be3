"""The roll-ups hold exactly what the raw rows add up to, whatever came late, twice or at once."""

import asyncio
import random
from uuid import UUID, uuid4

import pytest

from monitor.network import rollups
from monitor.network.ingest import Ingest
from monitor.network.streams import open_stream
from monitor.store.db import Database
from tests.conftest import ConnectAs
from tests.exactness import differences
from tests.network.conftest import Phone, item


async def merge(db: Database, most_rows: int) -> rollups.Merged | None:
    async with db.system() as tx:
        return await rollups.merge(tx, most_rows) if await rollups.win(tx) else None


async def fold(db: Database, most: int, after_s: float = 0) -> int:
    async with db.system() as tx:
        return await rollups.fold(tx, "Africa/Douala", most, after_s) if await rollups.win(tx) else 0


async def bring_all(db: Database) -> None:
    while await merge(db, most_rows=100):
        pass
    while await fold(db, most=70):
        pass


def some_item() -> object:
    chance = random.Random()
    fields = {
        "signal_dbm": chance.uniform(-130, -40), "download_mbps": chance.uniform(0, 1200),
        "latency_ms": chance.uniform(0, 6000), "packet_loss_pct": chance.choice([0.0, 1.5, 100.0]),
        "latitude": chance.uniform(3, 6), "longitude": chance.uniform(9, 12), "connected": chance.random() < 0.9,
    }  # fmt: skip
    chosen = {name: value for name, value in fields.items() if chance.random() < 0.8}
    if "latitude" not in chosen or "longitude" not in chosen:
        chosen.pop("latitude", None)
        chosen.pop("longitude", None)
    return item(
        chance.choice(["MTN", "Orange", "624-03", "Nobody"]),
        ago_s=chance.choice([0, 5, 70, 4000, 90000, 30 * 86400]),
        network_type=chance.choice([None, "LTE", "HSPA+", "5G"]),
        **chosen,
    )


async def test_rollups_equal_the_raw_rows_after_late_rows_and_duplicates(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    for seq in range(1, 8):
        batch = phone.batch(stream, seq, [some_item() for _ in range(60)])  # type: ignore[misc]
        await asyncio.gather(ingest.add(batch), ingest.add(batch))
        if seq % 2:
            await merge(db, most_rows=100)
        if seq % 3 == 0:
            await fold(db, most=70)
    await bring_all(db)

    assert await differences(await connect_as("superuser")) == []
    connection = await connect_as("superuser")
    assert await connection.fetchval("SELECT sum(rows) FROM rollups_hour") == 420


async def test_a_merge_that_fails_leaves_the_ledger(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    await ingest.add(phone.batch(stream, 1, [item(latency_ms=5.0)]))
    connection = await connect_as("superuser")
    await connection.execute("ALTER TABLE presence RENAME TO elsewhere")

    with pytest.raises(Exception, match="presence"):
        await merge(db, most_rows=1000)
    await connection.execute("ALTER TABLE elsewhere RENAME TO presence")
    assert await merge(db, most_rows=1000) is not None
    await bring_all(db)

    assert await differences(await connect_as("superuser")) == []


async def test_a_fold_that_fails_keeps_what_waits(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    await ingest.add(phone.batch(stream, 1, [item(latency_ms=5.0)]))
    await merge(db, most_rows=1000)
    connection = await connect_as("superuser")
    await connection.execute("ALTER TABLE histograms_day RENAME TO elsewhere")

    with pytest.raises(Exception, match="histograms_day"):
        await fold(db, most=1000)
    await connection.execute("ALTER TABLE elsewhere RENAME TO histograms_day")
    assert await fold(db, most=1000) == 1

    assert await differences(connection) == []


async def test_hours_and_days_are_changed_once_for_many_merges(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    for seq in (1, 2, 3):
        await ingest.add(phone.batch(stream, seq, [item(latency_ms=5.0)]))
        assert await merge(db, most_rows=1000) is not None

    assert await fold(db, most=1000, after_s=60) == 0
    assert await fold(db, most=1000) == 3
    assert await differences(await connect_as("superuser")) == []


async def test_a_merge_takes_hardly_more_rows_than_it_was_told(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID
) -> None:
    for seq in range(1, 6):
        await ingest.add(phone.batch(stream, seq, [item(latency_ms=5.0)] * 10))

    brought = [await merge(db, most_rows=most) for most in (20, 21, 20)]
    assert [each and each.rows for each in brought] == [20, 30, None]


async def test_only_one_merger_works_at_a_time(
    ingest: Ingest, db: Database, phone: Phone, connect_as: ConnectAs
) -> None:
    for _ in range(8):
        stream = uuid4()
        await open_stream(db, stream, phone.device, None, 0)
        await ingest.add(phone.batch(stream, 1, [some_item() for _ in range(40)]))  # type: ignore[misc]

    async def work() -> None:
        for _ in range(6):
            await merge(db, most_rows=1)
            await fold(db, most=1)

    await asyncio.gather(work(), work(), work())
    await bring_all(db)

    assert await differences(await connect_as("superuser")) == []
