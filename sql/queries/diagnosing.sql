-- name: begin
-- A worker begins, or begins again after another that died, with the car as it is known now; no row where there is
-- nothing left to do.
WITH begun AS (
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
        version,
        person,
        vehicle,
        description,
        symptoms,
        codes
)
SELECT
    begun.id,
    begun.version,
    begun.person,
    begun.vehicle,
    begun.description,
    begun.symptoms,
    begun.codes,
    vehicles.fuel,
    vehicles.gearbox,
    vehicles.year,
    vehicles.odometer_km
FROM begun
LEFT JOIN vehicles ON vehicles.id = begun.vehicle;

-- name: history
-- What its owner told of the other diagnoses of this car, the latest first.
SELECT
    outcomes.was_right,
    outcomes.cause,
    outcomes.suspected,
    outcomes.repaired,
    outcomes.told_at
FROM diagnoses
JOIN outcomes ON outcomes.diagnosis = diagnoses.id
WHERE
    diagnoses.vehicle = $1
    AND diagnoses.id <> $2
ORDER BY outcomes.told_at DESC
LIMIT 50;

-- name: files
-- What it is to be made from, with what these models found in it before; NULLs where they have not read it.
SELECT
    media.id AS media,
    media.kind,
    media.state,
    media.refusal,
    media.quality AS judged,
    readings.model,
    readings.quality,
    readings.findings,
    readings.took_ms
FROM diagnosis_media
JOIN media ON media.id = diagnosis_media.media
LEFT JOIN readings ON readings.media = media.id AND readings.model = ANY ($2::text[])
WHERE diagnosis_media.diagnosis = $1
ORDER BY diagnosis_media.position;

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
