-- Notices of errors (form 04/SS-CTĐT) are papers of their own: receipts that have notices, for what looks for the papers' files.
CREATE INDEX receipt_notified ON receipt (form, symbol, number) WHERE notices <> '[]';

-- Words of payers' names, by which receipts are found in the order of days and numbers: keyed digests of unit and word. A digest of the whole name
-- is kept only as long as its words are not.
CREATE TABLE payer_word (
    word      BLOB NOT NULL,
    day       TEXT NOT NULL,
    of_form   TEXT NOT NULL,
    of_symbol TEXT NOT NULL,
    of_number INTEGER NOT NULL,
    PRIMARY KEY (word, day, of_form, of_symbol, of_number)
) STRICT, WITHOUT ROWID;
DROP INDEX receipt_payer_name;
CREATE INDEX receipt_payer_name ON receipt (form, symbol, number) WHERE payer_name IS NOT NULL;

-- What each receipt of a series with printed denomination (EBL02) is over, whole dong.
ALTER TABLE series ADD COLUMN denomination INTEGER;
