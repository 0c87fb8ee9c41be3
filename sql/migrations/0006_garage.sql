-- 0006_garage: cars, what their drivers send of them, what models read in it, and what it comes to.
-- migrate:up
SET LOCAL lock_timeout = '4s';

CREATE TABLE vehicles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    make text CHECK (length(make) BETWEEN 1 AND 64),
    model text CHECK (length(model) BETWEEN 1 AND 64),
    year integer CHECK (year BETWEEN 1950 AND 2100),
    fuel text CHECK (fuel IN ('petrol', 'diesel', 'hybrid', 'electric', 'gas')),
    gearbox text CHECK (gearbox IN ('manual', 'automatic')),
    odometer_km integer CHECK (odometer_km BETWEEN 0 AND 2000000),
    created_at timestamptz NOT NULL DEFAULT now(),
    modified_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN vehicles.name IS 'what its owner calls it';
CREATE INDEX vehicles_person ON vehicles (person, id);

CREATE TABLE media (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    person bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('dashboard', 'sound', 'attachment')),
    content_type text NOT NULL CHECK (length(content_type) BETWEEN 1 AND 128),
    bytes bigint NOT NULL CHECK (bytes > 0),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    captured_at timestamptz,
    state text NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'stored', 'failed')),
    received bigint NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND bytes),
    refusal text CHECK (length(refusal) BETWEEN 1 AND 64),
    created_at timestamptz NOT NULL DEFAULT now(),
    modified_at timestamptz NOT NULL DEFAULT now(),
    stored_at timestamptz,
    CHECK ((state = 'failed') = (refusal IS NOT NULL)),
    CHECK ((state = 'stored') = (stored_at IS NOT NULL)),
    CHECK (state <> 'stored' OR received = bytes)
);
COMMENT ON COLUMN media.content_type IS 'as declared; what it truly is a decoder says, in its reading';
COMMENT ON COLUMN media.received IS 'bytes kept so far: where an upload that broke off goes on';
COMMENT ON COLUMN media.refusal IS 'the code of the error for which the file was not kept';
-- One file of one person is kept once; an upload that broke off is found by this.
CREATE UNIQUE INDEX media_file ON media (person, sha256, bytes, kind) WHERE state <> 'failed';
CREATE INDEX media_person ON media (person, created_at DESC);
CREATE INDEX media_unfinished ON media (modified_at) WHERE state <> 'stored';

CREATE TABLE media_links (
    hash bytea PRIMARY KEY CHECK (length(hash) = 32),
    media uuid NOT NULL REFERENCES media ON DELETE CASCADE,
    person bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    revoked_at timestamptz
);
COMMENT ON TABLE media_links IS 'whoever holds the link sees a copy without place and device, until then';
CREATE INDEX media_links_media ON media_links (media);
CREATE INDEX media_links_expires_at ON media_links (expires_at);

CREATE TABLE readings (
    media uuid NOT NULL REFERENCES media ON DELETE CASCADE,
    model text NOT NULL CHECK (length(model) BETWEEN 1 AND 64),
    person bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    quality jsonb NOT NULL,
    findings jsonb NOT NULL,
    took_ms real NOT NULL CHECK (took_ms >= 0),
    read_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (media, model)
);
COMMENT ON TABLE readings IS 'what one model saw or heard in one file; the same file is read once by each model';
COMMENT ON COLUMN readings.model IS 'name and version, as the card gives it: `dashboard-2`';

CREATE TABLE diagnoses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    vehicle bigint REFERENCES vehicles ON DELETE SET NULL,
    language text NOT NULL CHECK (language IN ('en', 'fr')),
    description text NOT NULL DEFAULT '' CHECK (length(description) <= 4000),
    symptoms text[] NOT NULL DEFAULT '{}' CHECK (cardinality(symptoms) <= 50),
    codes text[] NOT NULL DEFAULT '{}' CHECK (cardinality(codes) <= 50),
    answers jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(answers) = 'object'),
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'working', 'concluded', 'failed')),
    stage text CHECK (length(stage) BETWEEN 1 AND 32),
    starts integer NOT NULL DEFAULT 0 CHECK (starts >= 0),
    result jsonb,
    failure text CHECK (length(failure) BETWEEN 1 AND 64),
    version integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz,
    CHECK ((state = 'concluded') = (result IS NOT NULL)),
    CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CHECK ((state IN ('concluded', 'failed')) = (ended_at IS NOT NULL))
);
COMMENT ON COLUMN diagnoses.symptoms IS 'chips that were pressed, by the knowledge''s ids';
COMMENT ON COLUMN diagnoses.starts IS 'how often a worker began; who kills its worker is parked';
COMMENT ON COLUMN diagnoses.result IS 'the whole result page, in both languages; ranked anew with each answer';
COMMENT ON COLUMN diagnoses.failure IS 'the code of the error in which it ended';
CREATE INDEX diagnoses_person ON diagnoses (person, id DESC);
CREATE INDEX diagnoses_vehicle ON diagnoses (vehicle, id DESC) WHERE vehicle IS NOT NULL;
CREATE INDEX diagnoses_open ON diagnoses (created_at) WHERE state IN ('queued', 'working');

CREATE TABLE diagnosis_media (
    diagnosis bigint NOT NULL REFERENCES diagnoses ON DELETE CASCADE,
    media uuid NOT NULL REFERENCES media ON DELETE CASCADE,
    person bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    position integer NOT NULL CHECK (position >= 0),
    PRIMARY KEY (diagnosis, media)
);
CREATE INDEX diagnosis_media_media ON diagnosis_media (media);

