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
BROKEN = """-- migrate:up
CREATE TABLE harbours (id bigint);
SELECT nothing_of_that_name;
-- migrate:down
DROP TABLE harbours;
"""


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
