-- name: keep_provider
-- Makes an operator of the configuration exist under its slug.
INSERT INTO providers (slug, name, color)
VALUES ($1, $2, $3)
ON CONFLICT (slug) DO UPDATE
SET name = excluded.name,
    color = excluded.color
RETURNING id

-- name: keep_carriers
-- Aliases of the configuration, each under its operator.
INSERT INTO carriers (alias, provider)
SELECT alias, provider
FROM unnest($1::text[], $2::bigint[]) AS given (alias, provider)
ORDER BY alias
ON CONFLICT (alias) DO UPDATE
SET provider = excluded.provider

-- name: forget_carriers
-- Aliases that the configuration no longer has.
DELETE FROM carriers
WHERE NOT alias = ANY($1::text[])

-- name: all_providers
-- Operators by slug, for lists and for resolving names.
SELECT
    id,
    slug,
    name,
    color
FROM providers
ORDER BY slug
