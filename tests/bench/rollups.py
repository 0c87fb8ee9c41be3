"""How fast long questions are answered from roll-ups, against the same questions asked of the raw rows.

Over 10 million rows of 90 days, three operators and a hundred places (phones drive and measure about once a second, so
rows of one minute and place come together), under the row-level security of an operator:
(1) the daily trend of download and latency over 90 days with its change from day to day; (2) what each area of the last
7 days adds up to (at least 10 samples; distinct devices; count, mean, standard deviation, minimum and maximum of each
KPI). The roll-ups are filled by the product's own merge.
"""

import argparse
import asyncio
import datetime
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import h3.api.basic_int as h3

from monitor.network import analytics, providers, rollups
from monitor.network.analytics import Span
from monitor.network.kinds import Kpi
from monitor.store.db import Database, open_database
from monitor.values import AccountId, ProviderId, Role, Viewer
from tests.bench import report
from tests.bench.ground import Ground, prepared

DAYS = 90
BATCH = 20_000
PLACES = 100
ROWS_AT_ONCE = 50_000
"""as the settings have it"""
ZONE = "Africa/Douala"
MIDDLE = (5.0, 11.5)

_FILL = """
INSERT INTO {leaf} (
    batch, position, stream, seq, item, received_at, measured_at, device, subject, provider, cell, suspect,
    signal_dbm, download_mbps, upload_mbps, latency_ms, jitter_ms, packet_loss_pct, latitude, longitude, accuracy_m,
    connected, generation, carrier, network_type, device_info, app_version
)
SELECT
    $1::bigint + n / $4::integer, n % $4, '00000000-0000-0000-0000-000000000001', 1 + n / $4, n % $4,
    at, at, minute % 5000, minute % 5000,
    1 + minute % 3, ($5::bigint[])[1 + minute * 7 % $6::integer], false,
    -90, 5 + 15 * random(), 3, 40 + 60 * random(), 4, 0, 4.1, 9.7, 12,
    true, '4G', 'MTN', 'LTE', 'Tecno Spark', '1.4'
FROM generate_series(0, $3::integer - 1) AS n
CROSS JOIN LATERAL (
    SELECT
        $2::timestamptz + (n::double precision / $3) * '24 hours'::interval AS at,
        (n::bigint * 1440 / $3)::integer AS minute
) AS moments
"""
_LEDGER = """
INSERT INTO ledger (batch, rows, first_at, last_at)
SELECT batch, count(*), min(measured_at), max(measured_at)
FROM measurements
WHERE measured_at >= $1 AND measured_at < $1 + '1 day'::interval
GROUP BY batch
"""
_RAW_TREND = """
WITH days AS (
    SELECT
        date_trunc('day', measured_at, 'Africa/Douala') AS day,
        avg(download_mbps) AS download_mbps,
        avg(latency_ms) AS latency_ms
    FROM measurements
    WHERE provider = $1 AND measured_at >= $2 AND measured_at < $3
    GROUP BY 1
)
SELECT
    day,
    download_mbps,
    latency_ms,
    download_mbps - lag(download_mbps) OVER (ORDER BY day) AS download_change,
    latency_ms - lag(latency_ms) OVER (ORDER BY day) AS latency_change
FROM days
ORDER BY day
"""
_RAW_AREAS = f"""
SELECT
    area_of(cell) AS area, count(*) AS n, count(DISTINCT device) AS devices, avg(connected::integer) AS connected_mean,
    {
    ", ".join(
        f"count({kpi}) AS {kpi}_n, avg({kpi}) AS {kpi}_mean, stddev({kpi}) AS {kpi}_spread, min({kpi}), max({kpi})"
        for kpi in Kpi
        if kpi is not Kpi.CONNECTED
    )
}
FROM measurements
WHERE provider = $1 AND measured_at >= $2 AND measured_at < $3
GROUP BY 1
HAVING count(*) >= 10
"""


