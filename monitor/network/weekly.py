"""Tells how a network goes by the hour of the week, and how the newest week compares with those before it."""

import datetime
from dataclasses import dataclass

import msgspec

from monitor.network.kinds import Kpi
from monitor.store.db import Database
from monitor.store.queries import Shelf
from monitor.values import ProviderId, Viewer

_sql = Shelf("weekly")

HOUR = datetime.timedelta(hours=1)
WEEK = datetime.timedelta(days=7)


class HourOfWeek(msgspec.Struct, frozen=True):
    """A KPI in one hour of the week, over some weeks; each week counts once."""

    weekday: int
    """1 to 7, from Monday, in the zone of the settings"""
    hour: int
    """0 to 23"""
    weeks: int
    """in how many there was a sample"""
    samples: int
    median: float
    """of the weeks' means, as are low and high"""
    low: float
    high: float
    latest: float
    """mean in the newest week that has a sample"""
    usual: float | None
    """what the weeks before that one come to; null if there is none"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be told by the hour of the week."""

    provider: ProviderId
    kpi: Kpi
    weeks: int
    generation: str | None
    cell: int | None
    """H3 resolution 6; the provider as a whole without"""
    zone: str


async def hours(db: Database, viewer: Viewer, wanted: Wanted) -> list[HourOfWeek]:
    """The hours of the week from Monday's first, without those that have no sample; the running hour counts."""
    until = datetime.datetime.now(datetime.UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    since = until - wanted.weeks * WEEK
    asked = (wanted.provider, wanted.kpi.value, wanted.zone, since, until, wanted.generation, wanted.cell)
    async with db.viewing(viewer) as tx:
        return [HourOfWeek(**row) for row in await tx.fetch(_sql["hours"], *asked)]
