-- 0013_viewers: row-level security asks who is looking once a statement; asked for every row it took most of the time of
-- a question over many rows. Safe while the old code runs.
-- migrate:up
SET LOCAL lock_timeout = '4s';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'rollups_minute', 'rollups_hour', 'rollups_day', 'totals_hour', 'totals_day', 'histograms_minute',
        'histograms_hour', 'histograms_day', 'histograms_cell_hour', 'presence', 'latest_measurements'
    ] LOOP
        EXECUTE format(
            $policy$
            ALTER POLICY %1$s_app ON %1$s USING (
                (SELECT current_setting('roadpulse.role', true)) = 'administrator'
                OR (
                    (SELECT current_setting('roadpulse.role', true)) = 'operator'
                    AND provider = (SELECT NULLIF(current_setting('roadpulse.provider', true), '')::bigint)
                )
            )
            $policy$,
            name
        );
    END LOOP;
END
$$;
ALTER POLICY measurements_app ON measurements USING (
    (SELECT current_setting('roadpulse.role', true)) = 'administrator'
    OR (
        (SELECT current_setting('roadpulse.role', true)) = 'operator'
        AND provider = (SELECT NULLIF(current_setting('roadpulse.provider', true), '')::bigint)
    )
    OR subject = (SELECT NULLIF(current_setting('roadpulse.person', true), '')::bigint)
);

-- migrate:down
SET LOCAL lock_timeout = '4s';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'rollups_minute', 'rollups_hour', 'rollups_day', 'totals_hour', 'totals_day', 'histograms_minute',
        'histograms_hour', 'histograms_day', 'histograms_cell_hour', 'presence', 'latest_measurements'
    ] LOOP
        EXECUTE format(
            $policy$
            ALTER POLICY %1$s_app ON %1$s USING (
                current_setting('roadpulse.role', true) = 'administrator'
                OR (
                    current_setting('roadpulse.role', true) = 'operator'
                    AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
                )
            )
            $policy$,
            name
        );
    END LOOP;
END
$$;
ALTER POLICY measurements_app ON measurements USING (
    current_setting('roadpulse.role', true) = 'administrator'
    OR (
        current_setting('roadpulse.role', true) = 'operator'
        AND provider = NULLIF(current_setting('roadpulse.provider', true), '')::bigint
    )
    OR subject = NULLIF(current_setting('roadpulse.person', true), '')::bigint
);
