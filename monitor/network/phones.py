"""Adds up what kinds of phones measured, model by model and app version by app version, and nobody's in particular."""

import datetime
from dataclasses import dataclass

import msgspec

from monitor.network.kinds import Kpi
from monitor.store.db import Database, Row
from monitor.store.queries import Shelf
from monitor.values import ProviderId, Viewer

_sql = Shelf("phones")

FLOOR = 10
"""Kinds of fewer devices are not told apart, as with crowds."""


class PhoneKpi(msgspec.Struct, frozen=True):
    """One KPI of one kind of phone."""

    mean: float
    samples: int
    min: float
    max: float


class PhoneKind(msgspec.Struct, frozen=True):
    """What phones of one model with one version of the app measured."""

    device_info: str | None
    """as the phones say it themselves; null: they say nothing"""
    app_version: str | None
    others: bool
    """all kinds of fewer than ten devices together, without their names"""
    samples: int
    devices: int
    """distinct"""
    kpis: dict[str, PhoneKpi]
    """empty where the others are fewer than ten devices together"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which measurements count."""

    provider: ProviderId
    since: datetime.datetime
    until: datetime.datetime
    cell: int | None
    """H3 resolution 8, or 6 for all within"""
    generation: str | None


async def kinds(db: Database, viewer: Viewer, wanted: Wanted) -> list[PhoneKind]:
    """Every kind of phone, the most frequent first and the others last."""
    asked = (wanted.since, wanted.until, wanted.provider, wanted.cell, wanted.generation)
    async with db.viewing(viewer) as tx:
        await tx.execute(_sql["plan_for_many_rows"])
        rows = await tx.fetch(_sql["kinds"], *asked, FLOOR)
    return [_kind(row) for row in rows]


def _kind(row: Row) -> PhoneKind:
    measured = [kpi.value for kpi in Kpi if row[f"{kpi}_n"] and row["devices"] >= FLOOR]
    return PhoneKind(
        device_info=row["device_info"],
        app_version=row["app_version"],
        others=row["is_other"],
        samples=row["samples"],
        devices=row["devices"],
        kpis={
            kpi: PhoneKpi(row[f"{kpi}_sum"] / row[f"{kpi}_n"], row[f"{kpi}_n"], row[f"{kpi}_min"], row[f"{kpi}_max"])
            for kpi in measured
        },
    )
