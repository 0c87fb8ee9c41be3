"""Finds the gaps in a network's coverage: areas of the last week that are cut off, weak, or heard no more."""

import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from monitor.network import cells
from monitor.store.db import Database, Row
from monitor.store.queries import Shelf
from monitor.values import ProviderId, Viewer, cell_text

_sql = Shelf("gaps")

WEEK = datetime.timedelta(days=7)

LEAST_ROWS = 10
"""An area with fewer may be one phone in a cellar."""

CONNECTED_SHARE = 0.9

WEAK_DBM = -115.0
"""Below this phones of every generation lose the network again and again."""


class GapKind(StrEnum):
    """What makes an area a gap."""

    UNCONNECTED = "unconnected"
    """in more than a tenth of the measurements the phone had no connection"""
    WEAK = "weak"
    """its mean signal is below -115 dBm"""
    SILENT = "silent"
    """heard in the week before, and not since"""


class Gap(msgspec.Struct, frozen=True):
    """An area where the network is missing."""

    cell: str
    """H3 resolution 6"""
    name: str
    """the nearest place"""
    outline: list[list[float]]
    """corners as [longitude, latitude], closed"""
    center: list[float]
    kinds: list[GapKind]
    samples: int
    """of the last seven days; 0 where it is silent"""
    connected: float | None
    """share of them that were connected"""
    signal_dbm: float | None
    """their mean"""
    last_day: datetime.datetime
    """beginning of the last day with a measurement, in the zone of the settings"""


async def some(db: Database, viewer: Viewer, provider: ProviderId, zone: str) -> list[Gap]:
    """Every gap of the last seven days and today, as far as the viewer may see the provider."""
    today = datetime.datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    since, before = today - WEEK, today - 2 * WEEK
    async with db.viewing(viewer) as tx:
        rows = await tx.fetch(_sql["gaps"], provider, since, LEAST_ROWS, CONNECTED_SHARE, WEAK_DBM, before)
    return [_gap(row) for row in rows]


def _gap(row: Row) -> Gap:
    cell = row["cell"]
    return Gap(
        cell=cell_text(cell) or "",
        name=cells.name(cell),
        outline=cells.outline(cell),
        center=cells.middle(cell),
        kinds=[kind for kind in GapKind if row[f"is_{kind}"]],
        samples=row["rows"],
        connected=row["connected"],
        signal_dbm=row["signal_dbm"],
        last_day=row["last_at"],
    )
