"""Migrations forward and back on a real database, started at once, and against files that were changed."""

import asyncio
import hashlib
from pathlib import Path

import asyncpg
import pytest

from monitor.errors import MigrationRefused, Unavailable
from monitor.store import migrate

SHIPS = """-- migrate:up
CREATE TABLE ships (id bigint PRIMARY KEY);
INSERT INTO ships (id) VALUES (1);
-- migrate:down
DROP TABLE ships;
"""
SAILS = """-- migrate:up
ALTER TABLE ships ADD COLUMN sails bigint NOT NULL DEFAULT 2;
-- migrate:down
ALTER TABLE ships DROP COLUMN sails;
"""
INDEX = """-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ships_sails ON ships (sails);
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY ships_sails;
"""
FRESH_INDEX = """-- migrate:up transaction:false
-- One that an earlier try left unfinished; it would stay invalid.
DROP INDEX CONCURRENTLY IF EXISTS ships_sails;
CREATE UNIQUE INDEX CONCURRENTLY ships_sails ON ships (sails);
-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS ships_sails;
"""
BROKEN = """-- migrate:up
CREATE TABLE harbours (id bigint);
SELECT nothing_of_that_name;
-- migrate:down
DROP TABLE harbours;
"""

WAITING = "SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, "0001_ships", SHIPS)
    write(tmp_path, "0002_sails", SAILS)
    write(tmp_path, "0003_index", INDEX)
    return tmp_path


@pytest.fixture
def owner(empty_database):
    return empty_database.url("owner")


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.sql").write_text(text)


