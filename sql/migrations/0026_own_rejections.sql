-- 0026_own_rejections: what was set aside of one person's phones is found without reading everybody's. Safe while the old code
-- runs: adds only.
-- migrate:up
SET LOCAL lock_timeout = '4s';
CREATE INDEX quarantine_subject ON quarantine (subject, received_at);

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP INDEX quarantine_subject;
