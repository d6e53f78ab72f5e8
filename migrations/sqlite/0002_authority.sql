-- The built-in authority: its CAs, each with the newest of its revocation lists.
CREATE TABLE authority_ca (
    name        TEXT PRIMARY KEY,
    signing_key TEXT NOT NULL REFERENCES signing_key (id),
    crl         BLOB NOT NULL,
    crl_number  INTEGER NOT NULL,
    crl_created TEXT NOT NULL
) STRICT;

-- What they issued, and what they revoked of it.
CREATE TABLE issued_certificate (
    ca          TEXT NOT NULL REFERENCES authority_ca (name),
    serial      BLOB NOT NULL,
    certificate BLOB NOT NULL,
    revoked     TEXT,
    reason      INTEGER,
    PRIMARY KEY (ca, serial)
) STRICT;

-- The serial number of the next time-stamp, and the time of the last one.
CREATE TABLE time_stamp_counter (
    id     INTEGER PRIMARY KEY CHECK (id = 0),
    serial INTEGER NOT NULL,
    last   TEXT NOT NULL
) STRICT;
INSERT INTO time_stamp_counter (id, serial, last) VALUES (0, 1, '1970-01-01T00:00:00Z');