async def fetch(url: str, statement: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


async def names(url: str, folder: Path) -> list[str]:
    return [standing.name for standing in await migrate.status(url, folder=folder) if standing.is_applied]


async def test_up_applies_everything_in_order(owner, folder):
    applied = await migrate.up(owner, folder=folder)

    assert applied == ["0001_ships", "0002_sails", "0003_index"]
    assert [tuple(row) for row in await fetch(owner, "SELECT id, sails FROM ships")] == [(1, 2)]


async def test_up_again_changes_nothing(owner, folder):
    await migrate.up(owner, folder=folder)

    assert await migrate.up(owner, folder=folder) == []


async def test_up_stops_at_the_number_asked_for(owner, folder):
    assert await migrate.up(owner, to=1, folder=folder) == ["0001_ships"]
    assert await names(owner, folder) == ["0001_ships"]


async def test_down_takes_back_the_newest_only(owner, folder):
    await migrate.up(owner, folder=folder)

    assert await migrate.down(owner, folder=folder) == ["0003_index"]
    assert await names(owner, folder) == ["0001_ships", "0002_sails"]


async def test_down_to_zero_leaves_nothing_behind(owner, folder):
    await migrate.up(owner, folder=folder)

    assert await migrate.down(owner, to=0, folder=folder) == ["0003_index", "0002_sails", "0001_ships"]
    assert await fetch(owner, "SELECT FROM pg_tables WHERE tablename = 'ships'") == []


async def test_down_with_nothing_applied_does_nothing(owner, folder):
    assert await migrate.down(owner, folder=folder) == []


async def test_status_reads_an_untouched_database_without_changing_it(owner, folder):
    standings = await migrate.status(owner, folder=folder)

    assert [(standing.version, standing.is_applied) for standing in standings] == [
        ("0001", False),
        ("0002", False),
        ("0003", False),
    ]
    assert await fetch(owner, "SELECT FROM pg_tables WHERE tablename = 'schema_migrations'") == []


async def test_concurrent_starts_apply_each_migration_once(owner, folder):
    """The third one is an index made concurrently, which waits for every open transaction."""
    applied = await asyncio.wait_for(asyncio.gather(*(migrate.up(owner, folder=folder) for _ in range(4))), 60)

    assert sorted(map(len, applied)) == [0, 0, 0, 3]


async def test_waiting_for_another_migrator_has_a_limit(owner, folder):
    connection = await asyncpg.connect(owner)
    await connection.fetchval("SELECT pg_advisory_lock(7263548170)")

    with pytest.raises(MigrationRefused, match="has been running"):
        await migrate.up(owner, folder=folder, wait_s=0.2)
    await connection.close()


@pytest.mark.parametrize("step", [migrate.up, migrate.down])
async def test_a_file_changed_after_it_was_applied_is_refused(owner, folder, step):
    await migrate.up(owner, folder=folder)
    write(folder, "0002_sails", SAILS.replace("DEFAULT 2", "DEFAULT 3"))

    with pytest.raises(MigrationRefused, match="0002_sails was changed"):
        await step(owner, folder=folder)
    assert [standing.name for standing in await migrate.status(owner, folder=folder) if standing.is_changed] == [
        "0002_sails"
    ]


async def test_a_number_below_the_newest_applied_is_refused(owner, folder):
    (folder / "0002_sails.sql").unlink()
    (folder / "0003_index.sql").unlink()
    write(folder, "0009_late", "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 1;\n")
    await migrate.up(owner, folder=folder)
    write(folder, "0002_sails", SAILS)

    with pytest.raises(MigrationRefused, match="renumber"):
        await migrate.up(owner, folder=folder)


async def test_a_failed_migration_leaves_nothing_of_itself(owner, folder):
    write(folder, "0004_broken", BROKEN)

    with pytest.raises(MigrationRefused, match=r"0004_broken.*nothing_of_that_name"):
        await migrate.up(owner, folder=folder)
    assert await names(owner, folder) == ["0001_ships", "0002_sails", "0003_index"]
    assert await fetch(owner, "SELECT FROM pg_tables WHERE tablename = 'harbours'") == []


async def test_an_older_program_starts_on_a_newer_database(owner, folder):
    await migrate.up(owner, folder=folder)
    (folder / "0003_index.sql").unlink()

    assert await migrate.up(owner, folder=folder) == []
    with pytest.raises(MigrationRefused, match="newer program"):
        await migrate.down(owner, folder=folder)


async def test_a_database_begun_with_dbmate_is_taken_over(owner, folder):
    for statement in (
        "CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)",
        "INSERT INTO schema_migrations VALUES ('0001')",
        "CREATE TABLE ships (id bigint PRIMARY KEY)",
    ):
        await fetch(owner, statement)

    assert await migrate.up(owner, folder=folder) == ["0002_sails", "0003_index"]


async def test_digest_kept_is_that_of_the_file(owner, folder):
    await migrate.up(owner, to=1, folder=folder)

    kept = await fetch(owner, "SELECT sha256 FROM schema_migrations")
    assert [row["sha256"] for row in kept] == [hashlib.sha256(SHIPS.encode()).hexdigest()]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("ships", SHIPS, "not named"),
        ("0007_Ships", SHIPS, "not named"),
        ("0007_ships", "CREATE TABLE ships ();", "must have one"),
        ("0007_ships", "-- migrate:down\n-- migrate:up\n", "must have one"),
        ("00001_again", SHIPS, "one number"),
    ],
)
def test_a_file_that_is_no_migration_is_refused(folder, name, text, reason):
    write(folder, name, text)

    with pytest.raises(MigrationRefused, match=reason):
        migrate.read(folder)


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("A;B;\n", ["A;", "B;"]),
        ("A;\n-- the end; really\nB", ["A;", "\n-- the end; really\nB"]),
        ("A;\n-- nothing more; see\n", ["A;"]),
        ("SELECT ';', E'\\';', 'it''s;';B;", ["SELECT ';', E'\\';', 'it''s;';", "B;"]),
        ('SELECT ";""";B', ['SELECT ";""";', "B"]),
        ("DO $$ A; $x$ $$;DO $a$ $$; $a$;", ["DO $$ A; $x$ $$;", "DO $a$ $$; $a$;"]),
        ("SELECT $1; SELECT 2", ["SELECT $1;", " SELECT 2"]),
        ("-- it's\nA; B;", ["-- it's\nA;", " B;"]),
    ],
)
def test_half_without_a_transaction_is_cut_into_its_statements(folder, text, statements):
    write(folder, "0004_more", f"-- migrate:up transaction:false\n{text}\n-- migrate:down\nC;D;\n")

    more = migrate.read(folder)[-1]

    assert [each.strip("\n") for each in more.up.statements] == [each.strip("\n") for each in statements]
    assert more.down.statements == ("\nC;D;\n",)


def test_comment_that_may_hold_others_is_refused_where_statements_are_cut(folder):
    write(folder, "0004_more", INDEX.replace("CREATE", "/* /* */ DROP TABLE ships; */ CREATE"))

    with pytest.raises(MigrationRefused, match=r"0004_more\.sql: comments"):
        migrate.read(folder)


