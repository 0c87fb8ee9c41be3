-- name: begin
-- Takes the key; no row comes back where it is taken already. One that an interrupted request left behind, or that is
-- older than a day, is taken over.
INSERT INTO idempotency_keys (account, device, key, request_hash)
VALUES ($1, $2, $3, $4)
ON CONFLICT (account, device, key) DO UPDATE SET
    request_hash = EXCLUDED.request_hash,
    status = NULL,
    content_type = NULL,
    answer = NULL,
    created_at = now()
WHERE
    idempotency_keys.created_at < now() - interval '24 hours'
    OR (idempotency_keys.status IS NULL AND idempotency_keys.created_at < now() - make_interval(secs => $5))
RETURNING key;

-- name: kept
-- What stands under the key.
SELECT
    request_hash,
    status,
    content_type,
    answer
FROM idempotency_keys
WHERE
    account = $1
    AND device = $2
    AND key = $3;

-- name: finish
-- The answer for whoever comes with the key again.
UPDATE idempotency_keys SET
    status = $5,
    content_type = $6,
    answer = $7
WHERE
    account = $1
    AND device = $2
    AND key = $3
    AND request_hash = $4;

-- name: abandon
-- The request failed: the key is free again.
DELETE FROM idempotency_keys
WHERE
    account = $1
    AND device = $2
    AND key = $3
    AND status IS NULL;

-- name: forget
-- Answers are kept for a day.
DELETE FROM idempotency_keys
WHERE created_at < now() - interval '24 hours';
