-- each {kpi}: signal_dbm, download_mbps, upload_mbps, latency_ms, jitter_ms, packet_loss_pct

-- name: hours
-- How a KPI ($2) of a provider ($1) goes by the hour of the week in the zone $3, over the hours from $4 to $5; of one
-- generation ($6) or of all, of one area ($7) or of the provider as a whole. Each week counts once, however much it
-- measured: a week with an event must not be taken for what is usual.
WITH hours AS (
    SELECT
        at,
        generation,
        {kpi}_n, {kpi}_sum,
        connected_n,
        connected_sum
    FROM totals_hour
    WHERE $7::bigint IS NULL
        AND provider = $1
        AND at >= $4
        AND at < $5
    UNION ALL
    SELECT
        at,
        generation,
        {kpi}_n, {kpi}_sum,
        connected_n,
        connected_sum
    FROM rollups_hour
    WHERE cell = $7
        AND provider = $1
        AND at >= $4
        AND at < $5
),
weeks AS (
    SELECT
        date_trunc('week', at AT TIME ZONE $3::text) AS week,
        extract(isodow FROM at AT TIME ZONE $3::text)::integer AS weekday,
        extract(hour FROM at AT TIME ZONE $3::text)::integer AS hour,
        sum(n)::bigint AS samples,
        sum(total) / sum(n) AS mean
    FROM hours
    CROSS JOIN LATERAL (
        SELECT
            CASE $2
                WHEN '{kpi}' THEN {kpi}_n
                WHEN 'connected' THEN connected_n
            END AS n,
            CASE $2
                WHEN '{kpi}' THEN {kpi}_sum
                WHEN 'connected' THEN connected_sum
            END AS total
    ) AS measured
    WHERE ($6::text IS NULL OR generation = $6)
        AND n > 0
    GROUP BY 1, 2, 3
),
compared AS (
    SELECT
        *,
        avg(mean) OVER earlier AS usual,
        week = max(week) OVER (PARTITION BY weekday, hour) AS is_latest
    FROM weeks
    WINDOW earlier AS (PARTITION BY weekday, hour ORDER BY week ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT
    weekday,
    hour,
    count(*) AS weeks,
    sum(samples)::bigint AS samples,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY mean) AS median,
    min(mean) AS low,
    max(mean) AS high,
    max(mean) FILTER (WHERE is_latest) AS latest,
    max(usual) FILTER (WHERE is_latest) AS usual
FROM compared
GROUP BY weekday, hour
ORDER BY weekday, hour
