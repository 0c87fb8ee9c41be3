-- name: begin
-- A worker begins, or begins again after another that died; no row where there is nothing left to do.
UPDATE diagnoses
SET
    state = 'working',
    stage = 'quality',
    starts = starts + 1,
    started_at = COALESCE(started_at, clock_timestamp()),
    version = version + 1
WHERE
    id = $1
    AND state IN ('queued', 'working')
RETURNING
    id,
    person,
    description,
    symptoms,
    codes;

-- name: files
-- What it is to be made from.
SELECT
    media.id,
    media.kind,
    media.state,
    media.refusal,
    media.quality
FROM diagnosis_media
JOIN media ON media.id = diagnosis_media.media
WHERE diagnosis_media.diagnosis = $1
ORDER BY diagnosis_media.position;

-- name: vehicle
-- The car as it is known now.
SELECT
    vehicles.fuel,
    vehicles.gearbox,
    vehicles.year,
    vehicles.odometer_km
FROM diagnoses
JOIN vehicles ON vehicles.id = diagnoses.vehicle
WHERE diagnoses.id = $1;

-- name: advance
-- How far it is.
UPDATE diagnoses
SET
    stage = $2,
    version = version + 1
WHERE
    id = $1
    AND state = 'working'
RETURNING version;

-- name: conclude
-- The one result that it will ever have; no row where it has ended already or is no more.
UPDATE diagnoses
SET
    state = 'concluded',
    stage = NULL,
    result = $2,
    evidence = $3,
    ended_at = clock_timestamp(),
    version = version + 1
WHERE
    id = $1
    AND state = 'working'
RETURNING id;

-- name: fail
-- It ends without a result, for this reason.
UPDATE diagnoses
SET
    state = 'failed',
    stage = NULL,
    failure = $2,
    ended_at = clock_timestamp(),
    version = version + 1
WHERE
    id = $1
    AND state IN ('queued', 'working')
RETURNING person;
