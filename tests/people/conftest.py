"""A fresh database with its signing keys, a bus, and a small population."""

from collections.abc import AsyncIterator

import pytest

from monitor.live.bus import Bus, open_bus
from monitor.people.tokens import Keys, open_keys
from monitor.settings import Settings
from monitor.store.db import Database, open_database
from tests.population import Population, renewed


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings.database) as db:
        yield db


@pytest.fixture
async def bus(settings: Settings) -> AsyncIterator[Bus]:
    async with open_bus(settings.redis) as bus:
        yield bus


@pytest.fixture
async def keys(db: Database, settings: Settings) -> Keys:
    return await open_keys(db, settings)


@pytest.fixture
def town(peopled: Population, keys: Keys) -> Population:
    return renewed(peopled, keys)
