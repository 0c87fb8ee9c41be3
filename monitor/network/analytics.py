"""Answers what pages ask of the roll-ups: series over time, areas on a map, and an overview."""

import datetime
import math
import operator
from collections import defaultdict
from dataclasses import dataclass

import msgspec

from monitor.network import cells
from monitor.network.histograms import percentile
from monitor.network.kinds import Kpi
from monitor.store.db import Database, Row, Transaction
from monitor.store.queries import Shelf
from monitor.values import ProviderId, Viewer, cell_text

_sql = Shelf("kpis")
_alerts_sql = Shelf("alerts")

_SUMS = {
    kpi.value: operator.itemgetter(*(f"{kpi}_{part}" for part in ("n", "sum", "squares", "min", "max"))) for kpi in Kpi
}
"""out of a row of sums, what a KPI's are: many areas are read at once"""

MINUTES_SPAN = datetime.timedelta(hours=3)
"""Areas of a shorter span are added up from minutes, longer ones from days and hours."""


class KpiPoint(msgspec.Struct, frozen=True):
    """One KPI in one step of time."""

    at: datetime.datetime
    """beginning of the step"""
    kpi: str
    cell: str
    """15 hex digits, or `*`"""
    generation: str
    samples: int
    mean: float | None
    min: float | None
    max: float | None
    p50: float | None
    """right to 5 %; null where the roll-ups keep no histogram: single cells by the minute"""
    p95: float | None


class AreaKpi(msgspec.Struct, frozen=True):
    """One KPI of one area."""

    mean: float
    samples: int
    stddev: float | None
    """of the samples; null for a single one"""
    min: float | None
    max: float | None


class Area(msgspec.Struct, frozen=True):
    """What an area adds up to."""

    cell: str
    name: str
    """the nearest place"""
    outline: list[list[float]]
    """corners as [longitude, latitude], closed"""
    center: list[float]
    samples: int
    devices: int
    """distinct, in the hours that the span touches"""
    kpis: dict[str, AreaKpi]


class Reporting(msgspec.Struct, frozen=True):
    """Which devices are heard."""

    reporting: int
    """distinct, this hour"""
    late_share: float | None
    """of the last quarter of an hour's rows, how many came more than two minutes late"""


class Share(msgspec.Struct, frozen=True):
    """A share with what it rests on."""

    value: float | None
    samples: int


class Overview(msgspec.Struct, frozen=True):
    """A provider at a glance."""

    at: datetime.datetime
    demo: bool
    """whether what is shown is demonstration data"""
    generation: str | None
    """what devices and good_share are of; null: all"""
    devices: Reporting
    good_share: Share
    """rows of the last quarter of an hour with latency under 100 ms, download over 5 Mbit/s, loss under 5 %"""
    rules: int
    areas: int
    last_alert_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """What a series is to cover."""

    provider: ProviderId
    kpi: Kpi
    since: datetime.datetime
    until: datetime.datetime
    step_s: int
    """a multiple of 60"""
    generation: str | None
    cell: int | None
    zone: str
    """whose midnight begins a day"""

    @property
    def asked(self) -> tuple[object, ...]:
        """What every statement about a span is given first; the zone is that whose midnight steps are counted from."""
        # Days are the roll-ups' days, everything else is UTC's.
        zone = self.zone if self.unit == "day" else "UTC"
        return self.provider, self.kpi.value, self.since, self.until, self.generation, float(self.step_s), zone

    @property
    def unit(self) -> str:
        """The coarsest roll-up that can tell."""
        if self.step_s % 86400 == 0:
            return "day"
        return "hour" if self.step_s % 3600 == 0 else "minute"


async def series(db: Database, viewer: Viewer, span: Span) -> list[KpiPoint]:
    """A KPI over time; steps without samples are absent."""
    async with db.reading(viewer) as tx:
        rows = await _sums(tx, span)
        buckets = await _buckets(tx, span)
    return [_point(row, span, buckets.get(row["at"], [])) for row in rows]


