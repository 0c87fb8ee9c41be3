-- each {kpi}: signal_dbm, download_mbps, upload_mbps, latency_ms, jitter_ms, packet_loss_pct
-- each {unit}: hour, day

-- lines {sums}:
{kpi}_n,
{kpi}_sum,
{kpi}_squares,
{kpi}_min,
{kpi}_max,
rows,
suspects,
connected_n,
connected_sum

-- lines {added}:
{kpi}_n = held.{kpi}_n + excluded.{kpi}_n,
{kpi}_sum = held.{kpi}_sum + excluded.{kpi}_sum,
{kpi}_squares = held.{kpi}_squares + excluded.{kpi}_squares,
{kpi}_min = LEAST(held.{kpi}_min, excluded.{kpi}_min),
{kpi}_max = GREATEST(held.{kpi}_max, excluded.{kpi}_max),
rows = held.rows + excluded.rows,
suspects = held.suspects + excluded.suspects,
connected_n = held.connected_n + excluded.connected_n,
connected_sum = held.connected_sum + excluded.connected_sum

-- lines {summed}:
sum({kpi}_n)::integer AS {kpi}_n,
sum({kpi}_sum) AS {kpi}_sum,
sum({kpi}_squares) AS {kpi}_squares,
min({kpi}_min) AS {kpi}_min,
max({kpi}_max) AS {kpi}_max,
sum(rows)::integer AS rows,
sum(suspects)::integer AS suspects,
sum(connected_n)::integer AS connected_n,
sum(connected_sum)::integer AS connected_sum

-- lines {measured}:
measured_at,
signal_dbm,
download_mbps,
upload_mbps,
latency_ms,
jitter_ms,
packet_loss_pct,
connected,
suspect

-- lines {united}:
SET (codes, counts) = (
    SELECT codes, counts
    FROM united(held.codes || excluded.codes, held.counts || excluded.counts)
)

-- name: win_merge
-- One merger and judge in the whole fleet at a time; the lock ends with the transaction.
SELECT pg_try_advisory_xact_lock(hashtext('roadpulse.merger'))

-- name: rest_merge
-- Waits for the step that is under way; none begins until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('roadpulse.merger'))

-- name: take_ledger
-- The oldest batches that the roll-ups do not hold yet, about $1 rows; off the ledger if this transaction commits.
DELETE FROM ledger
WHERE batch IN (
    SELECT batch
    FROM (
        SELECT batch, sum(rows) OVER (ORDER BY batch) - rows AS rows_before
        FROM (
            SELECT batch, rows
            FROM ledger
            ORDER BY batch
            LIMIT 10000
        ) AS oldest
    ) AS waiting
    WHERE rows_before < $1
)
RETURNING
    batch,
    rows,
    first_at,
    last_at,
    created_at

-- name: plan_for_fresh_rows
-- What the statistics say of rows that have just come is that there are none; a nested loop over them never ends.
SELECT
    set_config('enable_nestloop', 'off', true),
    set_config('work_mem', '64MB', true)

-- name: plan_as_usual
-- Takes that back for the rest of the transaction.
SELECT
    set_config('enable_nestloop', 'on', true)

