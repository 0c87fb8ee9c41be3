"""Reads measurements back, as far as the viewer may see them."""

import datetime
from dataclasses import dataclass
from uuid import UUID

import msgspec

from monitor.network.providers import Directory
from monitor.network.streams import NO_STREAM
from monitor.store.db import Database, Row
from monitor.store.queries import Shelf
from monitor.values import ProviderId, Role, Viewer, cell_text

_sql = Shelf("measurements")

DEFAULT_SPAN = datetime.timedelta(hours=24)
"""How far back a list goes that names no beginning: one or two leaves."""


class Measurement(msgspec.Struct, frozen=True):
    """A measurement as it was kept."""

    id: str
    """`<batch>.<position>`: the committed flush, and the place in it"""
    stream: UUID | None
    seq: int | None
    item: int
    """index in its batch"""
    received_at: datetime.datetime
    measured_at: datetime.datetime
    provider: str | None
    """null when no operator has this carrier"""
    cell: str | None
    """H3 resolution 8"""
    suspect: bool
    """inside the wire bounds, outside the plausible ranges"""
    signal_dbm: float | None
    download_mbps: float | None
    upload_mbps: float | None
    latency_ms: float | None
    jitter_ms: float | None
    packet_loss_pct: float | None
    latitude: float | None
    longitude: float | None
    accuracy_m: float | None
    connected: bool | None
    generation: str
    carrier: str
    network_type: str | None
    device_info: str | None
    app_version: str | None
    device: int | None
    """the caller's own devices only"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ended."""

    measured_at: datetime.datetime
    batch: int
    position: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which measurements a list is to hold."""

    provider: ProviderId | None
    since: datetime.datetime
    until: datetime.datetime
    generation: str | None
    network_type: str | None
    cell: int | None
    """H3 resolution 8, or 6 for all within"""
    limit: int
    before: Place | None
    device_info: str | None = None
    """as the phone says it"""
    app_version: str | None = None


async def some(
    db: Database, viewer: Viewer, wanted: Wanted, directory: Directory
) -> tuple[list[Measurement], Place | None]:
    """A page, the newest first, and where the next one begins."""
    is_own = viewer.role not in (Role.OPERATOR, Role.ADMINISTRATOR)
    before = wanted.before
    async with db.viewing(viewer) as tx:
        rows = await tx.fetch(
            _sql["some"],
            wanted.since,
            wanted.until,
            wanted.provider,
            viewer.person if is_own else None,
            wanted.generation,
            wanted.network_type,
            wanted.cell,
            wanted.limit + 1,
            before.measured_at if before else None,
            before.batch if before else None,
            before.position if before else None,
            wanted.device_info,
            wanted.app_version,
        )
    page = rows[: wanted.limit]
    more = len(rows) > wanted.limit
    last = Place(page[-1]["measured_at"], page[-1]["batch"], page[-1]["position"]) if more else None
    return [_shown(row, directory, is_own=is_own) for row in page], last


def _shown(row: Row, directory: Directory, *, is_own: bool) -> Measurement:
    provider = directory.by_id.get(row["provider"])
    has_stream = row["stream"] != NO_STREAM
    names = (
        "item", "received_at", "measured_at", "suspect", "signal_dbm", "download_mbps", "upload_mbps", "latency_ms",
        "jitter_ms", "packet_loss_pct", "latitude", "longitude", "accuracy_m", "connected", "generation", "carrier",
        "network_type", "device_info", "app_version",
    )  # fmt: skip
    return Measurement(
        id=f"{row['batch']}.{row['position']}",
        # A stream names a phone: operators measure networks, not people.
        stream=row["stream"] if is_own and has_stream else None,
        seq=row["seq"] if is_own and has_stream else None,
        provider=provider.slug if provider else None,
        cell=cell_text(row["cell"]),
        device=row["device"] if is_own else None,
        **{name: row[name] for name in names},
    )
