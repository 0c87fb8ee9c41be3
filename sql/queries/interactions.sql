-- name: standing
-- The state of a diagnosis of the viewer's, and how many pieces of its advice were taken up apart from these.
SELECT
    diagnoses.state,
    (
        SELECT count(*)
        FROM interactions
        WHERE
            interactions.diagnosis = diagnoses.id
            AND interactions.what || ':' || interactions.item <> ALL ($2::text[])
    ) AS others
FROM diagnoses
WHERE diagnoses.id = $1;

-- name: keep
-- Advice that was taken up; the latest word of each piece stands. In one order, so that two at once do not wait for each other
-- in a ring.
INSERT INTO interactions (diagnosis, person, what, item, is_done, helped)
SELECT
    $1,
    $2,
    told.what,
    told.item,
    told.is_done,
    told.helped
FROM unnest($3::text[], $4::text[], $5::boolean[], $6::boolean[]) AS told (what, item, is_done, helped)
ORDER BY
    told.what,
    told.item
ON CONFLICT (diagnosis, what, item) DO UPDATE SET
    is_done = excluded.is_done,
    helped = excluded.helped,
    changed_at = now();
