-- What a device has measured and the server does not have yet. SQLite.

-- The stream, and how far it is.
CREATE TABLE state (
    id integer PRIMARY KEY CHECK (id = 1),
    stream text NOT NULL,
    -- Whether the server has heard of this stream: only then can another one replace it.
    introduced integer NOT NULL DEFAULT 0,
    -- The stream that this one replaces, until the server has been told.
    replaces text,
    -- Measurements that went with the replaced stream.
    lost integer NOT NULL DEFAULT 0,
    next_seq integer NOT NULL DEFAULT 1,
    -- Parcels up to this id belong to a sealed batch, or did.
    sealed_through integer NOT NULL DEFAULT 0,
    -- Measurements thrown away since the stream began, because the spool was full.
    discarded integer NOT NULL DEFAULT 0
);

-- Measurements in the order they were made. AUTOINCREMENT: an id never comes back, so `sealed_through` stays true.
CREATE TABLE parcels (
    id integer PRIMARY KEY AUTOINCREMENT,
    count integer NOT NULL CHECK (count > 0),
    -- A MessagePack array.
    items blob NOT NULL
);

-- A batch is a run of parcels under the number it is sent with: written before it is sent, so that
-- one seq means one payload for ever.
CREATE TABLE batches (
    seq integer PRIMARY KEY,
    first_parcel integer NOT NULL,
    last_parcel integer NOT NULL,
    count integer NOT NULL
);

-- How many measurements the newest acknowledged batches held: what a server that was restored from a backup lost.
CREATE TABLE acknowledged (
    seq integer PRIMARY KEY,
    count integer NOT NULL
);

-- What became of the measurements.
CREATE TABLE tally (
    fate text NOT NULL,
    reason text NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (fate, reason)
) WITHOUT ROWID;

-- The replay under way: how far the trace was put into the spool, and how its times are moved.
CREATE TABLE replay (
    id integer PRIMARY KEY CHECK (id = 1),
    fingerprint text NOT NULL,
    started_at text NOT NULL,
    position integer NOT NULL,
    total integer NOT NULL
);
