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
