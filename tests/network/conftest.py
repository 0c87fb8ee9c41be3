"""A device with its account in a fresh database, and an ingest that is running."""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from monitor.network.ingest import Ingest
from monitor.network.layout import Batch, Draughtsman
from monitor.network.providers import Directory, keep_configured
from monitor.network.streams import open_stream
from monitor.settings import Settings
from monitor.store.db import Database, open_database
from monitor.wire.inbound import Item
from tests.conftest import ConnectAs


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings.database) as db:
        yield db


@pytest.fixture
async def directory(db: Database, settings: Settings) -> Directory:
    return await keep_configured(db, settings.providers, settings.generations)


@dataclass(frozen=True, slots=True)
class Phone:
    """A device and its owner."""

    device: int
    subject: int

    def batch(self, stream: UUID, seq: int, items: list[Item]) -> Batch:
        return Batch(stream, seq, self.device, self.subject, items, None, ())


@pytest.fixture
async def phone(connect_as: ConnectAs) -> Phone:
    owner = await connect_as("superuser")
    account = await owner.fetchval(
        "INSERT INTO accounts (email, username, password_hash, role, language)"
        " VALUES ('ama@example.org', 'ama', $1, 'subscriber', 'fr') RETURNING id",
        "$2b$04$" + "x" * 53,
    )
    device = await owner.fetchval(
        "INSERT INTO devices (account, name, token_hash) VALUES ($1, 'phone', $2) RETURNING id", account, bytes(32)
    )
    return Phone(device, account)


@pytest.fixture
async def draughtsman(directory: Directory, settings: Settings) -> Draughtsman:
    return Draughtsman(directory, settings.measurements.future_s, settings.measurements.retention_days)


@pytest.fixture
async def ingest(db: Database, draughtsman: Draughtsman, settings: Settings) -> AsyncIterator[Ingest]:
    ingest = Ingest(db, draughtsman, settings.ingest)
    running = asyncio.create_task(ingest.run())
    yield ingest
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest.fixture
async def stream(db: Database, phone: Phone) -> UUID:
    stream = uuid4()
    await open_stream(db, stream, phone.device, None, 0)
    return stream


def item(carrier: str = "MTN", ago_s: float = 0, **fields: object) -> Item:
    at = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago_s)
    return Item(measured_at=at, carrier=carrier, **fields)  # type: ignore[arg-type]
