"""The statements that meet large tables find their rows by an index, also under row-level security."""

import datetime
import json

import asyncpg
import pytest

from monitor.store.queries import Shelf
from tests.conftest import ConnectAs
from tests.store.conftest import NOW

ROWS = 20_000


@pytest.fixture
async def full(superuser: asyncpg.Connection) -> asyncpg.Connection:
    """A day of two operators, in a hundred batches."""
    leaf = await superuser.fetchval("SELECT ensure_day($1)", NOW.date())
    await superuser.execute(
        f"INSERT INTO {leaf} (batch, position, stream, seq, item, received_at, measured_at, device, subject, provider,"
        " cell, suspect, latency_ms, generation, carrier)"
        " SELECT n / 200 + 2, n % 200, gen_random_uuid(), 1, 0, $1,"
        " date_trunc('day', $1::timestamptz, 'UTC') + n * '1 second'::interval,"
        " n % 50, n % 50, n % 2 + 1, 0, false, 50, '4G', 'x' FROM generate_series(0, $2 - 1) AS n",
        NOW, ROWS,
    )  # fmt: skip
    await superuser.execute(
        "INSERT INTO rollups_minute (provider, at, cell, generation, rows, suspects, connected_n, connected_sum)"
        " SELECT n % 2 + 1, date_trunc('minute', $1::timestamptz) - n * '1 minute'::interval, 7, '4G', 1, 0, 0, 0"
        " FROM generate_series(1, $2) AS n",
        NOW, ROWS,
    )  # fmt: skip
    await superuser.execute("ANALYZE")
    return superuser


async def plan(connection: asyncpg.Connection, statement: str, *arguments: object) -> str:
    text = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments)
    return json.dumps(json.loads(text))


async def test_a_page_of_measurements_comes_from_the_index_of_its_operator(
    full: asyncpg.Connection, connect_as: ConnectAs
) -> None:
    app = await connect_as("app")
    await app.execute(
        "SELECT set_config('roadpulse.role', 'operator', false), set_config('roadpulse.person', '7', false),"
        " set_config('roadpulse.provider', '1', false)"
    )
    since = NOW - datetime.timedelta(hours=24)
    until = NOW + datetime.timedelta(hours=24)

    found = await plan(
        app, Shelf("measurements")["some"], since, until, 1, None, None, None, None, 50, None, None, None, None, None
    )

    assert "provider_measured_at_idx" in found
    assert "Seq Scan" not in found


async def test_the_merger_reads_only_its_batches(full: asyncpg.Connection, connect_as: ConnectAs) -> None:
    system = await connect_as("system")
    day = NOW.replace(hour=0, minute=0, second=0, microsecond=0)

    found = await plan(system, Shelf("rollups")["merge"], [5, 6], day, day + datetime.timedelta(days=1))

    assert "batch_idx" in found
    assert '"Seq Scan"' not in found.partition("CTE fresh")[2].partition('"Subplan Name"')[0]


async def test_a_series_reads_only_its_operators_minutes(full: asyncpg.Connection, connect_as: ConnectAs) -> None:
    app = await connect_as("app")
    await app.execute(
        "SELECT set_config('roadpulse.role', 'operator', false), set_config('roadpulse.provider', '1', false)"
    )

    found = await plan(
        app,
        Shelf("kpis")["series_minute"],
        1,
        "latency_ms",
        NOW - datetime.timedelta(hours=1),
        NOW,
        None,
        60.0,
        "UTC",
        None,
    )

    assert "Index Name" in found
    assert "Seq Scan" not in found


