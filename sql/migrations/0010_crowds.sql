-- 0010_crowds: analysts see whole hours only, since two looks at a running one tell what a single phone added; and the
-- devices are counted for the hours that are asked for, not for all. Safe while the old code runs: the columns stay.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE OR REPLACE VIEW anonymous_hours AS
SELECT
    hours.at,
    hours.provider,
    hours.cell,
    crowds.devices,
    hours.measurements,
    hours.signal_dbm,
    hours.download_mbps,
    hours.upload_mbps,
    hours.latency_ms,
    hours.jitter_ms,
    hours.packet_loss_pct
FROM (
    SELECT
        at,
        provider,
        cell,
        sum(rows) AS measurements,
        sum(signal_dbm_sum) / NULLIF(sum(signal_dbm_n), 0) AS signal_dbm,
        sum(download_mbps_sum) / NULLIF(sum(download_mbps_n), 0) AS download_mbps,
        sum(upload_mbps_sum) / NULLIF(sum(upload_mbps_n), 0) AS upload_mbps,
        sum(latency_ms_sum) / NULLIF(sum(latency_ms_n), 0) AS latency_ms,
        sum(jitter_ms_sum) / NULLIF(sum(jitter_ms_n), 0) AS jitter_ms,
        sum(packet_loss_pct_sum) / NULLIF(sum(packet_loss_pct_n), 0) AS packet_loss_pct
    FROM rollups_hour
    WHERE at < date_trunc('hour', now(), 'UTC')
    GROUP BY at, provider, cell
) AS hours
CROSS JOIN LATERAL (
    SELECT count(*) AS devices
    FROM presence
    WHERE presence.at = hours.at
        AND presence.provider = hours.provider
        AND presence.cell = hours.cell
) AS crowds
WHERE crowds.devices >= 10;

-- migrate:down
SET LOCAL lock_timeout = '4s';

CREATE OR REPLACE VIEW anonymous_hours AS
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
