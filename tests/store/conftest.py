"""Two operators with one row of each kind for each, in a fresh database."""

import datetime

import asyncpg
import pytest

from tests.conftest import ConnectAs

NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
async def superuser(connect_as: ConnectAs) -> asyncpg.Connection:
    """Two operators, MTN (1) and Orange (2), with one row of each kind for each."""
    connection = await connect_as("superuser")
    await connection.execute(
        "INSERT INTO providers (slug, name) OVERRIDING SYSTEM VALUE VALUES ('mtn', 'MTN'), ('orange', 'Orange')"
    )
    for provider, slug in ((1, "mtn"), (2, "orange")):
        await connection.execute("INSERT INTO carriers (alias, provider) VALUES ($1, $2)", slug, provider)
    account = await connection.fetchval(
        "INSERT INTO accounts (email, username, password_hash, role, language)"
        " VALUES ('ama@example.org', 'ama', $1, 'subscriber', 'fr') RETURNING id",
        "$2b$04$" + "x" * 53,
    )
    device = await connection.fetchval(
        "INSERT INTO devices (account, name, token_hash) VALUES ($1, 'phone', $2) RETURNING id", account, bytes(32)
    )
    await connection.execute("INSERT INTO streams (id, device) VALUES (gen_random_uuid(), $1)", device)
    await connection.execute(
        "INSERT INTO quarantine (device, subject, stream, seq, item, path, reason, raw)"
        " VALUES ($1, $2, gen_random_uuid(), 1, 0, 'latency_ms', 'too large', '{}')",
        device, account,
    )  # fmt: skip
    leaf = await connection.fetchval("SELECT ensure_day($1)", NOW.date())
    for provider in (1, 2):
        await connection.execute(
            f"INSERT INTO {leaf} (batch, position, stream, seq, item, received_at, measured_at, device, subject,"
            " provider, cell, suspect, generation, carrier)"
            " VALUES (1, 0, gen_random_uuid(), 1, 0, $1, $1, $2, $2, $2, 0, false, '4G', 'x')",
            NOW, provider,
        )  # fmt: skip
        for table in ("rollups_minute", "rollups_hour", "rollups_day"):
            await connection.execute(
                f"INSERT INTO {table} (provider, at, cell, generation, rows, suspects, connected_n, connected_sum)"
                " VALUES ($1, $2, 0, '4G', 1, 0, 0, 0)",
                provider, NOW,
            )  # fmt: skip
        for statement in (
            "INSERT INTO histograms_minute VALUES ($1, $2, '4G', ARRAY[code_of('latency_ms', 1::int2)], '{1}')",
            "INSERT INTO histograms_hour VALUES ($1, $2, '4G', ARRAY[code_of('latency_ms', 1::int2)], '{1}')",
            "INSERT INTO histograms_day VALUES ($1, $2, '4G', ARRAY[code_of('latency_ms', 1::int2)], '{1}')",
            "INSERT INTO histograms_cell_hour VALUES ($1, $2, '4G', ARRAY[code_of('latency_ms', 1::int2)], '{1}', 0)",
            "INSERT INTO totals_hour (provider, at, generation, rows, suspects, connected_n, connected_sum)"
            " VALUES ($1, $2, '4G', 1, 0, 0, 0)",
            "INSERT INTO totals_day (provider, at, generation, rows, suspects, connected_n, connected_sum)"
            " VALUES ($1, $2, '4G', 1, 0, 0, 0)",
            "INSERT INTO presence (provider, at, cell, device) VALUES ($1, $2, 0, 1)",
        ):
            await connection.execute(statement, provider, NOW)
        await connection.execute(
            "INSERT INTO latest_measurements (provider, cell, generation, measured_at, suspect)"
            " VALUES ($1, 0, '4G', $2, false)",
            provider, NOW,
        )  # fmt: skip
        rule = await connection.fetchval(
            "INSERT INTO rules (provider, kpi, statistic, comparison, threshold, window_s, for_s, keep_firing_for_s,"
            " min_samples, severity) VALUES ($1, 'latency_ms', 'mean', 'above', 1, 60, 0, 0, 1, 'info') RETURNING id",
            provider,
        )
        alert = await connection.fetchval(
            "INSERT INTO alerts (provider, rule, state, severity, cause, kpi, statistic, samples, devices, reason,"
            " opened_at, changed_at) VALUES ($1, $2, 'firing', 'info', 'latency', 'latency_ms', 'mean', 1, 1,"
            " 'breach', $3, $3) RETURNING id",
            provider, rule, NOW,
        )  # fmt: skip
        await connection.execute(
            "INSERT INTO alert_history (alert, provider, action) VALUES ($1, $2, 'opened')", alert, provider
        )
        await connection.execute(
            "INSERT INTO events (channel, event, data, provider) VALUES ('alerts:x', 'alert.opened', '{}', $1)",
            provider,
        )
    return connection
