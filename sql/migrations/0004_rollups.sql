-- 0004_rollups: what the ledger's batches add up to, by minute, hour and day, place and generation.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE rollups_minute (
    provider bigint NOT NULL,
    at timestamptz NOT NULL,
    cell bigint NOT NULL,
    generation text NOT NULL,
    rows integer NOT NULL,
    suspects integer NOT NULL,
    connected_n integer NOT NULL,
    connected_sum integer NOT NULL,
    signal_dbm_n integer NOT NULL DEFAULT 0,
    signal_dbm_sum double precision NOT NULL DEFAULT 0,
    signal_dbm_squares double precision NOT NULL DEFAULT 0,
    signal_dbm_min real,
    signal_dbm_max real,
    download_mbps_n integer NOT NULL DEFAULT 0,
    download_mbps_sum double precision NOT NULL DEFAULT 0,
    download_mbps_squares double precision NOT NULL DEFAULT 0,
    download_mbps_min real,
    download_mbps_max real,
    upload_mbps_n integer NOT NULL DEFAULT 0,
    upload_mbps_sum double precision NOT NULL DEFAULT 0,
    upload_mbps_squares double precision NOT NULL DEFAULT 0,
    upload_mbps_min real,
    upload_mbps_max real,
    latency_ms_n integer NOT NULL DEFAULT 0,
    latency_ms_sum double precision NOT NULL DEFAULT 0,
    latency_ms_squares double precision NOT NULL DEFAULT 0,
    latency_ms_min real,
    latency_ms_max real,
    jitter_ms_n integer NOT NULL DEFAULT 0,
    jitter_ms_sum double precision NOT NULL DEFAULT 0,
    jitter_ms_squares double precision NOT NULL DEFAULT 0,
    jitter_ms_min real,
    jitter_ms_max real,
    packet_loss_pct_n integer NOT NULL DEFAULT 0,
    packet_loss_pct_sum double precision NOT NULL DEFAULT 0,
    packet_loss_pct_squares double precision NOT NULL DEFAULT 0,
    packet_loss_pct_min real,
    packet_loss_pct_max real,
    PRIMARY KEY (provider, at, cell, generation)
);
COMMENT ON TABLE rollups_minute IS 'counts, sums, sums of squares, minima and maxima of each minute; provider and cell are 0, never NULL';
COMMENT ON COLUMN rollups_minute.cell IS 'H3 resolution 6';
COMMENT ON COLUMN rollups_minute.connected_sum IS 'measurements that said connected, of connected_n that said anything';
CREATE INDEX rollups_minute_at ON rollups_minute (at);

