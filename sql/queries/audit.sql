-- name: some
-- Who changed what, the newest first, before $1.
SELECT
    id,
    at,
    login,
    role,
    person,
    action,
    table_name,
    row_id,
    before,
    after
FROM audit
WHERE
    id < $1
    AND ($3::text IS NULL OR table_name = $3)
    AND ($4::text IS NULL OR row_id = $4)
ORDER BY id DESC
LIMIT $2;

-- name: forget
-- What is older than the trail is kept; never younger than 90 days.
SELECT forget_audit(make_interval(days => $1));
