-- 0022_interactions: which advice of a result page was followed, and whether it helped. Safe while the old code runs: adds
-- only.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE interactions (
    diagnosis bigint NOT NULL REFERENCES diagnoses ON DELETE CASCADE,
    person bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    what text NOT NULL CHECK (what IN ('step', 'video', 'part', 'check')),
    item text NOT NULL CHECK (length(item) BETWEEN 1 AND 80),
    is_done boolean NOT NULL DEFAULT false,
    helped boolean,
    opened_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (diagnosis, what, item)
);
COMMENT ON TABLE interactions IS 'advice that its reader took up: a row a piece of advice, however often it is told';
COMMENT ON COLUMN interactions.item IS 'a check by its id, the video of a cause by the cause''s, steps and parts as `cause/number` from 1';
COMMENT ON COLUMN interactions.helped IS 'NULL: not told';
CREATE INDEX interactions_person ON interactions (person);

GRANT SELECT, INSERT ON interactions TO roadpulse_app;
GRANT UPDATE (is_done, helped, changed_at) ON interactions TO roadpulse_app;
GRANT SELECT ON interactions TO roadpulse_system;

ALTER TABLE interactions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY interactions_owner ON interactions TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY interactions_system ON interactions TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY interactions_own ON interactions TO roadpulse_app
USING (person = NULLIF(current_setting('roadpulse.person', true), '')::bigint)
WITH CHECK (
    person = NULLIF(current_setting('roadpulse.person', true), '')::bigint
    AND EXISTS (SELECT FROM diagnoses WHERE diagnoses.id = interactions.diagnosis)
);

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP TABLE interactions;
