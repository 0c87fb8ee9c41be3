-- name: win_merge
-- One merger and judge in the whole fleet at a time; the lock ends with the transaction.
SELECT pg_try_advisory_xact_lock(hashtext('roadpulse.merger'))

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
        count(*)::integer AS rows,
        (count(*) FILTER (WHERE suspect))::integer AS suspects,
        count(connected)::integer AS connected_n,
        (count(*) FILTER (WHERE connected))::integer AS connected_sum,
        count(signal_dbm)::integer AS signal_dbm_n,
        coalesce(sum(signal_dbm::double precision), 0) AS signal_dbm_sum,
        coalesce(sum(signal_dbm::double precision * signal_dbm), 0) AS signal_dbm_squares,
        min(signal_dbm) AS signal_dbm_min,
        max(signal_dbm) AS signal_dbm_max,
        count(download_mbps)::integer AS download_mbps_n,
        coalesce(sum(download_mbps::double precision), 0) AS download_mbps_sum,
        coalesce(sum(download_mbps::double precision * download_mbps), 0) AS download_mbps_squares,
        min(download_mbps) AS download_mbps_min,
        max(download_mbps) AS download_mbps_max,
        count(upload_mbps)::integer AS upload_mbps_n,
        coalesce(sum(upload_mbps::double precision), 0) AS upload_mbps_sum,
        coalesce(sum(upload_mbps::double precision * upload_mbps), 0) AS upload_mbps_squares,
        min(upload_mbps) AS upload_mbps_min,
        max(upload_mbps) AS upload_mbps_max,
        count(latency_ms)::integer AS latency_ms_n,
        coalesce(sum(latency_ms::double precision), 0) AS latency_ms_sum,
        coalesce(sum(latency_ms::double precision * latency_ms), 0) AS latency_ms_squares,
        min(latency_ms) AS latency_ms_min,
        max(latency_ms) AS latency_ms_max,
        count(jitter_ms)::integer AS jitter_ms_n,
        coalesce(sum(jitter_ms::double precision), 0) AS jitter_ms_sum,
        coalesce(sum(jitter_ms::double precision * jitter_ms), 0) AS jitter_ms_squares,
        min(jitter_ms) AS jitter_ms_min,
        max(jitter_ms) AS jitter_ms_max,
        count(packet_loss_pct)::integer AS packet_loss_pct_n,
        coalesce(sum(packet_loss_pct::double precision), 0) AS packet_loss_pct_sum,
        coalesce(sum(packet_loss_pct::double precision * packet_loss_pct), 0) AS packet_loss_pct_squares,
        min(packet_loss_pct) AS packet_loss_pct_min,
        max(packet_loss_pct) AS packet_loss_pct_max,
        max(measured_at) AS newest_at,
        array_agg(device) AS devices,
        array_agg(code_of('signal_dbm', floor(signal_dbm)::smallint)) AS signal_dbm_codes,
        array_agg(code_of('download_mbps', bucket_of(download_mbps))) AS download_mbps_codes,
        array_agg(code_of('upload_mbps', bucket_of(upload_mbps))) AS upload_mbps_codes,
        array_agg(code_of('latency_ms', bucket_of(latency_ms))) AS latency_ms_codes,
        array_agg(code_of('jitter_ms', bucket_of(jitter_ms))) AS jitter_ms_codes,
        array_agg(code_of('packet_loss_pct', bucket_of(packet_loss_pct))) AS packet_loss_pct_codes
    FROM fresh
    GROUP BY provider, at, cell, generation
),
kept_minutes AS (
    INSERT INTO rollups_minute (
        provider,
        at,
        cell,
        generation,
        rows,
        suspects,
        connected_n,
        connected_sum,
        signal_dbm_n,
        signal_dbm_sum,
        signal_dbm_squares,
        signal_dbm_min,
        signal_dbm_max,
        download_mbps_n,
        download_mbps_sum,
        download_mbps_squares,
        download_mbps_min,
        download_mbps_max,
        upload_mbps_n,
        upload_mbps_sum,
        upload_mbps_squares,
        upload_mbps_min,
        upload_mbps_max,
        latency_ms_n,
        latency_ms_sum,
        latency_ms_squares,
        latency_ms_min,
        latency_ms_max,
        jitter_ms_n,
        jitter_ms_sum,
        jitter_ms_squares,
        jitter_ms_min,
        jitter_ms_max,
        packet_loss_pct_n,
        packet_loss_pct_sum,
        packet_loss_pct_squares,
        packet_loss_pct_min,
        packet_loss_pct_max
    )
    SELECT
        provider,
        at,
        cell,
        generation,
        rows,
        suspects,
        connected_n,
        connected_sum,
        signal_dbm_n,
        signal_dbm_sum,
        signal_dbm_squares,
        signal_dbm_min,
        signal_dbm_max,
        download_mbps_n,
        download_mbps_sum,
        download_mbps_squares,
        download_mbps_min,
        download_mbps_max,
        upload_mbps_n,
        upload_mbps_sum,
        upload_mbps_squares,
        upload_mbps_min,
        upload_mbps_max,
        latency_ms_n,
        latency_ms_sum,
        latency_ms_squares,
        latency_ms_min,
        latency_ms_max,
        jitter_ms_n,
        jitter_ms_sum,
        jitter_ms_squares,
        jitter_ms_min,
        jitter_ms_max,
        packet_loss_pct_n,
        packet_loss_pct_sum,
        packet_loss_pct_squares,
        packet_loss_pct_min,
        packet_loss_pct_max
    FROM minutes
    ORDER BY provider, at, cell, generation
    ON CONFLICT (provider, at, cell, generation) DO UPDATE
    SET
        rows = rollups_minute.rows + excluded.rows,
        suspects = rollups_minute.suspects + excluded.suspects,
        connected_n = rollups_minute.connected_n + excluded.connected_n,
        connected_sum = rollups_minute.connected_sum + excluded.connected_sum,
        signal_dbm_n = rollups_minute.signal_dbm_n + excluded.signal_dbm_n,
        signal_dbm_sum = rollups_minute.signal_dbm_sum + excluded.signal_dbm_sum,
        signal_dbm_squares = rollups_minute.signal_dbm_squares + excluded.signal_dbm_squares,
        signal_dbm_min = LEAST(rollups_minute.signal_dbm_min, excluded.signal_dbm_min),
        signal_dbm_max = GREATEST(rollups_minute.signal_dbm_max, excluded.signal_dbm_max),
        download_mbps_n = rollups_minute.download_mbps_n + excluded.download_mbps_n,
        download_mbps_sum = rollups_minute.download_mbps_sum + excluded.download_mbps_sum,
        download_mbps_squares = rollups_minute.download_mbps_squares + excluded.download_mbps_squares,
        download_mbps_min = LEAST(rollups_minute.download_mbps_min, excluded.download_mbps_min),
        download_mbps_max = GREATEST(rollups_minute.download_mbps_max, excluded.download_mbps_max),
        upload_mbps_n = rollups_minute.upload_mbps_n + excluded.upload_mbps_n,
        upload_mbps_sum = rollups_minute.upload_mbps_sum + excluded.upload_mbps_sum,
        upload_mbps_squares = rollups_minute.upload_mbps_squares + excluded.upload_mbps_squares,
        upload_mbps_min = LEAST(rollups_minute.upload_mbps_min, excluded.upload_mbps_min),
        upload_mbps_max = GREATEST(rollups_minute.upload_mbps_max, excluded.upload_mbps_max),
        latency_ms_n = rollups_minute.latency_ms_n + excluded.latency_ms_n,
        latency_ms_sum = rollups_minute.latency_ms_sum + excluded.latency_ms_sum,
        latency_ms_squares = rollups_minute.latency_ms_squares + excluded.latency_ms_squares,
        latency_ms_min = LEAST(rollups_minute.latency_ms_min, excluded.latency_ms_min),
        latency_ms_max = GREATEST(rollups_minute.latency_ms_max, excluded.latency_ms_max),
        jitter_ms_n = rollups_minute.jitter_ms_n + excluded.jitter_ms_n,
        jitter_ms_sum = rollups_minute.jitter_ms_sum + excluded.jitter_ms_sum,
        jitter_ms_squares = rollups_minute.jitter_ms_squares + excluded.jitter_ms_squares,
        jitter_ms_min = LEAST(rollups_minute.jitter_ms_min, excluded.jitter_ms_min),
        jitter_ms_max = GREATEST(rollups_minute.jitter_ms_max, excluded.jitter_ms_max),
        packet_loss_pct_n = rollups_minute.packet_loss_pct_n + excluded.packet_loss_pct_n,
        packet_loss_pct_sum = rollups_minute.packet_loss_pct_sum + excluded.packet_loss_pct_sum,
        packet_loss_pct_squares = rollups_minute.packet_loss_pct_squares + excluded.packet_loss_pct_squares,
        packet_loss_pct_min = LEAST(rollups_minute.packet_loss_pct_min, excluded.packet_loss_pct_min),
        packet_loss_pct_max = GREATEST(rollups_minute.packet_loss_pct_max, excluded.packet_loss_pct_max)
),
counted AS MATERIALIZED (
    SELECT id, code, count(*)::integer AS n
    FROM (
        SELECT
            id,
            unnest(
                signal_dbm_codes || download_mbps_codes || upload_mbps_codes
                || latency_ms_codes || jitter_ms_codes || packet_loss_pct_codes
            ) AS code
        FROM minutes
    ) AS seen
    WHERE code IS NOT NULL
    GROUP BY id, code
),
kept_histograms AS (
    INSERT INTO histograms_minute (provider, at, generation, codes, counts)
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
    SET (codes, counts) = (
        SELECT array_agg(code), array_agg(n)
        FROM (
            SELECT code, sum(n)::integer AS n
            FROM unnest(
                histograms_minute.codes || excluded.codes,
                histograms_minute.counts || excluded.counts
            ) AS both_counts (code, n)
            GROUP BY code
        ) AS sums
    )
),
set_aside AS (
    INSERT INTO unfolded (
        provider,
        at,
        cell,
        generation,
        rows,
        suspects,
        connected_n,
        connected_sum,
        signal_dbm_n,
        signal_dbm_sum,
        signal_dbm_squares,
        signal_dbm_min,
        signal_dbm_max,
        download_mbps_n,
        download_mbps_sum,
        download_mbps_squares,
        download_mbps_min,
        download_mbps_max,
        upload_mbps_n,
        upload_mbps_sum,
        upload_mbps_squares,
        upload_mbps_min,
        upload_mbps_max,
        latency_ms_n,
        latency_ms_sum,
        latency_ms_squares,
        latency_ms_min,
        latency_ms_max,
        jitter_ms_n,
        jitter_ms_sum,
        jitter_ms_squares,
        jitter_ms_min,
        jitter_ms_max,
        packet_loss_pct_n,
        packet_loss_pct_sum,
        packet_loss_pct_squares,
        packet_loss_pct_min,
        packet_loss_pct_max,
        codes,
        counts
    )
    SELECT
        provider,
        at,
        cell,
        generation,
        rows,
        suspects,
        connected_n,
        connected_sum,
        signal_dbm_n,
        signal_dbm_sum,
        signal_dbm_squares,
        signal_dbm_min,
        signal_dbm_max,
        download_mbps_n,
        download_mbps_sum,
        download_mbps_squares,
        download_mbps_min,
        download_mbps_max,
        upload_mbps_n,
        upload_mbps_sum,
        upload_mbps_squares,
        upload_mbps_min,
        upload_mbps_max,
        latency_ms_n,
        latency_ms_sum,
        latency_ms_squares,
        latency_ms_min,
        latency_ms_max,
        jitter_ms_n,
        jitter_ms_sum,
        jitter_ms_squares,
        jitter_ms_min,
        jitter_ms_max,
        packet_loss_pct_n,
        packet_loss_pct_sum,
        packet_loss_pct_squares,
        packet_loss_pct_min,
        packet_loss_pct_max,
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
        measured_at,
        signal_dbm,
        download_mbps,
        upload_mbps,
        latency_ms,
        jitter_ms,
        packet_loss_pct,
        connected,
        suspect
    FROM newest_times
    JOIN fresh USING (provider, cell, generation, measured_at)
    ORDER BY provider, cell, generation
)
INSERT INTO latest_measurements AS latest (
    provider,
    cell,
    generation,
    measured_at,
    signal_dbm,
    download_mbps,
    upload_mbps,
    latency_ms,
    jitter_ms,
    packet_loss_pct,
    connected,
    suspect
)
SELECT
    provider,
    cell,
    generation,
    measured_at,
    signal_dbm,
    download_mbps,
    upload_mbps,
    latency_ms,
    jitter_ms,
    packet_loss_pct,
    connected,
    suspect
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
    measured_at,
    signal_dbm,
    download_mbps,
    upload_mbps,
    latency_ms,
    jitter_ms,
    packet_loss_pct,
    connected,
    suspect

