-- lines {alert}:
alerts.id, alerts.version, alerts.state, alerts.severity, alerts.provider, providers.slug, alerts.rule,
rules.name AS rule_name, alerts.cause, alerts.kpi, alerts.statistic, alerts.value, alerts.threshold,
alerts.samples, alerts.devices, alerts.cell, alerts.cells, alerts.generation, alerts.certainty, alerts.flapping,
alerts.reason, alerts.opened_at, alerts.changed_at, alerts.cleared_at, alerts.acknowledged_name,
alerts.acknowledged_as, alerts.snoozed_until

-- name: open_alert
-- An alert that began to fire.
INSERT INTO alerts (
    provider, rule, state, severity, cause, kpi, statistic, value, threshold, samples, devices,
    cell, generation, certainty, flapping, reason, opened_at, changed_at, cells
)
VALUES ($1, $2, 'firing', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17)
RETURNING id

-- name: change_alert
-- An open alert of a rule ($1) or of an adaptive series ($2 provider, $3 cell, $4 cause) that changed or cleared.
UPDATE alerts
SET
    version = version + 1,
    state = $5::text,
    severity = $6,
    value = coalesce($7, value),
    samples = CASE WHEN $8 > 0 THEN $8 ELSE samples END,
    devices = greatest(devices, $9),
    flapping = $10,
    reason = $11,
    certainty = coalesce($12, certainty),
    cells = $14,
    threshold = coalesce($15, threshold),
    changed_at = $13::timestamptz,
    cleared_at = CASE WHEN $5::text = 'cleared' THEN $13::timestamptz END
WHERE state <> 'cleared'
    AND (
        rule = $1::bigint
        OR ($1::bigint IS NULL AND rule IS NULL AND provider = $2 AND coalesce(cell, 0) = coalesce($3::bigint, 0) AND cause = $4)
    )
RETURNING id, acknowledged_as

-- name: give_back
-- An alert that somebody took when it mattered less.
UPDATE alerts
SET
    acknowledged_by = NULL,
    acknowledged_name = NULL,
    acknowledged_as = NULL
WHERE id = $1

-- name: add_history
-- What became of an alert, and by whom.
INSERT INTO alert_history (alert, provider, action, person, detail)
VALUES ($1, $2, $3, $4, $5)

-- name: one
-- An alert as it stands, for those who may see it.
SELECT
    {alert}
FROM alerts
JOIN providers ON providers.id = alerts.provider
LEFT JOIN rules ON rules.id = alerts.rule
WHERE alerts.id = $1

-- name: open_for_provider
-- Alerts that have not cleared, the newest change first; a console's snapshot.
SELECT
    {alert}
FROM alerts
JOIN providers ON providers.id = alerts.provider
LEFT JOIN rules ON rules.id = alerts.rule
WHERE alerts.provider = $1
    AND alerts.state <> 'cleared'
ORDER BY alerts.changed_at DESC, alerts.id DESC
LIMIT 1000

-- name: some
-- A page of alerts of the viewer's, the newest opening first, before the place ($6, $7).
SELECT
    {alert}
FROM alerts
JOIN providers ON providers.id = alerts.provider
LEFT JOIN rules ON rules.id = alerts.rule
WHERE ($1::text IS NULL OR providers.slug = $1)
    AND ($2::text IS NULL OR alerts.state = $2 OR ($2 = 'open' AND alerts.state <> 'cleared'))
    AND ($3::timestamptz IS NULL OR alerts.opened_at >= $3)
    AND ($4::timestamptz IS NULL OR alerts.opened_at < $4)
    AND ($6::timestamptz IS NULL OR (alerts.opened_at, alerts.id) < ($6, $7::bigint))
ORDER BY alerts.opened_at DESC, alerts.id DESC
LIMIT $5

-- name: history
-- What became of some alerts, oldest first.
SELECT alert, at, action, person, detail
FROM alert_history
WHERE alert = ANY($1::bigint[])
ORDER BY id
LIMIT 5000

-- name: attend
-- What a person says about an open alert: acknowledged by ($2, $3) at a severity ($5) or by nobody, snoozed until ($4).
UPDATE alerts
SET
    version = version + 1,
    changed_at = now(),
    acknowledged_by = $2,
    acknowledged_name = $3,
    acknowledged_as = $5,
    snoozed_until = $4
WHERE id = $1
    AND state <> 'cleared'
RETURNING provider

-- name: attention
-- Who has taken an open alert, and until when it is silent; locked until it is said anew.
SELECT state, severity, provider, acknowledged_by, acknowledged_name, acknowledged_as, snoozed_until
FROM alerts
WHERE id = $1
FOR UPDATE

-- name: username
-- By what name colleagues know the viewer.
SELECT username
FROM accounts
WHERE id = $1

-- name: last_change
-- When a provider's newest alert opened or cleared.
SELECT max(changed_at)
FROM alerts
WHERE provider = $1

