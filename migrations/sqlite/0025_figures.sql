-- What units and the portal hand in, for it is in no document and no receipt here: counts of a month, and targets in hundredths of a percent
-- of a month, a quarter or a year. The newest value counts; each has its entry in the log.
CREATE TABLE handed_figure (
    unit   TEXT NOT NULL REFERENCES unit (id),
    period TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  INTEGER NOT NULL CHECK (value >= 0),
    handed TEXT NOT NULL,
    PRIMARY KEY (unit, period, name)
) STRICT, WITHOUT ROWID;

-- What there is to count of official documents that went out, by the day in Vietnam on which they did.
CREATE VIEW document_counted (dispatch, seq, unit, day, name, key) AS
SELECT e.dispatch, e.seq, d.unit, date(e.time, '+7 hours'), 'document', k.key
FROM dispatch_event e
JOIN dispatch d ON d.id = e.dispatch
JOIN (SELECT 'issued' AS key UNION ALL SELECT 'copy' UNION ALL SELECT 'signed' UNION ALL SELECT 'lasting' UNION ALL SELECT 'same_day') k
WHERE e.facts ->> '$.act' = 'issue'
  AND (k.key = 'copy') = EXISTS (SELECT 1 FROM dispatch_event o WHERE o.dispatch = e.dispatch AND o.facts ->> '$.act' = 'copy')
  AND CASE k.key
      -- by whom it is for to sign, and by the unit
      WHEN 'signed' THEN 2 = (SELECT count(DISTINCT o.facts ->> '$.act') FROM dispatch_event o
                              WHERE o.dispatch = e.dispatch AND o.facts ->> '$.act' IN ('sign', 'seal'))
      -- when it was issued, or since
      WHEN 'lasting' THEN EXISTS (SELECT 1 FROM dispatch_event o WHERE o.dispatch = e.dispatch AND o.facts ->> '$.level' IN ('B-LT', 'B-LTA'))
      WHEN 'same_day' THEN d.date IS date(e.time, '+7 hours')
      ELSE 1 END;

-- What came in, by the day on which it did.
CREATE VIEW arrival_counted (dispatch, unit, day, name, key) AS
SELECT id, unit, date(created, '+7 hours'), 'arrival', 'received' FROM dispatch WHERE book = 'in'
UNION ALL
SELECT id, unit, date(created, '+7 hours'), 'arrival', 'failed' FROM dispatch
WHERE book = 'in' AND particulars ->> '$.verdict' IS 'TOTAL-FAILED';

-- What receipts bring in while they are in force, by the day on which they were issued: each by its channel, by each of its fees, and by the
-- way of payment where it is for a dossier. Sums of dong may be beyond 64 bits: they are in two halves.
CREATE VIEW receipt_counted (form, symbol, number, unit, day, name, key, billions, dong) AS
SELECT form, symbol, number, unit, day, 'channel', channel, sum(amount / 1000000000), sum(amount % 1000000000)
FROM collected GROUP BY form, symbol, number, unit, day, channel
UNION ALL
SELECT form, symbol, number, unit, day, 'fee', fee, sum(amount / 1000000000), sum(amount % 1000000000)
FROM collected GROUP BY form, symbol, number, unit, day, fee
UNION ALL
SELECT r.form, r.symbol, r.number, r.unit, r.date, 'dossier', c.method, 0, 0
FROM receipt r JOIN collected c ON c.form = r.form AND c.symbol = r.symbol AND c.number = r.number
WHERE r.dossier IS NOT NULL GROUP BY r.form, r.symbol, r.number, r.unit, r.date, c.method;

-- All that is counted, as sums of days, months and years: kept by the triggers below as it happens, so that no question waits for a million rows.
CREATE TABLE figure (
    scale    TEXT NOT NULL CHECK (scale IN ('day', 'month', 'year')),
    period   TEXT NOT NULL,
    unit     TEXT NOT NULL,
    name     TEXT NOT NULL,
    key      TEXT NOT NULL,
    count    INTEGER NOT NULL,
    billions INTEGER NOT NULL,
    dong     INTEGER NOT NULL,
    PRIMARY KEY (scale, period, unit, name, key)
) STRICT, WITHOUT ROWID;

-- The same, counted anew from the rows themselves: what audits hold it against.
CREATE VIEW figure_anew (scale, period, unit, name, key, count, billions, dong) AS
SELECT s.scale, substr(f.day, 1, s.length), f.unit, f.name, f.key, sum(f.count), sum(f.billions), sum(f.dong)
FROM (SELECT unit, day, name, key, 1 AS count, 0 AS billions, 0 AS dong FROM document_counted
      UNION ALL SELECT unit, day, name, key, 1, 0, 0 FROM arrival_counted
      UNION ALL SELECT unit, day, 'receipt', kind, 1, 0, 0 FROM receipt_event WHERE kind <> 'notified'
      UNION ALL SELECT c.unit, c.day, c.name, c.key, 1, c.billions, c.dong FROM receipt_counted c
          JOIN receipt r ON r.form = c.form AND r.symbol = c.symbol AND r.number = c.number WHERE r.state = 'issued') f,
     (SELECT 'day' AS scale, 10 AS length UNION ALL SELECT 'month', 7 UNION ALL SELECT 'year', 4) s
GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT s.scale, substr(period, 1, s.length), unit, 'handed', name, sum(value), 0, 0
FROM handed_figure, (SELECT 'month' AS scale, 7 AS length UNION ALL SELECT 'year', 4) s
WHERE name NOT LIKE 'target.%' GROUP BY 1, 2, 3, 4, 5;

