-- 0023_models: how each model did by week, for those who look after the models; of few people nothing is told. Safe while the
-- old code runs: adds only.
-- migrate:up
SET LOCAL lock_timeout = '4s';
CREATE INDEX readings_read_at ON readings (read_at);

CREATE FUNCTION model_weeks(since timestamptz) RETURNS TABLE (
    model text,
    week timestamptz,
    readings bigint,
    took_ms_p50 double precision,
    took_ms_p95 double precision,
    abstained double precision,
    told bigint,
    agreed double precision
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH weeks_read AS (
        SELECT
            readings.model,
            date_trunc('week', readings.read_at, 'UTC') AS week,
            count(*) AS readings,
            percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY readings.took_ms) AS took_ms,
            avg((readings.findings @> '[{"label": "not_sure"}]')::integer)::double precision AS abstained
        FROM public.readings
        WHERE readings.read_at >= since
        GROUP BY 1, 2
        HAVING count(DISTINCT readings.person) >= 10
    ),
    weeks_told AS (
        SELECT
            used.model,
            date_trunc('week', diagnoses.ended_at, 'UTC') AS week,
            count(*) AS told,
            avg(outcomes.was_right::integer)::double precision AS agreed
        FROM public.outcomes
        JOIN public.diagnoses ON diagnoses.id = outcomes.diagnosis
        CROSS JOIN LATERAL jsonb_array_elements_text(diagnoses.result -> 'models') AS used (model)
        WHERE
            outcomes.was_right IS NOT NULL
            AND diagnoses.ended_at >= since
        GROUP BY 1, 2
        HAVING count(DISTINCT outcomes.person) >= 10
    )
    SELECT
        weeks_read.model,
        weeks_read.week,
        weeks_read.readings,
        weeks_read.took_ms[1],
        weeks_read.took_ms[2],
        weeks_read.abstained,
        weeks_told.told,
        weeks_told.agreed
    FROM weeks_read
    LEFT JOIN weeks_told USING (model, week)
    WHERE current_setting('roadpulse.role', true) IN ('administrator', 'analyst')
    ORDER BY
        weeks_read.week DESC,
        weeks_read.model
$$;
COMMENT ON FUNCTION model_weeks(timestamptz) IS
    'weeks in which at least ten people had files read by a model; how often it agreed with them where at least ten told an outcome';
REVOKE EXECUTE ON FUNCTION model_weeks(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION model_weeks(timestamptz) TO roadpulse_app;

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP FUNCTION model_weeks(timestamptz);
DROP INDEX readings_read_at;