-- name: watched_rules
-- Rules to be judged, with what the judge remembers; disabled and deleted ones as long as something is remembered.
SELECT
    rules.id, rules.provider, rules.kpi, rules.statistic, rules.comparison, rules.threshold, rules.cell,
    rules.generation, rules.window_s, rules.for_s, rules.keep_firing_for_s, rules.min_samples, rules.severity,
    rules.enabled AND rules.deleted_at IS NULL AS enabled, rules.modified_at, rule_states.state
FROM rules
LEFT JOIN rule_states ON rule_states.rule = rules.id
WHERE (rules.enabled AND rules.deleted_at IS NULL) OR rule_states.state IS NOT NULL
ORDER BY rules.id

-- name: late_minutes
-- The first minute of each provider, from $1 until before $2, that this very transaction added rows to.
SELECT
    provider,
    min(at) AS at
FROM rollups_minute
WHERE at >= $1
    AND at < $2
    AND xmin = pg_current_xact_id()::xid
GROUP BY provider

-- name: observe
-- What the minutes of each window add up to, with its place in what was given: rule ids, beginnings and ends.
SELECT
    windows.place,
    coalesce(sum(measured.n), 0)::bigint AS samples,
    sum(measured.total) AS total
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS windows (rule, since, until, place)
JOIN rules ON rules.id = windows.rule
LEFT JOIN rollups_minute AS minutes
    ON minutes.provider = rules.provider
    AND minutes.at >= windows.since
    AND minutes.at < windows.until
    AND (rules.cell IS NULL OR minutes.cell = rules.cell)
    AND (rules.generation IS NULL OR minutes.generation = rules.generation)
LEFT JOIN LATERAL (
    SELECT
        CASE rules.kpi
            WHEN 'signal_dbm' THEN minutes.signal_dbm_n
            WHEN 'download_mbps' THEN minutes.download_mbps_n
            WHEN 'upload_mbps' THEN minutes.upload_mbps_n
            WHEN 'latency_ms' THEN minutes.latency_ms_n
            WHEN 'jitter_ms' THEN minutes.jitter_ms_n
            WHEN 'packet_loss_pct' THEN minutes.packet_loss_pct_n
            WHEN 'connected' THEN minutes.connected_n
        END AS n,
        CASE rules.kpi
            WHEN 'signal_dbm' THEN minutes.signal_dbm_sum
            WHEN 'download_mbps' THEN minutes.download_mbps_sum
            WHEN 'upload_mbps' THEN minutes.upload_mbps_sum
            WHEN 'latency_ms' THEN minutes.latency_ms_sum
            WHEN 'jitter_ms' THEN minutes.jitter_ms_sum
            WHEN 'packet_loss_pct' THEN minutes.packet_loss_pct_sum
            WHEN 'connected' THEN minutes.connected_sum
        END AS total
) AS measured ON true
GROUP BY windows.place

-- name: observe_histogram
-- The buckets of a provider's window, for percentiles.
SELECT bucket, sum(n)::bigint AS n
FROM histograms_minute
CROSS JOIN counted(codes, counts)
WHERE provider = $1
    AND kpi = kpi_number($2)
    AND at >= $3
    AND at < $4
    AND ($5::text IS NULL OR generation = $5)
GROUP BY bucket
ORDER BY bucket

-- name: observe_cell
-- The exact percentile of one cell's window, from the rows themselves: minutes keep no histograms by cell.
SELECT
    count(measured.value) AS samples,
    percentile_cont($6::double precision) WITHIN GROUP (ORDER BY measured.value) AS value
FROM (
    SELECT
        CASE $2
            WHEN 'signal_dbm' THEN signal_dbm
            WHEN 'download_mbps' THEN download_mbps
            WHEN 'upload_mbps' THEN upload_mbps
            WHEN 'latency_ms' THEN latency_ms
            WHEN 'jitter_ms' THEN jitter_ms
            WHEN 'packet_loss_pct' THEN packet_loss_pct
        END AS value
    FROM measurements
    WHERE provider = $1
        AND measured_at >= $3
        AND measured_at < $4
        AND ($5::text IS NULL OR generation = $5)
        AND area_of(cell) = $7
) AS measured

-- name: count_devices
-- Distinct devices heard in the hours that a window touches.
SELECT count(DISTINCT device)
FROM presence
WHERE provider = $1
    AND at >= date_trunc('hour', $2::timestamptz, 'UTC')
    AND at < $3
    AND ($4::bigint IS NULL OR cell = $4)

-- name: keep_state
-- Where a rule's state machine stands now.
INSERT INTO rule_states (rule, state)
VALUES ($1, $2)
ON CONFLICT (rule) DO UPDATE
SET state = excluded.state

-- name: forget_state
-- A rule with nothing to remember.
DELETE FROM rule_states
WHERE rule = $1
