-- The agency tree: whose fee catalogue a unit inherits.
ALTER TABLE unit ADD COLUMN parent TEXT REFERENCES unit (id);

-- The fee catalogue: a row for each fee and period; what it says beyond that is JSON.
CREATE TABLE fee (
    unit       TEXT NOT NULL REFERENCES unit (id),
    code       TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to   TEXT,
    definition TEXT NOT NULL,
    PRIMARY KEY (unit, code, valid_from)
) STRICT;

-- Series: how far their numbers go, where they are used, their registration with the tax office.
ALTER TABLE series ADD COLUMN last INTEGER NOT NULL DEFAULT 99999999;
ALTER TABLE series ADD COLUMN channel TEXT;
ALTER TABLE series ADD COLUMN registration TEXT;
ALTER TABLE series ADD COLUMN closed TEXT;

-- Numbers of a series that another unit issues for the one whose series it is.
CREATE TABLE series_range (
    form     TEXT NOT NULL,
    symbol   TEXT NOT NULL,
    first    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    next     INTEGER NOT NULL,
    delegate TEXT NOT NULL REFERENCES unit (id),
    is_open  INTEGER NOT NULL,
    created  TEXT NOT NULL,
    PRIMARY KEY (form, symbol, first),
    FOREIGN KEY (form, symbol) REFERENCES series (form, symbol)
) STRICT;
CREATE INDEX series_range_delegate ON series_range (delegate);

-- What is looked for: of the payer, sealed, a keyed digest of each field.
ALTER TABLE receipt ADD COLUMN delegate TEXT REFERENCES unit (id);
ALTER TABLE receipt ADD COLUMN dossier TEXT;
ALTER TABLE receipt ADD COLUMN reference TEXT;
ALTER TABLE receipt ADD COLUMN payer BLOB NOT NULL DEFAULT x'';
ALTER TABLE receipt ADD COLUMN payer_name BLOB;
ALTER TABLE receipt ADD COLUMN payer_tax_code BLOB;
ALTER TABLE receipt ADD COLUMN payer_personal_id BLOB;
-- What happened to it afterwards, JSON: errors that were notified, the request that it be voided.
ALTER TABLE receipt ADD COLUMN notices TEXT NOT NULL DEFAULT '[]';
ALTER TABLE receipt ADD COLUMN void_request TEXT;
CREATE INDEX receipt_number ON receipt (unit, form, symbol, number);
CREATE INDEX receipt_delegate ON receipt (delegate, form, symbol, number) WHERE delegate IS NOT NULL;
CREATE INDEX receipt_total ON receipt (unit, total, form, symbol, number);
CREATE INDEX receipt_dossier ON receipt (unit, dossier) WHERE dossier IS NOT NULL;
-- a payment gives one receipt; one that replaces it is for the same payment
CREATE UNIQUE INDEX receipt_reference ON receipt (unit, reference) WHERE reference IS NOT NULL AND state <> 'replaced';
CREATE INDEX receipt_payment ON receipt (unit, reference) WHERE reference IS NOT NULL;
CREATE INDEX receipt_payer_name ON receipt (unit, payer_name);
CREATE INDEX receipt_payer_tax_code ON receipt (unit, payer_tax_code) WHERE payer_tax_code IS NOT NULL;
CREATE INDEX receipt_payer_personal_id ON receipt (unit, payer_personal_id) WHERE payer_personal_id IS NOT NULL;
