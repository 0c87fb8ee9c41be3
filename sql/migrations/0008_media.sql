-- 0008_media: uploads in pieces, what an examination found, links' copies, and what still lies in the store. Adds only.
-- migrate:up
SET LOCAL lock_timeout = '4s';

ALTER TABLE media
ADD COLUMN pieces integer NOT NULL DEFAULT 0 CHECK (pieces >= 0),
ADD COLUMN quality jsonb;
COMMENT ON COLUMN media.pieces IS 'in how many it came; each is an object until the file is whole';
COMMENT ON COLUMN media.quality IS 'what the examination found: problems by code, and measures; NULL until then';

-- What the doors may change: the course of an upload, never whose it is, what it is, or what an examination found.
REVOKE UPDATE ON media FROM roadpulse_app;
GRANT UPDATE (state, received, pieces, refusal, stored_at) ON media TO roadpulse_app;

-- The trail tells who sent and deleted what when, not what can be seen in it.
DROP TRIGGER media_audit ON media;
CREATE TRIGGER media_audit AFTER UPDATE OF state OR DELETE ON media
FOR EACH ROW EXECUTE FUNCTION audit_change('quality');

CREATE TABLE media_leftovers (
    media uuid PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE media_leftovers IS
    'files of which objects may lie in the store that nobody needs any more; ids alone, whose they were is forgotten';

CREATE FUNCTION note_leftovers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.media_leftovers (media) VALUES (OLD.id)
    ON CONFLICT (media) DO UPDATE SET since = now();
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_leftovers() IS
    'In the transaction that ends an upload or deletes a file, so that neither a kill nor a cascade leaves objects behind';
CREATE TRIGGER media_ended AFTER UPDATE OF state ON media
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION note_leftovers();
CREATE TRIGGER media_deleted AFTER DELETE ON media
FOR EACH ROW EXECUTE FUNCTION note_leftovers();

-- Who holds a link is nobody yet: one row out, nothing to browse.
CREATE FUNCTION shared_media(given_hash bytea)
RETURNS TABLE (media uuid, kind text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT
        media.id,
        media.kind,
        media_links.expires_at
    FROM public.media_links
    JOIN public.media ON media.id = media_links.media
    JOIN public.accounts ON accounts.id = media.person
    WHERE
        media_links.hash = given_hash
        AND media_links.revoked_at IS NULL
        AND media_links.expires_at > now()
        AND media.state = 'stored'
        AND accounts.is_active
$$;

REVOKE EXECUTE ON FUNCTION note_leftovers(), shared_media(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shared_media(bytea) TO roadpulse_app;

ALTER TABLE media_leftovers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY media_leftovers_owner ON media_leftovers TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY media_leftovers_system ON media_leftovers TO roadpulse_system USING (true) WITH CHECK (true);
GRANT SELECT, DELETE ON media_leftovers TO roadpulse_system;

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP FUNCTION shared_media(bytea);
DROP TRIGGER media_deleted ON media;
DROP TRIGGER media_ended ON media;
DROP FUNCTION note_leftovers();
DROP TABLE media_leftovers;
DROP TRIGGER media_audit ON media;
CREATE TRIGGER media_audit AFTER UPDATE OF state OR DELETE ON media
FOR EACH ROW EXECUTE FUNCTION audit_change();
REVOKE UPDATE (state, received, pieces, refusal, stored_at) ON media FROM roadpulse_app;
GRANT UPDATE ON media TO roadpulse_app;
ALTER TABLE media
DROP COLUMN quality,
DROP COLUMN pieces;
