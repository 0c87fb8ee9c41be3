"""Each shipped migration goes back and forth on a database that holds data, and loses only what it had made."""

import asyncpg
import pytest

from monitor.errors import MigrationRefused, SchemaBehind
from monitor.settings import Settings
from monitor.store import migrate
from monitor.store.db import open_database, open_system
from tests.conftest import ConnectAs, TestDatabase
from tests.store.conftest import NOW

STEPS = [int(migration.version) for migration in migrate.read(migrate.migrations_folder())]

BEFORE_LANGUAGES = 24

KEPT_BELOW = {
    # table -> the migration that made it; rows must survive whatever goes back above it
    "providers": 1, "carriers": 1, "accounts": 2, "devices": 2, "measurements": 3, "streams": 3, "quarantine": 3,
    "rollups_minute": 4, "presence": 4, "rules": 5, "alerts": 5, "events": 5,
}  # fmt: skip


async def counts(connection: asyncpg.Connection, step: int) -> dict[str, int]:
    return {
        table: await connection.fetchval(f"SELECT count(*) FROM {table}")
        for table, made_by in KEPT_BELOW.items()
        if made_by <= step
    }


async def test_every_step_goes_back_and_forth_on_data(superuser: asyncpg.Connection, database: TestDatabase) -> None:
    full = await counts(superuser, STEPS[-1])
    assert full["measurements"] == full["alerts"] == 2
    schema = await _schema(superuser)

    for step in reversed(STEPS):
        # Back by one step, forth, and back again to stay: what it makes anew is empty, what lies below is as it was.
        for _ in range(2):
            await migrate.down(database.url("owner"), to=step - 1)
            await superuser.reload_schema_state()
            assert await counts(superuser, step - 1) == {
                table: n for table, n in full.items() if KEPT_BELOW[table] < step
            }
            await migrate.up(database.url("owner"), to=step)
        await migrate.down(database.url("owner"), to=step - 1)

    left = await superuser.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    )
    assert {row[0] for row in left} == {"schema_migrations"}
    await migrate.up(database.url("owner"))
    assert await _schema(superuser) == schema


async def test_new_rows_fit_after_the_way_back_and_forth(
    superuser: asyncpg.Connection, database: TestDatabase, connect_as: ConnectAs
) -> None:
    await migrate.down(database.url("owner"), to=2)
    await migrate.up(database.url("owner"))

    system = await connect_as("system")
    leaf = await system.fetchval("SELECT ensure_day($1)", NOW.date())
    assert leaf == f"measurements_{NOW:%Y%m%d}"


async def test_histograms_change_their_layout_and_keep_their_counts(
    superuser: asyncpg.Connection, database: TestDatabase
) -> None:
    tables = ("histograms_minute", "histograms_hour", "histograms_day", "histograms_cell_hour")
    for table in tables:
        await superuser.execute(
            f"UPDATE {table} SET counts = '{{3,4,5}}', codes = ARRAY[code_of('signal_dbm', (-90)::int2),"
            " code_of('packet_loss_pct', (-32768)::int2), code_of('packet_loss_pct', 40::int2)]"
        )
    held = {table: await _held(superuser, table) for table in tables}

    await migrate.down(database.url("owner"), to=8)
    await superuser.reload_schema_state()
    for table in tables:
        rows = await superuser.fetch(f"SELECT kpi, buckets, counts FROM {table} WHERE provider = 2 ORDER BY kpi")
        assert [tuple(row) for row in rows] == [
            ("packet_loss_pct", [-32768, 40], [4, 5]), ("signal_dbm", [-90], [3])
        ]  # fmt: skip
    await migrate.up(database.url("owner"))
    await superuser.reload_schema_state()

    assert {table: await _held(superuser, table) for table in tables} == held


async def test_english_that_nobody_chose_goes_back_and_is_no_choice_forward(
    superuser: asyncpg.Connection, database: TestDatabase
) -> None:
    await superuser.execute(
        "INSERT INTO accounts (email, username, password_hash, role) VALUES ('eve@x.org', 'eve', $1, 'subscriber')",
        "$2b$04$" + "x" * 53,
    )

    await migrate.down(database.url("owner"), to=BEFORE_LANGUAGES)
    await superuser.reload_schema_state()
    back = await superuser.fetch("SELECT username, language FROM accounts ORDER BY username")
    await migrate.up(database.url("owner"))
    await superuser.reload_schema_state()
    forward = await superuser.fetch("SELECT username, language FROM accounts ORDER BY username")

    assert [tuple(row) for row in back] == [("ama", "fr"), ("eve", "en")]
    assert [tuple(row) for row in forward] == [("ama", "fr"), ("eve", None)]


