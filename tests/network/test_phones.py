"""What kinds of phones measured, and that small groups are not told apart."""

import datetime

import pytest

from monitor.network import phones
from monitor.network.phones import PhoneKind, Wanted
from monitor.network.providers import Directory
from monitor.store.db import Database
from monitor.values import AccountId, ProviderId, Role, Viewer
from tests.conftest import ConnectAs

NOW = datetime.datetime.now(datetime.UTC)
HOUR = datetime.timedelta(hours=1)
CELL = 0x88283080C3FFFFF
AREA = 0x86283080FFFFFFF
GROUPS = (
    # (model, version, first device, devices, latency, generation, provider, cell)
    ("Pixel 8", "1.4", 0, 10, 40, "4G", "mtn", CELL),
    ("Pixel 8", "1.4", 0, 10, 60, "3G", "mtn", 0),
    ("Pixel 8", "1.5", 20, 9, 1000, "4G", "mtn", CELL),
    ("Galaxy A15", "1.5", 25, 6, 2000, "4G", "mtn", CELL),
    (None, None, 40, 11, 70, "4G", "mtn", CELL),
    ("Pixel 8", "1.4", 60, 50, 5, "4G", "orange", CELL),
)


@pytest.fixture
async def heard(connect_as: ConnectAs, directory: Directory) -> None:
    owner = await connect_as("superuser")
    leaf = await owner.fetchval("SELECT ensure_day($1)", (NOW - HOUR).date())
    for model, version, first, devices, latency, generation, provider, cell in GROUPS:
        await owner.execute(
            f"INSERT INTO {leaf} (batch, position, stream, seq, item, received_at, measured_at, device, subject,"
            " provider, cell, suspect, latency_ms, connected, generation, carrier, device_info, app_version)"
            " SELECT 1, 0, gen_random_uuid(), 1, 0, $1, $1, $2 + n, 1, $4, $5, false, $6, n > 0, $7, 'x', $8, $9"
            " FROM generate_series(0, $3::bigint - 1) AS n",
            NOW - HOUR, first, devices, directory.by_slug[provider].id, cell, latency, generation, model, version,
        )  # fmt: skip


async def told(
    db: Database, provider: ProviderId, asked: ProviderId | None = None, cell: int | None = None, since_h: float = 2,
    generation: str | None = None,
) -> list[PhoneKind]:  # fmt: skip
    wanted = Wanted(asked or provider, NOW - since_h * HOUR, NOW, cell, generation)
    return await phones.kinds(db, Viewer(Role.OPERATOR, AccountId(10**9), provider), wanted)


@pytest.mark.usefixtures("heard")
async def test_kinds_of_fewer_than_ten_devices_are_one_group(db: Database, directory: Directory) -> None:
    """Four devices are among both small kinds: the others are eleven devices with fifteen samples."""
    found = await told(db, directory.by_slug["mtn"].id)

    assert [(kind.device_info, kind.app_version, kind.others, kind.devices, kind.samples) for kind in found] == [
        (None, None, False, 11, 11),
        ("Pixel 8", "1.4", False, 10, 20),
        (None, None, True, 11, 15),
    ]
    latency, connected = found[1].kpis["latency_ms"], found[1].kpis["connected"]
    assert (latency.mean, latency.samples, latency.min, latency.max) == (50, 20, 40, 60)
    assert (connected.mean, connected.min, connected.max) == (0.9, 0, 1)
    assert found[2].kpis["latency_ms"].mean == (9 * 1000 + 6 * 2000) / 15


@pytest.mark.usefixtures("heard")
async def test_phones_are_told_by_place_generation_and_time_within_the_viewers_network(
    db: Database, directory: Directory
) -> None:
    mtn, orange = directory.by_slug["mtn"].id, directory.by_slug["orange"].id

    assert [kind.kpis["latency_ms"].mean for kind in await told(db, mtn, cell=CELL)][:2] == [70, 40]
    assert await told(db, mtn, cell=AREA) == await told(db, mtn, cell=CELL)
    assert [(kind.device_info, kind.samples) for kind in await told(db, mtn, generation="3G")] == [("Pixel 8", 10)]
    assert await told(db, mtn, since_h=0.9) == []
    assert await told(db, mtn, asked=orange) == []


@pytest.mark.usefixtures("heard")
async def test_others_of_fewer_than_ten_devices_have_no_values(
    db: Database, directory: Directory, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    leaf = await owner.fetchval("SELECT ensure_day($1)", (NOW - HOUR).date())
    await owner.execute(f"DELETE FROM {leaf} WHERE device_info = 'Galaxy A15'")

    others = (await told(db, directory.by_slug["mtn"].id))[-1]
    assert (others.others, others.devices, others.samples, others.kpis) == (True, 9, 9, {})