-- name: merge
-- Adds the rows of the given batches ($1), measured between $2 and $3, to the minutes and to who was heard where, and
-- sets their sums aside for hours and days. Upserts go in key order. Gives the newest measurement of each place that
-- moved.
WITH fresh AS MATERIALIZED (
    SELECT
        date_bin('1 minute', measured_at, 'epoch') AS at,
        measured_at,
        device,
        provider,
        area_of(cell) AS cell,
        generation,
        suspect,
        connected,
        signal_dbm,
        download_mbps,
        upload_mbps,
        latency_ms,
        jitter_ms,
        packet_loss_pct
    FROM measurements
    WHERE batch = ANY($1::bigint[])
        AND measured_at BETWEEN $2 AND $3
),
minutes AS MATERIALIZED (
    SELECT
        row_number() OVER () AS id,
        dense_rank() OVER (ORDER BY provider, at, generation) AS series,
        provider,
        at,
        cell,
        generation,
        count({kpi})::integer AS {kpi}_n,
        coalesce(sum({kpi}::double precision), 0) AS {kpi}_sum,
        coalesce(sum({kpi}::double precision * {kpi}), 0) AS {kpi}_squares,
        min({kpi}) AS {kpi}_min,
        max({kpi}) AS {kpi}_max,
        array_agg(code_of('{kpi}', {kpi})) AS {kpi}_codes,
        count(*)::integer AS rows,
        (count(*) FILTER (WHERE suspect))::integer AS suspects,
        count(connected)::integer AS connected_n,
        (count(*) FILTER (WHERE connected))::integer AS connected_sum,
        max(measured_at) AS newest_at,
        array_agg(device) AS devices
    FROM fresh
    GROUP BY provider, at, cell, generation
),
kept_minutes AS (
    INSERT INTO rollups_minute AS held (
        provider,
        at,
        cell,
        generation,
        {sums}
    )
    SELECT
        provider,
        at,
        cell,
        generation,
        {sums}
    FROM minutes
    ORDER BY provider, at, cell, generation
    ON CONFLICT (provider, at, cell, generation) DO UPDATE
    SET
        {added}
),
counted AS MATERIALIZED (
    SELECT id, code, count(*)::integer AS n
    FROM (
        SELECT
            id,
            unnest(
                {kpi}_codes ||
                ARRAY[]::integer[]
            ) AS code
        FROM minutes
    ) AS seen
    WHERE code IS NOT NULL
    GROUP BY id, code
),
kept_histograms AS (
    INSERT INTO histograms_minute AS held (provider, at, generation, codes, counts)
    SELECT provider, at, generation, codes, counts
    FROM (
        SELECT series, array_agg(code) AS codes, array_agg(n) AS counts
        FROM (
            SELECT series, code, sum(n)::integer AS n
            FROM counted
            JOIN minutes USING (id)
            GROUP BY series, code
        ) AS sums
        GROUP BY series
    ) AS histograms
    JOIN (
        SELECT DISTINCT series, provider, at, generation
        FROM minutes
    ) AS keys USING (series)
    ORDER BY provider, at, generation
    ON CONFLICT (provider, at, generation) DO UPDATE
    {united}
),
set_aside AS (
    INSERT INTO unfolded (
        provider,
        at,
        cell,
        generation,
        {sums},
        codes,
        counts
    )
    SELECT
        provider,
        at,
        cell,
        generation,
        {sums},
        codes,
        counts
    FROM minutes
    LEFT JOIN (
        SELECT id, array_agg(code) AS codes, array_agg(n) AS counts
        FROM counted
        GROUP BY id
    ) AS histograms USING (id)
),
kept_presence AS (
    INSERT INTO presence (at, provider, cell, device)
    SELECT DISTINCT date_bin('1 hour', at, 'epoch') AS at, provider, cell, device
    FROM minutes
    CROSS JOIN unnest(devices) AS heard (device)
    ORDER BY provider, at, cell, device
    ON CONFLICT (provider, at, cell, device) DO NOTHING
),
newest_times AS (
    SELECT provider, cell, generation, max(newest_at) AS measured_at
    FROM minutes
    GROUP BY provider, cell, generation
),
newest AS (
    SELECT DISTINCT ON (provider, cell, generation)
        provider,
        cell,
        generation,
        {measured}
    FROM newest_times
    JOIN fresh USING (provider, cell, generation, measured_at)
    ORDER BY provider, cell, generation
)
INSERT INTO latest_measurements AS latest (
    provider,
    cell,
    generation,
    {measured}
)
SELECT
    provider,
    cell,
    generation,
    {measured}
FROM newest
ORDER BY provider, cell, generation
ON CONFLICT (provider, cell, generation) DO UPDATE
SET
    version = latest.version + 1,
    measured_at = excluded.measured_at,
    signal_dbm = excluded.signal_dbm,
    download_mbps = excluded.download_mbps,
    upload_mbps = excluded.upload_mbps,
    latency_ms = excluded.latency_ms,
    jitter_ms = excluded.jitter_ms,
    packet_loss_pct = excluded.packet_loss_pct,
    connected = excluded.connected,
    suspect = excluded.suspect
WHERE excluded.measured_at >= latest.measured_at
RETURNING
    provider,
    cell,
    generation,
    version,
    {measured}

-- name: last_to_fold
-- The last of up to $1 sums set aside that go to hours and days now; NULL until one has waited for $2 seconds.
SELECT max(id)
FROM (
    SELECT id
    FROM unfolded
    ORDER BY id
    LIMIT $1
) AS oldest
WHERE EXISTS (
    SELECT
    FROM unfolded
    WHERE waiting_since <= now() - make_interval(secs => $2)
)

-- name: fold_{unit}
-- Adds the sums set aside up to $1 to hours or days of places; $2 is the zone whose calendar these go by. As all upserts
-- here in key order.
INSERT INTO rollups_{unit} AS held (
    provider,
    at,
    cell,
    generation,
    {sums}
)
SELECT
    provider,
    date_trunc('{unit}', at, $2) AS at,
    cell,
    generation,
    {summed}
