-- Times are milliseconds since 1970 (UTC). `up` is 1, 0 or NULL: listeners could, could not, unknown.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);

CREATE TABLE rounds (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL,
    vantage     TEXT NOT NULL,
    started_ms  BIGINT NOT NULL,
    finished_ms BIGINT NOT NULL,
    feeds       BIGINT NOT NULL,
    enclosures  BIGINT NOT NULL,
    origins     BIGINT NOT NULL,
    requests    BIGINT NOT NULL,
    connections BIGINT NOT NULL,
    late        BIGINT NOT NULL,
    offline     BIGINT NOT NULL,
    verdict     TEXT NOT NULL
);
CREATE INDEX rounds_by_time ON rounds (finished_ms);

CREATE TABLE certificates (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256        TEXT NOT NULL UNIQUE,
    subject       TEXT NOT NULL,
    issuer        TEXT NOT NULL,
    authority     TEXT NOT NULL,
    serial        TEXT NOT NULL,
    not_before_ms BIGINT NOT NULL,
    not_after_ms  BIGINT NOT NULL,
    der           BYTEA,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms  BIGINT NOT NULL
);

CREATE TABLE origins (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE,
    provider      TEXT,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms  BIGINT NOT NULL
);

CREATE TABLE sightings (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    round_id       BIGINT NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
    origin_id      BIGINT NOT NULL REFERENCES origins (id) ON DELETE CASCADE,
    at_ms          BIGINT NOT NULL,
    edges_up       BIGINT NOT NULL,
    edges_down     BIGINT NOT NULL,
    certificate_id BIGINT REFERENCES certificates (id) ON DELETE SET NULL,
    root           TEXT,
    verdict        TEXT NOT NULL,
    up             BIGINT,
    total_ms       DOUBLE PRECISION,
    UNIQUE (round_id, origin_id)
);
CREATE INDEX sightings_by_time ON sightings (at_ms);
CREATE INDEX sightings_of_origin ON sightings (origin_id, at_ms);
CREATE INDEX sightings_of_certificate ON sightings (certificate_id);

-- Which certificate an origin served, from when to when.
CREATE TABLE tenures (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin_id       BIGINT NOT NULL REFERENCES origins (id) ON DELETE CASCADE,
    certificate_id  BIGINT NOT NULL REFERENCES certificates (id) ON DELETE CASCADE,
    root            TEXT,
    first_seen_ms   BIGINT NOT NULL,
    last_seen_ms    BIGINT NOT NULL,
    -- Set where it took another's place: what was left of the other's lifetime, 1 to 0 and below.
    remaining_share DOUBLE PRECISION,
    UNIQUE (origin_id, certificate_id)
);
CREATE INDEX tenures_of_certificate ON tenures (certificate_id);

CREATE TABLE feeds (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,
    source        TEXT NOT NULL,
    name          TEXT NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    read_ms       BIGINT,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms  BIGINT NOT NULL
);

-- What a feed said, a row for each time that it said something else.
CREATE TABLE feed_versions (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    feed_id       BIGINT NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    title         TEXT NOT NULL,
    items         BIGINT NOT NULL,
    guids_hash    TEXT NOT NULL,
    guids         TEXT NOT NULL,
    hosts         TEXT NOT NULL,
    dates         TEXT NOT NULL,
    newest_ms     BIGINT,
    rhythm_ms     BIGINT,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms  BIGINT NOT NULL,
    UNIQUE (feed_id, first_seen_ms)
);

-- What is walked to: enclosures, feeds' own documents, extra endpoints.
CREATE TABLE targets (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    url           TEXT NOT NULL,
    feed_id       BIGINT REFERENCES feeds (id) ON DELETE CASCADE,
    guid          TEXT,
    title         TEXT,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms  BIGINT NOT NULL
);
CREATE INDEX targets_of_feed ON targets (feed_id);

