-- 0014_retention: dropping a day waits for all who read measurements, and whoever comes later waits behind it: so it gives
-- up soon, and two machines that drop the same day do not fail. Safe while the old code runs: it tries again in an hour.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE OR REPLACE FUNCTION drop_days_before(oldest date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '500ms' AS $$
DECLARE
    leaf text;
    dropped integer := 0;
BEGIN
    FOR leaf IN
        SELECT child.relname
        FROM pg_inherits
        JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
        WHERE pg_inherits.inhparent = 'public.measurements'::regclass
            AND child.relname < 'measurements_' || to_char(oldest, 'YYYYMMDD')
        ORDER BY child.relname
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS public.%I', leaf);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

-- migrate:down
SET LOCAL lock_timeout = '4s';

CREATE OR REPLACE FUNCTION drop_days_before(oldest date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    leaf text;
    dropped integer := 0;
BEGIN
    FOR leaf IN
        SELECT child.relname
        FROM pg_inherits
        JOIN pg_class AS child ON child.oid = pg_inherits.inhrelid
        WHERE pg_inherits.inhparent = 'public.measurements'::regclass
            AND child.relname < 'measurements_' || to_char(oldest, 'YYYYMMDD')
        ORDER BY child.relname
    LOOP
        EXECUTE format('DROP TABLE public.%I', leaf);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
