-- Receipts of the law before (Nghị định 123/2020/NĐ-CP art. 32), as they were handed in: to be found and verified, apart from those
-- that are issued here.
CREATE TABLE legacy_receipt (
    unit              TEXT NOT NULL REFERENCES unit (id),
    form              TEXT NOT NULL,
    symbol            TEXT NOT NULL,
    number            INTEGER NOT NULL,
    date              TEXT NOT NULL,
    total             INTEGER NOT NULL,
    body              TEXT NOT NULL,
    tax_code          TEXT NOT NULL,
    code              TEXT NOT NULL UNIQUE,
    payer             BLOB NOT NULL,
    payer_name        BLOB,
    payer_tax_code    BLOB,
    payer_personal_id BLOB,
    PRIMARY KEY (unit, form, symbol, number)
) STRICT;
CREATE INDEX legacy_receipt_date ON legacy_receipt (unit, date);
CREATE INDEX legacy_receipt_total ON legacy_receipt (unit, total);
CREATE INDEX legacy_receipt_number ON legacy_receipt (form, symbol, number);
CREATE INDEX legacy_receipt_payer_name ON legacy_receipt (unit, payer_name);
CREATE INDEX legacy_receipt_payer_tax_code ON legacy_receipt (unit, payer_tax_code) WHERE payer_tax_code IS NOT NULL;
CREATE INDEX legacy_receipt_payer_personal_id ON legacy_receipt (unit, payer_personal_id) WHERE payer_personal_id IS NOT NULL;

-- Its files, byte for byte, each with what the verification said when it came in.
CREATE TABLE legacy_file (
    unit      TEXT NOT NULL,
    form      TEXT NOT NULL,
    symbol    TEXT NOT NULL,
    number    INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    sha256    BLOB NOT NULL,
    verdict   TEXT NOT NULL,
    why       TEXT,
    imported  TEXT NOT NULL,
    log_index INTEGER NOT NULL,
    PRIMARY KEY (unit, form, symbol, number, kind),
    FOREIGN KEY (unit, form, symbol, number) REFERENCES legacy_receipt (unit, form, symbol, number)
) STRICT;

-- The logo of a unit on its receipts: a PNG among the stored files.
ALTER TABLE unit ADD COLUMN logo BLOB;

-- Where a fee belongs in the state budget, on the day on which it was collected.
ALTER TABLE collected ADD COLUMN budget_item TEXT;

-- The signed PDF of a daily report; none if it is too long to be drawn.
ALTER TABLE filing ADD COLUMN pdf_sha256 BLOB;
