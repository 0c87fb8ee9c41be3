-- name: file
-- A stored file, and whether one of these models has read it.
SELECT
    media.id,
    media.kind,
    EXISTS (
        SELECT
        FROM readings
        WHERE
            readings.media = media.id
            AND readings.model = ANY ($2::text[])
    ) AS is_read
FROM media
WHERE
    media.id = $1
    AND media.state = 'stored';

-- name: keep
-- What a model found in a file; who comes second changes nothing, and neither does who comes after its deletion.
INSERT INTO readings (media, model, person, quality, findings, took_ms)
SELECT
    media.id,
    $2,
    media.person,
    $3,
    $4,
    $5
FROM media
WHERE media.id = $1
ON CONFLICT (media, model) DO NOTHING;

-- name: judge
-- How good files are; a row for each of which nobody had said so before.
UPDATE media
SET quality = judged.quality
FROM unnest($1::uuid[], $2::jsonb[]) AS judged (media, quality)
WHERE
    media.id = judged.media
    AND media.quality IS NULL
    AND media.state = 'stored'
RETURNING
    media.id,
    media.person,
    media.kind;

-- name: refusal
-- Why a file is not kept; no row where it was deleted.
SELECT refusal
FROM media
WHERE id = $1;

-- name: refuse
-- The file turned out not to be readable; a row where it had not been refused before.
UPDATE media
SET
    state = 'failed',
    stored_at = NULL,
    refusal = $2
WHERE
    id = $1
    AND state = 'stored'
RETURNING
    person,
    kind;