CREATE TABLE walks (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    round_id  BIGINT NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL REFERENCES targets (id) ON DELETE CASCADE,
    at_ms     BIGINT NOT NULL,
    outcome   TEXT NOT NULL,
    verdict   TEXT NOT NULL,
    up        BIGINT,
    total_ms  DOUBLE PRECISION,
    hops      TEXT NOT NULL,
    UNIQUE (round_id, target_id)
);
CREATE INDEX walks_by_time ON walks (at_ms);
CREATE INDEX walks_of_target ON walks (target_id, at_ms);

-- A row for each time that a finding came; `cleared_ms` when it went.
CREATE TABLE findings (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    finding       TEXT NOT NULL,
    code          TEXT NOT NULL,
    severity      TEXT NOT NULL,
    subject_kind  TEXT NOT NULL,
    subject       TEXT NOT NULL,
    name          TEXT NOT NULL,
    summary       TEXT NOT NULL,
    detail        TEXT NOT NULL,
    caused_by     TEXT,
    feeds         BIGINT NOT NULL,
    episodes      BIGINT NOT NULL,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms  BIGINT NOT NULL,
    cleared_ms    BIGINT
);
CREATE UNIQUE INDEX findings_going_on ON findings (finding) WHERE cleared_ms IS NULL;
CREATE INDEX findings_by_end ON findings (cleared_ms);

CREATE TABLE incidents (
    id           BIGINT PRIMARY KEY NOT NULL,
    code         TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject      TEXT NOT NULL,
    name         TEXT NOT NULL,
    certificate  TEXT,
    severity     TEXT NOT NULL,
    state        TEXT NOT NULL,
    since_ms     BIGINT NOT NULL,
    opened_ms    BIGINT,
    seen_ms      BIGINT NOT NULL,
    closed_ms    BIGINT,
    host         TEXT,
    summary      TEXT NOT NULL,
    feeds        BIGINT NOT NULL,
    episodes     BIGINT NOT NULL,
    transitions  BIGINT NOT NULL,
    body         TEXT NOT NULL
);
CREATE INDEX incidents_by_state ON incidents (state);
CREATE INDEX incidents_by_end ON incidents (closed_ms);

CREATE TABLE transitions (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident BIGINT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    number   BIGINT NOT NULL,
    at_ms    BIGINT NOT NULL,
    what     TEXT NOT NULL,
    severity TEXT NOT NULL,
    body     TEXT NOT NULL,
    UNIQUE (incident, number)
);

-- The outbox, and what became of it.
CREATE TABLE deliveries (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key           TEXT NOT NULL UNIQUE,
    channel       TEXT NOT NULL,
    incident      BIGINT,
    phase         TEXT NOT NULL,
    headline      TEXT NOT NULL,
    composed_ms   BIGINT NOT NULL,
    not_before_ms BIGINT NOT NULL,
    retry_ms      BIGINT NOT NULL,
    state         TEXT NOT NULL,
    attempts      BIGINT NOT NULL,
    last_error    TEXT,
    receipt       TEXT,
    done_ms       BIGINT,
    body          TEXT NOT NULL
);
CREATE INDEX deliveries_waiting ON deliveries (channel, incident, id) WHERE state = 'waiting';
CREATE INDEX deliveries_of_incident ON deliveries (incident, id);
CREATE INDEX deliveries_by_end ON deliveries (done_ms);

CREATE TABLE rollups (
    scale    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    subject  BIGINT NOT NULL,
    start_ms BIGINT NOT NULL,
    checks   BIGINT NOT NULL,
    failed   BIGINT NOT NULL,
    unknown  BIGINT NOT NULL,
    p50_ms   DOUBLE PRECISION,
    p95_ms   DOUBLE PRECISION,
    PRIMARY KEY (scale, kind, subject, start_ms)
);
CREATE INDEX rollups_by_time ON rollups (scale, start_ms);

-- What people ask of the daemon: to take an incident up (read once), to be silent (until its end).
CREATE TABLE wishes (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     TEXT NOT NULL,
    incident BIGINT,
    actor    TEXT,
    host     TEXT,
    code     TEXT,
    until_ms BIGINT,
    at_ms    BIGINT NOT NULL
);
