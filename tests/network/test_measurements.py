"""Measurements as they are read back."""

import datetime
from uuid import UUID

from monitor.network import measurements
from monitor.network.ingest import Ingest
from monitor.network.providers import Directory
from monitor.store.db import Database
from monitor.values import AccountId, Role, Viewer
from tests.network.conftest import Phone, item


async def test_values_come_back_digit_for_digit(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, directory: Directory
) -> None:
    given = item(signal_dbm=-97.3, download_mbps=10.1, latency_ms=0.7, jitter_ms=1e-7, latitude=4.1527, longitude=9.241)
    await ingest.add(phone.batch(stream, 1, [given]))

    now = datetime.datetime.now(datetime.UTC)
    wanted = measurements.Wanted(None, now - datetime.timedelta(hours=1), now, None, None, None, 10, None)
    ((read,), _) = await measurements.some(db, Viewer(Role.SUBSCRIBER, AccountId(phone.subject)), wanted, directory)
    for name in ("signal_dbm", "download_mbps", "latency_ms", "jitter_ms", "latitude", "longitude", "upload_mbps"):
        assert getattr(read, name) == getattr(given, name)


async def test_one_kind_of_phone_and_one_version_are_told_from_the_others(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, directory: Directory
) -> None:
    kinds = [("Pixel 8", "1.4"), ("Pixel 8", "1.5"), ("Galaxy A15", "1.5"), (None, None)]
    given = [item(device_info=device, app_version=version) for device, version in kinds]
    await ingest.add(phone.batch(stream, 1, given))
    now = datetime.datetime.now(datetime.UTC)
    viewer = Viewer(Role.SUBSCRIBER, AccountId(phone.subject))

    async def found(device_info: str | None, app_version: str | None) -> list[int]:
        wanted = measurements.Wanted(
            None, now - datetime.timedelta(hours=1), now, None, None, None, 10, None, device_info, app_version
        )
        return sorted(read.item for read in (await measurements.some(db, viewer, wanted, directory))[0])

    assert await found("Pixel 8", None) == [0, 1]
    assert await found(None, "1.5") == [1, 2]
    assert await found("Pixel 8", "1.5") == [1]
    assert await found(None, None) == [0, 1, 2, 3]
