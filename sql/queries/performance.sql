-- name: weeks
-- How each model did in this week and the ones before it, the newest first; no row for whom it is not for.
SELECT
    model,
    week,
    readings,
    took_ms_p50,
    took_ms_p95,
    abstained,
    told,
    agreed
FROM model_weeks(date_trunc('week', now(), 'UTC') - ($1::integer - 1) * interval '7 days');
