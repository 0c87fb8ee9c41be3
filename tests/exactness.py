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
        raw_keys = f"SELECT provider, date_trunc('{unit}', measured_at, '{at_zone}') AS at, {place} AS cell, generation"
        held_keys = f"SELECT provider, at, {held_place} AS cell, generation"
        found += await _count_differences(connection, table, raw_keys, held_keys)
        found += await _sum_differences(connection, table, raw_keys, held_keys)
    found += await connection.fetch(
        "(SELECT provider, date_trunc('hour', measured_at), area_of(cell), device FROM measurements"
        " EXCEPT SELECT provider, at, cell, device FROM presence)"
        " UNION ALL (SELECT provider, at, cell, device FROM presence EXCEPT"
        " SELECT provider, date_trunc('hour', measured_at), area_of(cell), device FROM measurements)"
    )
    return found + await _histogram_differences(connection, zone)


async def _count_differences(
    connection: asyncpg.Connection, table: str, raw_keys: str, held_keys: str
) -> list[asyncpg.Record]:
    raw = ", ".join(f"count({kpi})::int, min({kpi}), max({kpi})" for kpi in KPIS)
    held = ", ".join(f"{kpi}_n, {kpi}_min, {kpi}_max" for kpi in KPIS)
    counted = (
        f"{raw_keys}, count(*)::int, (count(*) FILTER (WHERE suspect))::int, count(connected)::int,"
        f" (count(*) FILTER (WHERE connected))::int, {raw} FROM measurements GROUP BY 1, 2, 3, 4"
    )
    rolled = f"{held_keys}, rows, suspects, connected_n, connected_sum, {held} FROM {table}"
    return list(await connection.fetch(f"({counted} EXCEPT {rolled}) UNION ALL ({rolled} EXCEPT {counted})"))


async def _sum_differences(
    connection: asyncpg.Connection, table: str, raw_keys: str, held_keys: str
) -> list[asyncpg.Record]:
    """Doubles added up in another order differ in their last digits, and every rounding has its edges."""
    raw = ", ".join(
        f"coalesce(sum({kpi}::float8), 0) AS {kpi}_sum, coalesce(sum({kpi}::float8 * {kpi}), 0) AS {kpi}_squares"
        for kpi in KPIS
    )
    names = [f"{kpi}_{power}" for kpi in KPIS for power in ("sum", "squares")]
    apart = " OR ".join(f"abs(raw.{name} - held.{name}) > 1e-9 * greatest(1, abs(raw.{name}))" for name in names)
    return list(
        await connection.fetch(
            f"SELECT * FROM ({raw_keys}, {raw} FROM measurements GROUP BY 1, 2, 3, 4) AS raw"
            f" JOIN ({held_keys}, {', '.join(names)} FROM {table}) AS held USING (provider, at, cell, generation)"
            f" WHERE {apart}"
        )
    )


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