async def fill(ground: Ground, rows: int, until: datetime.datetime) -> None:
    """Raw rows with their ledger, day by day."""
    connection = await ground.as_superuser()
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(*MIDDLE, 5), 9))[:PLACES]
    places = [h3.cell_to_center_child(cell, 8) for cell in cells]
    each = rows // DAYS
    for number in range(DAYS):
        day = until - datetime.timedelta(days=DAYS - number)
        leaf = await connection.fetchval("SELECT ensure_day($1)", day.date())
        first = 1 + number * (each // BATCH + 1)
        await connection.execute(_FILL.format(leaf=leaf), first, day, each, BATCH, places, PLACES, timeout=600)
        await connection.execute(_LEDGER, day, timeout=600)
        if number % 15 == 14:
            report.progress(f"{number + 1} of {DAYS} days of {each:,} rows")
    await connection.execute("VACUUM ANALYZE measurements", timeout=600)
    await connection.close()


async def merge(db: Database) -> float:
    """Everything into the roll-ups, as the merger does it; seconds."""
    began = time.monotonic()
    while True:
        async with db.system() as tx:
            assert await rollups.win(tx)
            merged = await rollups.merge(tx, ROWS_AT_ONCE)
            folded = await rollups.fold(tx, ZONE, ROWS_AT_ONCE, 0)
        if merged is None and not folded:
            return time.monotonic() - began


async def timed(question: Callable[[], Awaitable[Any]], times: int) -> float:
    """Milliseconds, the median; the first is not counted."""
    took = []
    for _ in range(times + 1):
        began = time.perf_counter()
        await question()
        took.append((time.perf_counter() - began) * 1000)
    return report.median(took[1:])


async def ask(db: Database, until: datetime.datetime) -> list[tuple[str, float, float]]:
    """Both questions both ways: name, milliseconds from roll-ups, milliseconds from raw rows."""
    viewer = Viewer(Role.OPERATOR, AccountId(1), ProviderId(1))
    since, week = until - datetime.timedelta(days=DAYS), until - datetime.timedelta(days=7)

    async def trend() -> None:
        for kpi in (Kpi.DOWNLOAD_MBPS, Kpi.LATENCY_MS):
            days = await analytics.series(db, viewer, Span(ProviderId(1), kpi, since, until, 86400, None, None, ZONE))
            assert len(days) >= DAYS

    async def areas() -> None:
        found = await analytics.areas(db, viewer, ProviderId(1), week, until, None, ZONE)
        assert len([area for area in found if area.samples >= 10]) == PLACES

    async def raw(statement: str, beginning: datetime.datetime) -> list[asyncpg.Record]:
        async with db.viewing(viewer) as tx:
            return list(await tx.fetch(statement, 1, beginning, until, timeout=600))

    return [
        ("daily trend, 90 days", await timed(trend, 15), await timed(lambda: raw(_RAW_TREND, since), 3)),
        ("areas, 7 days", await timed(areas, 15), await timed(lambda: raw(_RAW_AREAS, week), 3)),
    ]


async def measure(ground: Ground, rows: int) -> None:
    until = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    settings = ground.settings
    async with open_database(settings.database) as db:
        await providers.keep_configured(db, settings.providers, settings.generations)
        await fill(ground, rows, until)
        report.progress("merging")
        merging_s = await merge(db)
        report.progress("asking")
        answers = await ask(db, until)
    report.table(
        f"Questions over {rows:,} rows, from roll-ups and from raw rows",
        ("question", "roll-ups ms", "raw ms", "times"),
        [(name, ours, theirs, theirs / ours) for name, ours, theirs in answers],
    )
    report.say(
        "rollups",
        {
            "rows": rows,
            "merged_rows_a_second": round(rows / merging_s),
            "questions": {
                name: {"rollups_ms": round(ours, 2), "raw_ms": round(theirs, 1), "times": round(theirs / ours, 1)}
                for name, ours, theirs in answers
            },
            "aims": {"rollups_ms": 50, "times": 100},
        },
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    arguments = parser.parse_args()
    # Raw questions over all rows take longer than doors may.
    with prepared({"statement_timeout": "0"}) as ground:
        asyncio.run(measure(ground, arguments.rows))


if __name__ == "__main__":
    main()
