-- Signatures that other programs were authorised to have made (Cloud Signature Consortium): `sad` is the SHA-256 of what was handed
-- out, `digests` what may be signed, hexadecimal, without which it is anything; `opened` is the secret of a key whose PIN was shown,
-- sealed under what was handed out and the master key; `state` is open, used or extended. An authorisation counts until `expires`,
-- and can be extended until `ends`.
CREATE TABLE activation (
    sad         BLOB PRIMARY KEY,
    signing_key TEXT NOT NULL REFERENCES signing_key (id),
    token       TEXT NOT NULL REFERENCES token (id),
    digests     TEXT,
    opened      BLOB,
    remaining   INTEGER NOT NULL,
    state       TEXT NOT NULL,
    expires     TEXT NOT NULL,
    ends        TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX activation_ends ON activation (ends);
