-- 0001_providers: operators and what phones call them. Filled from the configuration at start.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE providers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    color text NOT NULL DEFAULT '#888888' CHECK (color ~ '^#[0-9a-f]{6}$'),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE providers IS 'mobile operators; public knowledge, so without row-level security';

CREATE TABLE carriers (
    alias text PRIMARY KEY CHECK (length(alias) BETWEEN 1 AND 128),
    provider bigint NOT NULL REFERENCES providers ON DELETE CASCADE
);
COMMENT ON COLUMN carriers.alias IS 'name, alias or MCC-MNC without case, spaces, dashes and underscores';

GRANT SELECT ON providers TO roadpulse_app, roadpulse_system, roadpulse_analyst;
GRANT INSERT, UPDATE ON providers TO roadpulse_system;
GRANT SELECT ON carriers TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON carriers TO roadpulse_system;

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP TABLE carriers;
DROP TABLE providers;
