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

-- name: take_batches
-- Ids for the next flushes; a gap in them means nothing.
SELECT nextval('batches') AS batch
FROM generate_series(1, $1)

-- name: ensure_day
-- The leaf that holds a UTC day.
SELECT ensure_day($1)

-- name: close_flush
-- Raises the fence and tells the merger, in the transaction of the rows.
WITH raised AS (
    UPDATE streams
    SET last_seq = given.last_seq
    FROM unnest($1::uuid[], $2::bigint[]) AS given (id, last_seq)
    WHERE streams.id = given.id
)
INSERT INTO ledger (batch, rows, first_at, last_at)
SELECT $3::bigint, $4::integer, to_timestamp($5::double precision), to_timestamp($6::double precision)
WHERE $4::integer > 0

-- name: keep_rejected
-- Items set aside, as they came and with the reason.
INSERT INTO quarantine (device, subject, stream, seq, item, path, reason, raw)
SELECT device, subject, stream, seq, item, path, reason, raw
FROM unnest(
    $1::bigint[], $2::bigint[], $3::uuid[], $4::bigint[], $5::integer[], $6::text[], $7::text[], $8::bytea[]
) AS given (device, subject, stream, seq, item, path, reason, raw)

-- name: forget_rejected
-- Retention of the quarantine.
DELETE FROM quarantine
WHERE received_at < now() - make_interval(days => $1)

-- name: forget_keyed
-- Streams that stand for an Idempotency-Key outlive its answer, which is kept for a day.
DELETE FROM streams
WHERE keyed
    AND created_at < now() - interval '2 days'

-- name: drop_days
-- Retention of the measurements: whole days.
SELECT drop_days_before(current_date - $1::integer)

-- name: count_orphans
-- Measurements of the last two days whose device or subject is not known: what foreign keys would have refused.
SELECT count(*)
FROM measurements
WHERE received_at > now() - interval '2 days'
    AND measured_at > now() - interval '3 days'
    AND (
        NOT EXISTS (SELECT FROM devices WHERE devices.id = measurements.device)
        OR NOT EXISTS (SELECT FROM accounts WHERE accounts.id = measurements.subject)
    )