async def areas(
    db: Database, viewer: Viewer, provider: ProviderId, since: datetime.datetime, until: datetime.datetime,
    generation: str | None, zone: str, min_samples: int = 1,
) -> list[Area]:  # fmt: skip
    """Every area of which there are so many measurements in the span."""
    by_minutes = until - since <= MINUTES_SPAN
    async with db.reading(viewer) as tx:
        rows = await tx.fetch(_sql["areas"], provider, since, until, generation, by_minutes, zone, min_samples)
        devices = {row["cell"]: row["devices"] for row in await tx.fetch(_sql["area_devices"], provider, since, until)}
    return [_area(row, devices.get(row["cell"], 0)) for row in rows]


async def overview(
    db: Database, viewer: Viewer, provider: ProviderId, generation: str | None, *, is_demo: bool
) -> Overview:
    """What the first screen says of a provider, or of one generation of its network."""
    async with db.reading(viewer) as tx:
        quality = await tx.fetchrow(_sql["quality"], provider, generation)
        if generation is None:
            reporting = await tx.fetchval(_sql["devices_reporting"], provider)
        else:
            reporting = await tx.fetchval(_sql["devices_reporting_by"], provider, generation)
        counts = await tx.fetchrow(_sql["counts"], provider)
        last_alert_at = await tx.fetchval(_alerts_sql["last_change"], provider)
    return Overview(
        at=datetime.datetime.now(datetime.UTC),
        demo=is_demo,
        generation=generation,
        devices=Reporting(reporting, quality["late"] / quality["rows"] if quality["rows"] else None),
        good_share=Share(
            quality["good"] / quality["samples"] if quality["samples"] else None, quality["samples"]
        ),
        rules=counts["rules"],
        areas=counts["areas"],
        last_alert_at=last_alert_at,
    )  # fmt: skip


async def _sums(tx: Transaction, span: Span) -> list[Row]:
    if span.cell is None and span.unit != "minute":
        return list(await tx.fetch(_sql[f"series_total_{span.unit}"], *span.asked))
    return list(await tx.fetch(_sql[f"series_{span.unit}"], *span.asked, span.cell))


async def _buckets(tx: Transaction, span: Span) -> dict[datetime.datetime, list[tuple[int, int]]]:
    by_step: dict[datetime.datetime, list[tuple[int, int]]] = defaultdict(list)
    if span.kpi is Kpi.CONNECTED or (span.unit == "minute" and span.cell is not None):
        return by_step
    if span.cell is None:
        rows = await tx.fetch(_sql[f"percentiles_{span.unit}"], *span.asked)
    else:
        rows = await tx.fetch(_sql["percentiles_cell_hour"], *span.asked, span.cell)
    for row in rows:
        by_step[row["at"]].append((row["bucket"], row["n"]))
    return by_step


def _point(row: Row, span: Span, counts: list[tuple[int, int]]) -> KpiPoint:
    return KpiPoint(
        at=row["at"],
        kpi=span.kpi.value,
        cell=(cell_text(span.cell) if span.cell else None) or "*",
        generation=span.generation or "*",
        samples=row["samples"],
        mean=row["total"] / row["samples"],
        min=row["least"],
        max=row["most"],
        p50=percentile(span.kpi, counts, 0.5),
        p95=percentile(span.kpi, counts, 0.95),
    )


def _area(row: Row, devices: int) -> Area:
    cell = row["cell"]
    return Area(
        cell=cell_text(cell) or "",
        name=cells.name(cell),
        outline=cells.outline(cell),
        center=cells.middle(cell),
        samples=row["rows"],
        devices=devices,
        kpis={name: _area_kpi(*sums) for name, sums_of in _SUMS.items() if (sums := sums_of(row))[0]},
    )


def _area_kpi(n: int, total: float, squares: float, least: float | None, most: float | None) -> AreaKpi:
    # Rounding can leave a hair below nought where all samples are alike.
    variance = max(0.0, (squares - total * total / n) / (n - 1)) if n > 1 else None
    return AreaKpi(
        mean=total / n,
        samples=n,
        stddev=None if variance is None else math.sqrt(variance),
        min=least,
        max=most,
    )
