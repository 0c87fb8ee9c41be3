-- 0024_words: a diagnosis is found by words of its description, in its own language, with or without accents and before the last
-- word is written out. Safe while the old code runs.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE FUNCTION words_of(language text, description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_tsvector(
        CASE language WHEN 'fr' THEN 'french'::regconfig ELSE 'english'::regconfig END,
        translate(description, 'àâäçéèêëîïôöùûüÿÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸ’', 'aaaceeeeiioouuuyAAACEEEEIIOOUUUY''')
    )
$$;
CREATE FUNCTION words_sought(language text, words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN numnode(sought) = 0 THEN sought ELSE (sought::text || ':*')::tsquery END
    FROM plainto_tsquery(
        CASE language WHEN 'fr' THEN 'french'::regconfig ELSE 'english'::regconfig END,
        translate(words, 'àâäçéèêëîïôöùûüÿÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸ’', 'aaaceeeeiioouuuyAAACEEEEIIOOUUUY''')
    ) AS sought
$$;
CREATE INDEX diagnoses_words ON diagnoses USING gin (words_of(language, description));

-- Row-level security keeps @@ from the index, since it might tell of rows that it must not be asked about. This asks as the
-- owner, about the viewer's own alone.
CREATE FUNCTION diagnoses_with(words text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT id
    FROM public.diagnoses
    WHERE
        person = NULLIF(current_setting('roadpulse.person', true), '')::bigint
        AND (
            (language = 'en' AND public.words_of(language, description) @@ public.words_sought('en', words))
            OR (language = 'fr' AND public.words_of(language, description) @@ public.words_sought('fr', words))
        )
$$;

REVOKE EXECUTE ON FUNCTION words_of(text, text), words_sought(text, text), diagnoses_with(text) FROM PUBLIC;
-- Whoever writes a row writes the index.
GRANT EXECUTE ON FUNCTION words_of(text, text) TO roadpulse_app, roadpulse_system;
GRANT EXECUTE ON FUNCTION diagnoses_with(text) TO roadpulse_app;

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP FUNCTION diagnoses_with(text);
DROP INDEX diagnoses_words;
DROP FUNCTION words_sought(text, text);
DROP FUNCTION words_of(text, text);
