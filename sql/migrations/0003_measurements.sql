-- 0003_measurements: streams with their fence, measurements by day, the ledger that roll-ups follow, the quarantine.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE streams (
    id uuid PRIMARY KEY,
    device bigint NOT NULL REFERENCES devices,
    last_seq bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    replaces uuid,
    lost bigint NOT NULL DEFAULT 0 CHECK (lost >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE streams IS 'a device''s spools; last_seq is the fence that keeps each batch exactly once';
COMMENT ON COLUMN streams.lost IS 'measurements that the device says went with the stream this one replaces';
CREATE INDEX streams_device ON streams (device);

CREATE SEQUENCE batches AS bigint;

CREATE TABLE measurements (
    batch bigint NOT NULL,
    position integer NOT NULL,
    stream uuid NOT NULL,
    seq bigint NOT NULL,
    item integer NOT NULL,
    received_at timestamptz NOT NULL,
    measured_at timestamptz NOT NULL,
    device bigint NOT NULL,
    subject bigint NOT NULL,
    provider bigint NOT NULL,
    cell bigint NOT NULL,
    suspect boolean NOT NULL,
    signal_dbm real,
    download_mbps real,
    upload_mbps real,
    latency_ms real,
    jitter_ms real,
    packet_loss_pct real,
    latitude double precision,
    longitude double precision,
    accuracy_m real,
    connected boolean,
    generation text NOT NULL,
    carrier text NOT NULL,
    network_type text,
    device_info text,
    app_version text,
    CONSTRAINT measurements_wire_bounds CHECK (
        signal_dbm > -150 AND signal_dbm < 0
        AND download_mbps >= 0 AND download_mbps <= 10000
        AND upload_mbps >= 0 AND upload_mbps <= 10000
        AND latency_ms >= 0 AND latency_ms <= 10000
        AND jitter_ms >= 0 AND jitter_ms <= 10000
        AND packet_loss_pct >= 0 AND packet_loss_pct <= 100
        AND latitude >= -90 AND latitude <= 90
        AND longitude >= -180 AND longitude <= 180
        AND accuracy_m >= 0 AND accuracy_m <= 100000
    ),
    CONSTRAINT measurements_place_whole CHECK ((latitude IS NULL) = (longitude IS NULL))
) PARTITION BY RANGE (measured_at);
COMMENT ON TABLE measurements IS
    'what phones measured; its identity is (batch, position), where batch is one committed flush; '
    'no unique index and no foreign key: the fence and the checks at ingest stand for them';
COMMENT ON COLUMN measurements.stream IS 'nil for measurements that came without a stream (REST, at least once)';
COMMENT ON COLUMN measurements.cell IS 'H3 resolution 8; 0 without a place';
COMMENT ON COLUMN measurements.provider IS '0 when no operator has this carrier; visible to administrators only';
COMMENT ON COLUMN measurements.suspect IS 'inside the wire bounds, outside the plausible ranges';
CREATE INDEX measurements_batch ON measurements (batch);
CREATE INDEX measurements_provider_time ON measurements (provider, measured_at);

ALTER TABLE measurements ENABLE ROW LEVEL SECURITY;
ALTER TABLE measurements FORCE ROW LEVEL SECURITY;
CREATE POLICY measurements_system ON measurements TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY measurements_owner ON measurements TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY measurements_app ON measurements FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
    OR subject = NULLIF(current_setting('roadpulse.person', true), '')::bigint
);
GRANT SELECT ON measurements TO roadpulse_system, roadpulse_app;

CREATE TABLE ledger (
    batch bigint PRIMARY KEY,
    rows integer NOT NULL CHECK (rows > 0),
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE ledger IS 'committed flushes that the roll-ups do not hold yet';
ALTER TABLE ledger SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE TABLE quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now(),
    device bigint NOT NULL,
    subject bigint NOT NULL,
    stream uuid NOT NULL,
    seq bigint NOT NULL,
    item integer NOT NULL,
    path text NOT NULL,
    reason text NOT NULL,
    raw bytea NOT NULL
);
COMMENT ON COLUMN quarantine.raw IS 'the item as it came, as bytes: it may hold what jsonb cannot';
CREATE INDEX quarantine_time ON quarantine (received_at);
CREATE INDEX quarantine_stream ON quarantine (stream, seq);
ALTER TABLE quarantine ENABLE ROW LEVEL SECURITY;
ALTER TABLE quarantine FORCE ROW LEVEL SECURITY;
CREATE POLICY quarantine_system ON quarantine TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY quarantine_owner ON quarantine TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY quarantine_app ON quarantine FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR subject = NULLIF(current_setting('roadpulse.person', true), '')::bigint
);
GRANT SELECT ON quarantine TO roadpulse_app;

GRANT SELECT, INSERT, UPDATE ON streams TO roadpulse_system;
GRANT USAGE ON SEQUENCE batches TO roadpulse_system;
GRANT SELECT, INSERT, DELETE, UPDATE ON ledger TO roadpulse_system;
GRANT SELECT ON ledger TO roadpulse_app;
GRANT SELECT, INSERT, DELETE ON quarantine TO roadpulse_system;

CREATE FUNCTION ensure_day(wanted date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    leaf text := 'measurements_' || to_char(wanted, 'YYYYMMDD');
BEGIN
    IF to_regclass('public.' || leaf) IS NOT NULL THEN
        RETURN leaf;
    END IF;
    -- Two servers that meet the same new day take turns; attaching does not stop readers or writers.
    PERFORM pg_advisory_xact_lock(hashtext('roadpulse.days'));
    -- Asked of the catalogue itself: to_regclass may still remember that there was none before the lock.
    IF NOT EXISTS (SELECT FROM pg_class WHERE relname = leaf AND relnamespace = 'public'::regnamespace) THEN
        EXECUTE format(
            'CREATE TABLE public.%I (LIKE public.measurements INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)',
            leaf
        );
        EXECUTE format(
            'ALTER TABLE public.measurements ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            leaf, wanted::timestamp AT TIME ZONE 'UTC', (wanted + 1)::timestamp AT TIME ZONE 'UTC'
        );
        EXECUTE format('GRANT INSERT ON public.%I TO roadpulse_system', leaf);
    END IF;
    RETURN leaf;
END
$$;
COMMENT ON FUNCTION ensure_day IS 'the leaf that holds a UTC day, made when missing; nobody but ingest may write it, nobody may read it';

CREATE FUNCTION drop_days_before(oldest date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    leaf text;
    dropped integer := 0;
BEGIN
    FOR leaf IN
        SELECT child.relname
        FROM pg_inherits
        JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
        WHERE pg_inherits.inhparent = 'public.measurements'::regclass
            AND child.relname < 'measurements_' || to_char(oldest, 'YYYYMMDD')
        ORDER BY child.relname
    LOOP
        EXECUTE format('DROP TABLE public.%I', leaf);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION drop_days_before IS 'retention: drops whole days; the number of leaves dropped';

REVOKE ALL ON FUNCTION ensure_day(date), drop_days_before(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_day(date), drop_days_before(date) TO roadpulse_system;

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP FUNCTION drop_days_before(date);
DROP FUNCTION ensure_day(date);
DROP TABLE quarantine;
DROP TABLE ledger;
DROP TABLE measurements;
DROP SEQUENCE batches;
DROP TABLE streams;