-- name: fold
-- Adds up to $1 of the sums set aside to hours and days, once some have waited for $2 seconds; $3 is the zone whose
-- midnight ends a day. Upserts go in key order. Gives how many it were.
WITH taken AS (
    DELETE FROM unfolded
    WHERE id IN (
            SELECT id
            FROM unfolded
            ORDER BY id
            LIMIT $1
        )
        AND EXISTS (
            SELECT
            FROM unfolded
            WHERE merged_at <= now() - make_interval(secs => $2)
        )
    RETURNING
        at AS minute,
        provider,
        cell,
        generation,
        rows,
        suspects,
        connected_n,
        connected_sum,
        signal_dbm_n,
        signal_dbm_sum,
        signal_dbm_squares,
        signal_dbm_min,
        signal_dbm_max,
        download_mbps_n,
        download_mbps_sum,
        download_mbps_squares,
        download_mbps_min,
        download_mbps_max,
        upload_mbps_n,
        upload_mbps_sum,
        upload_mbps_squares,
        upload_mbps_min,
        upload_mbps_max,
        latency_ms_n,
        latency_ms_sum,
        latency_ms_squares,
        latency_ms_min,
        latency_ms_max,
        jitter_ms_n,
        jitter_ms_sum,
        jitter_ms_squares,
        jitter_ms_min,
        jitter_ms_max,
        packet_loss_pct_n,
        packet_loss_pct_sum,
        packet_loss_pct_squares,
        packet_loss_pct_min,
        packet_loss_pct_max,
        codes,
        counts
),
dated AS (
    SELECT
        date_bin('1 hour', minute, 'epoch') AS hour,
        date_trunc('day', minute, $3) AS day,
        provider,
        cell,
        generation,
        rows,
        suspects,
        connected_n,
        connected_sum,
        signal_dbm_n,
        signal_dbm_sum,
        signal_dbm_squares,
        signal_dbm_min,
        signal_dbm_max,
        download_mbps_n,
        download_mbps_sum,
        download_mbps_squares,
        download_mbps_min,
        download_mbps_max,
        upload_mbps_n,
        upload_mbps_sum,
        upload_mbps_squares,
        upload_mbps_min,
        upload_mbps_max,
        latency_ms_n,
        latency_ms_sum,
        latency_ms_squares,
        latency_ms_min,
        latency_ms_max,
        jitter_ms_n,
        jitter_ms_sum,
        jitter_ms_squares,
        jitter_ms_min,
        jitter_ms_max,
        packet_loss_pct_n,
        packet_loss_pct_sum,
        packet_loss_pct_squares,
        packet_loss_pct_min,
        packet_loss_pct_max,
        codes,
        counts
    FROM taken
),
parts AS MATERIALIZED (
    SELECT
        dense_rank() OVER (ORDER BY provider, hour, cell, generation) AS place,
        dense_rank() OVER (ORDER BY provider, hour, generation) AS hour_series,
        dense_rank() OVER (ORDER BY provider, day, generation) AS day_series,
        hour,
        day,
        provider,
        cell,
        generation,
        rows,
        suspects,
        connected_n,
        connected_sum,
        signal_dbm_n,
        signal_dbm_sum,
        signal_dbm_squares,
        signal_dbm_min,
        signal_dbm_max,
        download_mbps_n,
        download_mbps_sum,
        download_mbps_squares,
        download_mbps_min,
        download_mbps_max,
        upload_mbps_n,
        upload_mbps_sum,
        upload_mbps_squares,
        upload_mbps_min,
        upload_mbps_max,
        latency_ms_n,
        latency_ms_sum,
        latency_ms_squares,
        latency_ms_min,
        latency_ms_max,
        jitter_ms_n,
        jitter_ms_sum,
        jitter_ms_squares,
        jitter_ms_min,
        jitter_ms_max,
        packet_loss_pct_n,
        packet_loss_pct_sum,
        packet_loss_pct_squares,
        packet_loss_pct_min,
        packet_loss_pct_max,
        codes,
        counts
    FROM dated
),
kept_hours AS (
    INSERT INTO rollups_hour (
        provider,
        at,
        cell,
        generation,
        rows,
        suspects,
        connected_n,
        connected_sum,
        signal_dbm_n,
        signal_dbm_sum,
        signal_dbm_squares,
        signal_dbm_min,
        signal_dbm_max,
        download_mbps_n,
        download_mbps_sum,
        download_mbps_squares,
        download_mbps_min,
        download_mbps_max,
        upload_mbps_n,
        upload_mbps_sum,
        upload_mbps_squares,
        upload_mbps_min,
        upload_mbps_max,
        latency_ms_n,
        latency_ms_sum,
        latency_ms_squares,
        latency_ms_min,
        latency_ms_max,
        jitter_ms_n,
        jitter_ms_sum,
        jitter_ms_squares,
        jitter_ms_min,
        jitter_ms_max,
        packet_loss_pct_n,
        packet_loss_pct_sum,
        packet_loss_pct_squares,
        packet_loss_pct_min,
        packet_loss_pct_max
    )
    SELECT
        provider,
        hour AS at,
        cell,
        generation,
        sum(rows)::integer AS rows,
        sum(suspects)::integer AS suspects,
        sum(connected_n)::integer AS connected_n,
        sum(connected_sum)::integer AS connected_sum,
        sum(signal_dbm_n)::integer AS signal_dbm_n,
        sum(signal_dbm_sum) AS signal_dbm_sum,
        sum(signal_dbm_squares) AS signal_dbm_squares,
        min(signal_dbm_min) AS signal_dbm_min,
        max(signal_dbm_max) AS signal_dbm_max,
        sum(download_mbps_n)::integer AS download_mbps_n,
        sum(download_mbps_sum) AS download_mbps_sum,
        sum(download_mbps_squares) AS download_mbps_squares,
        min(download_mbps_min) AS download_mbps_min,
        max(download_mbps_max) AS download_mbps_max,
        sum(upload_mbps_n)::integer AS upload_mbps_n,
        sum(upload_mbps_sum) AS upload_mbps_sum,
        sum(upload_mbps_squares) AS upload_mbps_squares,
        min(upload_mbps_min) AS upload_mbps_min,
        max(upload_mbps_max) AS upload_mbps_max,
        sum(latency_ms_n)::integer AS latency_ms_n,
        sum(latency_ms_sum) AS latency_ms_sum,
        sum(latency_ms_squares) AS latency_ms_squares,
        min(latency_ms_min) AS latency_ms_min,
        max(latency_ms_max) AS latency_ms_max,
        sum(jitter_ms_n)::integer AS jitter_ms_n,
        sum(jitter_ms_sum) AS jitter_ms_sum,
        sum(jitter_ms_squares) AS jitter_ms_squares,
        min(jitter_ms_min) AS jitter_ms_min,
        max(jitter_ms_max) AS jitter_ms_max,
        sum(packet_loss_pct_n)::integer AS packet_loss_pct_n,
        sum(packet_loss_pct_sum) AS packet_loss_pct_sum,
        sum(packet_loss_pct_squares) AS packet_loss_pct_squares,
        min(packet_loss_pct_min) AS packet_loss_pct_min,
        max(packet_loss_pct_max) AS packet_loss_pct_max
    FROM parts
    GROUP BY provider, hour, cell, generation
    ORDER BY provider, at, cell, generation
    ON CONFLICT (provider, at, cell, generation) DO UPDATE
    SET
        rows = rollups_hour.rows + excluded.rows,
        suspects = rollups_hour.suspects + excluded.suspects,
        connected_n = rollups_hour.connected_n + excluded.connected_n,
        connected_sum = rollups_hour.connected_sum + excluded.connected_sum,
        signal_dbm_n = rollups_hour.signal_dbm_n + excluded.signal_dbm_n,
        signal_dbm_sum = rollups_hour.signal_dbm_sum + excluded.signal_dbm_sum,
        signal_dbm_squares = rollups_hour.signal_dbm_squares + excluded.signal_dbm_squares,
        signal_dbm_min = LEAST(rollups_hour.signal_dbm_min, excluded.signal_dbm_min),
        signal_dbm_max = GREATEST(rollups_hour.signal_dbm_max, excluded.signal_dbm_max),
        download_mbps_n = rollups_hour.download_mbps_n + excluded.download_mbps_n,
        download_mbps_sum = rollups_hour.download_mbps_sum + excluded.download_mbps_sum,
        download_mbps_squares = rollups_hour.download_mbps_squares + excluded.download_mbps_squares,
        download_mbps_min = LEAST(rollups_hour.download_mbps_min, excluded.download_mbps_min),
        download_mbps_max = GREATEST(rollups_hour.download_mbps_max, excluded.download_mbps_max),
        upload_mbps_n = rollups_hour.upload_mbps_n + excluded.upload_mbps_n,
        upload_mbps_sum = rollups_hour.upload_mbps_sum + excluded.upload_mbps_sum,
        upload_mbps_squares = rollups_hour.upload_mbps_squares + excluded.upload_mbps_squares,
        upload_mbps_min = LEAST(rollups_hour.upload_mbps_min, excluded.upload_mbps_min),
        upload_mbps_max = GREATEST(rollups_hour.upload_mbps_max, excluded.upload_mbps_max),
        latency_ms_n = rollups_hour.latency_ms_n + excluded.latency_ms_n,
        latency_ms_sum = rollups_hour.latency_ms_sum + excluded.latency_ms_sum,
        latency_ms_squares = rollups_hour.latency_ms_squares + excluded.latency_ms_squares,
        latency_ms_min = LEAST(rollups_hour.latency_ms_min, excluded.latency_ms_min),
        latency_ms_max = GREATEST(rollups_hour.latency_ms_max, excluded.latency_ms_max),
        jitter_ms_n = rollups_hour.jitter_ms_n + excluded.jitter_ms_n,
        jitter_ms_sum = rollups_hour.jitter_ms_sum + excluded.jitter_ms_sum,
        jitter_ms_squares = rollups_hour.jitter_ms_squares + excluded.jitter_ms_squares,
        jitter_ms_min = LEAST(rollups_hour.jitter_ms_min, excluded.jitter_ms_min),
        jitter_ms_max = GREATEST(rollups_hour.jitter_ms_max, excluded.jitter_ms_max),
        packet_loss_pct_n = rollups_hour.packet_loss_pct_n + excluded.packet_loss_pct_n,
        packet_loss_pct_sum = rollups_hour.packet_loss_pct_sum + excluded.packet_loss_pct_sum,
        packet_loss_pct_squares = rollups_hour.packet_loss_pct_squares + excluded.packet_loss_pct_squares,
        packet_loss_pct_min = LEAST(rollups_hour.packet_loss_pct_min, excluded.packet_loss_pct_min),
        packet_loss_pct_max = GREATEST(rollups_hour.packet_loss_pct_max, excluded.packet_loss_pct_max)
),
kept_days AS (
    INSERT INTO rollups_day (
        provider,
        at,
        cell,
        generation,
        rows,
        suspects,
        connected_n,
        connected_sum,
        signal_dbm_n,
        signal_dbm_sum,
        signal_dbm_squares,
        signal_dbm_min,
        signal_dbm_max,
        download_mbps_n,
        download_mbps_sum,
        download_mbps_squares,
        download_mbps_min,
        download_mbps_max,
        upload_mbps_n,
        upload_mbps_sum,
        upload_mbps_squares,
        upload_mbps_min,
        upload_mbps_max,
        latency_ms_n,
        latency_ms_sum,
        latency_ms_squares,
        latency_ms_min,
        latency_ms_max,
        jitter_ms_n,
        jitter_ms_sum,
        jitter_ms_squares,
        jitter_ms_min,
        jitter_ms_max,
        packet_loss_pct_n,
        packet_loss_pct_sum,
        packet_loss_pct_squares,
        packet_loss_pct_min,
        packet_loss_pct_max
    )
    SELECT
        provider,
        day AS at,
        cell,
        generation,
        sum(rows)::integer AS rows,
        sum(suspects)::integer AS suspects,
        sum(connected_n)::integer AS connected_n,
        sum(connected_sum)::integer AS connected_sum,
        sum(signal_dbm_n)::integer AS signal_dbm_n,
        sum(signal_dbm_sum) AS signal_dbm_sum,
        sum(signal_dbm_squares) AS signal_dbm_squares,
        min(signal_dbm_min) AS signal_dbm_min,
        max(signal_dbm_max) AS signal_dbm_max,
        sum(download_mbps_n)::integer AS download_mbps_n,
        sum(download_mbps_sum) AS download_mbps_sum,
        sum(download_mbps_squares) AS download_mbps_squares,
        min(download_mbps_min) AS download_mbps_min,
        max(download_mbps_max) AS download_mbps_max,
        sum(upload_mbps_n)::integer AS upload_mbps_n,
        sum(upload_mbps_sum) AS upload_mbps_sum,
        sum(upload_mbps_squares) AS upload_mbps_squares,
        min(upload_mbps_min) AS upload_mbps_min,
        max(upload_mbps_max) AS upload_mbps_max,
        sum(latency_ms_n)::integer AS latency_ms_n,
        sum(latency_ms_sum) AS latency_ms_sum,
        sum(latency_ms_squares) AS latency_ms_squares,
        min(latency_ms_min) AS latency_ms_min,
        max(latency_ms_max) AS latency_ms_max,
        sum(jitter_ms_n)::integer AS jitter_ms_n,
        sum(jitter_ms_sum) AS jitter_ms_sum,
        sum(jitter_ms_squares) AS jitter_ms_squares,
        min(jitter_ms_min) AS jitter_ms_min,
        max(jitter_ms_max) AS jitter_ms_max,
        sum(packet_loss_pct_n)::integer AS packet_loss_pct_n,
        sum(packet_loss_pct_sum) AS packet_loss_pct_sum,
        sum(packet_loss_pct_squares) AS packet_loss_pct_squares,
        min(packet_loss_pct_min) AS packet_loss_pct_min,
        max(packet_loss_pct_max) AS packet_loss_pct_max
    FROM parts
    GROUP BY provider, day, cell, generation
    ORDER BY provider, at, cell, generation
    ON CONFLICT (provider, at, cell, generation) DO UPDATE
    SET
        rows = rollups_day.rows + excluded.rows,
        suspects = rollups_day.suspects + excluded.suspects,
        connected_n = rollups_day.connected_n + excluded.connected_n,
        connected_sum = rollups_day.connected_sum + excluded.connected_sum,
        signal_dbm_n = rollups_day.signal_dbm_n + excluded.signal_dbm_n,
        signal_dbm_sum = rollups_day.signal_dbm_sum + excluded.signal_dbm_sum,
        signal_dbm_squares = rollups_day.signal_dbm_squares + excluded.signal_dbm_squares,
        signal_dbm_min = LEAST(rollups_day.signal_dbm_min, excluded.signal_dbm_min),
        signal_dbm_max = GREATEST(rollups_day.signal_dbm_max, excluded.signal_dbm_max),
        download_mbps_n = rollups_day.download_mbps_n + excluded.download_mbps_n,
        download_mbps_sum = rollups_day.download_mbps_sum + excluded.download_mbps_sum,
        download_mbps_squares = rollups_day.download_mbps_squares + excluded.download_mbps_squares,
        download_mbps_min = LEAST(rollups_day.download_mbps_min, excluded.download_mbps_min),
        download_mbps_max = GREATEST(rollups_day.download_mbps_max, excluded.download_mbps_max),
        upload_mbps_n = rollups_day.upload_mbps_n + excluded.upload_mbps_n,
        upload_mbps_sum = rollups_day.upload_mbps_sum + excluded.upload_mbps_sum,
        upload_mbps_squares = rollups_day.upload_mbps_squares + excluded.upload_mbps_squares,
        upload_mbps_min = LEAST(rollups_day.upload_mbps_min, excluded.upload_mbps_min),
        upload_mbps_max = GREATEST(rollups_day.upload_mbps_max, excluded.upload_mbps_max),
        latency_ms_n = rollups_day.latency_ms_n + excluded.latency_ms_n,
        latency_ms_sum = rollups_day.latency_ms_sum + excluded.latency_ms_sum,
        latency_ms_squares = rollups_day.latency_ms_squares + excluded.latency_ms_squares,
        latency_ms_min = LEAST(rollups_day.latency_ms_min, excluded.latency_ms_min),
        latency_ms_max = GREATEST(rollups_day.latency_ms_max, excluded.latency_ms_max),
        jitter_ms_n = rollups_day.jitter_ms_n + excluded.jitter_ms_n,
        jitter_ms_sum = rollups_day.jitter_ms_sum + excluded.jitter_ms_sum,
        jitter_ms_squares = rollups_day.jitter_ms_squares + excluded.jitter_ms_squares,
        jitter_ms_min = LEAST(rollups_day.jitter_ms_min, excluded.jitter_ms_min),
        jitter_ms_max = GREATEST(rollups_day.jitter_ms_max, excluded.jitter_ms_max),
        packet_loss_pct_n = rollups_day.packet_loss_pct_n + excluded.packet_loss_pct_n,
        packet_loss_pct_sum = rollups_day.packet_loss_pct_sum + excluded.packet_loss_pct_sum,
        packet_loss_pct_squares = rollups_day.packet_loss_pct_squares + excluded.packet_loss_pct_squares,
        packet_loss_pct_min = LEAST(rollups_day.packet_loss_pct_min, excluded.packet_loss_pct_min),
        packet_loss_pct_max = GREATEST(rollups_day.packet_loss_pct_max, excluded.packet_loss_pct_max)
),
valued AS MATERIALIZED (
    SELECT place, hour_series, day_series, code, n
    FROM parts
    CROSS JOIN unnest(codes, counts) AS held (code, n)
),
kept_place_histograms AS (
    INSERT INTO histograms_cell_hour (provider, at, cell, generation, codes, counts)
    SELECT provider, hour, cell, generation, codes, counts
    FROM (
        SELECT place, array_agg(code) AS codes, array_agg(n) AS counts
        FROM (
            SELECT place, code, sum(n)::integer AS n
            FROM valued
            GROUP BY place, code
        ) AS sums
        GROUP BY place
    ) AS histograms
    JOIN (
        SELECT DISTINCT place, provider, hour, cell, generation
        FROM parts
    ) AS keys USING (place)
    ORDER BY provider, hour, cell, generation
    ON CONFLICT (provider, at, cell, generation) DO UPDATE
    SET (codes, counts) = (
        SELECT array_agg(code), array_agg(n)
        FROM (
            SELECT code, sum(n)::integer AS n
            FROM unnest(
                histograms_cell_hour.codes || excluded.codes,
                histograms_cell_hour.counts || excluded.counts
            ) AS both_counts (code, n)
            GROUP BY code
        ) AS sums
    )
),
kept_hour_histograms AS (
    INSERT INTO histograms_hour (provider, at, generation, codes, counts)
    SELECT provider, hour, generation, codes, counts
    FROM (
        SELECT hour_series, array_agg(code) AS codes, array_agg(n) AS counts
        FROM (
            SELECT hour_series, code, sum(n)::integer AS n
            FROM valued
            GROUP BY hour_series, code
        ) AS sums
        GROUP BY hour_series
    ) AS histograms
    JOIN (
        SELECT DISTINCT hour_series, provider, hour, generation
        FROM parts
    ) AS keys USING (hour_series)
    ORDER BY provider, hour, generation
    ON CONFLICT (provider, at, generation) DO UPDATE
    SET (codes, counts) = (
        SELECT array_agg(code), array_agg(n)
        FROM (
            SELECT code, sum(n)::integer AS n
            FROM unnest(
                histograms_hour.codes || excluded.codes,
                histograms_hour.counts || excluded.counts
            ) AS both_counts (code, n)
            GROUP BY code
        ) AS sums
    )
),
kept_day_histograms AS (
    INSERT INTO histograms_day (provider, at, generation, codes, counts)
    SELECT provider, day, generation, codes, counts
    FROM (
        SELECT day_series, array_agg(code) AS codes, array_agg(n) AS counts
        FROM (
            SELECT day_series, code, sum(n)::integer AS n
            FROM valued
            GROUP BY day_series, code
        ) AS sums
        GROUP BY day_series
    ) AS histograms
    JOIN (
        SELECT DISTINCT day_series, provider, day, generation
        FROM parts
    ) AS keys USING (day_series)
    ORDER BY provider, day, generation
    ON CONFLICT (provider, at, generation) DO UPDATE
    SET (codes, counts) = (
        SELECT array_agg(code), array_agg(n)
        FROM (
            SELECT code, sum(n)::integer AS n
            FROM unnest(
                histograms_day.codes || excluded.codes,
                histograms_day.counts || excluded.counts
            ) AS both_counts (code, n)
            GROUP BY code
        ) AS sums
    )
)
SELECT count(*)
FROM parts

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
