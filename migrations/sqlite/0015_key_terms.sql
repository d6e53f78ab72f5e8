-- Keys that were made here and wait for their certificates: `request` asks for that (PKCS#10, DER), `sealed` is as in signing_key, the
-- rest as in key_control.
CREATE TABLE key_request (
    id         TEXT PRIMARY KEY,
    unit       TEXT REFERENCES unit (id),
    request    BLOB NOT NULL,
    sealed     BLOB NOT NULL,
    has_pin    INTEGER NOT NULL,
    two_person INTEGER NOT NULL,
    per_hour   INTEGER,
    created    TEXT NOT NULL
) STRICT;

-- Looser terms of a key that one custodian has asked for, with which token, and whose that is; until when another one can.
CREATE TABLE key_terms_asked (
    key        TEXT PRIMARY KEY REFERENCES signing_key (id),
    two_person INTEGER NOT NULL,
    per_hour   INTEGER,
    token      TEXT NOT NULL,
    name       TEXT NOT NULL,
    expires    TEXT NOT NULL
) STRICT;

-- Of a key that wants one-time passwords (TOTP, RFC 6238): the time step of the last one that was taken, 0 before the first.
ALTER TABLE key_control ADD COLUMN one_time INTEGER;
