-- What is on its way, made anew: whose it is, how it stands (queued, sent, failed), since when, and until when one process has it in hand.
CREATE TABLE outgoing_item (
    id      INTEGER PRIMARY KEY,
    unit    TEXT NOT NULL REFERENCES unit (id),
    kind    TEXT NOT NULL,
    item    TEXT NOT NULL,
    state   TEXT NOT NULL,
    put     TEXT NOT NULL,
    due     TEXT NOT NULL,
    held    TEXT,
    tries   INTEGER NOT NULL,
    failure TEXT,
    sent    TEXT,
    UNIQUE (kind, item)
) STRICT;
-- until now there were daily reports only, whose names begin with their unit
INSERT INTO outgoing_item (id, unit, kind, item, state, put, due, tries, failure, sent)
    SELECT id, substr(item, 1, instr(item, '/') - 1), kind, item, CASE WHEN sent IS NULL THEN 'queued' ELSE 'sent' END,
           due, due, tries, failure, sent FROM outgoing;
DROP TABLE outgoing;
ALTER TABLE outgoing_item RENAME TO outgoing;
CREATE INDEX outgoing_due ON outgoing (kind, due, id) WHERE state = 'queued';
CREATE INDEX outgoing_unit ON outgoing (unit, id);
CREATE INDEX outgoing_state ON outgoing (unit, state, id);

-- The newest event of the day that a daily report tells of.
ALTER TABLE filing ADD COLUMN last_event INTEGER NOT NULL DEFAULT 0;

-- What a payment is known by: its reference, whatever its letter case. Two that were different until now stay so.
ALTER TABLE receipt ADD COLUMN payment TEXT;
CREATE INDEX receipt_lower ON receipt (unit, lower(reference)) WHERE reference IS NOT NULL AND state <> 'replaced';
UPDATE receipt SET payment = CASE WHEN EXISTS (
        SELECT 1 FROM receipt other WHERE other.unit = receipt.unit AND lower(other.reference) = lower(receipt.reference)
            AND other.reference <> receipt.reference AND other.reference IS NOT NULL AND other.state <> 'replaced'
    ) THEN reference ELSE lower(reference) END
    WHERE reference IS NOT NULL;
DROP INDEX receipt_lower;
DROP INDEX receipt_reference;
DROP INDEX receipt_payment;
-- a payment gives one receipt; one that replaces it is for the same payment
CREATE UNIQUE INDEX receipt_reference ON receipt (unit, payment) WHERE payment IS NOT NULL AND state <> 'replaced';

-- Searches: of whatever is asked, the receipts in the order of days and numbers, so that a page costs the same wherever it begins.
DROP INDEX receipt_number;
DROP INDEX receipt_delegate;
DROP INDEX receipt_total;
DROP INDEX receipt_dossier;
DROP INDEX receipt_payer_name;
DROP INDEX receipt_payer_tax_code;
DROP INDEX receipt_payer_personal_id;
CREATE INDEX receipt_delegate ON receipt (delegate, date, form, symbol, number) WHERE delegate IS NOT NULL;
CREATE INDEX receipt_total ON receipt (unit, total, date, form, symbol, number);
CREATE INDEX receipt_dossier ON receipt (unit, dossier, date, form, symbol, number) WHERE dossier IS NOT NULL;
CREATE INDEX receipt_payment ON receipt (unit, payment, date, form, symbol, number) WHERE payment IS NOT NULL;
CREATE INDEX receipt_payer_name ON receipt (unit, payer_name, date, form, symbol, number);
CREATE INDEX receipt_payer_tax_code ON receipt (unit, payer_tax_code, date, form, symbol, number)
    WHERE payer_tax_code IS NOT NULL;
CREATE INDEX receipt_payer_personal_id ON receipt (unit, payer_personal_id, date, form, symbol, number)
    WHERE payer_personal_id IS NOT NULL;
CREATE INDEX receipt_state ON receipt (unit, state, date, form, symbol, number) WHERE state <> 'issued';
