-- name: add_claim
-- A claim code of the viewer's.
INSERT INTO device_claims (hash, account, expires_at)
VALUES ($1, $2, $3);

-- name: redeem_claim
-- The device that a claim code makes; no row for an unknown, used or expired one.
SELECT
    device,
    account
FROM redeem_claim($1, $2, $3);

-- name: some
-- The viewer's own devices, the revoked ones too, by id, after $2.
SELECT
    id,
    name,
    created_at,
    revoked_at,
    last_seen_at
FROM devices
WHERE
    account = $1
    AND id > $2
ORDER BY id ASC
LIMIT $3;

-- name: revoke
-- For good: its token opens nothing any more.
UPDATE devices SET revoked_at = now()
WHERE
    id = $1
    AND revoked_at IS NULL
RETURNING id;

-- name: dead
-- Which of these devices and accounts may not be connected any longer.
SELECT
    devices.id AS device,
    NULL::bigint AS account
FROM devices
JOIN accounts ON accounts.id = devices.account
WHERE
    devices.id = ANY ($1::bigint[])
    AND (devices.revoked_at IS NOT NULL OR NOT accounts.is_active)
UNION ALL
SELECT
    NULL::bigint AS device,
    accounts.id AS account
FROM accounts
WHERE
    accounts.id = ANY ($2::bigint[])
    AND NOT accounts.is_active;

-- name: forget_claims
-- Codes that nothing can be made of any more.
DELETE FROM device_claims
WHERE expires_at < now();
