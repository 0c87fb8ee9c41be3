-- 0018_shapes: what is kept as JSON has at least the shape that its readers count on, whoever writes it. Safe while the old
-- code runs: it writes these shapes.
-- migrate:up
SET LOCAL lock_timeout = '4s';
ALTER TABLE diagnoses
ADD CONSTRAINT diagnoses_result_shape CHECK (
    result IS NULL
    OR (
        jsonb_typeof(result -> 'verdict') IS NOT DISTINCT FROM 'object'
        AND jsonb_typeof(result -> 'causes') IS NOT DISTINCT FROM 'array'
        AND jsonb_typeof(result -> 'models') IS NOT DISTINCT FROM 'array'
    )
),
ADD CONSTRAINT diagnoses_evidence_shape CHECK (jsonb_typeof(evidence) = 'object');
ALTER TABLE readings
ADD CONSTRAINT readings_quality_shape CHECK (jsonb_typeof(quality) = 'object'),
ADD CONSTRAINT readings_findings_shape CHECK (jsonb_typeof(findings) = 'array');
ALTER TABLE media ADD CONSTRAINT media_quality_shape CHECK (jsonb_typeof(quality) = 'object');
ALTER TABLE events ADD CONSTRAINT events_data_shape CHECK (jsonb_typeof(data) = 'object');

-- migrate:down
SET LOCAL lock_timeout = '4s';
ALTER TABLE events DROP CONSTRAINT events_data_shape;
ALTER TABLE media DROP CONSTRAINT media_quality_shape;
ALTER TABLE readings
DROP CONSTRAINT readings_findings_shape,
DROP CONSTRAINT readings_quality_shape;
ALTER TABLE diagnoses
DROP CONSTRAINT diagnoses_evidence_shape,
DROP CONSTRAINT diagnoses_result_shape;
