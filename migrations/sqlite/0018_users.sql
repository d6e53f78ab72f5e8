-- People who sign in. What they sign in with is sealed under the master key; of an invitation the SHA-256 is kept, and, sealed too, whose it is.
CREATE TABLE user (
    id            TEXT PRIMARY KEY,
    login         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    unit          TEXT NOT NULL REFERENCES unit (id),
    created       TEXT NOT NULL,
    disabled      TEXT,
    sealed        BLOB,
    tries         INTEGER NOT NULL DEFAULT 0,
    blocked_until TEXT,
    code_step     INTEGER NOT NULL DEFAULT 0,
    invited       BLOB UNIQUE,
    invited_until TEXT,
    invited_seal  BLOB,
    pending       BLOB
) STRICT;
CREATE INDEX user_unit ON user (unit, login);

-- What somebody is in a unit, from one day to another.
CREATE TABLE office (
    id          TEXT PRIMARY KEY,
    user        TEXT NOT NULL REFERENCES user (id),
    unit        TEXT NOT NULL REFERENCES unit (id),
    role        TEXT NOT NULL,
    title       TEXT NOT NULL,
    signing_key TEXT REFERENCES signing_key (id),
    since       TEXT NOT NULL,
    until       TEXT,
    ended       TEXT
) STRICT;
CREATE INDEX office_user ON office (user, since);

-- Sessions: of what a browser holds the SHA-256, and, sealed under the master key, whose it is, so that writing a row lets nobody in.
CREATE TABLE session (
    hash    BLOB PRIMARY KEY,
    id      TEXT NOT NULL UNIQUE,
    user    TEXT NOT NULL REFERENCES user (id),
    office  TEXT NOT NULL REFERENCES office (id),
    agent   TEXT NOT NULL,
    created TEXT NOT NULL,
    used    TEXT NOT NULL,
    expires TEXT NOT NULL,
    sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX session_user ON session (user, created);
CREATE INDEX session_expires ON session (expires);
