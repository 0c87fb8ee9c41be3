-- each {kpi}: signal_dbm, download_mbps, upload_mbps, latency_ms, jitter_ms, packet_loss_pct
-- each {span}: minute, hour, day
-- each {unit}: hour, day

-- lines {measured}:
CROSS JOIN LATERAL (
    SELECT
        CASE $2
            WHEN '{kpi}' THEN {kpi}_n
            WHEN 'connected' THEN connected_n
        END AS n,
        CASE $2
            WHEN '{kpi}' THEN {kpi}_sum
            WHEN 'connected' THEN connected_sum
        END AS total,
        CASE $2
            WHEN '{kpi}' THEN {kpi}_min
        END AS least,
        CASE $2
            WHEN '{kpi}' THEN {kpi}_max
        END AS most
) AS measured

-- name: newest_minutes
-- What a provider's newest minute since $2 says of each place and generation, and of all together. Cells: those of
-- $3, all when it is NULL. Nothing for places unknown (cell 0) beyond the sums of all.
SELECT DISTINCT ON (cell, generation, all_cells, all_generations)
    *
FROM (
    SELECT
        at,
        cell,
        generation,
        grouping(cell) = 1 AS all_cells,
        grouping(generation) = 1 AS all_generations,
        sum({kpi}_n)::bigint AS {kpi}_n, sum({kpi}_sum) AS {kpi}_sum, min({kpi}_min) AS {kpi}_min, max({kpi}_max) AS {kpi}_max,
        sum(connected_n)::bigint AS connected_n, sum(connected_sum)::double precision AS connected_sum,
        min(0.0) AS connected_min, max(1.0) AS connected_max
    FROM rollups_minute
    WHERE provider = $1
        AND at >= $2
        AND at <= now()
    GROUP BY at, GROUPING SETS ((cell, generation), (cell), (generation), ())
) AS minutes
WHERE all_cells
    OR (cell <> 0 AND ($3::bigint[] IS NULL OR cell = ANY($3)))
ORDER BY cell, generation, all_cells, all_generations, at DESC

-- name: minute_histograms
-- The buckets of a provider's minutes since $2, for percentiles of the provider as a whole.
SELECT at, generation, kpi_name(kpi) AS kpi, bucket, n
FROM histograms_minute
CROSS JOIN counted(codes, counts)
WHERE provider = $1
    AND at >= $2
    AND at <= now()

-- name: latest_measurements
-- The newest measurement of each place and generation in the last hour.
SELECT
    cell, generation, version, measured_at, signal_dbm, download_mbps, upload_mbps, latency_ms, jitter_ms,
    packet_loss_pct, connected, suspect
FROM latest_measurements
WHERE provider = $1
    AND measured_at > now() - interval '1 hour'
ORDER BY cell, generation
LIMIT 10000

-- name: series_{span}
-- A KPI of a provider, or of one of its places, over time: provider, kpi, beginning, end, generation, seconds of one
-- step, the zone by whose calendar steps are counted, so that a day of 23 hours is a day, and cell. The step that holds
-- the beginning is whole. Moments are added up before the calendar is asked.
SELECT
    date_bin(make_interval(secs => $6), at AT TIME ZONE $7::text, '2000-01-01'::timestamp) AT TIME ZONE $7::text AS at,
    sum(samples)::bigint AS samples,
    sum(total) AS total,
    min(least) AS least,
    max(most) AS most
FROM (
    SELECT
        at,
        sum(n) AS samples,
        sum(total) AS total,
        min(least) AS least,
        max(most) AS most
    FROM rollups_{span}
    {measured}
    WHERE provider = $1
        AND at >= date_bin(make_interval(secs => $6), $3::timestamptz AT TIME ZONE $7::text, '2000-01-01'::timestamp) AT TIME ZONE $7::text
        AND at < $4
        AND ($5::text IS NULL OR generation = $5)
        AND ($8::bigint IS NULL OR cell = $8)
        AND n > 0
    GROUP BY at
) AS moments
GROUP BY 1
ORDER BY 1

-- name: series_total_{unit}
-- The same of a provider as a whole: provider, kpi, beginning, end, generation, seconds of one step, zone.
SELECT
    date_bin(make_interval(secs => $6), at AT TIME ZONE $7::text, '2000-01-01'::timestamp) AT TIME ZONE $7::text AS at,
    sum(n)::bigint AS samples,
    sum(total) AS total,
    min(least) AS least,
    max(most) AS most
FROM totals_{unit}
{measured}
WHERE provider = $1
    AND at >= date_bin(make_interval(secs => $6), $3::timestamptz AT TIME ZONE $7::text, '2000-01-01'::timestamp) AT TIME ZONE $7::text
    AND at < $4
    AND ($5::text IS NULL OR generation = $5)
    AND n > 0
GROUP BY 1
ORDER BY 1

-- name: percentiles_{span}
-- Buckets over time of the provider as a whole: provider, kpi, beginning, end, generation, seconds of one step, zone.
WITH moments AS MATERIALIZED (
    SELECT
        date_bin(make_interval(secs => $6), at AT TIME ZONE $7::text, '2000-01-01'::timestamp) AT TIME ZONE $7::text AS at,
        codes,
        counts
    FROM histograms_{span}
    WHERE provider = $1
        AND at >= date_bin(make_interval(secs => $6), $3::timestamptz AT TIME ZONE $7::text, '2000-01-01'::timestamp) AT TIME ZONE $7::text
        AND at < $4
        AND ($5::text IS NULL OR generation = $5)
)
SELECT at, bucket, sum(n)::bigint AS n
FROM moments
CROSS JOIN counted(codes, counts)
WHERE kpi = kpi_number($2)
GROUP BY at, bucket

