-- each {kpi}: signal_dbm, download_mbps, upload_mbps, latency_ms, jitter_ms, packet_loss_pct

-- name: plan_for_many_rows
-- Of the rows that row-level security lets through PostgreSQL expects a hundredth, and would sort them to group them.
-- Until the end of the transaction.
SELECT set_config('enable_sort', 'off', true)

-- name: kinds
-- What each kind of phone of a provider ($3) measured between $1 and $2, in the area or cell $4 and of the generation $5
-- or in all; kinds of fewer than $6 devices are one group, which comes last.
WITH phones AS (
    SELECT
        device_info,
        app_version,
        device,
        count(*) AS samples,
        count({kpi}) AS {kpi}_n, sum({kpi}::double precision) AS {kpi}_sum, min({kpi}) AS {kpi}_min, max({kpi}) AS {kpi}_max,
        count(connected) AS connected_n,
        sum(connected::integer) AS connected_sum,
        min(connected::integer) AS connected_min,
        max(connected::integer) AS connected_max
    FROM measurements
    WHERE measured_at >= $1
        AND measured_at < $2
        AND provider = $3
        AND ($4::bigint IS NULL OR cell = $4 OR area_of(cell) = $4)
        AND ($5::text IS NULL OR generation = $5)
    GROUP BY device, device_info, app_version
),
grouped AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY device_info, app_version) < $6::bigint AS is_other
    FROM phones
)
SELECT
    is_other,
    CASE WHEN NOT is_other THEN device_info END AS device_info,
    CASE WHEN NOT is_other THEN app_version END AS app_version,
    count(DISTINCT device) AS devices,
    sum(samples)::bigint AS samples,
    sum({kpi}_n)::bigint AS {kpi}_n, sum({kpi}_sum) AS {kpi}_sum, min({kpi}_min) AS {kpi}_min, max({kpi}_max) AS {kpi}_max,
    sum(connected_n)::bigint AS connected_n,
    sum(connected_sum)::double precision AS connected_sum,
    min(connected_min) AS connected_min,
    max(connected_max) AS connected_max
FROM grouped
GROUP BY 1, 2, 3
ORDER BY is_other, devices DESC, samples DESC, device_info, app_version
LIMIT 500
