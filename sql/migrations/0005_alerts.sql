-- 0005_alerts: rules, what the judge remembers, alerts with their history, and the outbox of events.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE rules (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider bigint NOT NULL REFERENCES providers,
    name text CHECK (length(name) BETWEEN 1 AND 128),
    kpi text NOT NULL CHECK (kpi IN (
        'signal_dbm', 'download_mbps', 'upload_mbps', 'latency_ms', 'jitter_ms', 'packet_loss_pct', 'connected'
    )),
    statistic text NOT NULL CHECK (statistic IN ('mean', 'p50', 'p95', 'count', 'share_connected')),
    comparison text NOT NULL CHECK (comparison IN ('above', 'below')),
    threshold double precision NOT NULL CHECK (threshold BETWEEN -1e9 AND 1e9),
    cell bigint,
    generation text,
    window_s integer NOT NULL CHECK (window_s BETWEEN 60 AND 86400 AND window_s % 60 = 0),
    for_s integer NOT NULL CHECK (for_s BETWEEN 0 AND 86400),
    keep_firing_for_s integer NOT NULL CHECK (keep_firing_for_s BETWEEN 0 AND 86400),
    min_samples integer NOT NULL CHECK (min_samples BETWEEN 0 AND 1000000),
    severity text NOT NULL CHECK (severity IN ('critical', 'major', 'minor', 'info')),
    enabled boolean NOT NULL DEFAULT true,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    modified_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN rules.cell IS 'H3 resolution 6; NULL judges the provider as a whole';
COMMENT ON COLUMN rules.deleted_at IS 'a deleted rule stays for the alerts it opened; it judges nothing';
CREATE INDEX rules_provider ON rules (provider) WHERE deleted_at IS NULL;

CREATE TABLE rule_states (
    rule bigint PRIMARY KEY REFERENCES rules ON DELETE CASCADE,
    state jsonb NOT NULL
);
COMMENT ON TABLE rule_states IS 'where each rule''s state machine stands (network/phases.py)';

CREATE TABLE baselines (
    provider bigint NOT NULL,
    cell bigint NOT NULL,
    kpi text NOT NULL,
    judged_until timestamptz NOT NULL,
    baseline bytea NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (provider, cell, kpi)
);
COMMENT ON TABLE baselines IS 'what the adaptive detector has learnt of each series (network/baseline.py); cell 0 is the provider as a whole';

CREATE TABLE alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version bigint NOT NULL DEFAULT 1,
    provider bigint NOT NULL REFERENCES providers,
    rule bigint REFERENCES rules,
    state text NOT NULL CHECK (state IN ('firing', 'clearing', 'cleared')),
    severity text NOT NULL CHECK (severity IN ('critical', 'major', 'minor', 'info')),
    cause text NOT NULL,
    kpi text NOT NULL,
    statistic text NOT NULL,
    value double precision,
    threshold double precision,
    samples bigint NOT NULL,
    devices bigint NOT NULL,
    cell bigint,
    generation text,
    cells bigint[] NOT NULL DEFAULT '{}',
    certainty text CHECK (certainty IN ('learning', 'fair', 'sure')),
    flapping boolean NOT NULL DEFAULT false,
    reason text NOT NULL,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    cleared_at timestamptz,
    acknowledged_by bigint REFERENCES accounts,
    acknowledged_name text,
    acknowledged_as text CHECK (acknowledged_as IN ('critical', 'major', 'minor', 'info')),
    snoozed_until timestamptz,
    CHECK ((cleared_at IS NULL) = (state <> 'cleared'))
);
COMMENT ON COLUMN alerts.rule IS 'NULL when the adaptive detector found it';
COMMENT ON COLUMN alerts.cells IS 'where it is seen, when the provider as a whole is the place';
COMMENT ON COLUMN alerts.certainty IS 'how sure the adaptive detector is; NULL for a rule';
COMMENT ON COLUMN alerts.acknowledged_as IS 'the severity it had when somebody took it: a rise calls again';
CREATE INDEX alerts_open ON alerts (provider) WHERE state <> 'cleared';
CREATE INDEX alerts_time ON alerts (provider, opened_at);
CREATE UNIQUE INDEX alerts_one_open_per_rule ON alerts (rule) WHERE state <> 'cleared' AND rule IS NOT NULL;
CREATE UNIQUE INDEX alerts_one_open_per_series ON alerts (provider, coalesce(cell, 0), cause)
    WHERE state <> 'cleared' AND rule IS NULL;

CREATE TABLE alert_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert bigint NOT NULL REFERENCES alerts,
    provider bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    action text NOT NULL,
    person bigint,
    detail jsonb NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE alert_history IS 'opened, changed and cleared by the judge; acknowledged and snoozed by people';
CREATE INDEX alert_history_alert ON alert_history (alert, id);

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel text NOT NULL,
    event text NOT NULL,
    data jsonb NOT NULL,
    person bigint,
    provider bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz,
    confirmed_at timestamptz
);
COMMENT ON TABLE events IS 'the outbox: written with the thing itself, published after the commit';
CREATE INDEX events_unpublished ON events (id) WHERE published_at IS NULL;
CREATE INDEX events_unconfirmed ON events (person, id) WHERE confirmed_at IS NULL AND person IS NOT NULL;
CREATE INDEX events_time ON events (created_at);

CREATE FUNCTION announce_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('roadpulse_events', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER events_announced AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION announce_events();

ALTER TABLE rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE rules FORCE ROW LEVEL SECURITY;
CREATE POLICY rules_system ON rules TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY rules_owner ON rules TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY rules_app ON rules TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT, INSERT, UPDATE ON rules TO roadpulse_app;
GRANT SELECT ON rules TO roadpulse_system;

GRANT SELECT, INSERT, UPDATE, DELETE ON rule_states, baselines TO roadpulse_system;

ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY alerts_system ON alerts TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY alerts_owner ON alerts TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY alerts_app ON alerts TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON alerts TO roadpulse_app;
GRANT UPDATE (version, changed_at, acknowledged_by, acknowledged_name, acknowledged_as, snoozed_until) ON alerts TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE ON alerts TO roadpulse_system;

ALTER TABLE alert_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_history FORCE ROW LEVEL SECURITY;
CREATE POLICY alert_history_system ON alert_history TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY alert_history_owner ON alert_history TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY alert_history_app ON alert_history TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT, INSERT ON alert_history TO roadpulse_app, roadpulse_system;

ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY events_system ON events TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY events_owner ON events TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY events_app ON events TO roadpulse_app USING (
    person = NULLIF(current_setting('roadpulse.person', true), '')::bigint
    OR (
        person IS NULL
        AND (
            current_setting('roadpulse.role', true) = 'administrator'
            OR (
                current_setting('roadpulse.role', true) = 'operator'
                AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
            )
        )
    )
);
GRANT SELECT, INSERT ON events TO roadpulse_app;
GRANT UPDATE (confirmed_at) ON events TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON events TO roadpulse_system;

CREATE TRIGGER rules_audited AFTER INSERT OR UPDATE OR DELETE ON rules
FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER alerts_audited AFTER UPDATE OF acknowledged_by, snoozed_until ON alerts
FOR EACH ROW EXECUTE FUNCTION audit_change();

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP TABLE events;
DROP FUNCTION announce_events();
DROP TABLE alert_history;
DROP TABLE alerts;
DROP TABLE baselines;
DROP TABLE rule_states;
DROP TABLE rules;
