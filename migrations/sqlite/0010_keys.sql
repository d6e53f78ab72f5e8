-- Control over a signing key: whether it has a PIN, and how many wrong ones there were since the last right one; whether two custodians
-- open it; how many signatures an hour it may make, and how many it made in the hour (since 1970) in which it signed last; when it was
-- stopped; which key has its place, from when on, and how long it may still be used; when it was destroyed. Keys that came before this
-- table have no row until something is done to them.
CREATE TABLE key_control (
    key         TEXT PRIMARY KEY REFERENCES signing_key (id),
    certificate BLOB NOT NULL,
    has_pin     INTEGER NOT NULL,
    tries       INTEGER NOT NULL,
    two_person  INTEGER NOT NULL,
    per_hour    INTEGER,
    hour        INTEGER NOT NULL,
    used        INTEGER NOT NULL,
    stopped     TEXT,
    successor   TEXT REFERENCES signing_key (id),
    succeeded   TEXT,
    retires     TEXT,
    destroyed   TEXT,
    reason      TEXT
) STRICT;
CREATE INDEX key_control_certificate ON key_control (certificate);
