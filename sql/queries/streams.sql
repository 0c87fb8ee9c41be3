-- name: open_stream
-- Makes the device's stream exist; says whose it is and how far it got.
WITH made AS (
    INSERT INTO streams (id, device, replaces, lost, keyed)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO NOTHING
    RETURNING device, last_seq
)
SELECT device, last_seq
FROM made
UNION ALL
SELECT device, last_seq
FROM streams
WHERE id = $1

-- name: lock_streams
-- The fence: locks the streams of a flush, in key order so that two servers cannot deadlock.
SELECT
    streams.id,
    streams.device,
    streams.last_seq,
    devices.revoked_at IS NULL AND accounts.is_active AS may_measure
FROM streams
JOIN devices ON devices.id = streams.device
JOIN accounts ON accounts.id = devices.account
WHERE streams.id = ANY($1::uuid[])
ORDER BY streams.id
FOR UPDATE OF streams
