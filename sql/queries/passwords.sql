-- name: own
-- What a new password is held against: the viewer's own old one and names.
SELECT
    accounts.email,
    accounts.username,
    signing_in.password_hash
FROM accounts
CROSS JOIN LATERAL account_signing_in(accounts.email) AS signing_in
WHERE accounts.id = $1;

-- name: change
-- The viewer's new password, if the old one is still $1.
SELECT change_password($1, $2);

-- name: end_other_sessions
-- Whoever knew the old password signs in with the new one.
UPDATE sessions SET revoked_at = now()
WHERE
    account = $1
    AND id <> $2
    AND revoked_at IS NULL;
