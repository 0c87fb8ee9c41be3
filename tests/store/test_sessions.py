"""What every session of ours asks of the server, whatever its own settings are."""

from monitor.settings import Settings
from monitor.store.db import open_database
from tests.conftest import ConnectAs


async def test_no_statement_is_compiled(settings: Settings, connect_as: ConnectAs) -> None:
    superuser = await connect_as("superuser")
    assert await superuser.fetchval("SHOW jit") == "on"

    async with open_database(settings.database) as db:
        for session in (db.system, db.stranger, db.analyst):
            async with session() as tx:
                assert await tx.fetchval("SHOW jit") == "off"
