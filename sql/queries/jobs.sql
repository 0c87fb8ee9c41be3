-- name: enqueue
-- Asks for work, in the transaction of the thing itself; NULL where the same job is open already.
SELECT enqueue_job($1, $2);

-- name: take
-- Takes up to so many jobs that are due, waiting ones and those of dead workers alike, for as long as a beat lasts.
WITH due AS (
    SELECT id
    FROM jobs
    WHERE due_at <= clock_timestamp()
    ORDER BY due_at, id
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
UPDATE jobs
SET
    starts = jobs.starts + 1,
    worker = $2,
    due_at = clock_timestamp() + $3::interval
FROM due
WHERE jobs.id = due.id
RETURNING
    jobs.id,
    jobs.kind,
    jobs.subject,
    jobs.starts,
    jobs.failure;

-- name: beat
-- The worker lives and still does these; gives those that another has begun since, because it thought that this one
-- was dead. A row that is gone was ended, by this worker a moment ago most likely: its task comes to its end by itself.
WITH held AS (
    SELECT
        given.id,
        given.starts
    FROM unnest($1::bigint[], $2::integer[]) AS given (id, starts)
),
prolonged AS (
    UPDATE jobs
    SET due_at = clock_timestamp() + $3::interval
    FROM held
    WHERE
        jobs.id = held.id
        AND jobs.starts = held.starts
        AND jobs.worker IS NOT NULL
)
SELECT
    held.id,
    held.starts
FROM held
JOIN jobs ON jobs.id = held.id
WHERE
    jobs.starts <> held.starts
    AND jobs.worker IS NOT NULL;

-- name: finish
-- The job is done, in the transaction of what it came to; no row where another worker has it by now.
DELETE FROM jobs
WHERE
    id = $1
    AND starts = $2
    AND worker IS NOT NULL
RETURNING id;

-- name: give_back
-- Not done: to be taken again after a pause. The start counts where the job may be at fault for it.
UPDATE jobs
SET
    worker = NULL,
    due_at = clock_timestamp() + $3::interval,
    failure = COALESCE($4, failure),
    starts = CASE WHEN $5 THEN starts ELSE starts - 1 END
WHERE
    id = $1
    AND starts = $2
    AND worker IS NOT NULL
RETURNING id;

-- name: park
-- Never again by itself: kept for whoever wants to know, in the transaction that tells its owner.
UPDATE jobs
SET
    worker = NULL,
    due_at = NULL,
    failure = $3
WHERE
    id = $1
    AND starts = $2
    AND worker IS NOT NULL
RETURNING id;

-- name: standing
-- What there is to do, by kind: how much waits, runs and is parked, and how long the oldest has waited beyond its time.
SELECT
    kind,
    count(*) FILTER (WHERE due_at IS NOT NULL AND worker IS NULL) AS waiting,
    count(*) FILTER (WHERE worker IS NOT NULL) AS running,
    count(*) FILTER (WHERE due_at IS NULL) AS parked,
    COALESCE(
        EXTRACT(EPOCH FROM clock_timestamp() - min(due_at) FILTER (WHERE due_at <= clock_timestamp())), 0
    )::double precision AS age_s
FROM jobs
GROUP BY kind;

-- name: forget_parked
-- Parked jobs that nobody asked about.
DELETE FROM jobs
WHERE
    due_at IS NULL
    AND created_at < now() - $1::interval;
