-- What is to become of units on a day to come: renamed, merged into another one, closed; by which decision, who planned it with which unit in
-- their care (none: all), and why it could not be done when its day had come. What it says is sealed under the master key, so that writing a row
-- ends no unit.
CREATE TABLE unit_plan (
    id        TEXT PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('renamed', 'merged', 'closed')),
    units     TEXT NOT NULL,
    successor TEXT REFERENCES unit (id),
    name      TEXT,
    day       TEXT NOT NULL,
    basis     TEXT NOT NULL,
    actor     TEXT NOT NULL,
    care      TEXT REFERENCES unit (id),
    planned   TEXT NOT NULL,
    state     TEXT NOT NULL CHECK (state IN ('planned', 'withdrawn', 'done')),
    tried     TEXT,
    failure   TEXT,
    sealed    BLOB NOT NULL,
    CHECK ((kind = 'merged') = (successor IS NOT NULL)),
    CHECK ((kind = 'renamed') = (name IS NOT NULL)),
    CHECK ((tried IS NULL) = (failure IS NULL))
) STRICT;
CREATE INDEX unit_plan_waits ON unit_plan (day, planned) WHERE state = 'planned';
