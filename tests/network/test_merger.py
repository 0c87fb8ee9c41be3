"""Steps of the merger that the database refuses or leaves halfway."""

import datetime
from uuid import UUID

import pytest

from monitor import log
from monitor.errors import Unavailable
from monitor.network import rollups
from monitor.network.ingest import Ingest
from monitor.network.judging import judge_rules
from monitor.network.providers import Directory
from monitor.store.db import Database, DatabaseError
from tests.conftest import ConnectAs
from tests.network.conftest import Phone, item

LEAVE = """
CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
CREATE TRIGGER leave BEFORE INSERT ON alerts FOR EACH ROW EXECUTE FUNCTION leave();
"""


async def test_rules_are_no_errors_when_the_database_goes_away_between_them(
    db: Database, directory: Directory, connect_as: ConnectAs, caplog: pytest.LogCaptureFixture
) -> None:
    owner, provider = await connect_as("superuser"), directory.by_slug["mtn"].id
    now = datetime.datetime.now(datetime.UTC)
    await owner.execute(LEAVE)
    await owner.execute(
        "INSERT INTO rollups_minute (provider, at, cell, generation, rows, suspects, connected_n, connected_sum,"
        " latency_ms_n, latency_ms_sum)"
        " VALUES ($1, date_trunc('minute', $2::timestamptz), 0, '4G', 9, 0, 0, 0, 9, 9000)",
        provider,
        now,
    )
    for _ in range(5):
        await owner.execute(
            "INSERT INTO rules (provider, kpi, statistic, comparison, threshold, window_s, for_s, keep_firing_for_s,"
            " min_samples, severity) VALUES ($1, 'latency_ms', 'mean', 'above', 100, 60, 0, 0, 1, 'major')",
            provider,
        )

    with pytest.raises(Unavailable):
        async with db.system() as tx:
            await judge_rules(tx, now, 900, None)

    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


async def test_what_a_log_says_of_a_failed_merge_quotes_no_row(
    ingest: Ingest, db: Database, phone: Phone, stream: UUID, connect_as: ConnectAs
) -> None:
    owner = await connect_as("superuser")
    await owner.execute("ALTER TABLE presence ADD CONSTRAINT nobody CHECK (device < 0)")
    await ingest.add(phone.batch(stream, 1, [item(latency_ms=5.0)]))

    with pytest.raises(DatabaseError) as failed:
        async with db.system() as tx:
            await rollups.merge(tx, 10)

    assert log.cause(failed.value) == {
        "reason": "CheckViolationError", "sqlstate": "23514", "table_name": "presence", "constraint_name": "nobody",
    }  # fmt: skip
