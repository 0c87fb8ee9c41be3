-- lines {file}:
id,
kind,
content_type,
bytes,
sha256,
state,
captured_at,
created_at,
stored_at,
refusal,
quality

-- name: lock_person
-- One at a time may begin an upload of this person's, so that quotas are counted right; ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('media', $1));

-- name: same_file
-- The viewer's own file of these bytes, whole or on its way.
SELECT
    id,
    state,
    received
FROM media
WHERE
    person = $1
    AND sha256 = $2
    AND bytes = $3
    AND kind = $4
    AND state <> 'failed';

-- name: touch
-- An upload that goes on is not forgotten.
UPDATE media SET received = received
WHERE id = $1;

-- name: held
-- What the viewer's files take together, and how many are on their way.
SELECT
    COALESCE(sum(bytes), 0)::bigint AS bytes,
    count(*) FILTER (WHERE state = 'receiving') AS receiving
FROM media
WHERE
    person = $1
    AND state <> 'failed';

-- name: begin
-- A file of which nothing has come yet.
INSERT INTO media (person, kind, content_type, bytes, sha256, captured_at)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id;

-- name: advance
-- One more piece is kept, if the file still stood where the piece begins.
UPDATE media
SET
    received = $3,
    pieces = pieces + 1
WHERE
    id = $1
    AND state = 'receiving'
    AND received = $2
    AND pieces < $4
RETURNING received;

-- name: course
-- How far an upload of the viewer's is.
SELECT
    kind,
    bytes,
    sha256,
    state,
    received,
    pieces,
    refusal,
    modified_at
FROM media
WHERE id = $1;

-- name: store
-- The file is whole and its hash is the one that was told, whoever sent how much of it.
UPDATE media
SET
    state = 'stored',
    received = bytes,
    stored_at = now()
WHERE
    id = $1
    AND state = 'receiving'
RETURNING id;

-- name: refuse
-- The file is not kept, for this reason.
UPDATE media
SET
    state = 'failed',
    stored_at = NULL,
    refusal = $2
WHERE
    id = $1
    AND state <> 'failed'
RETURNING person;

-- name: delete
-- A file of the viewer's; a trigger notes what of it lies in the store.
DELETE FROM media
WHERE id = $1
RETURNING id;

-- name: one
-- A file of the viewer's.
SELECT
    {file}
FROM media
WHERE id = $1;

-- name: some
-- The viewer's files, the newest first, from before a time and an id.
SELECT
    {file}
FROM media
WHERE
    ($1::text IS NULL OR kind = $1)
    AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
ORDER BY created_at DESC, id DESC
LIMIT $4;

-- name: many
-- Those of these files that the viewer may see.
SELECT
    {file}
FROM media
WHERE id = ANY ($1::uuid[]);

-- name: add_link
-- A link to a copy; NULL where the file has as many open ones as it may have.
INSERT INTO media_links (hash, media, person, expires_at)
SELECT
    $1,
    $2,
    $3,
    now() + $4::interval
WHERE $5 > (
    SELECT count(*)
    FROM media_links
    WHERE
        media = $2
        AND revoked_at IS NULL
        AND expires_at > now()
)
RETURNING expires_at;

-- name: revoke_links
-- From now on nobody sees the file by a link that was given before.
UPDATE media_links
SET revoked_at = now()
WHERE
    media = $1
    AND revoked_at IS NULL;

-- name: shared
-- What a link shows; no row for one that is unknown, expired or revoked, or whose owner is suspended.
SELECT
    media,
    kind,
    expires_at
FROM shared_media($1);

-- name: expire
-- Uploads that nobody went on with; a few at a time, so that no lock is held for long.
WITH forgotten AS (
    SELECT id
    FROM media
    WHERE
        state = 'receiving'
        AND modified_at < now() - $1::interval
    ORDER BY modified_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
UPDATE media
SET
    state = 'failed',
    refusal = 'upload_expired'
FROM forgotten
WHERE media.id = forgotten.id
RETURNING media.id;

-- name: forget_failed
-- What was refused long ago; its owner has seen it or never will.
DELETE FROM media
WHERE
    state = 'failed'
    AND modified_at < now() - $1::interval;

-- name: forget_links
-- Links that open nothing any more.
DELETE FROM media_links
WHERE expires_at < now();

-- name: leftovers
-- Files of which objects may lie in the store, with how the file stands; those just ended may still be written to.
SELECT
    media_leftovers.media,
    media.state
FROM media_leftovers
LEFT JOIN media ON media.id = media_leftovers.media
WHERE media_leftovers.since < now() - $1::interval
ORDER BY media_leftovers.since
LIMIT $2;

-- name: cleared
-- Nothing of this file lies in the store any more that nobody needs.
DELETE FROM media_leftovers
WHERE
    media = $1
    AND since < now() - $2::interval;
