"""Reads what crowds measured: whole hours of areas where at least ten phones were heard, and nobody in particular."""

import datetime
from dataclasses import dataclass

import msgspec

from monitor.network.measurements import Place
from monitor.network.providers import Directory
from monitor.store.db import Database
from monitor.store.queries import Shelf
from monitor.values import ProviderId, cell_text

_sql = Shelf("crowds")


class CrowdHour(msgspec.Struct, frozen=True):
    """What one operator's phones measured in one area in one hour; means over all their measurements."""

    at: datetime.datetime
    """beginning of the hour"""
    provider: str
    cell: str | None
    """H3 resolution 6; null where the place is unknown"""
    devices: int
    """distinct; at least ten, or the hour is not here"""
    measurements: int
    signal_dbm: float | None
    download_mbps: float | None
    upload_mbps: float | None
    latency_ms: float | None
    jitter_ms: float | None
    packet_loss_pct: float | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which hours a list is to hold."""

    provider: ProviderId | None
    cell: int | None
    since: datetime.datetime
    until: datetime.datetime
    limit: int
    before: Place | None


async def some(db: Database, wanted: Wanted, directory: Directory) -> tuple[list[CrowdHour], Place | None]:
    """A page, the newest hour first, and where the next one begins."""
    before = wanted.before
    async with db.analyst() as tx:
        rows = await tx.fetch(
            _sql["some"],
            wanted.since,
            wanted.until,
            wanted.provider,
            wanted.cell,
            wanted.limit + 1,
            before.measured_at if before else None,
            before.batch if before else None,
            before.position if before else None,
        )
    page = rows[: wanted.limit]
    last = Place(page[-1]["at"], page[-1]["cell"], page[-1]["provider"]) if len(rows) > wanted.limit else None
    shown = [
        CrowdHour(**dict(row) | {"provider": directory.by_id[row["provider"]].slug, "cell": cell_text(row["cell"])})
        for row in page
        if row["provider"] in directory.by_id
    ]
    return shown, last
