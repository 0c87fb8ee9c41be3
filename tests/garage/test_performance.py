"""Models are told of by week, version and what their people found, and never by fewer than ten of them."""

import asyncpg
import pytest

from monitor.garage import performance
from monitor.store.db import Database
from tests.conftest import ConnectAs
from tests.garage.conftest import newcomer
from tests.population import Population


async def read(superuser: asyncpg.Connection, model: str, people: int, told: int = 0, weeks_ago: int = 0) -> None:
    """So many people had a file each read, one in four in doubt, the nth in n ms; all who tell agree but the first."""
    for n in range(1, people + 1):
        person = await newcomer(superuser)
        findings = '[{"label": "not_sure"}, {"label": "battery"}]' if n % 4 == 0 else '[{"label": "battery"}]'
        await superuser.execute(
            "WITH file AS (INSERT INTO media (person, kind, content_type, bytes, sha256)"
            " VALUES ($1, 'sound', 'audio/wav', 1, sha256(gen_random_uuid()::text::bytea)) RETURNING id)"
            " INSERT INTO readings (media, model, person, quality, findings, took_ms, read_at)"
            " SELECT id, $2, $1, '{}', $3::text::jsonb, $4, now() - $5 * interval '7 days' FROM file",
            person, model, findings, float(n), weeks_ago,
        )  # fmt: skip
        if n <= told:
            await superuser.execute(
                "WITH made AS (INSERT INTO diagnoses (person, language, state, ended_at, evidence, result)"
                " VALUES ($1, 'en', 'concluded', now() - $4 * interval '7 days', '{}', jsonb_build_object("
                "'verdict', '{}'::jsonb, 'causes', '[]'::jsonb, 'models', jsonb_build_array($2::text))) RETURNING id)"
                " INSERT INTO outcomes (diagnosis, person, was_right) SELECT id, $1, $3 FROM made",
                person, model, n > 1, weeks_ago,
            )  # fmt: skip


@pytest.fixture
async def superuser(connect_as: ConnectAs) -> asyncpg.Connection:
    return await connect_as("superuser")


async def test_weeks_say_how_fast_how_doubtful_and_how_right_each_version_was(
    db: Database, superuser: asyncpg.Connection, town: Population
) -> None:
    await read(superuser, "engine-1", people=20, told=10, weeks_ago=1)
    await read(superuser, "engine-2", people=12, told=9)
    await read(superuser, "dashboard-3", people=9)
    await read(superuser, "dashboard-2", people=10, weeks_ago=30)

    for viewer in (town.admin.viewer, town.analyst.viewer):
        new, old = await performance.weeks(db, viewer, 12)

        assert (new.name, new.version, new.readings) == ("engine", 2, 12)
        assert (new.outcomes, new.agreed) == (None, None), "nine tell too much of each"
        assert (old.version, old.readings, old.outcomes) == (1, 20, 10)
        assert (old.took_ms_p50, old.took_ms_p95) == (10.5, pytest.approx(19.05, abs=0.1))
        assert (old.abstained, old.agreed) == (pytest.approx(0.25), pytest.approx(0.9))
        assert old.week < new.week
    assert [week.version for week in await performance.weeks(db, town.admin.viewer, 1)] == [2]


async def test_nobody_else_hears_of_it(
    db: Database, superuser: asyncpg.Connection, town: Population, connect_as: ConnectAs
) -> None:
    await read(superuser, "engine-1", people=10)

    for person in (town.ada, town.mechanic, town.mtn):
        assert await performance.weeks(db, person.viewer, 12) == []
    async with db.stranger() as tx:
        assert await tx.fetch("SELECT * FROM model_weeks(now() - interval '30 days')") == []
    analyst = await connect_as("analyst")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await analyst.fetch("SELECT * FROM model_weeks(now())")
