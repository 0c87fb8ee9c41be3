-- 0016_trail: the trail also holds who shared a file or told an outcome, and when the operators or their carriers, which decide
-- whose a measurement is, were changed. Safe while the old code runs: adds only.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE OR REPLACE FUNCTION audit_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - COALESCE(TG_ARGV, '{}') END;
    became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - COALESCE(TG_ARGV, '{}') END;
    whole jsonb := COALESCE(to_jsonb(NEW), to_jsonb(OLD));
    identifier text := COALESCE(whole ->> 'id', whole ->> 'diagnosis', whole ->> 'media', whole ->> 'alias');
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
COMMENT ON FUNCTION audit_change() IS
    'AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW; names the row by its id, or by what it belongs to; its arguments are columns left out';

CREATE TRIGGER media_links_audit AFTER INSERT OR UPDATE OF revoked_at ON media_links
FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER outcomes_audit AFTER INSERT OR UPDATE OR DELETE ON outcomes
FOR EACH ROW EXECUTE FUNCTION audit_change('was_right', 'cause', 'comment');
CREATE TRIGGER providers_audit AFTER INSERT OR UPDATE OR DELETE ON providers
FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER carriers_audit AFTER INSERT OR UPDATE OR DELETE ON carriers
FOR EACH ROW EXECUTE FUNCTION audit_change();

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP TRIGGER carriers_audit ON carriers;
DROP TRIGGER providers_audit ON providers;
DROP TRIGGER outcomes_audit ON outcomes;
DROP TRIGGER media_links_audit ON media_links;
CREATE OR REPLACE FUNCTION audit_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - COALESCE(TG_ARGV, '{}') END;
    became jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - COALESCE(TG_ARGV, '{}') END;
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
COMMENT ON FUNCTION audit_change() IS
    'AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW, of any table with a column id; its arguments are columns left out';
