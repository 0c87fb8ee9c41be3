-- lines {account}:
accounts.id,
accounts.email,
accounts.username,
accounts.role,
providers.slug AS provider,
accounts.language,
accounts.full_name,
accounts.phone,
accounts.attributes,
accounts.is_active,
accounts.created_at,
accounts.modified_at,
(SELECT max(day) FROM active_days WHERE active_days.account = accounts.id) AS last_active_on

-- name: register
-- A new account; only administrators give roles other than subscriber and mechanic.
SELECT register_account($1, $2, $3, $4, $5, $6);

-- name: provider
-- The id of an operator by its slug.
SELECT id
FROM providers
WHERE slug = $1;

-- name: one
-- An account that the viewer may see.
SELECT
    {account}
FROM accounts
LEFT JOIN providers ON providers.id = accounts.provider
WHERE accounts.id = $1;

-- name: some
-- The accounts that the viewer may see, by id, after $1; with $4 those alone that were not used for so many days.
SELECT
    {account}
FROM accounts
LEFT JOIN providers ON providers.id = accounts.provider
WHERE
    accounts.id > $1
    AND ($3::text IS NULL OR accounts.role = $3)
    AND (
        $4::integer IS NULL
        OR (
            accounts.created_at < now() - make_interval(days => $4)
            AND NOT EXISTS (
                SELECT FROM active_days
                WHERE
                    active_days.account = accounts.id
                    AND active_days.day >= current_date - $4
            )
        )
    )
ORDER BY accounts.id ASC
LIMIT $2;

-- name: count_inactive
-- How many accounts that the viewer may see were not used for $1 days.
SELECT count(accounts.id)
FROM accounts
WHERE
    accounts.created_at < now() - make_interval(days => $1)
    AND NOT EXISTS (
        SELECT FROM active_days
        WHERE
            active_days.account = accounts.id
            AND active_days.day >= current_date - $1
    );

-- name: set_active
-- Suspends an account or takes it back.
UPDATE accounts SET is_active = $2
WHERE id = $1
RETURNING id;

-- name: change_profile
-- Changes what is given of the viewer's own account.
SELECT change_profile($1);

-- name: end_sessions
-- A suspended account signs in anew when it is back.
UPDATE sessions SET revoked_at = now()
WHERE
    account = $1
    AND revoked_at IS NULL;

-- name: forget_days
-- Activity is kept as long as the trail: $1 days.
DELETE FROM active_days
WHERE day < current_date - $1::integer;
