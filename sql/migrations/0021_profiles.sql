-- 0021_profiles: what people say of themselves beyond an e-mail, and a change of password. Safe while the old code runs: adds
-- only.
-- migrate:up
SET LOCAL lock_timeout = '4s';

ALTER TABLE accounts
ADD COLUMN full_name text CHECK (length(full_name) BETWEEN 1 AND 128),
ADD COLUMN phone text CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}'
    CHECK (jsonb_typeof(attributes) = 'object' AND octet_length(attributes::text) <= 16384);
COMMENT ON COLUMN accounts.phone IS 'E.164; nobody has verified it, so that several may give the same one';
COMMENT ON COLUMN accounts.attributes IS 'flat: whatever clients keep about their person';
CREATE INDEX accounts_phone ON accounts (phone) WHERE phone IS NOT NULL;

CREATE OR REPLACE FUNCTION without_secrets(whole jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT COALESCE(jsonb_object_agg(part.key, part.value), '{}')
    FROM jsonb_each(whole) AS part
    WHERE
        part.key NOT LIKE '%\_hash'
        AND part.key NOT IN ('hash', 'private_key', 'email', 'full_name', 'phone', 'attributes')
    HAVING whole IS NOT NULL
$$;
COMMENT ON COLUMN audit.before IS 'of an update only the changed columns; never secrets, nor what tells who somebody is';

-- Policies cannot limit columns, and is_active is granted as well: people's own row changes through these alone.

CREATE FUNCTION change_profile(given jsonb) RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.accounts
    SET
        full_name = CASE WHEN given ? 'full_name' THEN given ->> 'full_name' ELSE full_name END,
        phone = CASE WHEN given ? 'phone' THEN given ->> 'phone' ELSE phone END,
        language = COALESCE(given ->> 'language', language),
        attributes = CASE jsonb_typeof(given -> 'attributes')
            WHEN 'object' THEN jsonb_strip_nulls(attributes || (given -> 'attributes'))
            WHEN 'null' THEN '{}'
            ELSE attributes
        END
    WHERE id = NULLIF(current_setting('roadpulse.person', true), '')::bigint
    RETURNING attributes
$$;
COMMENT ON FUNCTION change_profile(jsonb) IS 'of the viewer: only members that are given change; gives all attributes as they are then';

CREATE FUNCTION change_password(old_hash text, new_hash text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.accounts SET password_hash = new_hash
    WHERE
        id = NULLIF(current_setting('roadpulse.person', true), '')::bigint
        AND password_hash = old_hash
    RETURNING id
$$;

REVOKE EXECUTE ON FUNCTION change_profile(jsonb), change_password(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION change_profile(jsonb), change_password(text, text) TO roadpulse_app;
GRANT SELECT (full_name, phone, attributes) ON accounts TO roadpulse_app;

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP FUNCTION change_password(text, text);
DROP FUNCTION change_profile(jsonb);
COMMENT ON COLUMN audit.before IS 'of an update only the changed columns; never secrets or e-mails';
CREATE OR REPLACE FUNCTION without_secrets(whole jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT COALESCE(jsonb_object_agg(part.key, part.value), '{}')
    FROM jsonb_each(whole) AS part
    WHERE
        part.key NOT LIKE '%\_hash'
        AND part.key NOT IN ('hash', 'private_key', 'email')
    HAVING whole IS NOT NULL
$$;
ALTER TABLE accounts
DROP COLUMN attributes,
DROP COLUMN phone,
DROP COLUMN full_name;
