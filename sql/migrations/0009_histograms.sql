-- 0009_histograms: one histogram holds all KPIs of its key, and hours and days follow the minutes a little later.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE unfolded (LIKE rollups_minute INCLUDING DEFAULTS);
ALTER TABLE unfolded ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE unfolded ADD COLUMN merged_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE unfolded ADD COLUMN codes integer[];
ALTER TABLE unfolded ADD COLUMN counts integer[];
COMMENT ON TABLE unfolded IS
    'what merges added to the minutes and hours and days do not hold yet: many merges change the same hours';
ALTER TABLE unfolded SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE unfolded ENABLE ROW LEVEL SECURITY;
ALTER TABLE unfolded FORCE ROW LEVEL SECURITY;
CREATE POLICY unfolded_system ON unfolded TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY unfolded_owner ON unfolded TO roadpulse_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON unfolded TO roadpulse_system;

CREATE FUNCTION kpi_number(kpi text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN array_position(
    ARRAY['signal_dbm', 'download_mbps', 'upload_mbps', 'latency_ms', 'jitter_ms', 'packet_loss_pct'], kpi
);
CREATE FUNCTION kpi_name(number integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (ARRAY['signal_dbm', 'download_mbps', 'upload_mbps', 'latency_ms', 'jitter_ms', 'packet_loss_pct'])[number];

CREATE FUNCTION code_of(kpi text, bucket smallint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN kpi_number(kpi) * 65536 + 32768 + bucket;
COMMENT ON FUNCTION code_of IS 'a bucket of a KPI as one number, for histograms that hold all KPIs';

CREATE FUNCTION counted(codes integer[], counts integer[]) RETURNS TABLE (kpi integer, bucket smallint, n integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT held.code / 65536, (held.code % 65536 - 32768)::smallint, held.n
    FROM unnest(codes, counts) AS held (code, n);
END;
COMMENT ON FUNCTION counted IS 'a histogram as rows; kpi as kpi_number counts them';

CREATE TEMPORARY TABLE held_minute ON COMMIT DROP AS
SELECT provider, at, generation, array_agg(code_of(kpi, bucket)) AS codes, array_agg(n) AS counts
FROM histograms_minute
CROSS JOIN unnest(buckets, counts) AS held (bucket, n)
GROUP BY provider, at, generation;
CREATE TEMPORARY TABLE held_hour ON COMMIT DROP AS
SELECT provider, at, generation, array_agg(code_of(kpi, bucket)) AS codes, array_agg(n) AS counts
FROM histograms_hour
CROSS JOIN unnest(buckets, counts) AS held (bucket, n)
GROUP BY provider, at, generation;
CREATE TEMPORARY TABLE held_day ON COMMIT DROP AS
SELECT provider, at, generation, array_agg(code_of(kpi, bucket)) AS codes, array_agg(n) AS counts
FROM histograms_day
CROSS JOIN unnest(buckets, counts) AS held (bucket, n)
GROUP BY provider, at, generation;
CREATE TEMPORARY TABLE held_cell_hour ON COMMIT DROP AS
SELECT provider, at, cell, generation, array_agg(code_of(kpi, bucket)) AS codes, array_agg(n) AS counts
FROM histograms_cell_hour
CROSS JOIN unnest(buckets, counts) AS held (bucket, n)
GROUP BY provider, at, cell, generation;

TRUNCATE histograms_minute, histograms_hour, histograms_day, histograms_cell_hour;
ALTER TABLE histograms_minute DROP CONSTRAINT histograms_minute_pkey;
ALTER TABLE histograms_minute DROP COLUMN kpi;
ALTER TABLE histograms_minute RENAME COLUMN buckets TO codes;
ALTER TABLE histograms_minute ALTER COLUMN codes TYPE integer[];
ALTER TABLE histograms_minute ADD PRIMARY KEY (provider, at, generation);
INSERT INTO histograms_minute (provider, at, generation, codes, counts)
SELECT provider, at, generation, codes, counts
FROM held_minute;
ALTER TABLE histograms_hour DROP CONSTRAINT histograms_hour_pkey;
ALTER TABLE histograms_hour DROP COLUMN kpi;
ALTER TABLE histograms_hour RENAME COLUMN buckets TO codes;
ALTER TABLE histograms_hour ALTER COLUMN codes TYPE integer[];
ALTER TABLE histograms_hour ADD PRIMARY KEY (provider, at, generation);
INSERT INTO histograms_hour (provider, at, generation, codes, counts)
SELECT provider, at, generation, codes, counts
FROM held_hour;
ALTER TABLE histograms_day DROP CONSTRAINT histograms_day_pkey;
ALTER TABLE histograms_day DROP COLUMN kpi;
ALTER TABLE histograms_day RENAME COLUMN buckets TO codes;
ALTER TABLE histograms_day ALTER COLUMN codes TYPE integer[];
ALTER TABLE histograms_day ADD PRIMARY KEY (provider, at, generation);
INSERT INTO histograms_day (provider, at, generation, codes, counts)
SELECT provider, at, generation, codes, counts
FROM held_day;
ALTER TABLE histograms_cell_hour DROP CONSTRAINT histograms_cell_hour_pkey;
ALTER TABLE histograms_cell_hour DROP COLUMN kpi;
ALTER TABLE histograms_cell_hour RENAME COLUMN buckets TO codes;
ALTER TABLE histograms_cell_hour ALTER COLUMN codes TYPE integer[];
ALTER TABLE histograms_cell_hour ADD PRIMARY KEY (provider, at, cell, generation);
INSERT INTO histograms_cell_hour (provider, at, cell, generation, codes, counts)
SELECT provider, at, cell, generation, codes, counts
FROM held_cell_hour;
COMMENT ON TABLE histograms_minute IS 'for percentiles of a provider as a whole, without cells; one row for all KPIs';
COMMENT ON COLUMN histograms_minute.codes IS 'KPI and bucket (network/histograms.py) by code_of, in no order';
COMMENT ON COLUMN histograms_minute.counts IS 'how many measurements fell into each of them';

-- migrate:down
SET LOCAL lock_timeout = '4s';

DO $$
BEGIN
    IF EXISTS (SELECT FROM unfolded) THEN
        RAISE EXCEPTION 'hours and days lag behind the minutes'
            USING HINT = 'Let a server run until the table unfolded is empty, some seconds after the last measurement.';
    END IF;
END
$$;

CREATE TEMPORARY TABLE held_minute ON COMMIT DROP AS
SELECT provider, at, generation, kpi_name(kpi) AS kpi, array_agg(bucket) AS buckets, array_agg(n) AS counts
FROM histograms_minute
CROSS JOIN counted(codes, counts)
GROUP BY provider, at, generation, kpi;
CREATE TEMPORARY TABLE held_hour ON COMMIT DROP AS
SELECT provider, at, generation, kpi_name(kpi) AS kpi, array_agg(bucket) AS buckets, array_agg(n) AS counts
FROM histograms_hour
CROSS JOIN counted(codes, counts)
GROUP BY provider, at, generation, kpi;
CREATE TEMPORARY TABLE held_day ON COMMIT DROP AS
SELECT provider, at, generation, kpi_name(kpi) AS kpi, array_agg(bucket) AS buckets, array_agg(n) AS counts
FROM histograms_day
CROSS JOIN counted(codes, counts)
GROUP BY provider, at, generation, kpi;
CREATE TEMPORARY TABLE held_cell_hour ON COMMIT DROP AS
SELECT provider, at, cell, generation, kpi_name(kpi) AS kpi, array_agg(bucket) AS buckets, array_agg(n) AS counts
FROM histograms_cell_hour
CROSS JOIN counted(codes, counts)
GROUP BY provider, at, cell, generation, kpi;

TRUNCATE histograms_minute, histograms_hour, histograms_day, histograms_cell_hour;
ALTER TABLE histograms_minute DROP CONSTRAINT histograms_minute_pkey;
ALTER TABLE histograms_minute ADD COLUMN kpi text NOT NULL;
ALTER TABLE histograms_minute RENAME COLUMN codes TO buckets;
ALTER TABLE histograms_minute ALTER COLUMN buckets TYPE smallint[];
ALTER TABLE histograms_minute ADD PRIMARY KEY (provider, at, generation, kpi);
INSERT INTO histograms_minute (provider, at, generation, kpi, buckets, counts)
SELECT provider, at, generation, kpi, buckets, counts
FROM held_minute;
ALTER TABLE histograms_hour DROP CONSTRAINT histograms_hour_pkey;
ALTER TABLE histograms_hour ADD COLUMN kpi text NOT NULL;
ALTER TABLE histograms_hour RENAME COLUMN codes TO buckets;
ALTER TABLE histograms_hour ALTER COLUMN buckets TYPE smallint[];
ALTER TABLE histograms_hour ADD PRIMARY KEY (provider, at, generation, kpi);
INSERT INTO histograms_hour (provider, at, generation, kpi, buckets, counts)
SELECT provider, at, generation, kpi, buckets, counts
FROM held_hour;
ALTER TABLE histograms_day DROP CONSTRAINT histograms_day_pkey;
ALTER TABLE histograms_day ADD COLUMN kpi text NOT NULL;
ALTER TABLE histograms_day RENAME COLUMN codes TO buckets;
ALTER TABLE histograms_day ALTER COLUMN buckets TYPE smallint[];
ALTER TABLE histograms_day ADD PRIMARY KEY (provider, at, generation, kpi);
INSERT INTO histograms_day (provider, at, generation, kpi, buckets, counts)
SELECT provider, at, generation, kpi, buckets, counts
FROM held_day;
ALTER TABLE histograms_cell_hour DROP CONSTRAINT histograms_cell_hour_pkey;
ALTER TABLE histograms_cell_hour ADD COLUMN kpi text NOT NULL;
ALTER TABLE histograms_cell_hour RENAME COLUMN codes TO buckets;
ALTER TABLE histograms_cell_hour ALTER COLUMN buckets TYPE smallint[];
ALTER TABLE histograms_cell_hour ADD PRIMARY KEY (provider, at, cell, generation, kpi);
INSERT INTO histograms_cell_hour (provider, at, cell, generation, kpi, buckets, counts)
SELECT provider, at, cell, generation, kpi, buckets, counts
FROM held_cell_hour;
COMMENT ON TABLE histograms_minute IS
    'for percentiles of a provider as a whole, without cells; one row of two arrays, since a row for each bucket made a '
    'merge write 27,000 rows where it writes 1,000 now';
COMMENT ON COLUMN histograms_minute.buckets IS 'those of network/histograms.py, in no order';
COMMENT ON COLUMN histograms_minute.counts IS 'how many measurements fell into each of the buckets';

DROP FUNCTION counted(integer[], integer[]);
DROP FUNCTION code_of(text, smallint);
DROP FUNCTION kpi_name(integer);
DROP FUNCTION kpi_number(text);
DROP TABLE unfolded;