FROM unfolded
WHERE id <= $1
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
ON CONFLICT (provider, at, cell, generation) DO UPDATE
SET
    {added}

-- name: fold_total_{unit}
-- Adds the same to hours or days of whole providers.
INSERT INTO totals_{unit} AS held (
    provider,
    at,
    generation,
    {sums}
)
SELECT
    provider,
    date_trunc('{unit}', at, $2) AS at,
    generation,
    {summed}
FROM unfolded
WHERE id <= $1
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
ON CONFLICT (provider, at, generation) DO UPDATE
SET
    {added}

-- name: fold_histograms
-- Adds the same to what percentiles of hours and days are read from. Numbers stand for keys, since they are grouped
-- faster.
WITH waiting AS MATERIALIZED (
    SELECT
        dense_rank() OVER (ORDER BY provider, hour, cell, generation) AS place,
        dense_rank() OVER (ORDER BY provider, hour, generation) AS hour_series,
        dense_rank() OVER (ORDER BY provider, day, generation) AS day_series,
        provider,
        hour,
        day,
        cell,
        generation,
        codes,
        counts
    FROM (
        SELECT
            provider,
            date_trunc('hour', at, 'UTC') AS hour,
            date_trunc('day', at, $2) AS day,
            cell,
            generation,
            codes,
            counts
        FROM unfolded
        WHERE id <= $1
    ) AS dated
),
counted AS MATERIALIZED (
    SELECT place, hour_series, day_series, code, sum(n)::integer AS n
    FROM waiting
    CROSS JOIN unnest(codes, counts) AS held (code, n)
    GROUP BY place, hour_series, day_series, code
),
kept_places AS (
    INSERT INTO histograms_cell_hour AS held (provider, at, cell, generation, codes, counts)
    SELECT provider, hour, cell, generation, codes, counts
    FROM (
        SELECT place, array_agg(code) AS codes, array_agg(n) AS counts
        FROM (
            SELECT place, code, sum(n)::integer AS n
            FROM counted
            GROUP BY place, code
        ) AS sums
        GROUP BY place
    ) AS histograms
    JOIN (
        SELECT DISTINCT place, provider, hour, cell, generation
        FROM waiting
    ) AS keys USING (place)
    ORDER BY provider, hour, cell, generation
    ON CONFLICT (provider, at, cell, generation) DO UPDATE
    {united}
),
kept_hours AS (
    INSERT INTO histograms_hour AS held (provider, at, generation, codes, counts)
    SELECT provider, hour, generation, codes, counts
    FROM (
        SELECT hour_series, array_agg(code) AS codes, array_agg(n) AS counts
        FROM (
            SELECT hour_series, code, sum(n)::integer AS n
            FROM counted
            GROUP BY hour_series, code
        ) AS sums
        GROUP BY hour_series
    ) AS histograms
    JOIN (
        SELECT DISTINCT hour_series, provider, hour, generation
        FROM waiting
    ) AS keys USING (hour_series)
    ORDER BY provider, hour, generation
    ON CONFLICT (provider, at, generation) DO UPDATE
    {united}
)
INSERT INTO histograms_day AS held (provider, at, generation, codes, counts)
SELECT provider, day, generation, codes, counts
FROM (
    SELECT day_series, array_agg(code) AS codes, array_agg(n) AS counts
    FROM (
        SELECT day_series, code, sum(n)::integer AS n
        FROM counted
        GROUP BY day_series, code
    ) AS sums
    GROUP BY day_series
) AS histograms
JOIN (
    SELECT DISTINCT day_series, provider, day, generation
    FROM waiting
) AS keys USING (day_series)
ORDER BY provider, day, generation
ON CONFLICT (provider, at, generation) DO UPDATE
{united}

-- name: forget_folded
-- Takes off what hours and days hold now; gives how many it were.
WITH forgotten AS (
    DELETE FROM unfolded
    WHERE id <= $1
    RETURNING id
)
SELECT count(*)
FROM forgotten

-- name: ledger_age
-- Seconds that the oldest batch not yet merged has waited; NULL when there is none.
SELECT extract(epoch FROM clock_timestamp() - min(created_at))::double precision
FROM ledger

-- name: forget_minutes
-- Retention of the minute roll-ups; hours and days stay.
DELETE FROM rollups_minute
WHERE at < now() - make_interval(days => $1)

-- name: forget_minute_histograms
-- Retention of the minute histograms.
DELETE FROM histograms_minute
WHERE at < now() - make_interval(days => $1)