-- name: percentiles_cell_hour
-- Buckets over time of one place: provider, kpi, beginning, end, generation, seconds of one step, zone, cell.
WITH moments AS MATERIALIZED (
    SELECT
        date_bin(make_interval(secs => $6), at AT TIME ZONE $7::text, '2000-01-01'::timestamp) AT TIME ZONE $7::text AS at,
        codes,
        counts
    FROM histograms_cell_hour
    WHERE provider = $1
        AND at >= date_bin(make_interval(secs => $6), $3::timestamptz AT TIME ZONE $7::text, '2000-01-01'::timestamp) AT TIME ZONE $7::text
        AND at < $4
        AND ($5::text IS NULL OR generation = $5)
        AND cell = $8
)
SELECT at, bucket, sum(n)::bigint AS n
FROM moments
CROSS JOIN counted(codes, counts)
WHERE kpi = kpi_number($2)
GROUP BY at, bucket

-- name: areas
-- What each area of a provider with at least $7 measurements adds up to between $2 and $3: for short spans ($5) from
-- minutes, for others from the whole days between, in the zone $6, and the hours at both ends.
SELECT
    cell,
    sum(rows)::bigint AS rows,
    sum({kpi}_n)::bigint AS {kpi}_n, sum({kpi}_sum) AS {kpi}_sum, sum({kpi}_squares) AS {kpi}_squares,
    min({kpi}_min) AS {kpi}_min, max({kpi}_max) AS {kpi}_max,
    sum(connected_n)::bigint AS connected_n, sum(connected_sum)::double precision AS connected_sum,
    sum(connected_sum)::double precision AS connected_squares, NULL AS connected_min, NULL AS connected_max
FROM (
    SELECT
        date_trunc('day', $2::timestamptz AT TIME ZONE $6 + '1 day'::interval - '1 microsecond'::interval) AT TIME ZONE $6 AS first_day,
        date_trunc('day', $3::timestamptz, $6) AS end_of_days
) AS days
CROSS JOIN LATERAL (
    SELECT *
    FROM rollups_day
    WHERE NOT $5
        AND at >= days.first_day
        AND at < days.end_of_days
        AND provider = $1
    UNION ALL
    SELECT *
    FROM rollups_hour
    WHERE NOT $5
        AND at >= $2::timestamptz
        AND at < least(days.first_day, $3::timestamptz)
        AND provider = $1
    UNION ALL
    SELECT *
    FROM rollups_hour
    WHERE NOT $5
        AND at >= greatest(days.first_day, days.end_of_days)
        AND at < $3::timestamptz
        AND provider = $1
    UNION ALL
    SELECT *
    FROM rollups_minute
    WHERE $5
        AND at >= $2::timestamptz
        AND at < $3::timestamptz
        AND provider = $1
) AS rolled
WHERE ($4::text IS NULL OR generation = $4)
    AND cell <> 0
GROUP BY cell
HAVING sum(rows) >= $7
ORDER BY cell
LIMIT 5000

-- name: area_devices
-- Distinct devices of each area in the hours between $2 and $3.
SELECT cell, count(DISTINCT device) AS devices
FROM presence
WHERE provider = $1
    AND at >= date_trunc('hour', $2::timestamptz, 'UTC')
    AND at < $3
GROUP BY cell

-- name: devices_reporting
-- Distinct devices heard since the beginning of the running hour or the one before.
SELECT count(DISTINCT device)
FROM presence
WHERE provider = $1
    AND at >= date_trunc('hour', now() - interval '10 minutes', 'UTC')

-- name: devices_reporting_by
-- The same of one generation, of which no roll-up tells whose it is: heard in the last quarter of an hour.
SELECT count(*)
FROM (
    SELECT DISTINCT device
    FROM measurements
    WHERE provider = $1
        AND measured_at >= now() - interval '15 minutes'
        AND measured_at < now() + interval '1 minute'
        AND generation = $2
) AS heard

-- name: quality
-- How a provider's rows of the last quarter of an hour, or those of one generation, do against what people call good
-- enough: latency under 100 ms and download over 5 Mbit/s, loss under 5 %, of those rows that say any of it; and how
-- many came late.
SELECT
    count(*) FILTER (
        WHERE coalesce(latency_ms, download_mbps, packet_loss_pct) IS NOT NULL
    ) AS samples,
    count(*) FILTER (
        WHERE coalesce(latency_ms, download_mbps, packet_loss_pct) IS NOT NULL
            AND coalesce(latency_ms < 100, true)
            AND coalesce(download_mbps > 5, true)
            AND coalesce(packet_loss_pct < 5, true)
    ) AS good,
    count(*) AS rows,
    count(*) FILTER (WHERE received_at > measured_at + interval '2 minutes') AS late
FROM measurements
WHERE provider = $1
    AND measured_at >= now() - interval '15 minutes'
    AND measured_at < now() + interval '1 minute'
    AND ($2::text IS NULL OR generation = $2)

-- name: counts
-- How many areas and rules a provider has under watch.
SELECT
    (SELECT count(DISTINCT cell) FROM rollups_hour
     WHERE provider = $1 AND at >= now() - interval '24 hours' AND cell <> 0) AS areas,
    (SELECT count(*) FROM rules WHERE provider = $1 AND enabled AND deleted_at IS NULL) AS rules
