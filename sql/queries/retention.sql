-- name: forget_rejected
-- Retention of the quarantine.
DELETE FROM quarantine
WHERE received_at < now() - make_interval(days => $1)

-- name: forget_keyed
-- Streams that stand for an Idempotency-Key outlive its answer, which is kept for a day.
DELETE FROM streams
WHERE keyed
    AND created_at < now() - interval '2 days'

-- name: forget_presence
-- Which devices were where goes with the measurements that said so; found by its key, operator by operator.
DELETE FROM presence
USING (
    SELECT id
    FROM providers
    UNION ALL
    SELECT 0
) AS known
WHERE presence.provider = known.id
    AND presence.at < current_date - $1::integer

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
