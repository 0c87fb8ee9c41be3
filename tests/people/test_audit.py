"""Who changed what is kept by the database itself, without secrets, and for administrators only."""

import asyncpg
import msgspec
import pytest

from monitor.live.bus import Bus
from monitor.network.providers import keep_configured
from monitor.people import accounts, audit, devices, tokens
from monitor.people.tokens import Keys
from monitor.settings import Settings, normal
from monitor.store.db import Database
from tests.conftest import ConnectAs
from tests.population import PASSWORD, Population

NEWEST = 2**62


async def test_registration_leaves_an_entry_without_secrets(db: Database, town: Population) -> None:
    entries = await audit.some(db, town.admin.viewer, NEWEST, 100, "accounts", str(town.ada.identity.account))

    (entry,) = entries
    assert (entry.action, entry.login, entry.role, entry.person) == ("insert", "roadpulse_app", "administrator", 0)
    assert entry.before is None
    assert entry.after is not None
    assert entry.after["username"] == "ada"
    assert not {"email", "password_hash"} & set(entry.after)


async def test_change_tells_what_was_and_what_became(db: Database, bus: Bus, town: Population) -> None:
    ada = town.ada.identity.account
    await accounts.suspend(db, bus, town.admin.viewer, ada)

    entry = (await audit.some(db, town.admin.viewer, NEWEST, 1, "accounts", str(ada)))[0]
    assert (entry.action, entry.person) == ("update", town.admin.identity.account)
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["is_active"], entry.after["is_active"]) == (True, False)
    assert set(entry.after) == {"is_active", "modified_at"}


async def test_device_is_followed_from_enrolment_to_revocation(db: Database, bus: Bus, town: Population) -> None:
    await devices.revoke(db, bus, town.ada.viewer, town.phone.id)

    newest, first = await audit.some(db, town.admin.viewer, NEWEST, 100, "devices")
    assert (first.action, first.person, first.login) == ("insert", None, "roadpulse_app")
    assert first.after is not None
    assert "token_hash" not in first.after
    assert (newest.action, newest.person, newest.role) == ("update", town.ada.identity.account, "subscriber")
    assert newest.after is not None
    assert set(newest.after) == {"revoked_at"}


async def test_being_seen_is_no_change(db: Database, keys: Keys, town: Population) -> None:
    await tokens.identify(db, keys, town.phone.token)

    assert len(await audit.some(db, town.admin.viewer, NEWEST, 100, "devices")) == 1


async def test_carrier_that_goes_over_to_another_operator_is_told_and_a_restart_is_not(
    db: Database, settings: Settings, town: Population
) -> None:
    first, second, *others = settings.providers
    moved = msgspec.structs.replace(second, carriers=[*second.carriers, first.carriers[-1]])
    left = msgspec.structs.replace(first, carriers=first.carriers[:-1])
    await keep_configured(db, [left, moved, *others], settings.generations)
    await keep_configured(db, [left, moved, *others], settings.generations)

    newest, oldest = await audit.some(db, town.admin.viewer, NEWEST, 100, "carriers", normal(first.carriers[-1]))
    assert [(each.action, each.login) for each in (oldest, newest)] == [
        ("insert", "roadpulse_system"), ("update", "roadpulse_system")
    ]  # fmt: skip
    assert set(newest.after or {}) == {"provider"}
    assert len(await audit.some(db, town.admin.viewer, NEWEST, 100, "providers")) == len(settings.providers)


async def test_secret_that_changes_leaves_an_entry_without_it(
    db: Database, town: Population, connect_as: ConnectAs
) -> None:
    owner = await connect_as("owner")
    await owner.execute("UPDATE accounts SET password_hash = $1 WHERE username = 'ada'", "$2b$04$" + "y" * 53)

    entry = (await audit.some(db, town.admin.viewer, NEWEST, 1))[0]
    assert (entry.action, entry.login, entry.role, entry.person) == ("update", "roadpulse_owner", None, None)
    assert entry.after is not None
    assert set(entry.after) == {"modified_at"}


async def test_row_that_stays_as_it_was_leaves_none(connect_as: ConnectAs) -> None:
    """A trigger function for any table with a column id."""
    owner = await connect_as("owner")
    await owner.execute("CREATE TABLE things (id bigint, name text, email text)")
    await owner.execute(
        "CREATE TRIGGER things_audit AFTER INSERT OR UPDATE OR DELETE ON things"
        " FOR EACH ROW EXECUTE FUNCTION audit_change()"
    )
    await owner.execute("INSERT INTO things VALUES (1, 'a', 'secret@example.org')")
    await owner.execute("UPDATE things SET name = name")
    await owner.execute("UPDATE things SET name = NULL")
    await owner.execute("DELETE FROM things")

    rows = await owner.fetch("SELECT action, row_id, before, after FROM audit WHERE table_name = 'things' ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("insert", "1", None, '{"id": 1, "name": "a"}'),
        ("update", "1", '{"name": "a"}', '{"name": null}'),
        ("delete", "1", '{"id": 1, "name": null}', None),
    ]


async def test_only_administrators_read_the_trail(db: Database, town: Population) -> None:
    for person in (town.ada, town.mechanic, town.mtn, town.analyst):
        assert await audit.some(db, person.viewer, NEWEST, 100) == []

    tables = [entry.table_name for entry in await audit.some(db, town.admin.viewer, NEWEST, 100)]
    assert (tables.count("accounts"), tables.count("devices")) == (7, 1)


async def test_trail_comes_in_pages_the_newest_first(db: Database, town: Population) -> None:
    first = await audit.some(db, town.admin.viewer, NEWEST, 5, "accounts")
    rest = await audit.some(db, town.admin.viewer, first[-1].id, 5, "accounts")

    ids = [entry.id for entry in first + rest]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 7


async def test_nothing_younger_than_90_days_is_forgotten(town: Population, connect_as: ConnectAs) -> None:
    owner, system = await connect_as("superuser"), await connect_as("system")
    await owner.execute("UPDATE audit SET at = at - interval '91 days' WHERE id = (SELECT min(id) FROM audit)")
    before = await owner.fetchval("SELECT count(*) FROM audit")

    assert await system.fetchval("SELECT forget_audit('1 second')") == 1
    assert await owner.fetchval("SELECT count(*) FROM audit") == before - 1 > 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await system.execute("DELETE FROM audit")


async def test_no_password_and_no_email_stands_in_the_trail(town: Population, connect_as: ConnectAs) -> None:
    owner = await connect_as("superuser")
    text = await owner.fetchval("SELECT string_agg(to_jsonb(audit)::text, ' ') FROM audit")

    assert PASSWORD not in text
    assert "@example.org" not in text
    assert "$2b$" not in text
