-- 0007_jobs: what workers have still to do, and the trail of diagnoses. Safe while the old code runs: adds only.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('examine', 'diagnose')),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 64),
    starts integer NOT NULL DEFAULT 0 CHECK (starts >= 0),
    worker text CHECK (length(worker) BETWEEN 1 AND 128),
    due_at timestamptz DEFAULT now(),
    failure text CHECK (length(failure) BETWEEN 1 AND 64),
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (worker IS NULL OR due_at IS NOT NULL)
);
COMMENT ON TABLE jobs IS 'a job''s end is its row''s deletion, in the transaction of what it came to';
COMMENT ON COLUMN jobs.subject IS 'the id of what it is about, and nothing else';
COMMENT ON COLUMN jobs.starts IS 'how often a worker took it; with the id it says whose it is now';
COMMENT ON COLUMN jobs.worker IS 'who has it; NULL while it waits';
COMMENT ON COLUMN jobs.due_at IS 'when it may be taken, of a taken one when its worker counts as dead; NULL: parked';
COMMENT ON COLUMN jobs.failure IS 'the code of the error in which it ended last';
CREATE UNIQUE INDEX jobs_open ON jobs (kind, subject) WHERE due_at IS NOT NULL;
CREATE INDEX jobs_due ON jobs (due_at, id) WHERE due_at IS NOT NULL;

CREATE FUNCTION announce_jobs() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_notify('roadpulse_jobs', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_announced AFTER INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION announce_jobs();

-- The doors may ask for work and see how much there is, and no more.

CREATE FUNCTION enqueue_job(given_kind text, given_subject text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO public.jobs (kind, subject)
    VALUES (given_kind, given_subject)
    ON CONFLICT (kind, subject) WHERE due_at IS NOT NULL DO NOTHING
    RETURNING true
$$;
COMMENT ON FUNCTION enqueue_job(text, text) IS 'NULL where the same job is open already';

CREATE FUNCTION count_jobs(most integer) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*)
    FROM (
        SELECT
        FROM public.jobs
        WHERE due_at IS NOT NULL
        LIMIT most
    ) AS open_job
$$;

REVOKE EXECUTE ON FUNCTION announce_jobs(), enqueue_job(text, text), count_jobs(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enqueue_job(text, text), count_jobs(integer) TO roadpulse_app, roadpulse_system;
GRANT SELECT, UPDATE, DELETE ON jobs TO roadpulse_system;

ALTER TABLE jobs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY jobs_owner ON jobs TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY jobs_system ON jobs TO roadpulse_system USING (true) WITH CHECK (true);

ALTER TABLE diagnoses ADD COLUMN evidence jsonb CHECK ((evidence IS NULL) = (result IS NULL));
COMMENT ON COLUMN diagnoses.evidence IS 'what it was concluded from, apart from the answers: each of them ranks it anew';

-- The trail of a diagnosis holds who did what to it when, and never what was said or found.

CREATE OR REPLACE FUNCTION audit_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - COALESCE(TG_ARGV, '{}') END;
    became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - COALESCE(TG_ARGV, '{}') END;
    identifier text := COALESCE(became, was) ->> 'id';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF was = became THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(old_column.key, old_column.value), jsonb_object_agg(old_column.key, became -> old_column.key)
        INTO was, became
        FROM jsonb_each(was) AS old_column
        WHERE old_column.value IS DISTINCT FROM became -> old_column.key;
    END IF;
    INSERT INTO public.audit (login, role, person, action, table_name, row_id, before, after)
    VALUES (
        session_user,
        NULLIF(current_setting('roadpulse.role', true), ''),
        NULLIF(current_setting('roadpulse.person', true), '')::bigint,
        lower(TG_OP),
        TG_TABLE_NAME,
        identifier,
        public.without_secrets(was),
        public.without_secrets(became)
    );
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit_change() IS
    'AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW, of any table with a column id; its arguments are columns left out';

CREATE TRIGGER diagnoses_audit AFTER INSERT OR UPDATE OF state, answers OR DELETE ON diagnoses
FOR EACH ROW EXECUTE FUNCTION audit_change('description', 'symptoms', 'codes', 'result', 'evidence', 'stage', 'version');

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP TRIGGER diagnoses_audit ON diagnoses;
ALTER TABLE diagnoses DROP COLUMN evidence;
CREATE OR REPLACE FUNCTION audit_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    identifier text := COALESCE(became, was) ->> 'id';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF was = became THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(old_column.key, old_column.value), jsonb_object_agg(old_column.key, became -> old_column.key)
        INTO was, became
        FROM jsonb_each(was) AS old_column
        WHERE old_column.value IS DISTINCT FROM became -> old_column.key;
    END IF;
    INSERT INTO public.audit (login, role, person, action, table_name, row_id, before, after)
    VALUES (
        session_user,
        NULLIF(current_setting('roadpulse.role', true), ''),
        NULLIF(current_setting('roadpulse.person', true), '')::bigint,
        lower(TG_OP),
        TG_TABLE_NAME,
        identifier,
        public.without_secrets(was),
        public.without_secrets(became)
    );
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit_change() IS 'AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW, of any table with a column id';
DROP FUNCTION count_jobs(integer);
DROP FUNCTION enqueue_job(text, text);
DROP TABLE jobs;
DROP FUNCTION announce_jobs();
