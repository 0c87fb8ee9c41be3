-- 0011_keyed_streams: streams that stand for an Idempotency-Key are forgotten as the key is. Safe while the old code
-- runs: what it makes meanwhile is merely kept.
-- migrate:up
SET LOCAL lock_timeout = '4s';

ALTER TABLE streams ADD COLUMN keyed boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN streams.keyed IS 'whether it stands for one batch with an Idempotency-Key, whose answer is kept for a day';
CREATE INDEX streams_keyed ON streams (created_at) WHERE keyed;
GRANT DELETE ON streams TO roadpulse_system;

-- migrate:down
SET LOCAL lock_timeout = '4s';
REVOKE DELETE ON streams FROM roadpulse_system;
DROP INDEX streams_keyed;
ALTER TABLE streams DROP COLUMN keyed;
