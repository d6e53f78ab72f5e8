-- Delegations are held by people who sign in, too: a holder is a token or a user.
CREATE TABLE delegation_made (
    id            INTEGER PRIMARY KEY,
    unit          TEXT NOT NULL REFERENCES unit (id),
    holder        TEXT NOT NULL,
    words         TEXT NOT NULL,
    title         TEXT NOT NULL,
    starts        TEXT NOT NULL,
    ends          TEXT NOT NULL,
    granted_by    TEXT NOT NULL,
    log_index     INTEGER NOT NULL UNIQUE,
    revoked       TEXT,
    revoked_index INTEGER UNIQUE
) STRICT;
INSERT INTO delegation_made SELECT * FROM delegation;
DROP TABLE delegation;
ALTER TABLE delegation_made RENAME TO delegation;
CREATE INDEX delegation_holder ON delegation (unit, holder);
