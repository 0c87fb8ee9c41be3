-- lines {superseding}:
UPDATE events
SET confirmed_at = now()
WHERE
    person = $1
    AND confirmed_at IS NULL
    AND event = ANY ($2::text[])
    AND data ->> 'id' = $3

-- name: add
-- What happened, in the transaction of the thing itself and in the order given; a trigger wakes the publisher.
INSERT INTO events (channel, event, data, person, provider)
SELECT
    happening.channel,
    happening.event,
    happening.data,
    happening.person,
    happening.provider
FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::bigint[], $5::bigint[]) WITH ORDINALITY
    AS happening (channel, event, data, person, provider, position)
ORDER BY happening.position;

-- name: replace
-- The same for one person, in place of what such events told of the same row and was not confirmed.
WITH superseded AS (
    {superseding}
)
INSERT INTO events (person, channel, event, data)
VALUES ($1, $4, $5, $6);

-- name: notice_dead_peers
-- Lets the server find out within seconds that this connection's machine is gone, and with it the lock free.
SELECT
    set_config('tcp_keepalives_idle', '2', false),
    set_config('tcp_keepalives_interval', '1', false),
    set_config('tcp_keepalives_count', '3', false);

-- name: try_lead
-- One publisher in the whole fleet; the lock is the session's and ends with its connection.
SELECT pg_try_advisory_lock(7263548171);

-- name: unpublished
-- What is still to be published. Never "above the last id": ids become visible out of their order.
SELECT
    id,
    channel,
    event,
    data::text AS data
FROM events
WHERE published_at IS NULL
ORDER BY id
LIMIT $1;

-- name: mark_published
-- These are in Redis now.
UPDATE events
SET published_at = now()
WHERE id = ANY ($1::bigint[]);

-- name: queue_age
-- Seconds that the oldest unpublished event has been waiting; no row when none is.
SELECT EXTRACT(EPOCH FROM clock_timestamp() - created_at)::double precision
FROM events
WHERE published_at IS NULL
ORDER BY id
LIMIT 1;

-- name: sweep
-- Removes some events that nobody needs any more: published long ago, and confirmed if they were for one person.
WITH stale AS (
    SELECT id
    FROM events
    WHERE
        created_at < now() - $1::interval
        AND published_at IS NOT NULL
        AND (person IS NULL OR confirmed_at IS NOT NULL)
    ORDER BY created_at
    LIMIT $2
)
DELETE FROM events
USING stale
WHERE events.id = stale.id;

-- name: unconfirmed
-- What a person was told and has not confirmed yet, the oldest first.
SELECT
    id,
    event,
    data
FROM events
WHERE
    person = $1
    AND confirmed_at IS NULL
ORDER BY id
LIMIT $2;

-- name: confirm
-- The person has these; gives how many of them were not confirmed before.
WITH confirmed AS (
    UPDATE events
    SET confirmed_at = now()
    WHERE
        id = ANY ($2::bigint[])
        AND person = $1
        AND confirmed_at IS NULL
    RETURNING id
)
SELECT count(*)
FROM confirmed;

-- name: supersede
-- What a person was told of this and has not confirmed need not be said again: newer words replace it.
{superseding}
