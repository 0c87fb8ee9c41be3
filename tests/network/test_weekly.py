"""A KPI by the hour of the week, out of the hours of some weeks."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.network import weekly
from monitor.network.kinds import Kpi
from monitor.network.providers import Directory
from monitor.network.weekly import Wanted
from monitor.store.db import Database
from monitor.values import AccountId, Role, Viewer
from tests.conftest import ConnectAs

ZONE = "Africa/Douala"
"""an hour ahead: a Sunday's last hour in UTC is a Monday's first there"""
HOUR = datetime.timedelta(hours=1)
WEEK = datetime.timedelta(days=7)
NOW = datetime.datetime.now(datetime.UTC).replace(minute=0, second=0, microsecond=0)
CELL = 0x862830807FFFFFF


@pytest.fixture
def operator(directory: Directory) -> Viewer:
    return Viewer(Role.OPERATOR, AccountId(1), directory.by_slug["mtn"].id)


@pytest.fixture
async def measured(directory: Directory, connect_as: ConnectAs) -> None:
    """Latency of the running hour and of the one before it, of this week and those before."""
    owner = await connect_as("superuser")
    mtn, orange = directory.by_slug["mtn"].id, directory.by_slug["orange"].id
    for provider, generation, ago, samples, mean in (
        (mtn, "4G", 0 * WEEK, 10, 90.0),
        (mtn, "4G", 1 * WEEK, 1000, 60.0),
        (mtn, "4G", 2 * WEEK, 10, 40.0),
        (mtn, "3G", 2 * WEEK, 30, 80.0),
        (mtn, "4G", 4 * WEEK, 10, 999.0),
        (mtn, "4G", HOUR, 5, 50.0),
        (orange, "4G", 0 * WEEK, 10, 1.0),
    ):
        row = (provider, NOW - ago, generation, samples, samples * mean)
        names = "provider, at, generation, rows, suspects, latency_ms_n, latency_ms_sum, connected_n, connected_sum"
        await owner.execute(f"INSERT INTO totals_hour ({names}) VALUES ($1, $2, $3, $4, 0, $4, $5, 0, 0)", *row)
        if generation == "3G":
            cell_names, cell_row = f"cell, {names}", (*row, CELL)
            await owner.execute(
                f"INSERT INTO rollups_hour ({cell_names}) VALUES ($6, $1, $2, $3, $4, 0, $4, $5, 0, 0)", *cell_row
            )


@pytest.mark.usefixtures("measured")
class TestHours:
    async def test_each_week_counts_once_and_the_newest_is_set_against_those_before(
        self, db: Database, operator: Viewer
    ) -> None:
        found = await weekly.hours(db, operator, wanted(operator))

        local = NOW.astimezone(ZoneInfo(ZONE))
        now = next(one for one in found if (one.weekday, one.hour) == (local.isoweekday(), local.hour))
        assert (now.weeks, now.samples) == (3, 1050), "the week of four weeks ago is none of the last three"
        assert (now.low, now.median, now.high) == (60.0, 70.0, 90.0)
        assert (now.latest, now.usual) == (90.0, 65.0)
        assert len(found) == 2

    async def test_a_single_week_has_nothing_before_it(self, db: Database, operator: Viewer) -> None:
        found = await weekly.hours(db, operator, wanted(operator))

        before = (NOW - HOUR).astimezone(ZoneInfo(ZONE))
        single = next(one for one in found if (one.weekday, one.hour) == (before.isoweekday(), before.hour))
        assert (single.weeks, single.latest, single.usual) == (1, 50.0, None)

    async def test_generation_and_area_narrow_it(self, db: Database, operator: Viewer) -> None:
        of_generation = await weekly.hours(db, operator, wanted(operator, generation="3G"))
        of_area = await weekly.hours(db, operator, wanted(operator, cell=CELL))
        elsewhere = await weekly.hours(db, operator, wanted(operator, cell=CELL + 0x10000000))

        assert [one.median for one in of_generation] == [80.0] == [one.median for one in of_area]
        assert elsewhere == []

    async def test_another_operator_sees_nothing(self, db: Database, operator: Viewer, directory: Directory) -> None:
        stranger = Viewer(Role.OPERATOR, AccountId(2), directory.by_slug["orange"].id)

        assert await weekly.hours(db, stranger, wanted(operator)) == []


def wanted(operator: Viewer, *, generation: str | None = None, cell: int | None = None) -> Wanted:
    assert operator.provider is not None
    return Wanted(operator.provider, Kpi.LATENCY_MS, 3, generation, cell, ZONE)
