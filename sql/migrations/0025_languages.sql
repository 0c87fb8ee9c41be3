-- 0025_languages: an account says nothing of its language until its person has chosen one. Safe while the old code runs, which
-- always says one.
-- migrate:up
SET LOCAL lock_timeout = '4s';
ALTER TABLE accounts
ALTER COLUMN language DROP DEFAULT,
ALTER COLUMN language DROP NOT NULL;
COMMENT ON COLUMN accounts.language IS 'NULL: never chosen, so that pages speak as the browser does';
-- English was what everybody had who never chose.
UPDATE accounts SET language = NULL
WHERE language = 'en';

-- migrate:down
SET LOCAL lock_timeout = '4s';
COMMENT ON COLUMN accounts.language IS NULL;
UPDATE accounts SET language = 'en'
WHERE language IS NULL;
ALTER TABLE accounts
ALTER COLUMN language SET DEFAULT 'en',
ALTER COLUMN language SET NOT NULL;
