"""What is over is thrown away, what lives is kept."""

from monitor.people import devices, housekeeping, idempotency, sessions, tokens
from monitor.people.tokens import Keys
from monitor.settings import Settings
from monitor.store.db import Database
from tests.conftest import ConnectAs
from tests.population import Population

TABLES = ("sessions", "stream_tickets", "device_claims", "idempotency_keys", "signing_keys", "active_days")


async def test_only_what_is_over_goes(
    db: Database, keys: Keys, settings: Settings, town: Population, connect_as: ConnectAs
) -> None:
    for person in (town.ada, town.ben):
        await sessions.sell_ticket(db, settings, person.identity)
        await devices.claim(db, settings, person.viewer)
        await idempotency.begin(db, person.identity, "key", bytes(32))
    owner = await connect_as("superuser")
    ben = town.ben.identity.account
    await owner.execute("UPDATE stream_tickets SET expires_at = now() - interval '1 s' WHERE account = $1", ben)
    await owner.execute("UPDATE device_claims SET expires_at = now() - interval '1 s' WHERE account = $1", ben)
    await owner.execute("UPDATE sessions SET expires_at = now() - interval '8 days' WHERE account = $1", ben)
    await owner.execute("UPDATE idempotency_keys SET created_at = now() - interval '25 h' WHERE account = $1", ben)
    await owner.execute("INSERT INTO active_days VALUES ($1, current_date - 400), ($1, current_date - 401)", ben)
    await owner.execute(
        "INSERT INTO signing_keys SELECT 'retired-key', algorithm, public_jwk, private_key,"
        " now() - interval '40 days', now() - interval '1 s' FROM signing_keys"
    )
    before = {table: await owner.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}

    await housekeeping.keep(db, keys)

    after = {table: await owner.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}
    assert {table: before[table] - after[table] for table in TABLES} == dict.fromkeys(TABLES, 1)
    assert await tokens.identify(db, keys, town.ada.token)


async def test_key_that_is_due_is_replaced(db: Database, keys: Keys, connect_as: ConnectAs) -> None:
    owner = await connect_as("superuser")
    await owner.execute("UPDATE signing_keys SET created_at = created_at - interval '30 days 1 second'")

    await housekeeping.keep(db, keys)

    assert len(await keys.public(db)) == 2
