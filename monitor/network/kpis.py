"""Shows what the roll-ups say: the newest minute for consoles, and series, areas and an overview for pages."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from monitor.live.messages import Latest
from monitor.network.histograms import percentile
from monitor.network.kinds import Kpi
from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import ProviderId, Viewer, cell_text

_sql = Shelf("kpis")

LIVE_MINUTES = 5
"""A place whose newest minute is older is not live: its row leaves the snapshot."""

_SAMPLE_BITS = 28


class KpiMinute(msgspec.Struct, frozen=True):
    """One KPI of one place and generation in its newest minute."""

    id: str
    """`<kpi>/<cell or *>/<generation or *>`"""
    version: int
    """rises with the minute, and within it with the samples"""
    from_: datetime.datetime = msgspec.field(name="from")
    to: datetime.datetime
    samples: int
    mean: float | None
    p50: float | None
    """of the provider as a whole; minutes keep no histograms by cell"""
    p95: float | None


class LatestMeasurement(msgspec.Struct, frozen=True):
    """The newest measurement of one place and generation; no device and no person."""

    id: str
    """`<cell>/<generation>`; the cell is `*` where the place is unknown"""
    version: int
    cell: str | None
    generation: str
    measured_at: datetime.datetime
    signal_dbm: float | None
    download_mbps: float | None
    upload_mbps: float | None
    latency_ms: float | None
    jitter_ms: float | None
    packet_loss_pct: float | None
    connected: bool | None
    suspect: bool


async def newest_minutes(
    tx: Transaction, provider: ProviderId, since: datetime.datetime, moved: Sequence[int] | None = None
) -> list[KpiMinute]:
    """Each KPI's newest minute since then; cells only those that moved, all when None."""
    rows = await tx.fetch(_sql["newest_minutes"], provider, since, moved)
    buckets = _by_minute(await tx.fetch(_sql["minute_histograms"], provider, since))
    return [minute for row in rows for kpi in Kpi if (minute := _kpi_minute(row, kpi, buckets)) is not None]


async def kpi_snapshot(db: Database, viewer: Viewer, provider: ProviderId | None) -> list[KpiMinute]:
    """What is live of a provider, as far as the viewer may see it."""
    assert provider is not None
    async with db.reading(viewer) as tx:
        return await newest_minutes(tx, provider, _live_since())


async def measurement_snapshot(db: Database, viewer: Viewer, provider: ProviderId | None) -> list[LatestMeasurement]:
    """The newest measurement of each place, as far as the viewer may see it."""
    async with db.viewing(viewer) as tx:
        return [latest_measurement(row) for row in await tx.fetch(_sql["latest_measurements"], provider)]


def latest_measurement(row: Row) -> LatestMeasurement:
    """A row of latest_measurements, as the wire has it."""
    cell = cell_text(row["cell"])
    return LatestMeasurement(
        id=f"{cell or '*'}/{row['generation']}",
        version=row["version"],
        cell=cell,
        generation=row["generation"],
        measured_at=row["measured_at"],
        signal_dbm=row["signal_dbm"],
        download_mbps=row["download_mbps"],
        upload_mbps=row["upload_mbps"],
        latency_ms=row["latency_ms"],
        jitter_ms=row["jitter_ms"],
        packet_loss_pct=row["packet_loss_pct"],
        connected=row["connected"],
        suspect=row["suspect"],
    )


def told(event: str, rows: Iterable[KpiMinute | LatestMeasurement]) -> list[Latest]:
    """Rows as events of a latest channel."""
    return [Latest(row.id, event, row) for row in rows]


def _live_since() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=LIVE_MINUTES)


def _kpi_minute(
    row: Row, kpi: Kpi, buckets: dict[tuple[datetime.datetime, str, str], list[tuple[int, int]]]
) -> KpiMinute | None:
    samples = row[f"{kpi}_n"]
    if not samples:
        return None
    cell = "*" if row["all_cells"] else cell_text(row["cell"])
    generation = "*" if row["all_generations"] else row["generation"]
    counts = buckets.get((row["at"], generation, kpi.value), []) if row["all_cells"] else []
    minute = int(row["at"].timestamp()) // 60
    return KpiMinute(
        id=f"{kpi}/{cell}/{generation}",
        version=(minute << _SAMPLE_BITS) + min(samples, (1 << _SAMPLE_BITS) - 1),
        from_=row["at"],
        to=row["at"] + datetime.timedelta(minutes=1),
        samples=samples,
        mean=row[f"{kpi}_sum"] / samples,
        p50=percentile(kpi, counts, 0.5),
        p95=percentile(kpi, counts, 0.95),
    )


def _by_minute(rows: Iterable[Row]) -> dict[tuple[datetime.datetime, str, str], list[tuple[int, int]]]:
    """Buckets by minute, generation (and `*`), KPI."""
    buckets: dict[tuple[datetime.datetime, str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        for generation in (row["generation"], "*"):
            buckets[row["at"], generation, row["kpi"]].append((row["bucket"], row["n"]))
    return buckets
