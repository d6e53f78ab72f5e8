-- A payment gives one receipt that is in force: after it was voided, another one.
DROP INDEX receipt_reference;
CREATE UNIQUE INDEX receipt_reference ON receipt (unit, payment) WHERE payment IS NOT NULL AND state = 'issued';

-- What waits to be voided.
CREATE INDEX receipt_void_requested ON receipt (unit, date, form, symbol, number)
    WHERE void_request IS NOT NULL AND state = 'issued';

-- What happened to one receipt, for audits.
CREATE INDEX receipt_event_receipt ON receipt_event (form, symbol, number, id);
