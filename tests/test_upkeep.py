"""The chores of every hour."""

import asyncio

import pytest

from monitor.people.tokens import open_keys
from monitor.settings import Settings
from monitor.store.db import open_database
from monitor.store.objects import open_objects
from monitor.upkeep import keep_house, keep_once
from tests.conftest import ConnectAs


async def test_chore_that_must_wait_does_not_keep_the_others_from_theirs(
    settings: Settings, connect_as: ConnectAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody reads measurements all the time, so that no day can be dropped."""
    monkeypatch.setattr("monitor.network.retention._DROPPING_S", 0.2)
    owner, reader = await connect_as("superuser"), await connect_as("superuser")
    leaf = await owner.fetchval("SELECT ensure_day('2020-01-01')")
    await owner.execute(
        "INSERT INTO rollups_minute (provider, at, cell, generation, rows, suspects, connected_n, connected_sum)"
        " VALUES (1, now() - interval '36 days', 0, '4G', 1, 0, 0, 0), (1, now(), 0, '4G', 1, 0, 0, 0)"
    )
    async with open_database(settings.database) as db:
        keys = await open_keys(db, settings)
        async with reader.transaction():
            await reader.fetch("SELECT count(*) FROM measurements")
            await keep_once(db, open_objects(settings.media.url), keys, settings)

            assert await owner.fetchval("SELECT to_regclass($1) IS NOT NULL", leaf)
            assert await owner.fetchval("SELECT count(*) FROM rollups_minute") == 1
        await keep_once(db, open_objects(settings.media.url), keys, settings)

        assert not await owner.fetchval("SELECT to_regclass($1) IS NOT NULL", leaf)


async def test_first_round_comes_soon_after_the_start(
    settings: Settings, connect_as: ConnectAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.upkeep.FIRST_S", 0.01)
    owner = await connect_as("superuser")
    leaf = await owner.fetchval("SELECT ensure_day('2020-01-01')")
    async with open_database(settings.database) as db:
        keys = await open_keys(db, settings)
        keeping = asyncio.create_task(keep_house(db, open_objects(settings.media.url), keys, settings))
        async with asyncio.timeout(20):
            while await owner.fetchval("SELECT to_regclass($1) IS NOT NULL", leaf):  # noqa: ASYNC110 - another's doing
                await asyncio.sleep(0.02)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping
