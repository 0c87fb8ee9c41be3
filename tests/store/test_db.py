"""What is read in several statements is read at one moment, and changes nothing."""

import asyncpg
import pytest

from monitor.settings import Settings
from monitor.store.db import open_database
from monitor.values import AccountId, Role, Viewer
from tests.conftest import ConnectAs

COUNT = "SELECT count(*) FROM providers"
VIEWER = Viewer(Role.ADMINISTRATOR, AccountId(1))


async def test_reading_sees_one_moment_and_viewing_each_statements_own(
    settings: Settings, connect_as: ConnectAs
) -> None:
    others = await connect_as("superuser")
    async with open_database(settings.database) as db:
        for slug, open_, seen in (("one", db.viewing, [0, 1]), ("two", db.reading, [1, 1])):
            async with open_(VIEWER) as tx:
                before = await tx.fetchval(COUNT)
                await others.execute("INSERT INTO providers (slug, name) VALUES ($1, $1)", slug)
                assert [before, await tx.fetchval(COUNT)] == seen


async def test_reading_changes_nothing(settings: Settings) -> None:
    async with open_database(settings.database) as db:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            async with db.reading(VIEWER) as tx:
                await tx.execute("INSERT INTO rules DEFAULT VALUES")
