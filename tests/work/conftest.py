"""A fresh database, as a worker and a door see it."""

from collections.abc import AsyncIterator

import pytest

from monitor.settings import Settings
from monitor.store.db import Database, open_database


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    async with open_database(settings.database) as db:
        yield db
