-- name: roles
-- Which of the given roles the cluster has.
SELECT rolname
FROM pg_roles
WHERE rolname = ANY ($1::text[]);

-- name: create_role
-- The statement that makes one role: may sign in, and nothing else. $2 is a SCRAM verifier, so that no password
-- comes into the server's log.
SELECT format(
    'CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT PASSWORD %L',
    $1::text,
    $2::text
);

-- name: change_password
-- The statement that gives one role a new password.
SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text);

-- name: strong_roles
-- Those of the given roles that could pass by row-level security.
SELECT rolname
FROM pg_roles
WHERE
    rolname = ANY ($1::text[])
    AND (rolsuper OR rolbypassrls);

-- name: database_exists
-- Whether the cluster has a database of that name.
SELECT EXISTS (
    SELECT FROM pg_database
    WHERE datname = $1
);

-- name: may_own
-- Whether the caller must first become a member of the owner's role to make a database for it.
SELECT format('GRANT %I TO CURRENT_USER', $1::text)
WHERE NOT pg_has_role($1::text, 'MEMBER');

-- name: create_database
-- The statement that makes the database; its text is sorted by code point, alike on every machine.
SELECT format(
    'CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE %L',
    $1::text,
    $2::text,
    $3::text
);

-- name: close_database
-- The statement that lets only our roles into the database and sets its clock to UTC.
SELECT format(
    'REVOKE ALL ON DATABASE %1$I FROM PUBLIC;'
    ' GRANT CONNECT ON DATABASE %1$I TO roadpulse_owner, roadpulse_app, roadpulse_system, roadpulse_analyst;'
    ' ALTER DATABASE %1$I SET timezone TO ''UTC''',
    $1::text
);

-- name: close_schema
-- Inside the database: only the owner makes things in the schema, our roles may look things up in it.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO roadpulse_owner;
GRANT USAGE ON SCHEMA public TO roadpulse_app, roadpulse_system, roadpulse_analyst;