async def test_hours_that_lag_are_not_left_behind(superuser: asyncpg.Connection, database: TestDatabase) -> None:
    await superuser.execute(
        "INSERT INTO unfolded (provider, at, cell, generation, rows, suspects, connected_n, connected_sum)"
        " VALUES (1, now(), 0, '4G', 1, 0, 0, 0)"
    )

    with pytest.raises(MigrationRefused, match="hours and days lag"):
        await migrate.down(database.url("owner"), to=8)


async def test_totals_begin_with_what_the_places_hold(superuser: asyncpg.Connection, database: TestDatabase) -> None:
    for unit in ("hour", "day"):
        await superuser.execute(f"DELETE FROM totals_{unit}")
        await superuser.execute(
            f"INSERT INTO rollups_{unit} (provider, at, cell, generation, rows, suspects, connected_n, connected_sum,"
            " latency_ms_n, latency_ms_sum, latency_ms_squares, latency_ms_min, latency_ms_max)"
            " SELECT 1, date_trunc('hour', now()), cell, '5G', 3, 2, 3, 1, 3, cell, 7.5, cell, 10 * cell"
            " FROM generate_series(1, 4) AS cell"
        )

    await migrate.down(database.url("owner"), to=11)
    await migrate.up(database.url("owner"))
    await superuser.reload_schema_state()

    for unit in ("hour", "day"):
        rows = await superuser.fetch(
            "SELECT provider, generation, rows, suspects, connected_n, connected_sum, latency_ms_n, latency_ms_sum,"
            f" latency_ms_squares, latency_ms_min, latency_ms_max, jitter_ms_n, jitter_ms_max FROM totals_{unit}"
            " ORDER BY provider, generation"
        )
        assert [tuple(row) for row in rows] == [
            (1, "4G", 1, 0, 0, 0, 0, 0, 0, None, None, 0, None),
            (1, "5G", 12, 8, 12, 4, 12, 10, 30, 1, 40, 0, None),
            (2, "4G", 1, 0, 0, 0, 0, 0, 0, None, None, 0, None),
        ]


async def test_what_waits_for_hours_is_left_to_the_code_that_knows_totals(
    superuser: asyncpg.Connection, database: TestDatabase
) -> None:
    set_aside = (
        "INSERT INTO unfolded (provider, at, cell, generation, rows, suspects, connected_n, connected_sum)"
        " VALUES (1, now(), 0, '4G', 1, 0, 0, 0)"
    )
    due_of_old_code = "SELECT count(*) FROM unfolded WHERE merged_at <= now()"
    await migrate.down(database.url("owner"), to=11)
    await superuser.reload_schema_state()
    await superuser.execute(set_aside)
    assert await superuser.fetchval(due_of_old_code) == 1

    await migrate.up(database.url("owner"), to=12)
    await superuser.reload_schema_state()
    await superuser.execute(set_aside)
    assert await superuser.fetchval(due_of_old_code) == 0
    assert await superuser.fetchval("SELECT count(*) FROM unfolded WHERE waiting_since <= now()") == 2

    await migrate.down(database.url("owner"), to=11)
    await superuser.reload_schema_state()
    assert await superuser.fetchval(due_of_old_code) == 2


async def test_outcomes_learn_what_had_been_suspected(superuser: asyncpg.Connection, database: TestDatabase) -> None:
    for probability in (0.6, 0.2):
        diagnosis = await superuser.fetchval(
            "INSERT INTO diagnoses (person, language, state, ended_at, evidence, result)"
            " SELECT id, 'en', 'concluded', now(), '{}',"
            " jsonb_build_object('verdict', '{}'::jsonb, 'models', '[]'::jsonb,"
            " 'healthy', 0.3, 'unknown', 0.1, 'causes', jsonb_build_array(jsonb_build_object('id', 'spark_plugs',"
            " 'probability', $1::float8))) FROM accounts RETURNING id",
            probability,
        )
        await superuser.execute("INSERT INTO outcomes (diagnosis, person) SELECT $1, id FROM accounts", diagnosis)

    await migrate.down(database.url("owner"), to=19)
    await migrate.up(database.url("owner"))
    await superuser.reload_schema_state()

    told = await superuser.fetch("SELECT suspected, repaired FROM outcomes ORDER BY diagnosis")
    assert [tuple(row) for row in told] == [("spark_plugs", None), (None, None)]


