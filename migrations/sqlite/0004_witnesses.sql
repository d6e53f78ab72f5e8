-- The newest checkpoint that witnesses have cosigned, with their lines; and the size that each has last cosigned.
CREATE TABLE log_cosigned (
    id         INTEGER PRIMARY KEY CHECK (id = 0),
    size       INTEGER NOT NULL,
    checkpoint TEXT NOT NULL
) STRICT;
CREATE TABLE log_witness (
    name TEXT PRIMARY KEY,
    size INTEGER NOT NULL
) STRICT;

-- What this service has cosigned as a witness of others' logs.
CREATE TABLE witnessed_log (
    origin     TEXT PRIMARY KEY,
    size       INTEGER NOT NULL,
    root       BLOB NOT NULL,
    checkpoint TEXT NOT NULL
) STRICT;

-- Keys that the log has signed with before.
CREATE TABLE log_retired_key (
    vkey TEXT PRIMARY KEY
) STRICT;
