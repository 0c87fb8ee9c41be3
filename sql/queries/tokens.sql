-- name: lock_keys
-- One rotation at a time in the whole fleet; held to the end of the transaction.
SELECT pg_advisory_xact_lock(7263548172);

-- name: keys
-- Every key under which a token may still be alive, the newest first. $2: how long it takes until everybody knows a new
-- one, $3: how long one that signs must still verify.
SELECT
    kid,
    public_jwk,
    private_key,
    created_at,
    retires_at,
    created_at < now() - make_interval(days => $1) AS is_old,
    created_at <= now() - make_interval(secs => $2) AND retires_at > now() + make_interval(secs => $3) AS is_settled
FROM signing_keys
WHERE retires_at > now()
ORDER BY
    created_at DESC,
    kid ASC;

-- name: add_key
-- A key that signs from now on; $4 is how long it verifies.
INSERT INTO signing_keys (kid, algorithm, public_jwk, private_key, retires_at)
VALUES ($1, 'EdDSA', $2, $3, now() + make_interval(secs => $4));

-- name: standing
-- What the account may still do, and whether the session is still open.
SELECT
    role,
    provider,
    provider_slug,
    is_active,
    is_open
FROM account_standing($1, $2);

-- name: device
-- Whose device token this is.
SELECT
    device,
    account,
    role,
    provider,
    provider_slug,
    is_active,
    is_revoked
FROM device_by_token($1);

-- name: redeem_ticket
-- Whose stream ticket this is; it is gone afterwards.
SELECT
    account,
    role,
    provider,
    provider_slug,
    is_active,
    session,
    access_expires_at
FROM redeem_ticket($1);

-- name: signing_in
-- The account that signs in with this e-mail.
SELECT
    account,
    password_hash,
    role,
    provider,
    provider_slug,
    is_active
FROM account_signing_in($1);

-- name: open_session
-- A new chain of refresh tokens of the viewer's.
INSERT INTO sessions (account, family_hash, token_hash, expires_at)
VALUES ($1, $2, $3, now() + make_interval(secs => $4))
RETURNING id;

-- name: rotate_session
-- The newest token of a chain is exchanged; an older one ends the chain.
SELECT
    outcome,
    session,
    account,
    role,
    provider,
    provider_slug,
    is_active
FROM rotate_session($1, $2, $3, $4);

-- name: end_family
-- Signs out whoever holds a refresh token.
SELECT end_session($1);

-- name: end_session
-- Signs out the viewer's session.
UPDATE sessions SET revoked_at = now()
WHERE
    id = $1
    AND revoked_at IS NULL;

-- name: add_ticket
-- A stream ticket of the viewer's.
INSERT INTO stream_tickets (hash, account, session, access_expires_at, expires_at)
VALUES ($1, $2, $3, $4, $5);

-- name: forget_sessions
-- Chains that ended more than a week ago; until then an old token is still told from an unknown one.
DELETE FROM sessions
WHERE
    expires_at < now() - interval '7 days'
    OR revoked_at < now() - interval '7 days';

-- name: forget_tickets
-- Tickets that nobody came with.
DELETE FROM stream_tickets
WHERE expires_at < now();

-- name: forget_keys
-- Keys whose last token is dead.
DELETE FROM signing_keys
WHERE retires_at < now();
