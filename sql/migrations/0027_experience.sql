-- 0027_experience: how causes turned out in what drivers told, against how often they had been expected; diagnoses keep what
-- was expected. Safe while the old code runs: adds only.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE experience (
    cause text PRIMARY KEY CHECK (length(cause) BETWEEN 1 AND 64),
    voices bigint NOT NULL CHECK (voices > 0),
    expected double precision NOT NULL CHECK (expected >= 0),
    confirmed double precision NOT NULL CHECK (confirmed >= 0)
);
COMMENT ON TABLE experience IS 'counts over many people, each one voice: nobody can be told from them';

GRANT SELECT, INSERT, UPDATE, DELETE ON experience TO roadpulse_system;

ALTER TABLE experience ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY experience_owner ON experience TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY experience_system ON experience TO roadpulse_system USING (true) WITH CHECK (true);

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP TABLE experience;
