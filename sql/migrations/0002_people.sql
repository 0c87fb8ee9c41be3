-- 0002_people: accounts, their sessions and devices, the keys that sign, and who changed what.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    username text NOT NULL CHECK (length(username) BETWEEN 3 AND 32),
    password_hash text NOT NULL CHECK (password_hash LIKE '$2b$%' AND length(password_hash) = 60),
    role text NOT NULL CHECK (role IN ('subscriber', 'operator', 'mechanic', 'analyst', 'administrator')),
    provider bigint REFERENCES providers,
    language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'fr')),
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    modified_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((role = 'operator') = (provider IS NOT NULL))
);
COMMENT ON COLUMN accounts.provider IS 'the operator''s own; every other role has none';
COMMENT ON COLUMN accounts.is_active IS 'false: suspended, may neither sign in nor send';
CREATE UNIQUE INDEX accounts_email ON accounts (lower(email));
CREATE UNIQUE INDEX accounts_username ON accounts (lower(username));

CREATE TABLE sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    family_hash bytea NOT NULL UNIQUE CHECK (length(family_hash) = 32),
    token_hash bytea NOT NULL CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    refreshed_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
COMMENT ON TABLE sessions IS 'chains of refresh tokens; only the newest of each chain is good';
COMMENT ON COLUMN sessions.family_hash IS
    'sha256 of the half that all tokens of a chain share: with it and another second half, a token was used before';
CREATE INDEX sessions_account ON sessions (account);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE signing_keys (
    kid text PRIMARY KEY CHECK (length(kid) BETWEEN 8 AND 64),
    algorithm text NOT NULL CHECK (algorithm = 'EdDSA'),
    public_jwk jsonb NOT NULL,
    private_key bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    retires_at timestamptz NOT NULL CHECK (retires_at > created_at)
);
COMMENT ON COLUMN signing_keys.private_key IS 'AES-256-GCM under the settings'' secret: 12 bytes nonce, then ciphertext';
COMMENT ON COLUMN signing_keys.retires_at IS 'when the last token that it signed is dead';

CREATE TABLE stream_tickets (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    account bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    session uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    access_expires_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE stream_tickets IS 'one use: redeeming deletes the row';
COMMENT ON COLUMN stream_tickets.access_expires_at IS 'when the access token that it was bought with expires';

CREATE TABLE devices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account bigint NOT NULL REFERENCES accounts,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    last_seen_at timestamptz
);
COMMENT ON TABLE devices IS 'never deleted: measurements name them';
CREATE INDEX devices_account ON devices (account, id);

CREATE TABLE device_claims (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    account bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    login text NOT NULL,
    role text,
    person bigint,
    action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
    table_name text NOT NULL,
    row_id text,
    before jsonb,
    after jsonb
);
COMMENT ON TABLE audit IS 'append only: nobody is granted UPDATE or DELETE; forget_audit() drops what is old';
COMMENT ON COLUMN audit.login IS 'the database login that did it';
COMMENT ON COLUMN audit.person IS 'the account for whom it was done; NULL where nobody was signed in';
COMMENT ON COLUMN audit.before IS 'of an update only the changed columns; never secrets or e-mails';
CREATE INDEX audit_at ON audit USING brin (at);

CREATE TABLE idempotency_keys (
    account bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    device bigint NOT NULL DEFAULT 0,
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 128),
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    status integer CHECK (status BETWEEN 200 AND 299),
    content_type text,
    answer bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, device, key)
);
COMMENT ON COLUMN idempotency_keys.device IS '0: the account itself';
COMMENT ON COLUMN idempotency_keys.status IS 'NULL while the first request is under way';
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

-- Triggers: the trail, and the time of the last change.

CREATE FUNCTION audit_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    identifier text := COALESCE(became, was) ->> 'id';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF was = became THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(old_column.key, old_column.value), jsonb_object_agg(old_column.key, became -> old_column.key)
        INTO was, became
        FROM jsonb_each(was) AS old_column
        WHERE old_column.value IS DISTINCT FROM became -> old_column.key;
    END IF;
    INSERT INTO public.audit (login, role, person, action, table_name, row_id, before, after)
    VALUES (
        session_user,
        NULLIF(current_setting('roadpulse.role', true), ''),
        NULLIF(current_setting('roadpulse.person', true), '')::bigint,
        lower(TG_OP),
        TG_TABLE_NAME,
        identifier,
        public.without_secrets(was),
        public.without_secrets(became)
    );
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit_change() IS 'AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW, of any table with a column id';