CREATE TABLE rollups_hour (LIKE rollups_minute INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE rollups_hour ADD PRIMARY KEY (provider, at, cell, generation);
CREATE TABLE rollups_day (LIKE rollups_minute INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE rollups_day ADD PRIMARY KEY (provider, at, cell, generation);
COMMENT ON TABLE rollups_day IS 'a day begins at midnight of the zone in the settings';

CREATE TABLE histograms_minute (
    provider bigint NOT NULL,
    at timestamptz NOT NULL,
    generation text NOT NULL,
    kpi text NOT NULL,
    buckets smallint[] NOT NULL,
    counts integer[] NOT NULL CHECK (cardinality(counts) = cardinality(buckets)),
    PRIMARY KEY (provider, at, generation, kpi)
);
COMMENT ON TABLE histograms_minute IS
    'for percentiles of a provider as a whole, without cells; one row of two arrays, since a row for each bucket made a '
    'merge write 27,000 rows where it writes 1,000 now';
COMMENT ON COLUMN histograms_minute.buckets IS 'those of network/histograms.py, in no order';
COMMENT ON COLUMN histograms_minute.counts IS 'how many measurements fell into each of the buckets';
CREATE INDEX histograms_minute_at ON histograms_minute (at);

CREATE TABLE histograms_hour (LIKE histograms_minute INCLUDING CONSTRAINTS);
ALTER TABLE histograms_hour ADD PRIMARY KEY (provider, at, generation, kpi);
CREATE TABLE histograms_day (LIKE histograms_minute INCLUDING CONSTRAINTS);
ALTER TABLE histograms_day ADD PRIMARY KEY (provider, at, generation, kpi);
COMMENT ON TABLE histograms_day IS 'a day begins at midnight of the zone in the settings, as in rollups_day';

CREATE TABLE histograms_cell_hour (LIKE histograms_minute INCLUDING CONSTRAINTS);
ALTER TABLE histograms_cell_hour ADD COLUMN cell bigint NOT NULL;
ALTER TABLE histograms_cell_hour ADD PRIMARY KEY (provider, at, cell, generation, kpi);
COMMENT ON TABLE histograms_cell_hour IS 'for percentiles of one place, over an hour or more';

CREATE TABLE presence (
    at timestamptz NOT NULL,
    provider bigint NOT NULL,
    cell bigint NOT NULL,
    device bigint NOT NULL,
    PRIMARY KEY (provider, at, cell, device)
);
COMMENT ON TABLE presence IS 'which devices were heard in an hour and a cell: distinct counts and k-anonymity';

CREATE TABLE latest_measurements (
    provider bigint NOT NULL,
    cell bigint NOT NULL,
    generation text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    measured_at timestamptz NOT NULL,
    signal_dbm real,
    download_mbps real,
    upload_mbps real,
    latency_ms real,
    jitter_ms real,
    packet_loss_pct real,
    connected boolean,
    suspect boolean NOT NULL,
    PRIMARY KEY (provider, cell, generation)
);
COMMENT ON TABLE latest_measurements IS 'the newest measurement of each place and generation, without device or person';

ALTER TABLE rollups_minute ENABLE ROW LEVEL SECURITY;
ALTER TABLE rollups_minute FORCE ROW LEVEL SECURITY;
CREATE POLICY rollups_minute_system ON rollups_minute TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY rollups_minute_owner ON rollups_minute TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY rollups_minute_app ON rollups_minute FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON rollups_minute TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rollups_minute TO roadpulse_system;

ALTER TABLE rollups_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE rollups_hour FORCE ROW LEVEL SECURITY;
CREATE POLICY rollups_hour_system ON rollups_hour TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY rollups_hour_owner ON rollups_hour TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY rollups_hour_app ON rollups_hour FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON rollups_hour TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rollups_hour TO roadpulse_system;

ALTER TABLE rollups_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE rollups_day FORCE ROW LEVEL SECURITY;
CREATE POLICY rollups_day_system ON rollups_day TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY rollups_day_owner ON rollups_day TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY rollups_day_app ON rollups_day FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON rollups_day TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rollups_day TO roadpulse_system;

ALTER TABLE histograms_minute ENABLE ROW LEVEL SECURITY;
ALTER TABLE histograms_minute FORCE ROW LEVEL SECURITY;
CREATE POLICY histograms_minute_system ON histograms_minute TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY histograms_minute_owner ON histograms_minute TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY histograms_minute_app ON histograms_minute FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON histograms_minute TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON histograms_minute TO roadpulse_system;

ALTER TABLE histograms_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE histograms_hour FORCE ROW LEVEL SECURITY;
CREATE POLICY histograms_hour_system ON histograms_hour TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY histograms_hour_owner ON histograms_hour TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY histograms_hour_app ON histograms_hour FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON histograms_hour TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON histograms_hour TO roadpulse_system;

ALTER TABLE histograms_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE histograms_day FORCE ROW LEVEL SECURITY;
CREATE POLICY histograms_day_system ON histograms_day TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY histograms_day_owner ON histograms_day TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY histograms_day_app ON histograms_day FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON histograms_day TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON histograms_day TO roadpulse_system;

ALTER TABLE histograms_cell_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE histograms_cell_hour FORCE ROW LEVEL SECURITY;
CREATE POLICY histograms_cell_hour_system ON histograms_cell_hour TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY histograms_cell_hour_owner ON histograms_cell_hour TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY histograms_cell_hour_app ON histograms_cell_hour FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON histograms_cell_hour TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON histograms_cell_hour TO roadpulse_system;

ALTER TABLE presence ENABLE ROW LEVEL SECURITY;
ALTER TABLE presence FORCE ROW LEVEL SECURITY;
CREATE POLICY presence_system ON presence TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY presence_owner ON presence TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY presence_app ON presence FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON presence TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON presence TO roadpulse_system;

ALTER TABLE latest_measurements ENABLE ROW LEVEL SECURITY;
ALTER TABLE latest_measurements FORCE ROW LEVEL SECURITY;
CREATE POLICY latest_measurements_system ON latest_measurements TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY latest_measurements_owner ON latest_measurements TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY latest_measurements_app ON latest_measurements FOR SELECT TO roadpulse_app USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
);
GRANT SELECT ON latest_measurements TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON latest_measurements TO roadpulse_system;

CREATE FUNCTION area_of(cell bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- An H3 parent: resolution 6 in bits 52-55, and the digits 7 and 8 (bits 21-26) set to 'unused'.
RETURN CASE WHEN cell = 0 THEN 0 ELSE (cell & ~(15::bigint << 52)) | (6::bigint << 52) | (63::bigint << 21) END;
COMMENT ON FUNCTION area_of IS 'the resolution 6 parent of an H3 cell of resolution 8; 0 stays 0';

CREATE FUNCTION bucket_of(value real) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- Logarithmic, each bucket a tenth wider than the one below: percentiles are right to 5 %. What is next to nothing
-- has a bucket of its own, since it has no logarithm.
RETURN CASE WHEN value < 0.01 THEN -32768 ELSE ceil(ln(value::double precision) / 0.0953101798043249) END::smallint;
COMMENT ON FUNCTION bucket_of IS 'the histogram bucket of a speed, time or loss; signal has one bucket a dB (network/histograms.py)';

CREATE VIEW anonymous_hours AS
WITH crowds AS (
    SELECT at, provider, cell, count(*) AS devices
    FROM presence
    GROUP BY at, provider, cell
    HAVING count(*) >= 10
)
SELECT
    hours.at,
    hours.provider,
    hours.cell,
    crowds.devices,
    sum(hours.rows) AS measurements,
    sum(hours.signal_dbm_sum) / NULLIF(sum(hours.signal_dbm_n), 0) AS signal_dbm,
    sum(hours.download_mbps_sum) / NULLIF(sum(hours.download_mbps_n), 0) AS download_mbps,
    sum(hours.upload_mbps_sum) / NULLIF(sum(hours.upload_mbps_n), 0) AS upload_mbps,
    sum(hours.latency_ms_sum) / NULLIF(sum(hours.latency_ms_n), 0) AS latency_ms,
    sum(hours.jitter_ms_sum) / NULLIF(sum(hours.jitter_ms_n), 0) AS jitter_ms,
    sum(hours.packet_loss_pct_sum) / NULLIF(sum(hours.packet_loss_pct_n), 0) AS packet_loss_pct
FROM rollups_hour AS hours
JOIN crowds ON crowds.at = hours.at AND crowds.provider = hours.provider AND crowds.cell = hours.cell
GROUP BY hours.at, hours.provider, hours.cell, crowds.devices;
COMMENT ON VIEW anonymous_hours IS 'what analysts see: hours and cells with at least ten distinct devices; one phone that measures often is one';
GRANT SELECT ON anonymous_hours TO roadpulse_analyst;

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP VIEW anonymous_hours;
DROP FUNCTION bucket_of(real);
DROP FUNCTION area_of(bigint);
DROP TABLE latest_measurements;
DROP TABLE presence;
DROP TABLE histograms_cell_hour;
DROP TABLE histograms_day;
DROP TABLE histograms_hour;
DROP TABLE histograms_minute;
DROP TABLE rollups_day;
DROP TABLE rollups_hour;
DROP TABLE rollups_minute;
