-- name: some
-- A page of measurements that the viewer may see, the newest first, before the place ($9, $10, $11).
SELECT
    measurements.batch, measurements.position, measurements.stream, measurements.seq, measurements.item,
    measurements.received_at, measurements.measured_at, measurements.device, measurements.provider,
    measurements.cell, measurements.suspect, measurements.signal_dbm, measurements.download_mbps,
    measurements.upload_mbps, measurements.latency_ms, measurements.jitter_ms, measurements.packet_loss_pct,
    measurements.latitude, measurements.longitude, measurements.accuracy_m, measurements.connected,
    measurements.generation, measurements.carrier, measurements.network_type, measurements.device_info,
    measurements.app_version
FROM measurements
WHERE measurements.measured_at >= $1
    AND measurements.measured_at < $2
    AND ($3::bigint IS NULL OR measurements.provider = $3)
    AND ($4::bigint IS NULL OR measurements.subject = $4)
    AND ($5::text IS NULL OR measurements.generation = $5)
    AND ($6::text IS NULL OR measurements.network_type = $6)
    AND ($7::bigint IS NULL OR measurements.cell = $7 OR area_of(measurements.cell) = $7)
    AND ($12::text IS NULL OR measurements.device_info = $12)
    AND ($13::text IS NULL OR measurements.app_version = $13)
    AND (
        $9::timestamptz IS NULL
        OR (measurements.measured_at, measurements.batch, measurements.position) < ($9, $10::bigint, $11::integer)
    )
ORDER BY measurements.measured_at DESC, measurements.batch DESC, measurements.position DESC
LIMIT $8
