-- 0015_versions: whoever serves may see which migrations were applied, and does not start where one of its own is missing.
-- Safe while the old code runs: adds only.
-- migrate:up
SET LOCAL lock_timeout = '4s';
GRANT SELECT (version) ON schema_migrations TO roadpulse_system;

-- migrate:down
SET LOCAL lock_timeout = '4s';
REVOKE SELECT (version) ON schema_migrations FROM roadpulse_system;
