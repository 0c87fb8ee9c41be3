"""Analysts read what crowds measured, page by page."""

import datetime

import pytest

from monitor.network import crowds
from monitor.network.crowds import CrowdHour
from monitor.network.providers import Directory
from monitor.store.db import Database
from tests.conftest import ConnectAs

HOUR = datetime.timedelta(hours=1)
RUNNING = datetime.datetime.now(datetime.UTC).replace(minute=0, second=0, microsecond=0)
CELLS = (0x862830807FFFFFF, 0x862830817FFFFFF)


@pytest.fixture
async def heard(connect_as: ConnectAs, directory: Directory) -> None:
    """Three hours of two operators in two areas; in the second area only nine phones."""
    owner = await connect_as("superuser")
    for slug in ("mtn", "orange"):
        provider = directory.by_slug[slug].id
        for back in range(3):
            for cell, devices in zip(CELLS, (10, 9), strict=True):
                await owner.execute(
                    "INSERT INTO presence (at, provider, cell, device)"
                    " SELECT $1, $2, $3, device FROM generate_series(1, $4::bigint) AS device",
                    RUNNING - back * HOUR, provider, cell, devices,
                )  # fmt: skip
                await owner.execute(
                    "INSERT INTO rollups_hour (provider, at, cell, generation, rows, suspects, connected_n,"
                    " connected_sum, latency_ms_n, latency_ms_sum) VALUES ($1, $2, $3, '4G', 30, 0, 0, 0, 20, 1000)",
                    provider, RUNNING - back * HOUR, cell,
                )  # fmt: skip


async def read(db: Database, directory: Directory, limit: int, slug: str | None = None) -> list[CrowdHour]:
    provider = None if slug is None else directory.by_slug[slug].id
    found: list[CrowdHour] = []
    place = None
    while True:
        wanted = crowds.Wanted(provider, None, RUNNING - 24 * HOUR, RUNNING + HOUR, limit, place)
        page, place = await crowds.some(db, wanted, directory)
        found += page
        if place is None:
            return found


@pytest.mark.usefixtures("heard")
async def test_whole_hours_of_ten_phones_are_read_whatever_the_size_of_a_page(
    db: Database, directory: Directory
) -> None:
    whole = await read(db, directory, 100)

    assert [(hour.at, hour.provider) for hour in whole] == [
        (RUNNING - back * HOUR, slug) for back in (1, 2) for slug in ("orange", "mtn")
    ]
    assert {(hour.cell, hour.devices, hour.measurements, hour.latency_ms) for hour in whole} == {
        (f"{CELLS[0]:x}", 10, 30, 50.0)
    }
    assert await read(db, directory, 1) == whole
    assert await read(db, directory, 3, "mtn") == [hour for hour in whole if hour.provider == "mtn"]
