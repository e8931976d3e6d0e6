CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, subject TEXT NOT NULL, release INTEGER, published TEXT,
    shapes_digest TEXT, engine TEXT, engine_version TEXT, started TEXT NOT NULL, finished TEXT, seconds REAL,
    outcome TEXT NOT NULL, conforms INTEGER, violations INTEGER, warnings INTEGER, infos INTEGER, problem TEXT,
    owner TEXT
);
CREATE INDEX run_of_job ON run (job, id);
CREATE UNIQUE INDEX run_of_gate ON run (release, published) WHERE job = 'gate';
CREATE TABLE result (
    fingerprint TEXT PRIMARY KEY, shape TEXT NOT NULL, focus TEXT NOT NULL, path TEXT, component TEXT NOT NULL,
    severity TEXT NOT NULL, value TEXT, messages TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX result_of_focus ON result (focus);
CREATE TABLE presence (
    job TEXT NOT NULL, fingerprint TEXT NOT NULL REFERENCES result, since INTEGER NOT NULL REFERENCES run,
    until INTEGER REFERENCES run, PRIMARY KEY (job, fingerprint, since)
) WITHOUT ROWID;
CREATE INDEX presence_open ON presence (job, fingerprint) WHERE until IS NULL;
CREATE INDEX presence_since ON presence (since);
CREATE INDEX presence_until ON presence (until);
CREATE INDEX presence_of_result ON presence (fingerprint);
CREATE TABLE shape_count (
    run INTEGER NOT NULL REFERENCES run, shape TEXT NOT NULL, severity TEXT NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (run, shape, severity)
) WITHOUT ROWID;
CREATE TABLE acknowledgement (
    fingerprint TEXT PRIMARY KEY REFERENCES result, reason TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL,
    expires TEXT
) WITHOUT ROWID;
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run, target TEXT NOT NULL,
    payload TEXT NOT NULL, created TEXT NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, due TEXT NOT NULL, error TEXT
);
CREATE INDEX delivery_due ON delivery (state, due);
