-- Units: of which kind they are, their agency code (QCVN 102:2016/BTTTT), and from which day on they are none any more, and which unit has
-- their place from then on.
ALTER TABLE unit ADD COLUMN kind TEXT CHECK (kind IN ('province', 'department', 'district', 'commune', 'service'));
ALTER TABLE unit ADD COLUMN code TEXT;
ALTER TABLE unit ADD COLUMN closed TEXT;
ALTER TABLE unit ADD COLUMN successor TEXT REFERENCES unit (id) CHECK (successor IS NULL OR closed IS NOT NULL);
CREATE UNIQUE INDEX unit_code ON unit (code) WHERE code IS NOT NULL AND closed IS NULL;
CREATE INDEX unit_successor ON unit (successor) WHERE successor IS NOT NULL;
CREATE INDEX unit_parent ON unit (parent) WHERE parent IS NOT NULL;
-- What became of them: renamed, merged into another one, closed; the first day of that, the name until then, and the decision that it is by.
CREATE TABLE unit_event (
    unit      TEXT NOT NULL REFERENCES unit (id),
    seq       INTEGER NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('renamed', 'merged', 'closed')),
    day       TEXT NOT NULL,
    name      TEXT NOT NULL,
    successor TEXT REFERENCES unit (id),
    basis     TEXT NOT NULL,
    PRIMARY KEY (unit, seq),
    CHECK ((kind = 'merged') = (successor IS NOT NULL))
) STRICT;
CREATE TRIGGER unit_event_stays BEFORE UPDATE ON unit_event
BEGIN SELECT RAISE(ABORT, 'what became of a unit stays as it is'); END;
CREATE TRIGGER unit_event_is_kept BEFORE DELETE ON unit_event
BEGIN SELECT RAISE(ABORT, 'what became of a unit stays as it is'); END;
