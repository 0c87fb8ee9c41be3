-- name: gaps
-- Areas of a provider ($1) that since $2 were connected in less than the share $4 of at least $3 rows, or had a mean
-- signal below $5 dBm in as many; and areas with as many rows between $6 and $2 and none since. The bounds are given as
-- values: of bounds that a statement works out itself PostgreSQL does not know how few rows lie between them.
WITH sums AS (
    SELECT
        cell,
        max(at) AS last_at,
        coalesce(sum(rows) FILTER (WHERE at >= $2), 0)::bigint AS rows,
        coalesce(sum(rows) FILTER (WHERE at < $2), 0)::bigint AS rows_before,
        coalesce(sum(connected_n) FILTER (WHERE at >= $2), 0)::bigint AS connected_n,
        sum(connected_sum) FILTER (WHERE at >= $2)::double precision AS connected_sum,
        coalesce(sum(signal_dbm_n) FILTER (WHERE at >= $2), 0)::bigint AS signal_dbm_n,
        sum(signal_dbm_sum) FILTER (WHERE at >= $2) AS signal_dbm_sum
    FROM rollups_day
    WHERE provider = $1
        AND at >= $6
        AND cell <> 0
    GROUP BY cell
),
judged AS (
    SELECT
        cell,
        last_at,
        rows,
        connected_sum / NULLIF(connected_n, 0) AS connected,
        signal_dbm_sum / NULLIF(signal_dbm_n, 0) AS signal_dbm,
        connected_n >= $3::bigint AND connected_sum < $4::double precision * connected_n AS is_unconnected,
        signal_dbm_n >= $3 AND signal_dbm_sum < $5::double precision * signal_dbm_n AS is_weak,
        rows = 0 AND rows_before >= $3 AS is_silent
    FROM sums
)
SELECT
    cell,
    last_at,
    rows,
    connected,
    signal_dbm,
    coalesce(is_unconnected, false) AS is_unconnected,
    coalesce(is_weak, false) AS is_weak,
    is_silent
FROM judged
WHERE is_unconnected OR is_weak OR is_silent
ORDER BY cell
LIMIT 5000