CREATE TRIGGER figure_of_document AFTER INSERT ON dispatch_event WHEN NEW.facts ->> '$.act' = 'issue'
BEGIN
    INSERT INTO figure
    SELECT s.scale, substr(f.day, 1, s.length), f.unit, f.name, f.key, 1, 0, 0
    FROM document_counted f, (SELECT 'day' AS scale, 10 AS length UNION ALL SELECT 'month', 7 UNION ALL SELECT 'year', 4) s
    WHERE f.dispatch = NEW.dispatch AND f.seq = NEW.seq
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- signatures that were raised later count on the day of issue, once
CREATE TRIGGER figure_of_level AFTER INSERT ON dispatch_event
WHEN NEW.facts ->> '$.act' = 'raise' AND NEW.facts ->> '$.level' IN ('B-LT', 'B-LTA')
    AND NOT EXISTS (SELECT 1 FROM dispatch_event o
        WHERE o.dispatch = NEW.dispatch AND o.seq < NEW.seq AND o.facts ->> '$.level' IN ('B-LT', 'B-LTA'))
BEGIN
    INSERT INTO figure
    SELECT s.scale, substr(f.day, 1, s.length), f.unit, f.name, f.key, 1, 0, 0
    FROM document_counted f, (SELECT 'day' AS scale, 10 AS length UNION ALL SELECT 'month', 7 UNION ALL SELECT 'year', 4) s
    WHERE f.dispatch = NEW.dispatch AND f.key = 'lasting'
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER figure_of_arrival AFTER INSERT ON dispatch WHEN NEW.book = 'in'
BEGIN
    INSERT INTO figure
    SELECT s.scale, substr(f.day, 1, s.length), f.unit, f.name, f.key, 1, 0, 0
    FROM arrival_counted f, (SELECT 'day' AS scale, 10 AS length UNION ALL SELECT 'month', 7 UNION ALL SELECT 'year', 4) s
    WHERE f.dispatch = NEW.id
    ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- a file that is attached later may be the one whose signatures have failed
CREATE TRIGGER figure_of_verdict AFTER UPDATE OF particulars ON dispatch
WHEN NEW.book = 'in' AND (NEW.particulars ->> '$.verdict' IS 'TOTAL-FAILED') <> (OLD.particulars ->> '$.verdict' IS 'TOTAL-FAILED')
BEGIN
    INSERT INTO figure
    SELECT s.scale, substr(date(NEW.created, '+7 hours'), 1, s.length), NEW.unit, 'arrival', 'failed',
           CASE WHEN NEW.particulars ->> '$.verdict' IS 'TOTAL-FAILED' THEN 1 ELSE -1 END, 0, 0
    FROM (SELECT 'day' AS scale, 10 AS length UNION ALL SELECT 'month', 7 UNION ALL SELECT 'year', 4) s WHERE true
    ON CONFLICT DO UPDATE SET count = count + excluded.count;
END;

CREATE TRIGGER figure_of_receipt AFTER INSERT ON receipt_event WHEN NEW.kind <> 'notified'
BEGIN
    INSERT INTO figure
    SELECT s.scale, substr(NEW.day, 1, s.length), NEW.unit, 'receipt', NEW.kind, 1, 0, 0
    FROM (SELECT 'day' AS scale, 10 AS length UNION ALL SELECT 'month', 7 UNION ALL SELECT 'year', 4) s WHERE true
    ON CONFLICT DO UPDATE SET count = count + 1;
    -- what it brought in counts from its issue until it is replaced or voided
    INSERT INTO figure
    SELECT s.scale, substr(f.day, 1, s.length), f.unit, f.name, f.key, s.sign, s.sign * f.billions, s.sign * f.dong
    FROM receipt_counted f, (SELECT 'day' AS scale, 10 AS length, iif(NEW.kind = 'issued', 1, -1) AS sign
                             UNION ALL SELECT 'month', 7, iif(NEW.kind = 'issued', 1, -1)
                             UNION ALL SELECT 'year', 4, iif(NEW.kind = 'issued', 1, -1)) s
    WHERE f.form = NEW.form AND f.symbol = NEW.symbol AND f.number = NEW.number
    ON CONFLICT DO UPDATE SET count = count + excluded.count, billions = billions + excluded.billions, dong = dong + excluded.dong;
END;

CREATE TRIGGER figure_handed AFTER INSERT ON handed_figure WHEN NEW.name NOT LIKE 'target.%'
BEGIN
    INSERT INTO figure
    SELECT s.scale, substr(NEW.period, 1, s.length), NEW.unit, 'handed', NEW.name, NEW.value, 0, 0
    FROM (SELECT 'month' AS scale, 7 AS length UNION ALL SELECT 'year', 4) s WHERE true
    ON CONFLICT DO UPDATE SET count = count + excluded.count;
END;

CREATE TRIGGER figure_handed_anew AFTER UPDATE OF value ON handed_figure WHEN NEW.name NOT LIKE 'target.%'
BEGIN
    UPDATE figure SET count = count + NEW.value - OLD.value
    WHERE (scale, period) IN (SELECT 'month', NEW.period UNION ALL SELECT 'year', substr(NEW.period, 1, 4))
      AND unit = NEW.unit AND name = 'handed' AND key = NEW.name;
END;

INSERT INTO figure SELECT * FROM figure_anew;
