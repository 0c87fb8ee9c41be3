-- lines {rule}:
rules.id, providers.slug AS provider, rules.name, rules.kpi, rules.statistic, rules.comparison, rules.threshold,
rules.cell, rules.generation, rules.window_s, rules.for_s, rules.keep_firing_for_s, rules.min_samples,
rules.severity, rules.enabled, rules.created_at, rules.modified_at

-- name: some
-- A page of rules that the viewer may see and nobody deleted, by id, after $2.
SELECT
    {rule}
FROM rules
JOIN providers ON providers.id = rules.provider
WHERE rules.deleted_at IS NULL
    AND ($1::text IS NULL OR providers.slug = $1)
    AND rules.id > $2
ORDER BY rules.id
LIMIT $3

-- name: one
-- A rule that the viewer may see.
SELECT
    {rule}
FROM rules
JOIN providers ON providers.id = rules.provider
WHERE rules.deleted_at IS NULL
    AND rules.id = $1

-- name: add
-- A new rule.
INSERT INTO rules (
    provider, name, kpi, statistic, comparison, threshold, cell, generation, window_s, for_s, keep_firing_for_s,
    min_samples, severity, enabled
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
RETURNING id

-- name: change
-- What may change of a rule; what it measures stays, since its alerts tell of that.
UPDATE rules
SET
    name = $2,
    threshold = $3,
    window_s = $4,
    for_s = $5,
    keep_firing_for_s = $6,
    min_samples = $7,
    severity = $8,
    enabled = $9,
    modified_at = now()
WHERE id = $1
    AND deleted_at IS NULL
RETURNING id

-- name: count
-- How many rules a provider has.
SELECT count(*)
FROM rules
WHERE provider = $1
    AND deleted_at IS NULL

-- name: delete
-- A rule that judges no more; its alerts clear at the next step.
UPDATE rules
SET
    deleted_at = now(),
    modified_at = now()
WHERE id = $1
    AND deleted_at IS NULL
RETURNING id
