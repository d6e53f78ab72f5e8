-- What each line of a receipt brought in, as reports count it.
CREATE TABLE collected (
    form       TEXT NOT NULL,
    symbol     TEXT NOT NULL,
    number     INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    unit       TEXT NOT NULL,
    day        TEXT NOT NULL,
    fee        TEXT NOT NULL,
    name       TEXT NOT NULL,
    quantity   INTEGER NOT NULL,
    unit_price INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    method     TEXT NOT NULL,
    channel    TEXT NOT NULL,
    cashier    TEXT NOT NULL,
    PRIMARY KEY (form, symbol, number, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX collected_day ON collected (unit, day);

-- What happened to receipts, in the order in which it happened.
CREATE TABLE receipt_event (
    id     INTEGER PRIMARY KEY,
    unit   TEXT NOT NULL,
    day    TEXT NOT NULL,
    kind   TEXT NOT NULL,
    form   TEXT NOT NULL,
    symbol TEXT NOT NULL,
    number INTEGER NOT NULL,
    actor  TEXT NOT NULL,
    reason TEXT
) STRICT;
CREATE INDEX receipt_event_day ON receipt_event (unit, day, id);
CREATE INDEX receipt_event_actor ON receipt_event (actor, id);

-- Daily reports as they were signed: the first of a day has amendment 0.
CREATE TABLE filing (
    unit           TEXT NOT NULL REFERENCES unit (id),
    day            TEXT NOT NULL,
    amendment      INTEGER NOT NULL,
    content_sha256 BLOB NOT NULL,
    xml_sha256     BLOB NOT NULL,
    log_index      INTEGER NOT NULL,
    made           TEXT NOT NULL,
    PRIMARY KEY (unit, day, amendment)
) STRICT;

-- Shifts of cashiers as they were closed: what was counted, JSON; up to which event.
CREATE TABLE shift (
    id         INTEGER PRIMARY KEY,
    unit       TEXT NOT NULL REFERENCES unit (id),
    cashier    TEXT NOT NULL,
    last_event INTEGER NOT NULL,
    closed     TEXT NOT NULL,
    summary    TEXT NOT NULL,
    pdf_sha256 BLOB NOT NULL,
    log_index  INTEGER NOT NULL
) STRICT;
CREATE INDEX shift_cashier ON shift (cashier, id);

-- What is on its way to somebody outside: daily reports to the tax office, receipts to payers.
CREATE TABLE outgoing (
    id      INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL,
    item    TEXT NOT NULL,
    due     TEXT NOT NULL,
    tries   INTEGER NOT NULL DEFAULT 0,
    failure TEXT,
    sent    TEXT,
    UNIQUE (kind, item)
) STRICT;
CREATE INDEX outgoing_due ON outgoing (due) WHERE sent IS NULL;
