"""The roll-ups hold exactly what the raw rows add up to, whatever came late, twice or at once."""

import asyncio
import random
from uuid import UUID, uuid4

import pytest

from monitor.network.ingest import Ingest, open_stream
from monitor.network import rollups
from monitor.store.db import Database
from tests.conftest import ConnectAs
from tests.network.conftest import Phone, item

KPIS = ("signal_dbm", "download_mbps", "upload_mbps", "latency_ms", "jitter_ms", "packet_loss_pct")


async def merge(db: Database, zone: str, most_batches: int) -> rollups.Merged | None:
    async with db.system() as tx:
        return await rollups.merge(tx, zone, most_batches) if await rollups.win(tx) else None


async def differences(connect_as: ConnectAs, zone: str = "Africa/Douala") -> list[object]:
    """Every key at which a roll-up and the raw rows disagree."""
    connection = await connect_as("superuser")
    found: list[object] = []
    for table, unit, at_zone in (
        ("rollups_minute", "minute", "UTC"), ("rollups_hour", "hour", "UTC"), ("rollups_day", "day", zone),
    ):  # fmt: skip
        sums = ", ".join(
            f"count({kpi})::int, round(coalesce(sum({kpi}::float8), 0)::numeric, 6),"
            f" round(coalesce(sum({kpi}::float8 * {kpi}), 0)::numeric, 4), min({kpi}), max({kpi})"
            for kpi in KPIS
        )
        held = ", ".join(
            f"{kpi}_n, round({kpi}_sum::numeric, 6), round({kpi}_squares::numeric, 4), {kpi}_min, {kpi}_max"
            for kpi in KPIS
        )
        raw = (
            f"SELECT provider, date_trunc('{unit}', measured_at, '{at_zone}'), area_of(cell), generation, count(*)::int,"
            f" (count(*) FILTER (WHERE suspect))::int, count(connected)::int,"
            f" (count(*) FILTER (WHERE connected))::int, {sums} FROM measurements GROUP BY 1, 2, 3, 4"
        )
        rolled = (
            f"SELECT provider, at, cell, generation, rows, suspects, connected_n, connected_sum, {held} FROM {table}"
        )
        found += await connection.fetch(f"({raw} EXCEPT {rolled}) UNION ALL ({rolled} EXCEPT {raw})")
    return found + await connection.fetch(
        "(SELECT provider, date_trunc('hour', measured_at), area_of(cell), device FROM measurements"
        " EXCEPT SELECT provider, at, cell, device FROM presence)"
        " UNION ALL (SELECT provider, at, cell, device FROM presence EXCEPT"
        " SELECT provider, date_trunc('hour', measured_at), area_of(cell), device FROM measurements)"
    )


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
            await merge(db, "Africa/Douala", most_batches=3)
    while await merge(db, "Africa/Douala", most_batches=3):
        pass

    assert await differences(connect_as) == []
    connection = await connect_as("superuser")
    assert await connection.fetchval("SELECT sum(rows) FROM rollups_hour") == 420
    for table in ("histograms_minute", "histograms_hour"):
        held = await connection.fetch(f"SELECT kpi, sum(n) AS n FROM {table} GROUP BY kpi ORDER BY kpi")
        for kpi, n in held:
            assert n == await connection.fetchval(f"SELECT count({kpi}) FROM measurements")


async def test_a_merge_that_fails_leaves_the_ledger(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    await ingest.add(phone.batch(stream, 1, [item(latency_ms=5.0)]))
    connection = await connect_as("superuser")
    await connection.execute("ALTER TABLE presence RENAME TO elsewhere")

    with pytest.raises(Exception, match="presence"):
        await merge(db, "Africa/Douala", most_batches=10)
    await connection.execute("ALTER TABLE elsewhere RENAME TO presence")
    assert await merge(db, "Africa/Douala", most_batches=10) is not None

    assert await differences(connect_as) == []


async def test_only_one_merger_works_at_a_time(
    ingest: Ingest, db: Database, phone: Phone, connect_as: ConnectAs
) -> None:
    for _ in range(8):
        stream = uuid4()
        await open_stream(db, stream, phone.device, None, 0)
        await ingest.add(phone.batch(stream, 1, [some_item() for _ in range(40)]))  # type: ignore[misc]

    async def work() -> None:
        for _ in range(6):
            await merge(db, "Africa/Douala", most_batches=1)

    await asyncio.gather(work(), work(), work())
    while await merge(db, "Africa/Douala", most_batches=10):
        pass

    assert await differences(connect_as) == []
