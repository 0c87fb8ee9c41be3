-- 0020_repairs: an outcome also says which cause had been thought the most probable, and whether the fault was repaired, so
-- that the next diagnosis of the same car can build on it. Safe while the old code runs: adds only.
-- migrate:up
SET LOCAL lock_timeout = '4s';

ALTER TABLE outcomes
ADD COLUMN suspected text CHECK (length(suspected) BETWEEN 1 AND 64),
ADD COLUMN repaired boolean;
COMMENT ON COLUMN outcomes.suspected IS 'the cause that led the page when this was told; NULL where health or the unknown did';
COMMENT ON COLUMN outcomes.repaired IS 'NULL: not told';
GRANT UPDATE (suspected, repaired) ON outcomes TO roadpulse_app;

-- Not in the trail either: it holds no word of what is wrong with whose car.
DROP TRIGGER outcomes_audit ON outcomes;
UPDATE outcomes
SET suspected = diagnoses.result #>> '{causes,0,id}'
FROM diagnoses
WHERE
    diagnoses.id = outcomes.diagnosis
    AND (diagnoses.result #>> '{causes,0,probability}')::double precision > GREATEST(
        (diagnoses.result ->> 'healthy')::double precision, (diagnoses.result ->> 'unknown')::double precision
    );
CREATE TRIGGER outcomes_audit AFTER INSERT OR UPDATE OR DELETE ON outcomes
FOR EACH ROW EXECUTE FUNCTION audit_change('was_right', 'cause', 'comment', 'suspected', 'repaired');

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP TRIGGER outcomes_audit ON outcomes;
ALTER TABLE outcomes DROP COLUMN repaired, DROP COLUMN suspected;
CREATE TRIGGER outcomes_audit AFTER INSERT OR UPDATE OR DELETE ON outcomes
FOR EACH ROW EXECUTE FUNCTION audit_change('was_right', 'cause', 'comment');