CREATE FUNCTION without_secrets(whole jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT COALESCE(jsonb_object_agg(part.key, part.value), '{}')
    FROM jsonb_each(whole) AS part
    WHERE
        part.key NOT LIKE '%\_hash'
        AND part.key NOT IN ('hash', 'private_key', 'email')
    HAVING whole IS NOT NULL
$$;

CREATE FUNCTION touch_modified() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.modified_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER accounts_modified BEFORE UPDATE ON accounts
FOR EACH ROW EXECUTE FUNCTION touch_modified();

CREATE TRIGGER accounts_audit AFTER INSERT OR UPDATE OR DELETE ON accounts
FOR EACH ROW EXECUTE FUNCTION audit_change();

-- Not on last_seen_at: the trail tells what people did.
CREATE TRIGGER devices_audit AFTER INSERT OR UPDATE OF account, name, revoked_at OR DELETE ON devices
FOR EACH ROW EXECUTE FUNCTION audit_change();

-- What is done before a viewer exists: one row out, nothing to browse.

CREATE FUNCTION register_account(
    given_email text, given_username text, given_hash text, given_role text, given_provider bigint, given_language text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    IF given_role NOT IN ('subscriber', 'mechanic')
        AND current_setting('roadpulse.role', true) IS DISTINCT FROM 'administrator' THEN
        RAISE insufficient_privilege USING MESSAGE = 'only administrators give this role';
    END IF;
    INSERT INTO public.accounts (email, username, password_hash, role, provider, language)
    VALUES (given_email, given_username, given_hash, given_role, given_provider, given_language)
    RETURNING id INTO made;
    RETURN made;
END
$$;

CREATE FUNCTION account_signing_in(given_email text)
RETURNS TABLE (
    account bigint, password_hash text, role text, provider bigint, provider_slug text, is_active boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT
        accounts.id,
        accounts.password_hash,
        accounts.role,
        accounts.provider,
        providers.slug,
        accounts.is_active
    FROM public.accounts
    LEFT JOIN public.providers ON providers.id = accounts.provider
    WHERE lower(accounts.email) = lower(given_email)
$$;

CREATE FUNCTION account_standing(given_account bigint, given_session uuid)
RETURNS TABLE (role text, provider bigint, provider_slug text, is_active boolean, is_open boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT
        accounts.role,
        accounts.provider,
        providers.slug,
        accounts.is_active,
        EXISTS (
            SELECT FROM public.sessions
            WHERE
                sessions.id = given_session
                AND sessions.account = given_account
                AND sessions.revoked_at IS NULL
        )
    FROM public.accounts
    LEFT JOIN public.providers ON providers.id = accounts.provider
    WHERE accounts.id = given_account
$$;

CREATE FUNCTION rotate_session(given_family bytea, given_token bytea, new_token bytea, lifetime_s integer)
RETURNS TABLE (
    outcome text, session uuid, account bigint, role text, provider bigint, provider_slug text, is_active boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    found public.sessions;
    verdict text;
BEGIN
    -- Locked: of two callers with one token, the second comes after the first and is a reuse.
    SELECT * INTO found FROM public.sessions WHERE family_hash = given_family FOR UPDATE;
    IF found.id IS NULL THEN
        RETURN;
    END IF;
    IF found.revoked_at IS NOT NULL OR found.expires_at <= now() THEN
        verdict := 'ended';
    ELSIF found.token_hash <> given_token THEN
        verdict := 'reused';
        UPDATE public.sessions SET revoked_at = now() WHERE id = found.id;
    ELSE
        verdict := 'rotated';
        UPDATE public.sessions
        SET token_hash = new_token, refreshed_at = now(), expires_at = now() + make_interval(secs => lifetime_s)
        WHERE id = found.id;
    END IF;
    RETURN QUERY
    SELECT verdict, found.id, accounts.id, accounts.role, accounts.provider, providers.slug, accounts.is_active
    FROM public.accounts
    LEFT JOIN public.providers ON providers.id = accounts.provider
    WHERE accounts.id = found.account;
END
$$;

CREATE FUNCTION end_session(given_family bytea) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE public.sessions SET revoked_at = now()
    WHERE
        family_hash = given_family
        AND revoked_at IS NULL
    RETURNING id
$$;

CREATE FUNCTION redeem_ticket(given_ticket bytea)
RETURNS TABLE (
    account bigint, role text, provider bigint, provider_slug text, is_active boolean,
    session uuid, access_expires_at timestamptz
)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH redeemed AS (
        DELETE FROM public.stream_tickets
        WHERE hash = given_ticket
        RETURNING account, session, access_expires_at, expires_at
    )
    SELECT
        accounts.id,
        accounts.role,
        accounts.provider,
        providers.slug,
        accounts.is_active,
        redeemed.session,
        redeemed.access_expires_at
    FROM redeemed
    JOIN public.accounts ON accounts.id = redeemed.account
    JOIN public.sessions ON sessions.id = redeemed.session AND sessions.revoked_at IS NULL
    LEFT JOIN public.providers ON providers.id = accounts.provider
    WHERE redeemed.expires_at > now()
$$;

CREATE FUNCTION redeem_claim(given_claim bytea, given_name text, given_token bytea)
RETURNS TABLE (device bigint, account bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH redeemed AS (
        UPDATE public.device_claims
        SET used_at = now()
        FROM public.accounts
        WHERE
            device_claims.hash = given_claim
            AND device_claims.used_at IS NULL
            AND device_claims.expires_at > now()
            AND accounts.id = device_claims.account
            AND accounts.is_active
        RETURNING device_claims.account
    )
    INSERT INTO public.devices (account, name, token_hash)
    SELECT redeemed.account, given_name, given_token
    FROM redeemed
    RETURNING devices.id, devices.account
$$;

CREATE FUNCTION device_by_token(given_token bytea)
RETURNS TABLE (
    device bigint, account bigint, role text, provider bigint, provider_slug text,
    is_active boolean, is_revoked boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    -- To five minutes: a phone that comes and goes must not write a row each time.
    UPDATE public.devices SET last_seen_at = now()
    WHERE
        token_hash = given_token
        AND revoked_at IS NULL
        AND (last_seen_at IS NULL OR last_seen_at < now() - interval '5 minutes');
    RETURN QUERY
    SELECT
        devices.id, accounts.id, accounts.role, accounts.provider, providers.slug,
        accounts.is_active, devices.revoked_at IS NOT NULL
    FROM public.devices
    JOIN public.accounts ON accounts.id = devices.account
    LEFT JOIN public.providers ON providers.id = accounts.provider
    WHERE devices.token_hash = given_token;
END
$$;

CREATE FUNCTION forget_audit(older_than interval) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH forgotten AS (
        DELETE FROM public.audit
        -- Whoever takes over a login cannot wipe its own traces.
        WHERE at < now() - GREATEST(older_than, interval '90 days')
        RETURNING id
    )
    SELECT count(*) FROM forgotten
$$;

REVOKE EXECUTE ON FUNCTION
    audit_change(),
    without_secrets(jsonb),
    touch_modified(),
    register_account(text, text, text, text, bigint, text),
    account_signing_in(text),
    account_standing(bigint, uuid),
    rotate_session(bytea, bytea, bytea, integer),
    end_session(bytea),
    redeem_ticket(bytea),
    redeem_claim(bytea, text, bytea),
    device_by_token(bytea),
    forget_audit(interval)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    register_account(text, text, text, text, bigint, text),
    account_signing_in(text),
    account_standing(bigint, uuid),
    rotate_session(bytea, bytea, bytea, integer),
    end_session(bytea),
    redeem_ticket(bytea),
    redeem_claim(bytea, text, bytea),
    device_by_token(bytea)
TO roadpulse_app;
GRANT EXECUTE ON FUNCTION forget_audit(interval) TO roadpulse_system;

-- Who may touch which columns.

GRANT SELECT (id, email, username, role, provider, language, is_active, created_at, modified_at) ON accounts TO roadpulse_app;
GRANT UPDATE (is_active) ON accounts TO roadpulse_app;
GRANT SELECT (id, is_active) ON accounts TO roadpulse_system;

GRANT SELECT (id, account, created_at, refreshed_at, expires_at, revoked_at) ON sessions TO roadpulse_app;
GRANT INSERT (account, family_hash, token_hash, expires_at) ON sessions TO roadpulse_app;
GRANT UPDATE (revoked_at) ON sessions TO roadpulse_app;
GRANT SELECT (expires_at, revoked_at), DELETE ON sessions TO roadpulse_system;

GRANT SELECT, INSERT, DELETE ON signing_keys TO roadpulse_system;

GRANT INSERT ON stream_tickets TO roadpulse_app;
GRANT SELECT (expires_at), DELETE ON stream_tickets TO roadpulse_system;

GRANT SELECT (id, account, name, created_at, revoked_at, last_seen_at) ON devices TO roadpulse_app;
GRANT UPDATE (revoked_at) ON devices TO roadpulse_app;
GRANT SELECT (id, account, revoked_at) ON devices TO roadpulse_system;

GRANT INSERT (hash, account, expires_at) ON device_claims TO roadpulse_app;
GRANT SELECT (expires_at), DELETE ON device_claims TO roadpulse_system;

GRANT SELECT ON audit TO roadpulse_app;

GRANT SELECT, INSERT, DELETE ON idempotency_keys TO roadpulse_app;
GRANT UPDATE (request_hash, status, content_type, answer, created_at) ON idempotency_keys TO roadpulse_app;
GRANT SELECT (created_at), DELETE ON idempotency_keys TO roadpulse_system;

-- Row-level security: unset matches nothing.

ALTER TABLE accounts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_owner ON accounts TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY accounts_system ON accounts TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY accounts_administrator ON accounts TO roadpulse_app
USING (current_setting('roadpulse.role', true) = 'administrator');
CREATE POLICY accounts_own ON accounts FOR SELECT TO roadpulse_app
USING (id = NULLIF(current_setting('roadpulse.person', true), '')::bigint);

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sessions_owner ON sessions TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY sessions_system ON sessions TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY sessions_administrator ON sessions TO roadpulse_app
USING (current_setting('roadpulse.role', true) = 'administrator');
CREATE POLICY sessions_own ON sessions TO roadpulse_app
USING (account = NULLIF(current_setting('roadpulse.person', true), '')::bigint);

ALTER TABLE signing_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY signing_keys_owner ON signing_keys TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY signing_keys_system ON signing_keys TO roadpulse_system USING (true) WITH CHECK (true);

ALTER TABLE stream_tickets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY stream_tickets_owner ON stream_tickets TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY stream_tickets_system ON stream_tickets TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY stream_tickets_own ON stream_tickets FOR INSERT TO roadpulse_app
WITH CHECK (account = NULLIF(current_setting('roadpulse.person', true), '')::bigint);

ALTER TABLE devices ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY devices_owner ON devices TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY devices_system ON devices TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY devices_seen_by_administrator ON devices FOR SELECT TO roadpulse_app
USING (current_setting('roadpulse.role', true) = 'administrator');
CREATE POLICY devices_seen_by_own ON devices FOR SELECT TO roadpulse_app
USING (account = NULLIF(current_setting('roadpulse.person', true), '')::bigint);
-- A revoked device is out of reach for good: nothing takes the revocation back.
CREATE POLICY devices_revoked_by_administrator ON devices FOR UPDATE TO roadpulse_app
USING (revoked_at IS NULL AND current_setting('roadpulse.role', true) = 'administrator')
WITH CHECK (current_setting('roadpulse.role', true) = 'administrator');
CREATE POLICY devices_revoked_by_own ON devices FOR UPDATE TO roadpulse_app
USING (revoked_at IS NULL AND account = NULLIF(current_setting('roadpulse.person', true), '')::bigint)
WITH CHECK (account = NULLIF(current_setting('roadpulse.person', true), '')::bigint);

ALTER TABLE device_claims ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY device_claims_owner ON device_claims TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY device_claims_system ON device_claims TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY device_claims_own ON device_claims FOR INSERT TO roadpulse_app
WITH CHECK (account = NULLIF(current_setting('roadpulse.person', true), '')::bigint);

ALTER TABLE audit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_owner ON audit TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY audit_system ON audit TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY audit_administrator ON audit FOR SELECT TO roadpulse_app
USING (current_setting('roadpulse.role', true) = 'administrator');

-- Not even administrators: an answer is between the server and who asked.
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_owner ON idempotency_keys TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY idempotency_keys_system ON idempotency_keys TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY idempotency_keys_own ON idempotency_keys TO roadpulse_app
USING (account = NULLIF(current_setting('roadpulse.person', true), '')::bigint);

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP FUNCTION forget_audit(interval);
DROP FUNCTION device_by_token(bytea);
DROP FUNCTION redeem_claim(bytea, text, bytea);
DROP FUNCTION redeem_ticket(bytea);
DROP FUNCTION end_session(bytea);
DROP FUNCTION rotate_session(bytea, bytea, bytea, integer);
DROP FUNCTION account_standing(bigint, uuid);
DROP FUNCTION account_signing_in(text);
DROP FUNCTION register_account(text, text, text, text, bigint, text);
DROP TABLE idempotency_keys;
DROP TABLE audit;
DROP TABLE device_claims;
DROP TABLE devices;
DROP TABLE stream_tickets;
DROP TABLE signing_keys;
DROP TABLE sessions;
DROP TABLE accounts;
DROP FUNCTION touch_modified();
DROP FUNCTION audit_change();
DROP FUNCTION without_secrets(jsonb);
