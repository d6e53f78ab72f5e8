-- Documents that are laid out for a key elsewhere. `entry` and `signature` (SHA-256 of its value): once its entry is in the log;
-- `finished`: once the signed file has appeared, too.
CREATE TABLE deferred (
    id        TEXT PRIMARY KEY,
    terms     TEXT NOT NULL,
    increment BLOB NOT NULL,
    expires   TEXT NOT NULL,
    entry     INTEGER,
    signature BLOB,
    finished  TEXT
) STRICT;
CREATE INDEX deferred_expires ON deferred (expires);
