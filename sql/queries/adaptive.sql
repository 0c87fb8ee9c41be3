-- name: standing
-- How far each series was judged; baselines themselves are read only when this process does not hold them.
SELECT provider, cell, kpi, judged_until
FROM baselines
ORDER BY provider, cell, kpi

-- name: baselines
-- What was learnt of every series.
SELECT provider, cell, kpi, judged_until, baseline, state
FROM baselines

-- name: closed_minutes
-- What each place and each provider as a whole (cell 0) measured, minute by minute, from $1 until before $2.
SELECT
    provider,
    CASE WHEN grouping(cell) = 1 THEN 0 ELSE cell END AS cell,
    at,
    sum(rows)::bigint AS rows,
    sum(signal_dbm_n)::bigint AS signal_dbm_n, sum(signal_dbm_sum) AS signal_dbm_sum, sum(signal_dbm_squares) AS signal_dbm_squares,
    sum(download_mbps_n)::bigint AS download_mbps_n, sum(download_mbps_sum) AS download_mbps_sum, sum(download_mbps_squares) AS download_mbps_squares,
    sum(upload_mbps_n)::bigint AS upload_mbps_n, sum(upload_mbps_sum) AS upload_mbps_sum, sum(upload_mbps_squares) AS upload_mbps_squares,
    sum(latency_ms_n)::bigint AS latency_ms_n, sum(latency_ms_sum) AS latency_ms_sum, sum(latency_ms_squares) AS latency_ms_squares,
    sum(jitter_ms_n)::bigint AS jitter_ms_n, sum(jitter_ms_sum) AS jitter_ms_sum, sum(jitter_ms_squares) AS jitter_ms_squares,
    sum(packet_loss_pct_n)::bigint AS packet_loss_pct_n, sum(packet_loss_pct_sum) AS packet_loss_pct_sum, sum(packet_loss_pct_squares) AS packet_loss_pct_squares,
    sum(connected_n)::bigint AS connected_n, sum(connected_sum)::double precision AS connected_sum,
    sum(connected_sum)::double precision AS connected_squares
FROM rollups_minute
WHERE provider <> 0
    AND at >= $1
    AND at < $2
GROUP BY GROUPING SETS ((provider, cell, at), (provider, at))
HAVING grouping(cell) = 1 OR cell <> 0
ORDER BY at

-- name: keep_baselines
-- What is known after this minute.
INSERT INTO baselines (provider, cell, kpi, judged_until, baseline, state)
SELECT provider, cell, kpi, judged_until, baseline, state
FROM unnest(
    $1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bytea[], $6::jsonb[]
) AS given (provider, cell, kpi, judged_until, baseline, state)
ORDER BY provider, cell, kpi
ON CONFLICT (provider, cell, kpi) DO UPDATE
SET
    judged_until = excluded.judged_until,
    baseline = excluded.baseline,
    state = excluded.state

-- name: open_alerts
-- What the detector holds open.
SELECT id, provider, cell, kpi, statistic, cause, state, severity, cells, flapping
FROM alerts
WHERE rule IS NULL
    AND state <> 'cleared'

-- name: calm_baselines
-- No series is in trouble any more; what it learnt stays.
UPDATE baselines
SET state = '{}'
WHERE state <> '{}'

-- name: forget_baselines
-- Takes away what was learnt of places, and of whole providers, that nobody was heard from for $1 days.
DELETE FROM baselines
WHERE NOT EXISTS (
    SELECT
    FROM latest_measurements AS heard
    WHERE heard.provider = baselines.provider
        AND (baselines.cell = 0 OR heard.cell = baselines.cell)
        AND heard.measured_at > now() - make_interval(days => $1)
)