async def test_index_that_was_left_half_done_is_made_anew(owner, folder):
    """Two ships with as many sails stop the index, which stays invalid until the same file is run again."""
    write(folder, "0003_index", FRESH_INDEX)
    await migrate.up(owner, to=2, folder=folder)
    await fetch(owner, "INSERT INTO ships (id) VALUES (2)")
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ships_sails')"

    with pytest.raises(MigrationRefused, match=r"(?s)0003_index: .*unique.*\(1 of 2 statements\) is done and stays"):
        await migrate.up(owner, folder=folder)
    assert [row["indisvalid"] for row in await fetch(owner, valid)] == [False]
    assert await names(owner, folder) == ["0001_ships", "0002_sails"]
    await fetch(owner, "UPDATE ships SET sails = 3 WHERE id = 2")

    assert await migrate.up(owner, folder=folder) == ["0003_index"]
    assert [row["indisvalid"] for row in await fetch(owner, valid)] == [True]
    assert await migrate.down(owner, folder=folder) == ["0003_index"]
    assert await fetch(owner, valid) == []


async def test_fault_of_a_later_statement_is_told_by_its_line(owner, folder):
    write(folder, "0003_index", FRESH_INDEX.replace("(sails)", "(oars)").replace("CREATE", "\nCREATE"))

    with pytest.raises(MigrationRefused, match=r"0003_index.*oars"):
        await migrate.up(owner, folder=folder)
    write(folder, "0003_index", FRESH_INDEX.replace("CREATE", "\nCREAT"))
    with pytest.raises(MigrationRefused, match=r"0003_index \(line 4 after its mark\).*CREAT"):
        await migrate.up(owner, folder=folder)


async def test_what_a_file_sets_without_a_transaction_ends_with_it(owner, folder):
    write(folder, "0003_index", FRESH_INDEX.replace("DROP", "SET search_path = nowhere, public;\nDROP", 1))
    write(folder, "0004_boats", SHIPS.replace("ships", "boats"))

    await migrate.up(owner, folder=folder)

    kept = await fetch(owner, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = 'boats'")
    assert len(kept) == 1


async def test_index_of_a_large_table_keeps_nobody_from_writing(owner, folder):
    """The index waits for a transaction that reads on; whoever writes meanwhile waits for neither."""
    write(folder, "0003_index", FRESH_INDEX)
    await migrate.up(owner, to=2, folder=folder)
    await fetch(owner, "INSERT INTO ships (id, sails) SELECT n, n FROM generate_series(10, 200000) AS n")
    reader, writer = await asyncpg.connect(owner), await asyncpg.connect(owner)
    await writer.execute("SET lock_timeout = '500ms'")
    reading = reader.transaction(isolation="repeatable_read")
    await reading.start()
    assert await reader.fetchval("SELECT max(id) FROM ships") == 200000

    migrating = asyncio.create_task(migrate.up(owner, folder=folder))
    async with asyncio.timeout(30):
        while await writer.fetchval(WAITING) == 0:
            await writer.execute("INSERT INTO ships (id, sails) SELECT max(id) + 1, max(id) + 1 FROM ships")
    for ship in range(10, 20):
        await writer.execute("UPDATE ships SET sails = -sails WHERE id = $1", ship)
    is_done = migrating.done()
    await reading.commit()

    assert await asyncio.wait_for(migrating, 30) == ["0003_index"]
    assert not is_done
    await writer.execute("SET enable_seqscan = off")
    assert await writer.fetchval("SELECT count(*) FROM ships WHERE sails < 0") == 10
    for connection in (reader, writer):
        await connection.close()


async def test_a_database_out_of_reach_is_said_so(tmp_path):
    with pytest.raises(Unavailable):
        await migrate.status(f"postgresql://nobody@/nowhere?host={tmp_path}", folder=tmp_path)


async def test_shipped_migrations_go_forward_back_and_forward(owner):
    applied = await migrate.up(owner)

    assert await migrate.down(owner, to=0) == applied[::-1]
    assert await fetch(owner, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == await fetch(
        owner, "SELECT tablename FROM pg_tables WHERE tablename = 'schema_migrations'"
    )
    assert await migrate.up(owner) == applied
