-- name: set_aside
-- A page of what the viewer may see of the quarantine between $1 and $2, the newest first, below the id $4 unless that
-- is 0; with $3 what was set aside for the member at this path alone.
SELECT
    id,
    received_at,
    device,
    stream,
    seq,
    item,
    path,
    reason,
    raw,
    subject = $6 AS is_own
FROM quarantine
WHERE received_at >= $1
    AND received_at < $2
    AND ($3::text IS NULL OR path = $3)
    AND ($4::bigint = 0 OR id < $4)
ORDER BY id DESC
LIMIT $5

-- name: own_rejections
-- Why items that the phones of $3 sent between $1 and $2 were set aside, the most frequent first.
SELECT
    path,
    reason,
    count(*) AS items,
    max(received_at) AS last_at
FROM quarantine
WHERE subject = $3
    AND received_at >= $1
    AND received_at < $2
GROUP BY path, reason
ORDER BY items DESC, path, reason
LIMIT 100

-- name: days
-- Rows and suspects of each day that $1 to $2 touch, and of each operator or of $3 alone; $4 is the zone of the days.
SELECT
    at,
    provider,
    sum(rows)::bigint AS rows,
    sum(suspects)::bigint AS suspects
FROM totals_day
WHERE at >= date_trunc('day', $1::timestamptz, $4)
    AND at < $2
    AND ($3::bigint IS NULL OR provider = $3)
GROUP BY at, provider
ORDER BY at DESC, provider
LIMIT 5000

-- name: rejections
-- Why the viewer's items, or all, were set aside between $1 and $2, the most frequent first.
SELECT
    path,
    reason,
    count(*) AS items,
    max(received_at) AS last_at
FROM quarantine
WHERE received_at >= $1
    AND received_at < $2
GROUP BY path, reason
ORDER BY items DESC, path, reason
LIMIT 100
