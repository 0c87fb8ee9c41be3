-- name: learn
-- Counts how causes turned out in the outcomes of $1 days: what each voice expected and confirmed on average, for causes
-- of at least $2 voices; gives how many these are. Counted by several machines at once it is the same.
WITH told AS (
    SELECT
        outcomes.person,
        diagnoses.evidence -> 'expected' AS expected,
        COALESCE(outcomes.cause, CASE WHEN outcomes.was_right THEN outcomes.suspected END) AS truth
    FROM outcomes
    JOIN diagnoses ON diagnoses.id = outcomes.diagnosis
    WHERE
        outcomes.was_right IS NOT NULL
        AND outcomes.told_at >= now() - make_interval(days => $1)
        AND diagnoses.evidence ? 'expected'
),
judged AS (
    SELECT
        told.person,
        expectation.key AS cause,
        expectation.value::double precision AS expected,
        COALESCE(expectation.key = told.truth, false)::integer AS confirmed
    FROM told
    CROSS JOIN LATERAL jsonb_each_text(told.expected) AS expectation
    UNION ALL
    SELECT
        person,
        truth,
        0,
        1
    FROM told
    WHERE
        truth IS NOT NULL
        AND NOT expected ? truth
),
voices AS (
    SELECT
        cause,
        avg(expected) AS expected,
        avg(confirmed) AS confirmed
    FROM judged
    GROUP BY
        cause,
        person
),
counted AS (
    INSERT INTO experience (cause, voices, expected, confirmed)
    SELECT
        cause,
        count(*),
        sum(expected),
        sum(confirmed)
    FROM voices
    WHERE length(cause) BETWEEN 1 AND 64
    GROUP BY cause
    HAVING count(*) >= $2::bigint
    ORDER BY cause
    ON CONFLICT (cause) DO UPDATE
    SET
        voices = excluded.voices,
        expected = excluded.expected,
        confirmed = excluded.confirmed
    RETURNING cause
),
dropped AS (
    DELETE FROM experience
    WHERE NOT EXISTS (SELECT FROM counted WHERE counted.cause = experience.cause)
)
SELECT count(*)
FROM counted;

-- name: all
-- How causes turned out.
SELECT
    cause,
    voices,
    expected,
    confirmed
FROM experience
ORDER BY cause;
