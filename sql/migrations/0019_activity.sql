-- 0019_activity: on which days an account was used, so that those long abandoned are found. Safe while the old code runs.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE active_days (
    account bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    day date NOT NULL DEFAULT current_date,
    PRIMARY KEY (account, day)
);
COMMENT ON TABLE active_days IS 'days on which somebody signed in or a phone measured for this account, and nothing of what they did';
INSERT INTO active_days (account, day)
SELECT account, refreshed_at::date FROM sessions
UNION
SELECT account, last_seen_at::date FROM devices WHERE last_seen_at IS NOT NULL;

CREATE FUNCTION note_activity() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.active_days (account) VALUES (NEW.account) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION note_activity() FROM PUBLIC;
CREATE TRIGGER sessions_activity AFTER INSERT OR UPDATE OF refreshed_at ON sessions
FOR EACH ROW EXECUTE FUNCTION note_activity();
CREATE TRIGGER devices_activity AFTER INSERT OR UPDATE OF last_seen_at ON devices
FOR EACH ROW EXECUTE FUNCTION note_activity();

ALTER TABLE active_days ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY active_days_owner ON active_days TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY active_days_system ON active_days TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY active_days_administrator ON active_days FOR SELECT TO roadpulse_app
USING (current_setting('roadpulse.role', true) = 'administrator');
CREATE POLICY active_days_own ON active_days FOR SELECT TO roadpulse_app
USING (account = NULLIF(current_setting('roadpulse.person', true), '')::bigint);
GRANT SELECT ON active_days TO roadpulse_app;
GRANT SELECT (day), DELETE ON active_days TO roadpulse_system;

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP TRIGGER devices_activity ON devices;
DROP TRIGGER sessions_activity ON sessions;
DROP FUNCTION note_activity();
DROP TABLE active_days;
