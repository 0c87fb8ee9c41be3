-- 0012_totals: what each provider adds up to by hour and day, all places together, so that a long trend reads one row a
-- step. Safe while the old code runs: it merges and judges as before and leaves hours and days to the new code.
-- migrate:up
SET LOCAL lock_timeout = '4s';

-- The merger rests meanwhile: what it adds must be in all sums or in none.
SELECT pg_advisory_xact_lock(hashtext('roadpulse.merger'));

DO $$
DECLARE
    unit text;
BEGIN
    FOREACH unit IN ARRAY ARRAY['hour', 'day'] LOOP
        EXECUTE format('CREATE TABLE totals_%1$s (LIKE rollups_%1$s INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', unit);
        EXECUTE format('ALTER TABLE totals_%s DROP COLUMN cell', unit);
        EXECUTE format(
            $backfill$
            INSERT INTO totals_%1$s (
                provider,
                at,
                generation,
                rows,
                suspects,
                connected_n,
                connected_sum,
                signal_dbm_n,
                signal_dbm_sum,
                signal_dbm_squares,
                signal_dbm_min,
                signal_dbm_max,
                download_mbps_n,
                download_mbps_sum,
                download_mbps_squares,
                download_mbps_min,
                download_mbps_max,
                upload_mbps_n,
                upload_mbps_sum,
                upload_mbps_squares,
                upload_mbps_min,
                upload_mbps_max,
                latency_ms_n,
                latency_ms_sum,
                latency_ms_squares,
                latency_ms_min,
                latency_ms_max,
                jitter_ms_n,
                jitter_ms_sum,
                jitter_ms_squares,
                jitter_ms_min,
                jitter_ms_max,
                packet_loss_pct_n,
                packet_loss_pct_sum,
                packet_loss_pct_squares,
                packet_loss_pct_min,
                packet_loss_pct_max
            )
            SELECT
                provider,
                at,
                generation,
                sum(rows)::integer,
                sum(suspects)::integer,
                sum(connected_n)::integer,
                sum(connected_sum)::integer,
                sum(signal_dbm_n)::integer,
                sum(signal_dbm_sum),
                sum(signal_dbm_squares),
                min(signal_dbm_min),
                max(signal_dbm_max),
                sum(download_mbps_n)::integer,
                sum(download_mbps_sum),
                sum(download_mbps_squares),
                min(download_mbps_min),
                max(download_mbps_max),
                sum(upload_mbps_n)::integer,
                sum(upload_mbps_sum),
                sum(upload_mbps_squares),
                min(upload_mbps_min),
                max(upload_mbps_max),
                sum(latency_ms_n)::integer,
                sum(latency_ms_sum),
                sum(latency_ms_squares),
                min(latency_ms_min),
                max(latency_ms_max),
                sum(jitter_ms_n)::integer,
                sum(jitter_ms_sum),
                sum(jitter_ms_squares),
                min(jitter_ms_min),
                max(jitter_ms_max),
                sum(packet_loss_pct_n)::integer,
                sum(packet_loss_pct_sum),
                sum(packet_loss_pct_squares),
                min(packet_loss_pct_min),
                max(packet_loss_pct_max)
            FROM rollups_%1$s
            GROUP BY provider, at, generation
            $backfill$,
            unit
        );
        EXECUTE format('ALTER TABLE totals_%s ADD PRIMARY KEY (provider, at, generation)', unit);
        EXECUTE format('ALTER TABLE totals_%s ENABLE ROW LEVEL SECURITY', unit);
        EXECUTE format('ALTER TABLE totals_%s FORCE ROW LEVEL SECURITY', unit);
        EXECUTE format(
            'CREATE POLICY totals_%1$s_system ON totals_%1$s TO roadpulse_system USING (true) WITH CHECK (true)', unit
        );
        EXECUTE format(
            'CREATE POLICY totals_%1$s_owner ON totals_%1$s TO roadpulse_owner USING (true) WITH CHECK (true)', unit
        );
        EXECUTE format(
            $policy$
            CREATE POLICY totals_%1$s_app ON totals_%1$s FOR SELECT TO roadpulse_app USING (
                current_setting('roadpulse.role', true) = 'administrator'
                OR (
                    current_setting('roadpulse.role', true) = 'operator'
                    AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
                )
            )
            $policy$,
            unit
        );
        EXECUTE format('GRANT SELECT ON totals_%s TO roadpulse_app', unit);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON totals_%s TO roadpulse_system', unit);
    END LOOP;
END
$$;
COMMENT ON TABLE totals_hour IS 'rollups_hour without places: one row for a provider and generation';
COMMENT ON TABLE totals_day IS 'rollups_day without places: one row for a provider and generation';

-- The old code takes what has waited for some time since merged_at: nothing any more, so that no total misses it.
ALTER TABLE unfolded ADD COLUMN waiting_since timestamptz NOT NULL DEFAULT now();
ALTER TABLE unfolded ALTER COLUMN merged_at SET DEFAULT 'infinity';
UPDATE unfolded SET merged_at = 'infinity';

CREATE FUNCTION code_of(kpi text, value real) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN code_of(kpi, CASE WHEN kpi = 'signal_dbm' THEN floor(value)::smallint ELSE bucket_of(value) END);
COMMENT ON FUNCTION code_of(text, real) IS 'a value''s bucket: one a dB for signal, logarithmic for all others';

CREATE FUNCTION united(all_codes integer[], all_counts integer[]) RETURNS TABLE (codes integer[], counts integer[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT array_agg(sums.code), array_agg(sums.n)
    FROM (
        SELECT held.code, sum(held.n)::integer AS n
        FROM unnest(all_codes, all_counts) AS held (code, n)
        GROUP BY held.code
    ) AS sums;
END;
COMMENT ON FUNCTION united IS 'a histogram with each code once, from one that holds codes several times';

-- migrate:down
SET LOCAL lock_timeout = '4s';
SELECT pg_advisory_xact_lock(hashtext('roadpulse.merger'));
DROP FUNCTION united(integer[], integer[]);
DROP FUNCTION code_of(text, real);
UPDATE unfolded SET merged_at = waiting_since;
ALTER TABLE unfolded ALTER COLUMN merged_at SET DEFAULT now();
ALTER TABLE unfolded DROP COLUMN waiting_since;
DROP TABLE totals_day;
DROP TABLE totals_hour;
