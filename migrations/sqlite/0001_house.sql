-- The audit log: entries by leaf index, the hash tiles above them, and the newest checkpoint.
CREATE TABLE log_entry (
    idx       INTEGER PRIMARY KEY,
    entry     BLOB NOT NULL,
    signature BLOB,
    receipt   TEXT
) STRICT;
CREATE INDEX log_entry_signature ON log_entry (signature) WHERE signature IS NOT NULL;
CREATE INDEX log_entry_receipt ON log_entry (receipt) WHERE receipt IS NOT NULL;

CREATE TABLE log_tile (
    level  INTEGER NOT NULL,
    idx    INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, idx)
) STRICT;

CREATE TABLE log_head (
    id         INTEGER PRIMARY KEY CHECK (id = 0),
    size       INTEGER NOT NULL,
    root       BLOB NOT NULL,
    checkpoint TEXT NOT NULL
) STRICT;

-- Secrets of the service, sealed under the master key.
CREATE TABLE secret (
    name   TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE unit (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    tax_code    TEXT NOT NULL,
    address     TEXT NOT NULL,
    phone       TEXT,
    account     TEXT,
    receipt_key TEXT REFERENCES signing_key (id)
) STRICT;

-- Signing keys: the certificate in clear, the private key sealed under the master key.
CREATE TABLE signing_key (
    id          TEXT PRIMARY KEY,
    unit        TEXT REFERENCES unit (id),
    certificate BLOB NOT NULL,
    chain       BLOB NOT NULL,
    sealed      BLOB NOT NULL,
    created     TEXT NOT NULL
) STRICT;

-- API tokens: only the SHA-256 is kept.
CREATE TABLE token (
    id          TEXT PRIMARY KEY,
    hash        BLOB NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    unit        TEXT NOT NULL REFERENCES unit (id),
    role        TEXT NOT NULL,
    signing_key TEXT REFERENCES signing_key (id),
    created     TEXT NOT NULL,
    expires     TEXT NOT NULL,
    revoked     TEXT
) STRICT;

CREATE TABLE document (
    id      TEXT PRIMARY KEY,
    unit    TEXT NOT NULL REFERENCES unit (id),
    name    TEXT,
    created TEXT NOT NULL
) STRICT;
CREATE INDEX document_unit ON document (unit, created, id);

-- What was stored and each signed state of it; a signed one names its log entry.
CREATE TABLE document_version (
    document   TEXT NOT NULL REFERENCES document (id),
    version    INTEGER NOT NULL,
    sha256     BLOB NOT NULL,
    size       INTEGER NOT NULL,
    pages      INTEGER NOT NULL,
    signatures INTEGER NOT NULL,
    log_index  INTEGER,
    created    TEXT NOT NULL,
    PRIMARY KEY (document, version)
) STRICT;

CREATE TABLE series (
    form    TEXT NOT NULL,
    symbol  TEXT NOT NULL,
    unit    TEXT NOT NULL REFERENCES unit (id),
    next    INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    created TEXT NOT NULL,
    PRIMARY KEY (form, symbol)
) STRICT;

-- Receipts without personal data: what was signed lies in the XML.
CREATE TABLE receipt (
    form            TEXT NOT NULL,
    symbol          TEXT NOT NULL,
    number          INTEGER NOT NULL,
    unit            TEXT NOT NULL REFERENCES unit (id),
    date            TEXT NOT NULL,
    state           TEXT NOT NULL,
    total           INTEGER NOT NULL,
    code            TEXT NOT NULL UNIQUE,
    xml_sha256      BLOB NOT NULL,
    pdf_sha256      BLOB NOT NULL,
    log_index       INTEGER NOT NULL,
    log_size        INTEGER NOT NULL,
    replaces        TEXT,
    replaced_by     TEXT,
    reason          TEXT,
    idempotency_key TEXT UNIQUE,
    request_sha256  BLOB NOT NULL,
    PRIMARY KEY (form, symbol, number),
    FOREIGN KEY (form, symbol) REFERENCES series (form, symbol)
) STRICT;
CREATE INDEX receipt_xml ON receipt (xml_sha256);
CREATE INDEX receipt_pdf ON receipt (pdf_sha256);
CREATE INDEX receipt_unit ON receipt (unit, date, form, symbol, number);