CREATE TABLE outcomes (
    diagnosis bigint PRIMARY KEY REFERENCES diagnoses ON DELETE CASCADE,
    person bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    was_right boolean,
    cause text CHECK (length(cause) BETWEEN 1 AND 64),
    comment text NOT NULL DEFAULT '' CHECK (length(comment) <= 2000),
    told_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE outcomes IS 'what the owner found it to be in the end: what calibration can learn from';
COMMENT ON COLUMN outcomes.was_right IS 'NULL: cannot tell';
COMMENT ON COLUMN outcomes.cause IS 'of the knowledge base; NULL where it is none of them, or not told';

CREATE TRIGGER vehicles_modified BEFORE UPDATE ON vehicles
FOR EACH ROW EXECUTE FUNCTION touch_modified();
CREATE TRIGGER media_modified BEFORE UPDATE ON media
FOR EACH ROW EXECUTE FUNCTION touch_modified();

CREATE TRIGGER vehicles_audit AFTER INSERT OR UPDATE OR DELETE ON vehicles
FOR EACH ROW EXECUTE FUNCTION audit_change();
CREATE TRIGGER media_audit AFTER UPDATE OF state OR DELETE ON media
FOR EACH ROW EXECUTE FUNCTION audit_change();

GRANT SELECT, INSERT, UPDATE, DELETE ON vehicles TO roadpulse_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON media TO roadpulse_app;
GRANT SELECT, INSERT ON media_links TO roadpulse_app;
GRANT UPDATE (revoked_at) ON media_links TO roadpulse_app;
GRANT SELECT ON readings TO roadpulse_app;
GRANT SELECT, INSERT, DELETE ON diagnoses TO roadpulse_app;
GRANT UPDATE (answers, result, version) ON diagnoses TO roadpulse_app;
GRANT SELECT, INSERT ON diagnosis_media TO roadpulse_app;
GRANT SELECT, INSERT, DELETE ON outcomes TO roadpulse_app;
GRANT UPDATE (was_right, cause, comment, told_at) ON outcomes TO roadpulse_app;

GRANT SELECT ON vehicles TO roadpulse_system;
GRANT SELECT, UPDATE, DELETE ON media TO roadpulse_system;
GRANT SELECT, DELETE ON media_links TO roadpulse_system;
GRANT SELECT, INSERT, UPDATE ON readings TO roadpulse_system;
GRANT SELECT, UPDATE ON diagnoses TO roadpulse_system;
GRANT SELECT ON diagnosis_media TO roadpulse_system;
GRANT SELECT ON outcomes TO roadpulse_system;

-- Row-level security: everything here is its person's alone, administrators included: a photo of a dashboard is private.

ALTER TABLE vehicles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY vehicles_owner ON vehicles TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY vehicles_system ON vehicles TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY vehicles_own ON vehicles TO roadpulse_app
USING (person = NULLIF(current_setting('roadpulse.person', true), '')::bigint);

ALTER TABLE media ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY media_owner ON media TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY media_system ON media TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY media_own ON media TO roadpulse_app
USING (person = NULLIF(current_setting('roadpulse.person', true), '')::bigint);

ALTER TABLE media_links ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY media_links_owner ON media_links TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY media_links_system ON media_links TO roadpulse_system USING (true) WITH CHECK (true);
-- A link is made only for a file that its maker can see.
CREATE POLICY media_links_own ON media_links TO roadpulse_app
USING (person = NULLIF(current_setting('roadpulse.person', true), '')::bigint)
WITH CHECK (
    person = NULLIF(current_setting('roadpulse.person', true), '')::bigint
    AND EXISTS (SELECT FROM media WHERE media.id = media_links.media)
);

ALTER TABLE readings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY readings_owner ON readings TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY readings_system ON readings TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY readings_own ON readings FOR SELECT TO roadpulse_app
USING (person = NULLIF(current_setting('roadpulse.person', true), '')::bigint);

ALTER TABLE diagnoses ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY diagnoses_owner ON diagnoses TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY diagnoses_system ON diagnoses TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY diagnoses_own ON diagnoses TO roadpulse_app
USING (person = NULLIF(current_setting('roadpulse.person', true), '')::bigint)
WITH CHECK (
    person = NULLIF(current_setting('roadpulse.person', true), '')::bigint
    AND (vehicle IS NULL OR EXISTS (SELECT FROM vehicles WHERE vehicles.id = diagnoses.vehicle))
);

ALTER TABLE diagnosis_media ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY diagnosis_media_owner ON diagnosis_media TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY diagnosis_media_system ON diagnosis_media TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY diagnosis_media_own ON diagnosis_media TO roadpulse_app
USING (person = NULLIF(current_setting('roadpulse.person', true), '')::bigint)
WITH CHECK (
    person = NULLIF(current_setting('roadpulse.person', true), '')::bigint
    AND EXISTS (SELECT FROM media WHERE media.id = diagnosis_media.media)
    AND EXISTS (SELECT FROM diagnoses WHERE diagnoses.id = diagnosis_media.diagnosis)
);

ALTER TABLE outcomes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY outcomes_owner ON outcomes TO roadpulse_owner USING (true) WITH CHECK (true);
CREATE POLICY outcomes_system ON outcomes TO roadpulse_system USING (true) WITH CHECK (true);
CREATE POLICY outcomes_own ON outcomes TO roadpulse_app
USING (person = NULLIF(current_setting('roadpulse.person', true), '')::bigint)
WITH CHECK (
    person = NULLIF(current_setting('roadpulse.person', true), '')::bigint
    AND EXISTS (SELECT FROM diagnoses WHERE diagnoses.id = outcomes.diagnosis)
);

-- migrate:down
SET LOCAL lock_timeout = '4s';
DROP TABLE outcomes;
DROP TABLE diagnosis_media;
DROP TABLE diagnoses;
DROP TABLE readings;
DROP TABLE media_links;
DROP TABLE media;
DROP TABLE vehicles;
