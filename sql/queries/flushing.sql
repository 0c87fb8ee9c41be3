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
