-- name: some
-- Hours and areas of crowds between $1 and $2, the newest first, of an operator ($3) and an area ($4) or of all, before
-- the place ($6, $7, $8).
SELECT
    at, provider, cell, devices, measurements::bigint AS measurements, signal_dbm, download_mbps, upload_mbps, latency_ms,
    jitter_ms, packet_loss_pct
FROM anonymous_hours
WHERE at >= $1
    AND at < $2
    AND ($3::bigint IS NULL OR provider = $3)
    AND ($4::bigint IS NULL OR cell = $4)
    AND ($6::timestamptz IS NULL OR (at, cell, provider) < ($6, $7::bigint, $8::bigint))
ORDER BY at DESC, cell DESC, provider DESC
LIMIT $5
