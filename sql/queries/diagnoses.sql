-- lines {vehicle_and_outcome}:
vehicles.id AS vehicle_id,
vehicles.name AS vehicle_name,
vehicles.make AS vehicle_make,
vehicles.model AS vehicle_model,
vehicles.year AS vehicle_year,
vehicles.fuel AS vehicle_fuel,
vehicles.gearbox AS vehicle_gearbox,
vehicles.odometer_km AS vehicle_odometer_km,
vehicles.created_at AS vehicle_created_at,
outcomes.was_right AS outcome_was_right,
outcomes.cause AS outcome_cause,
outcomes.repaired AS outcome_repaired,
outcomes.comment AS outcome_comment,
outcomes.told_at AS outcome_told_at

-- name: own_files
-- Files of the viewer's among these.
SELECT
    id,
    kind,
    state,
    refusal
FROM media
WHERE id = ANY ($1::uuid[]);

-- name: room
-- Whether this is a car of the viewer's, how many of the viewer's diagnoses are under way, and how many jobs, counted no
-- further than this.
SELECT
    EXISTS (SELECT FROM vehicles WHERE id = $2) AS has_vehicle,
    (
        SELECT count(*)
        FROM diagnoses
        WHERE
            person = $1
            AND state IN ('queued', 'working')
    ) AS diagnoses,
    count_jobs($3) AS jobs;

-- name: open
-- A diagnosis that waits for a worker.
INSERT INTO diagnoses (person, vehicle, language, description, symptoms, codes, stage)
VALUES ($1, $2, $3, $4, $5, $6, 'queued')
RETURNING id;

-- name: attach
-- The files that it is to be made from, in the order given.
INSERT INTO diagnosis_media (diagnosis, media, person, position)
SELECT
    $1,
    file.media,
    $2,
    file.position
FROM unnest($3::uuid[]) WITH ORDINALITY AS file (media, position);

-- name: one
-- A diagnosis, its car, what became of it and which advice was taken up; NULLs where there is no car or no outcome.
SELECT
    diagnoses.id,
    diagnoses.version,
    diagnoses.person,
    diagnoses.language,
    diagnoses.description,
    diagnoses.symptoms,
    diagnoses.codes,
    diagnoses.answers,
    diagnoses.state,
    diagnoses.stage,
    diagnoses.created_at,
    diagnoses.started_at,
    diagnoses.ended_at,
    diagnoses.result,
    diagnoses.evidence,
    diagnoses.failure,
    {vehicle_and_outcome},
    (
        SELECT
            COALESCE(
                jsonb_agg(
                    jsonb_build_object(
                        'what', interactions.what, 'item', interactions.item,
                        'done', interactions.is_done, 'helped', interactions.helped
                    )
                    ORDER BY interactions.what, interactions.item
                ),
                '[]'
            )
        FROM interactions
        WHERE interactions.diagnosis = diagnoses.id
    ) AS interactions
FROM diagnoses
LEFT JOIN vehicles ON vehicles.id = diagnoses.vehicle
LEFT JOIN outcomes ON outcomes.diagnosis = diagnoses.id
WHERE diagnoses.id = $1;

-- name: some
-- The viewer's diagnoses below an id, the newest first, of one car or of all, with these words or with any; results only
-- as far as lists show them.
SELECT
    diagnoses.id,
    diagnoses.version,
    diagnoses.person,
    diagnoses.language,
    diagnoses.description,
    diagnoses.symptoms,
    diagnoses.codes,
    diagnoses.state,
    diagnoses.stage,
    diagnoses.created_at,
    diagnoses.started_at,
    diagnoses.ended_at,
    diagnoses.result -> 'verdict' AS verdict,
    diagnoses.failure,
    {vehicle_and_outcome}
FROM diagnoses
LEFT JOIN vehicles ON vehicles.id = diagnoses.vehicle
LEFT JOIN outcomes ON outcomes.diagnosis = diagnoses.id
WHERE
    ($1::bigint IS NULL OR diagnoses.vehicle = $1)
    AND ($2::bigint = 0 OR diagnoses.id < $2)
    AND ($4::text IS NULL OR diagnoses.id IN (SELECT diagnoses_with($4)))
ORDER BY diagnoses.id DESC
LIMIT $3;

-- name: files
-- The files of these diagnoses, in their order.
SELECT
    diagnosis_media.diagnosis,
    media.id,
    media.kind,
    media.content_type,
    media.bytes,
    media.sha256,
    media.state,
    media.captured_at,
    media.created_at,
    media.stored_at,
    media.refusal,
    media.quality
FROM diagnosis_media
JOIN media ON media.id = diagnosis_media.media
WHERE diagnosis_media.diagnosis = ANY ($1::bigint[])
ORDER BY
    diagnosis_media.diagnosis,
    diagnosis_media.position;

-- name: lock
-- Nobody else ranks this diagnosis meanwhile.
SELECT id
FROM diagnoses
WHERE id = $1
FOR UPDATE;

-- name: rank_anew
-- One answer more, and what it makes of the result.
UPDATE diagnoses
SET
    answers = $2,
    result = $3,
    version = version + 1
WHERE
    id = $1
    AND state = 'concluded';

-- name: touch
-- Something beside it changed that its readers want to know.
UPDATE diagnoses
SET version = version + 1
WHERE id = $1
RETURNING state;

-- name: tell_outcome
-- What it was in the end, as far as its owner knows, and what led the page that was judged; the latest word stands.
INSERT INTO outcomes (diagnosis, person, was_right, cause, comment, repaired, suspected)
SELECT
    diagnoses.id,
    $2,
    $3,
    $4,
    $5,
    $6,
    CASE
        WHEN (diagnoses.result #>> '{causes,0,probability}')::double precision > GREATEST(
            (diagnoses.result ->> 'healthy')::double precision, (diagnoses.result ->> 'unknown')::double precision
        ) THEN diagnoses.result #>> '{causes,0,id}'
    END
FROM diagnoses
WHERE diagnoses.id = $1
ON CONFLICT (diagnosis) DO UPDATE SET
    was_right = excluded.was_right,
    cause = excluded.cause,
    comment = excluded.comment,
    repaired = excluded.repaired,
    suspected = excluded.suspected,
    told_at = now();

-- name: delete
-- The diagnosis is forgotten; its files and its car stay.
DELETE FROM diagnoses
WHERE id = $1
RETURNING id;
