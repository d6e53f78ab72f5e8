-- Passkeys (WebAuthn): a public key (COSE) that signs in for an account. The counter is what the authenticator said last. Whose it is, is sealed
-- under the master key, so that writing a row lets nobody in.
CREATE TABLE passkey (
    id         TEXT PRIMARY KEY,
    user       TEXT NOT NULL REFERENCES user (id),
    credential BLOB NOT NULL UNIQUE,
    key        BLOB NOT NULL,
    copied     INTEGER NOT NULL,
    name       TEXT NOT NULL,
    created    TEXT NOT NULL,
    revoked    TEXT,
    counter    INTEGER NOT NULL,
    used       TEXT,
    sealed     BLOB NOT NULL
) STRICT;
CREATE INDEX passkey_user ON passkey (user, created);

-- Who somebody is to a provider of identities (OpenID Connect); sealed, too.
CREATE TABLE identity (
    id      TEXT PRIMARY KEY,
    user    TEXT NOT NULL REFERENCES user (id),
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    created TEXT NOT NULL,
    ended   TEXT,
    sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX identity_user ON identity (user, created);
CREATE UNIQUE INDEX identity_subject ON identity (issuer, subject) WHERE ended IS NULL;

-- What counted once, and for some minutes: the SHA-256 of what was used, until it would not count any more by itself.
CREATE TABLE spent (
    hash  BLOB PRIMARY KEY,
    until TEXT NOT NULL
) STRICT;
CREATE INDEX spent_until ON spent (until);

-- How a session was begun.
ALTER TABLE session ADD COLUMN how TEXT NOT NULL DEFAULT 'password';