async def test_a_series_of_one_place_reads_no_hours_of_others(full: asyncpg.Connection, connect_as: ConnectAs) -> None:
    hours = (
        "SELECT 1, date_trunc('hour', $1::timestamptz) - n / 100 * '1 hour'::interval, n % 100 + 1, '4G', {}"
        " FROM generate_series(0, $2 - 1) AS n"
    )
    await full.execute(
        "INSERT INTO rollups_hour (provider, at, cell, generation, rows, suspects, connected_n, connected_sum) "
        + hours.format("1, 0, 0, 0"), NOW, ROWS,
    )  # fmt: skip
    await full.execute(
        "INSERT INTO histograms_cell_hour (provider, at, cell, generation, codes, counts) "
        + hours.format("'{}'::integer[], '{}'::integer[]"), NOW, ROWS,
    )  # fmt: skip
    await full.execute("ANALYZE rollups_hour, histograms_cell_hour")
    app = await connect_as("app")
    await app.execute(
        "SELECT set_config('roadpulse.role', 'operator', false), set_config('roadpulse.provider', '1', false)"
    )
    asked = (1, "latency_ms", NOW - datetime.timedelta(days=90), NOW, None, 3600.0, "UTC", 7)

    assert "rollups_hour_place" in await plan(app, Shelf("kpis")["series_hour"], *asked)
    assert "histograms_cell_hour_place" in await plan(app, Shelf("kpis")["percentiles_cell_hour"], *asked)


async def test_kinds_of_phones_are_grouped_without_sorting_their_measurements(
    full: asyncpg.Connection, connect_as: ConnectAs
) -> None:
    await full.execute(
        "UPDATE measurements SET device = batch * 7 + position % 50, device_info = 'phone ' || position % 5,"
        " app_version = position % 3"
    )
    await full.execute("ANALYZE measurements")
    app = await connect_as("app")
    await app.execute(
        "SELECT set_config('roadpulse.role', 'operator', false), set_config('roadpulse.provider', '1', false)"
    )
    asked = (NOW - datetime.timedelta(hours=24), NOW + datetime.timedelta(hours=24), 1, None, None, 10)

    async with app.transaction():
        await app.fetch(Shelf("phones")["plan_for_many_rows"])
        found = await plan(app, Shelf("phones")["kinds"], *asked)

    assert '"Strategy": "Hashed"' in found
    assert '"Strategy": "Hashed"' not in await plan(app, Shelf("phones")["kinds"], *asked)


async def test_words_are_found_by_their_index(superuser: asyncpg.Connection, connect_as: ConnectAs) -> None:
    person = await superuser.fetchval("SELECT min(id) FROM accounts")
    await superuser.execute(
        "INSERT INTO diagnoses (person, language, description)"
        " SELECT $1, 'en', CASE WHEN n = 7 THEN 'squealing brakes' ELSE 'it shakes at idle' END"
        " FROM generate_series(1, 2000) AS n",
        person,
    )
    await superuser.execute("ANALYZE diagnoses")
    body = await superuser.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'diagnoses_with'")
    owner = await connect_as("owner")
    await owner.execute("SELECT set_config('roadpulse.person', $1, false)", str(person))

    # The statement within the function, asked as its owner asks it.
    found = await plan(owner, body.replace("words)", "'brakes')"))

    assert "diagnoses_words" in found
    app = await connect_as("app")
    await app.execute("SELECT set_config('roadpulse.person', $1, false)", str(person))
    assert len(await app.fetch("SELECT diagnoses_with('brake')")) == 1
    await app.execute("SELECT set_config('roadpulse.person', $1, false)", str(person + 1))
    assert await app.fetch("SELECT diagnoses_with('brake')") == []
    await app.execute("SELECT set_config('roadpulse.person', '', false)")
    assert await app.fetch("SELECT diagnoses_with('brake')") == []


async def test_what_was_set_aside_of_one_person_is_found_without_reading_everybodys(
    superuser: asyncpg.Connection, connect_as: ConnectAs
) -> None:
    await superuser.execute(
        "INSERT INTO quarantine (received_at, device, subject, stream, seq, item, path, reason, raw)"
        " SELECT $1, n % 100, n % 100, gen_random_uuid(), 1, 0, 'latency_ms', 'must be at least 0', '-5'"
        " FROM generate_series(1, $2) AS n",
        NOW, ROWS,
    )  # fmt: skip
    await superuser.execute("ANALYZE quarantine")
    app = await connect_as("app")
    await app.execute(
        "SELECT set_config('roadpulse.role', 'subscriber', false), set_config('roadpulse.person', '7', false)"
    )
    day = datetime.timedelta(days=1)

    found = await plan(app, Shelf("quality")["own_rejections"], NOW - 30 * day, NOW + day, 7)

    assert "quarantine_subject" in found
    assert "Seq Scan" not in found
