"""Nobody reads or changes people's rows but who may: tried by SQL as each role."""

import asyncpg
import pytest

from monitor.people import devices, idempotency, sessions
from monitor.settings import Settings
from monitor.store.db import Database
from monitor.values import Viewer
from tests.conftest import ConnectAs
from tests.population import Person, Population

TABLES = (
    "accounts",
    "sessions",
    "signing_keys",
    "stream_tickets",
    "devices",
    "device_claims",
    "audit",
    "idempotency_keys",
    "active_days",
)
COLUMNS = {
    "accounts": "id",
    "sessions": "id",
    "devices": "id",
    "audit": "id",
    "idempotency_keys": "key",
    "active_days": "day",
}
"""what the doors may read of each table at all"""
WITHOUT_VIEWER = {
    "register_account",
    "account_signing_in",
    "account_standing",
    "rotate_session",
    "end_session",
    "redeem_ticket",
    "redeem_claim",
    "device_by_token",
}
REFUSED = (
    "SELECT password_hash FROM accounts",
    "SELECT * FROM accounts",
    "UPDATE accounts SET full_name = 'Eve', phone = NULL, attributes = '{}'",
    "UPDATE accounts SET language = 'fr'",
    "SELECT token_hash FROM devices",
    "SELECT family_hash FROM sessions",
    "SELECT private_key FROM signing_keys",
    "SELECT kid FROM signing_keys",
    "SELECT hash FROM stream_tickets",
    "SELECT hash FROM device_claims",
    "INSERT INTO accounts (email, username, password_hash, role) VALUES ('e@x.org', 'eve', '$2b$', 'subscriber')",
    "UPDATE accounts SET role = 'administrator'",
    "UPDATE accounts SET password_hash = 'x'",
    "DELETE FROM accounts",
    "INSERT INTO devices (account, name, token_hash) VALUES (1, 'phone', '\\x00')",
    "UPDATE devices SET account = 1",
    "DELETE FROM devices",
    "DELETE FROM sessions",
    "INSERT INTO active_days (account) VALUES (1)",
    "DELETE FROM active_days",
    "UPDATE device_claims SET used_at = NULL",
    "INSERT INTO audit (login, action, table_name) VALUES ('me', 'insert', 'x')",
    "UPDATE audit SET person = 1",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "SELECT forget_audit('1 day')",
    "ALTER TABLE accounts DISABLE ROW LEVEL SECURITY",
    "SET ROLE roadpulse_owner",
)


@pytest.fixture
async def furnished(db: Database, settings: Settings, town: Population) -> Population:
    """Rows of Ada's in every table."""
    await sessions.sell_ticket(db, settings, town.ada.identity)
    await devices.claim(db, settings, town.ada.viewer)
    await idempotency.begin(db, town.ada.identity, "key", bytes(32))
    return town


async def visible(db: Database, viewer: Viewer, table: str) -> int:
    async with db.viewing(viewer) as tx:
        return int(await tx.fetchval(f"SELECT count({COLUMNS[table]}) FROM {table}"))


async def test_every_table_of_people_is_forced(connect_as: ConnectAs) -> None:
    owner = await connect_as("superuser")
    rows = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relname = ANY ($1) AND relrowsecurity AND relforcerowsecurity", TABLES
    )

    assert {row["relname"] for row in rows} == set(TABLES)


async def test_without_a_viewer_the_doors_see_nothing(db: Database, furnished: Population) -> None:
    async with db.stranger() as tx:
        for table, column in COLUMNS.items():
            assert await tx.fetchval(f"SELECT count({column}) FROM {table}") == 0, table


async def test_a_pooled_connection_forgets_its_viewer(connect_as: ConnectAs, furnished: Population) -> None:
    app = await connect_as("app")
    async with app.transaction():
        await app.execute(
            "SELECT set_config('roadpulse.role', 'administrator', true), set_config('roadpulse.person', '1', true)"
        )
        assert await app.fetchval("SELECT count(id) FROM accounts") == 7

    assert await app.fetchval("SELECT count(id) FROM accounts") == 0
    assert await app.fetchval("SELECT count(id) FROM devices") == 0


async def test_each_sees_her_own_rows_only(db: Database, furnished: Population) -> None:
    counted = {table: await visible(db, furnished.ada.viewer, table) for table in COLUMNS}
    own = {"accounts": 1, "sessions": 1, "active_days": 1, "audit": 0}
    assert counted == own | {"devices": 1, "idempotency_keys": 1}

    for other in (furnished.ben, furnished.mechanic, furnished.mtn, furnished.analyst):
        counted = {table: await visible(db, other.viewer, table) for table in COLUMNS}
        assert counted == own | {"devices": 0, "idempotency_keys": 0}


async def test_administrator_sees_all_but_kept_answers(
    db: Database, furnished: Population, connect_as: ConnectAs
) -> None:
    counted = {table: await visible(db, furnished.admin.viewer, table) for table in COLUMNS}

    changes = await (await connect_as("superuser")).fetchval("SELECT count(*) FROM audit")
    everybody = {"accounts": 7, "sessions": 7, "active_days": 7}
    assert counted == everybody | {"devices": 1, "audit": changes, "idempotency_keys": 0}


async def test_doors_are_refused_even_as_administrator(connect_as: ConnectAs) -> None:
    app = await connect_as("app")
    await app.execute("SELECT set_config('roadpulse.role', 'administrator', false)")
    for statement in REFUSED:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)