async def test_profiles_go_and_begin_empty_beside_their_accounts(
    superuser: asyncpg.Connection, database: TestDatabase
) -> None:
    told = "SELECT username, full_name, phone, attributes::text FROM accounts ORDER BY id"
    names = [row["username"] for row in await superuser.fetch(told)]
    await superuser.execute(
        "UPDATE accounts SET full_name = 'Ada Ngo', phone = '+237671234567', attributes = '{\"town\": \"Kribi\"}'"
    )

    await migrate.down(database.url("owner"), to=20)
    await migrate.up(database.url("owner"))
    await superuser.reload_schema_state()

    assert names
    assert [tuple(row) for row in await superuser.fetch(told)] == [(name, None, None, "{}") for name in names]
    kept = await superuser.fetchval("SELECT string_agg(concat(before, after), ' ') FROM audit")
    assert "Kribi" not in kept
    assert "+237671234567" not in kept


async def test_diagnoses_that_are_there_are_found_by_their_words(
    superuser: asyncpg.Connection, database: TestDatabase
) -> None:
    await migrate.down(database.url("owner"), to=23)
    person = await superuser.fetchval(
        "INSERT INTO diagnoses (person, language, description) SELECT min(id), 'fr', 'Les freins grin\u00e7aient'"
        " FROM accounts RETURNING person"
    )

    await migrate.up(database.url("owner"))
    await superuser.reload_schema_state()

    await superuser.execute("SELECT set_config('roadpulse.person', $1, false)", str(person))
    assert len(await superuser.fetch("SELECT diagnoses_with('frein grincait')")) == 1


async def test_nobody_serves_on_a_schema_that_lacks_something(settings: Settings, connect_as: ConnectAs) -> None:
    owner = await connect_as("owner")
    newest = migrate.read(migrate.migrations_folder())[-1]
    await owner.execute("INSERT INTO schema_migrations (version) VALUES ('9999')")
    async with open_database(settings.database), open_system(settings.database):
        pass  # what a newer program applied does no harm

    await owner.execute("DELETE FROM schema_migrations WHERE version = $1", newest.version)
    for opened in (open_database, open_system):
        with pytest.raises(SchemaBehind, match=f"lacks {newest.name}; run `roadpulse migrate up`"):
            await opened(settings.database).__aenter__()
    await owner.execute("REVOKE SELECT (version) ON schema_migrations FROM roadpulse_system")
    with pytest.raises(SchemaBehind, match="run `roadpulse migrate up`"):
        await open_system(settings.database).__aenter__()


async def test_migrations_are_polite_to_running_code() -> None:
    for migration in migrate.read(migrate.migrations_folder()):
        for half in (migration.up, migration.down):
            # Without a transaction there are only statements that keep nobody waiting, and wait for all themselves.
            text = "".join(half.statements)
            assert "SET LOCAL lock_timeout" in text if half.in_transaction else "CONCURRENTLY" in text, migration.name


async def _held(connection: asyncpg.Connection, table: str) -> list[asyncpg.Record]:
    rows = f"SELECT provider, kpi, bucket, n FROM {table}, counted(codes, counts) ORDER BY 1, 2, 3"
    return list(await connection.fetch(rows))


async def _schema(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    """Columns, policies, grants and functions: what a way back and forth must bring back, leaves aside."""
    queries = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name !~ '^measurements_[0-9]+$'",
        "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies",
        "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND table_name !~ '^measurements_[0-9]+$'",
        "SELECT proname, pg_get_functiondef(oid), proacl::text FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace",
        "SELECT indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = 'public' AND tablename !~ '^measurements_[0-9]+$'",
    )
    return [tuple(row) for query in queries for row in sorted(map(tuple, await connection.fetch(query)), key=str)]


@pytest.mark.parametrize("step", STEPS)
async def test_files_are_numbered_without_a_gap(step: int) -> None:
    assert step == STEPS.index(step) + 1
