"""Nobody crosses from one operator to another by SQL, whichever login he got hold of."""

import datetime

import asyncpg
import pytest

from tests.conftest import ConnectAs
from tests.store.conftest import NOW

PUBLIC_TO_THE_DOORS = {"providers", "carriers", "ledger"}
"""tables without a tenant that the doors may read: names of operators, and how far the merger is"""

TENANT_TABLES = (
    "measurements", "rollups_minute", "rollups_hour", "rollups_day", "totals_hour", "totals_day", "histograms_minute",
    "histograms_hour", "histograms_day", "histograms_cell_hour", "presence", "latest_measurements", "rules", "alerts",
    "alert_history", "events",
)  # fmt: skip


async def view(connection: asyncpg.Connection, role: str = "", person: str = "", provider: str = "") -> None:
    await connection.execute(
        "SELECT set_config('roadpulse.role', $1, false), set_config('roadpulse.person', $2, false),"
        " set_config('roadpulse.provider', $3, false)",
        role, person, provider,
    )  # fmt: skip


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_doors_see_nothing_without_a_viewer_and_only_the_own_with_one(
    superuser: asyncpg.Connection, connect_as: ConnectAs, table: str
) -> None:
    app = await connect_as("app")
    assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0

    for half in (("operator", "", ""), ("", "", "1"), ("analyst", "", "1"), ("subscriber", "77", "1")):
        await view(app, *half)
        assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0, half

    await view(app, "operator", "77", "1")
    assert {row[0] for row in await app.fetch(f"SELECT provider FROM {table}")} == {1}
    await view(app, "administrator", "77", "")
    assert {row[0] for row in await app.fetch(f"SELECT provider FROM {table}")} == {1, 2}


async def test_person_sees_her_own_measurements_of_any_operator(
    superuser: asyncpg.Connection, connect_as: ConnectAs
) -> None:
    app = await connect_as("app")
    await view(app, "subscriber", "2", "")

    assert [row[0] for row in await app.fetch("SELECT subject FROM measurements")] == [2]


async def test_what_was_set_aside_is_the_senders_and_the_administrators_to_see(
    superuser: asyncpg.Connection, connect_as: ConnectAs
) -> None:
    """An item that could not be read belongs to no network, so that no operator may see it."""
    sender = str(await superuser.fetchval("SELECT subject FROM quarantine"))
    app = await connect_as("app")
    seen = {}
    for viewer in (("", "", ""), ("subscriber", sender, ""), ("subscriber", "77", ""), ("operator", "77", "1"),
                   ("analyst", "77", ""), ("administrator", "77", "")):  # fmt: skip
        await view(app, *viewer)
        seen[viewer[:2]] = await app.fetchval("SELECT count(*) FROM quarantine")

    assert [viewer for viewer, count in seen.items() if count] == [("subscriber", sender), ("administrator", "77")]


async def test_operator_cannot_write_into_anothers_network(
    superuser: asyncpg.Connection, connect_as: ConnectAs
) -> None:
    app = await connect_as("app")
    await view(app, "operator", "77", "1")
    rule = (
        "INSERT INTO rules (provider, kpi, statistic, comparison, threshold, window_s, for_s, keep_firing_for_s,"
        " min_samples, severity) VALUES ($1, 'latency_ms', 'mean', 'above', 1, 60, 0, 0, 1, 'info')"
    )

    await app.execute(rule, 1)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(rule, 2)
    assert await app.execute("UPDATE alerts SET snoozed_until = now() WHERE provider = 2") == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("UPDATE rules SET provider = 2")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("UPDATE alerts SET provider = 2")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("INSERT INTO measurements SELECT * FROM measurements")


async def test_leaves_may_be_written_by_ingest_alone_and_read_by_nobody(
    superuser: asyncpg.Connection, connect_as: ConnectAs
) -> None:
    grants = await superuser.fetch(
        "SELECT child.relname, acl.grantee::regrole::text AS grantee, acl.privilege_type AS privilege"
        " FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid, aclexplode(child.relacl) AS acl"
        " WHERE inhparent = 'measurements'::regclass AND acl.grantee <> child.relowner"
    )
    leaves = {row[0] for row in await superuser.fetch(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'measurements'::regclass"
    )}  # fmt: skip
    assert {tuple(row) for row in grants} == {(leaf, "roadpulse_system", "INSERT") for leaf in leaves}
    for role in ("app", "system", "analyst"):
        connection = await connect_as(role)  # type: ignore[arg-type]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT provider FROM {next(iter(leaves))}")


async def test_every_table_that_doors_may_read_has_forced_row_level_security(superuser: asyncpg.Connection) -> None:
    naked = await superuser.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT (relrowsecurity AND relforcerowsecurity)"
        " AND (has_table_privilege('roadpulse_app', oid, 'SELECT')"
        "  OR has_any_column_privilege('roadpulse_app', oid, 'SELECT'))"
    )

    assert {row[0] for row in naked} <= PUBLIC_TO_THE_DOORS


async def test_no_login_can_become_another_or_go_round_the_policies(
    superuser: asyncpg.Connection, connect_as: ConnectAs
) -> None:
    strong = await superuser.fetch(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'roadpulse%' AND (rolsuper OR rolbypassrls OR rolcreaterole)"
    )
    assert strong == []
    for role in ("app", "system", "analyst"):
        connection = await connect_as(role)  # type: ignore[arg-type]
        for statement in (
            "SET ROLE roadpulse_owner",
            "ALTER TABLE measurements DISABLE ROW LEVEL SECURITY",
            "CREATE TABLE mine (id int)",
            "DROP TABLE rules",
            "SELECT pg_read_file('/etc/passwd')",
        ):
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(statement)


async def test_analyst_sees_crowds_of_ten_devices_and_nothing_else(
    superuser: asyncpg.Connection, connect_as: ConnectAs
) -> None:
    running = NOW.replace(minute=0, second=0, microsecond=0)
    before = running - datetime.timedelta(hours=1)
    for hour, cell, devices in ((before, 11, 9), (before, 12, 10), (running, 13, 10)):
        await superuser.executemany(
            "INSERT INTO presence (at, provider, cell, device) VALUES ($1, 1, $2, $3)",
            [(hour, cell, device) for device in range(devices)],
        )
        await superuser.execute(
            "INSERT INTO rollups_hour (provider, at, cell, generation, rows, suspects, connected_n, connected_sum,"
            " latency_ms_n, latency_ms_sum) VALUES (1, $1, $2, '4G', 500, 0, 0, 0, 500, 25000)",
            hour, cell,
        )  # fmt: skip
    analyst = await connect_as("analyst")
    await view(analyst, "administrator", "1", "1")

    rows = await analyst.fetch("SELECT cell, devices, measurements, latency_ms FROM anonymous_hours")
    assert [tuple(row) for row in rows] == [(12, 10, 500, 50.0)]
    for table in (*TENANT_TABLES, "accounts", "devices", "quarantine", "streams"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await analyst.fetch(f"SELECT count(*) FROM {table}")
