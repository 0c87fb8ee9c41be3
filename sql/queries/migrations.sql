-- name: exists
-- Whether any migration was ever applied here.
SELECT to_regclass('public.schema_migrations') IS NOT NULL;

-- name: create
-- The list of applied migrations; dbmate's own table and column, with the file's digest besides.
CREATE TABLE IF NOT EXISTS public.schema_migrations (
    version varchar(128) PRIMARY KEY,
    sha256 text,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: add_digest
-- Takes over a database whose first migrations were applied with dbmate.
ALTER TABLE public.schema_migrations
    ADD COLUMN IF NOT EXISTS sha256 text,
    ADD COLUMN IF NOT EXISTS applied_at timestamptz NOT NULL DEFAULT now();

-- name: try_lock
-- One migrator at a time; held by the session. Never the waiting form: CREATE INDEX CONCURRENTLY waits for the
-- transactions of those who wait, and both would wait for ever.
SELECT pg_try_advisory_lock(7263548170);

-- name: applied
-- Everything applied, in order; sha256 is NULL where dbmate did it.
SELECT
    version,
    sha256
FROM public.schema_migrations
ORDER BY version;

-- name: versions
-- Everything applied, as far as those who serve may know.
SELECT version
FROM public.schema_migrations;

-- name: record
-- A migration was applied.
INSERT INTO public.schema_migrations (version, sha256)
VALUES ($1, $2);

-- name: forget
-- A migration was taken back.
DELETE FROM public.schema_migrations
WHERE version = $1;
