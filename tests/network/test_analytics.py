"""What pages ask of the roll-ups."""

import datetime
import statistics
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from monitor.network import analytics, rollups
from monitor.network.analytics import Span
from monitor.network.ingest import Ingest
from monitor.network.kinds import Kpi
from monitor.network.providers import Directory
from monitor.store.db import Database
from monitor.values import AccountId, Role, Viewer
from tests.network.conftest import Phone, item

DAY = datetime.timedelta(days=1)
ZONE = ZoneInfo("Europe/Berlin")


def midnight(date: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(date, datetime.time(), ZONE)


def last_short_day() -> datetime.date:
    """The newest day of 23 hours that lies a few days back."""
    day = datetime.datetime.now(ZONE).date() - 5 * DAY
    while midnight(day + DAY).timestamp() - midnight(day).timestamp() > 23 * 3600:
        day -= DAY
    return day


async def test_days_begin_at_midnight_also_after_the_clocks_were_changed(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, directory: Directory
) -> None:
    days = [last_short_day() + offset * DAY for offset in (-1, 0, 1, 2)]
    now = datetime.datetime.now(datetime.UTC)
    ages = [(now - midnight(day) - datetime.timedelta(hours=12)).total_seconds() for day in days]
    await ingest.add(phone.batch(stream, 1, [item(ago_s=age, latency_ms=40) for age in ages]))
    async with db.system() as tx:
        await rollups.win(tx)
        await rollups.merge(tx, 10)
        await rollups.fold(tx, ZONE.key, 10, 0)
    provider = directory.by_slug["mtn"].id

    viewer = Viewer(Role.OPERATOR, AccountId(phone.subject), provider)
    span = Span(provider, Kpi.LATENCY_MS, midnight(days[0]), now, 86400, None, None, ZONE.key)
    points = await analytics.series(db, viewer, span)

    assert [(point.at, point.samples) for point in points] == [(midnight(day), 1) for day in days]


async def test_areas_with_too_few_measurements_are_left_out(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, directory: Directory
) -> None:
    """In Buea there are ten, in Yaoundé nine."""
    buea = [item(latitude=4.155, longitude=9.241, latency_ms=n) for n in range(1, 11)]
    yaounde = [item(latitude=3.866, longitude=11.516, latency_ms=n) for n in range(1, 10)]
    await ingest.add(phone.batch(stream, 1, [*buea, *yaounde]))
    async with db.system() as tx:
        await rollups.win(tx)
        await rollups.merge(tx, 100)
        await rollups.fold(tx, ZONE.key, 100, 0)
    provider = directory.by_slug["mtn"].id
    viewer = Viewer(Role.OPERATOR, AccountId(phone.subject), provider)
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1)

    for span in (datetime.timedelta(hours=1), 7 * DAY):
        asked = (db, viewer, provider, until - span, until, None, ZONE.key)
        assert sorted(area.samples for area in await analytics.areas(*asked)) == [9, 10]
        (area,) = await analytics.areas(*asked, min_samples=10)
        latency = area.kpis["latency_ms"]
        assert (area.samples, latency.mean, latency.min, latency.max) == (10, 5.5, 1, 10)
        assert latency.stddev == pytest.approx(statistics.stdev(range(1, 11)))


async def test_overview_of_one_generation_counts_its_rows_and_devices_alone(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, directory: Directory
) -> None:
    good, bad = item(network_type="LTE", latency_ms=40), item(network_type="HSPA+", latency_ms=400, ago_s=200)
    await ingest.add(phone.batch(stream, 1, [good, good, good, bad]))
    async with db.system() as tx:
        await rollups.win(tx)
        await rollups.merge(tx, 10)
    provider = directory.by_slug["mtn"].id
    viewer = Viewer(Role.OPERATOR, AccountId(phone.subject), provider)
    found = {
        generation: await analytics.overview(db, viewer, provider, generation, is_demo=False)
        for generation in (None, "4G", "3G", "5G")
    }

    assert {generation: each.generation for generation, each in found.items()} == {each: each for each in found}
    shares = {generation: (each.good_share.value, each.good_share.samples) for generation, each in found.items()}
    assert shares == {None: (0.75, 4), "4G": (1.0, 3), "3G": (0.0, 1), "5G": (None, 0)}
    reporting = {generation: each.devices.reporting for generation, each in found.items()}
    assert reporting == {None: 1, "4G": 1, "3G": 1, "5G": 0}
    late = {generation: each.devices.late_share for generation, each in found.items()}
    assert late == {None: 0.25, "4G": 0.0, "3G": 1.0, "5G": None}
