"""Holds every roll-up against the raw rows it stands for."""

import asyncpg

WAITING = "SELECT (SELECT count(*) FROM ledger) + (SELECT count(*) FROM unfolded)"
"""0 when the roll-ups hold everything."""

KPIS = ("signal_dbm", "download_mbps", "upload_mbps", "latency_ms", "jitter_ms", "packet_loss_pct")


async def differences(connection: asyncpg.Connection, zone: str = "Africa/Douala") -> list[object]:
    """Every key at which a roll-up and the raw rows disagree."""
    found: list[object] = []
    for table, unit, at_zone, place, held_place in (
        ("rollups_minute", "minute", "UTC", "area_of(cell)", "cell"),
        ("rollups_hour", "hour", "UTC", "area_of(cell)", "cell"),
        ("rollups_day", "day", zone, "area_of(cell)", "cell"),
        ("totals_hour", "hour", "UTC", "0", "0"),
        ("totals_day", "day", zone, "0", "0"),
    ):
        sums = ", ".join(
            f"count({kpi})::int, round(coalesce(sum({kpi}::float8), 0)::numeric, 6),"
            f" round(coalesce(sum({kpi}::float8 * {kpi}), 0)::numeric, 4), min({kpi}), max({kpi})"
            for kpi in KPIS
        )
        held = ", ".join(
            f"{kpi}_n, round({kpi}_sum::numeric, 6), round({kpi}_squares::numeric, 4), {kpi}_min, {kpi}_max"
            for kpi in KPIS
        )
        raw = (
            f"SELECT provider, date_trunc('{unit}', measured_at, '{at_zone}'), {place}, generation,"
            f" count(*)::int, (count(*) FILTER (WHERE suspect))::int, count(connected)::int,"
            f" (count(*) FILTER (WHERE connected))::int, {sums} FROM measurements GROUP BY 1, 2, 3, 4"
        )
        rolled = (
            f"SELECT provider, at, {held_place}, generation, rows, suspects, connected_n, connected_sum, {held}"
            f" FROM {table}"
        )
        found += await connection.fetch(f"({raw} EXCEPT {rolled}) UNION ALL ({rolled} EXCEPT {raw})")
    found += await connection.fetch(
        "(SELECT provider, date_trunc('hour', measured_at), area_of(cell), device FROM measurements"
        " EXCEPT SELECT provider, at, cell, device FROM presence)"
        " UNION ALL (SELECT provider, at, cell, device FROM presence EXCEPT"
        " SELECT provider, date_trunc('hour', measured_at), area_of(cell), device FROM measurements)"
    )
    return found + await _histogram_differences(connection, zone)


async def _histogram_differences(connection: asyncpg.Connection, zone: str) -> list[object]:
    found: list[object] = []
    for table, unit, at_zone, place, held_place in (
        ("histograms_minute", "minute", "UTC", "0", "0"), ("histograms_hour", "hour", "UTC", "0", "0"),
        ("histograms_day", "day", zone, "0", "0"), ("histograms_cell_hour", "hour", "UTC", "area_of(cell)", "cell"),
    ):  # fmt: skip
        raw = " UNION ALL ".join(
            f"SELECT provider, date_trunc('{unit}', measured_at, '{at_zone}'), {place}, generation, '{kpi}',"
            f" {'floor(signal_dbm)::smallint' if kpi == 'signal_dbm' else f'bucket_of({kpi})'}, count(*)::int"
            f" FROM measurements WHERE {kpi} IS NOT NULL GROUP BY 1, 2, 3, 4, 6"
            for kpi in KPIS
        )
        held = (
            f"SELECT provider, at, {held_place}, generation, kpi_name(kpi), bucket, n FROM {table}"
            " CROSS JOIN counted(codes, counts)"
        )
        found += await connection.fetch(f"(({raw}) EXCEPT ALL {held}) UNION ALL ({held} EXCEPT ALL ({raw}))")
    return found