async def test_nobody_writes_into_somebody_elses_name(db: Database, furnished: Population) -> None:
    ada, ben = furnished.ada.identity, furnished.ben.viewer
    forgeries = (
        (
            "INSERT INTO sessions (account, family_hash, token_hash, expires_at) VALUES ($1, $2, $2, now())",
            (ada.account, bytes(32)),
        ),
        (
            "INSERT INTO stream_tickets (hash, account, session, access_expires_at, expires_at)"
            " VALUES ($2, $1, $3, now(), now())",
            (ada.account, bytes(32), ada.session),
        ),
        (
            "INSERT INTO device_claims (hash, account, expires_at) VALUES ($2, $1, now())",
            (ada.account, bytes(32)),
        ),
        (
            "INSERT INTO idempotency_keys (account, key, request_hash) VALUES ($1, 'mine', $2)",
            (ada.account, bytes(32)),
        ),
    )
    for statement, arguments in forgeries:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with db.viewing(ben) as tx:
                await tx.execute(statement, *arguments)


async def test_changes_of_somebody_elses_rows_meet_nothing(db: Database, furnished: Population) -> None:
    others: tuple[Person, ...] = (furnished.ben, furnished.mtn, furnished.analyst)
    for other in others:
        async with db.viewing(other.viewer) as tx:
            assert await tx.execute("UPDATE accounts SET is_active = false") == "UPDATE 0"
            assert await tx.execute("UPDATE devices SET revoked_at = now()") == "UPDATE 0"
            assert await tx.execute("UPDATE sessions SET revoked_at = now()") == "UPDATE 1"


async def test_a_profile_and_a_password_are_changed_by_their_owner_alone(
    db: Database, furnished: Population, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    everybody = "SELECT id, full_name, password_hash FROM accounts ORDER BY id"
    before = [tuple(row) for row in await owner.fetch(everybody)]
    async with db.stranger() as tx:
        assert await tx.fetchval("SELECT change_profile($1)", {"full_name": "Eve"}) is None
        assert await tx.fetchval("SELECT change_password($1, $1)", before[0][2]) is None
    async with db.viewing(furnished.admin.viewer) as tx:
        assert await tx.fetchval("SELECT change_password($1, $1)", before[0][2]) is None
        assert await tx.fetchval("SELECT change_profile($1)", {"full_name": "Root"}) == {}

    mine = furnished.admin.identity.account
    assert [tuple(row) for row in await owner.fetch(everybody)] == [
        (account, "Root" if account == mine else name, stored) for account, name, stored in before
    ]


async def test_analysts_are_granted_nothing(connect_as: ConnectAs, furnished: Population) -> None:
    analyst = await connect_as("analyst")
    await analyst.execute("SELECT set_config('roadpulse.role', 'administrator', false)")
    for table in TABLES:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await analyst.execute(f"SELECT FROM {table}")
    for function in (
        "account_signing_in('a')", "device_by_token('')", "redeem_ticket('')", "forget_audit('1 day')",
        "change_profile('{}')", "change_password('a', 'b')", "diagnoses_with('a')",
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await analyst.execute(f"SELECT {function}")


async def test_ingest_reads_who_may_send_and_no_more(connect_as: ConnectAs, furnished: Population) -> None:
    system = await connect_as("system")

    assert await system.fetchval("SELECT account FROM devices WHERE revoked_at IS NULL")
    assert await system.fetchval("SELECT count(id) FROM accounts WHERE is_active") == 7
    for statement in (
        "SELECT email FROM accounts",
        "SELECT password_hash FROM accounts",
        "SELECT token_hash FROM devices",
        "SELECT name FROM devices",
        "SELECT id FROM audit",
        "SELECT account FROM active_days",
        "SELECT answer FROM idempotency_keys",
        "SELECT token_hash FROM sessions",
        "UPDATE accounts SET is_active = true",
        "UPDATE signing_keys SET private_key = ''",
        "SELECT account_signing_in('ada@example.org')",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await system.execute(statement)


async def test_functions_that_see_more_are_the_doors_alone(connect_as: ConnectAs) -> None:
    """And each of them fixes its search path, so that nobody slips a table under it."""
    owner = await connect_as("superuser")
    rows = await owner.fetch(
        """
        SELECT
            proname,
            proconfig,
            has_function_privilege('roadpulse_app', oid, 'EXECUTE') AS app,
            has_function_privilege('roadpulse_analyst', oid, 'EXECUTE') AS analyst,
            has_function_privilege('roadpulse_system', oid, 'EXECUTE') AS system
        FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef AND proname = ANY ($1)
        """,
        [*WITHOUT_VIEWER, "forget_audit", "audit_change"],
    )
    found = {row["proname"]: row for row in rows}

    assert set(found) == WITHOUT_VIEWER | {"forget_audit", "audit_change"}
    assert all(row["proconfig"] == ["search_path=pg_catalog, public, pg_temp"] for row in rows)
    assert {name for name, row in found.items() if row["app"]} == WITHOUT_VIEWER
    assert {name for name, row in found.items() if row["system"]} == {"forget_audit"}
    assert not any(row["analyst"] for row in rows)


async def test_operator_without_provider_is_impossible(connect_as: ConnectAs) -> None:
    owner = await connect_as("superuser")
    for role, provider in (("operator", None), ("subscriber", 1)):
        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(
                "INSERT INTO accounts (email, username, password_hash, role, provider)"
                " VALUES ('e@x.org', 'eve', $1, $2, $3)",
                "$2b$04$" + "x" * 53,
                role,
                provider,
            )
