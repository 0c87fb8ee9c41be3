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
