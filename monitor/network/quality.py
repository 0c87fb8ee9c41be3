"""Shows how good what phones send is: what was set aside and why, and how much of the rest is hard to believe."""

import datetime
from dataclasses import dataclass
from uuid import UUID

import msgspec

from monitor.network.providers import Directory
from monitor.network.streams import NO_STREAM
from monitor.store.db import Database, Row
from monitor.store.queries import Shelf
from monitor.values import ProviderId, Viewer

_sql = Shelf("quality")


class SetAside(msgspec.Struct, frozen=True):
    """An item that was outside the wire's bounds, as it came."""

    id: int
    received_at: datetime.datetime
    path: str
    """the member at fault; empty for the item as a whole"""
    reason: str
    item: int
    """index in its batch"""
    raw: bytes
    """JSON or MessagePack, as the device sent it"""
    stream: UUID | None
    """the caller's own devices only"""
    seq: int | None
    device: int | None


class DayQuality(msgspec.Struct, frozen=True):
    """An operator's measurements of one day."""

    at: datetime.datetime
    """beginning of the day in the zone of the settings"""
    provider: str | None
    """null: of carriers that no operator has"""
    rows: int
    suspects: int
    """inside the wire bounds, outside the plausible ranges"""


class Rejection(msgspec.Struct, frozen=True):
    """Why items were set aside."""

    path: str
    reason: str
    items: int
    last_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items a list is to hold."""

    since: datetime.datetime
    until: datetime.datetime
    path: str | None
    limit: int
    before: int
    """id; 0 for the beginning"""


async def set_aside(db: Database, viewer: Viewer, wanted: Wanted) -> list[SetAside]:
    """What the viewer may see of it, the newest first: a person what her devices sent, an administrator all."""
    asked = (wanted.since, wanted.until, wanted.path, wanted.before, wanted.limit, viewer.person)
    async with db.viewing(viewer) as tx:
        rows = await tx.fetch(_sql["set_aside"], *asked)
    return [_set_aside(row) for row in rows]


async def own_rejections(
    db: Database, viewer: Viewer, since: datetime.datetime, until: datetime.datetime
) -> list[Rejection]:
    """Why what the viewer's own phones sent was set aside, the most frequent first, at most 100."""
    async with db.viewing(viewer) as tx:
        rows = await tx.fetch(_sql["own_rejections"], since, until, viewer.person)
    return [Rejection(**row) for row in rows]


async def summary(
    db: Database, viewer: Viewer, directory: Directory, since: datetime.datetime, until: datetime.datetime,
    provider: ProviderId | None, zone: str,
) -> tuple[list[DayQuality], list[Rejection]]:  # fmt: skip
    """Every day's rows and suspects, and why what the viewer may see of the quarantine is there."""
    async with db.reading(viewer) as tx:
        days = await tx.fetch(_sql["days"], since, until, provider, zone)
        rejections = await tx.fetch(_sql["rejections"], since, until)
    return [_day(row, directory) for row in days], [Rejection(**row) for row in rejections]


def _day(row: Row, directory: Directory) -> DayQuality:
    known = directory.by_id.get(row["provider"])
    return DayQuality(row["at"], known.slug if known else None, row["rows"], row["suspects"])


def _set_aside(row: Row) -> SetAside:
    # A stream names a phone, which is its owner's alone to know, as with measurements.
    is_own = row["is_own"]
    names = ("id", "received_at", "path", "reason", "item", "raw")
    return SetAside(
        **{name: row[name] for name in names},
        stream=row["stream"] if is_own and row["stream"] != NO_STREAM else None,
        seq=row["seq"] if is_own and row["stream"] != NO_STREAM else None,
        device=row["device"] if is_own else None,
    )
