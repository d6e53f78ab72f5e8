-- Official documents, in and out (Nghị định 30/2020/NĐ-CP): how each stands, what it is about, and its number once it has one.
CREATE TABLE dispatch (
    id          TEXT PRIMARY KEY,
    unit        TEXT NOT NULL REFERENCES unit (id),
    book        TEXT NOT NULL CHECK (book IN ('in', 'out')),
    state       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    year        INTEGER,
    series      TEXT,
    number      INTEGER,
    symbol      TEXT,
    date        TEXT,
    subject     TEXT NOT NULL,
    urgent      INTEGER NOT NULL,
    particulars TEXT NOT NULL,
    sought      TEXT NOT NULL,
    relation    TEXT,
    related     TEXT REFERENCES dispatch (id),
    created     TEXT NOT NULL,
    CHECK ((relation IS NULL) = (related IS NULL)),
    CHECK ((number IS NULL) = (year IS NULL) AND (number IS NULL) = (series IS NULL)),
    FOREIGN KEY (unit, book, year, series, number) REFERENCES register_number (unit, book, year, series, number)
) STRICT;
CREATE INDEX dispatch_unit ON dispatch (unit, book, created, id);
CREATE INDEX dispatch_related ON dispatch (related) WHERE related IS NOT NULL;

-- The numbers that were given: per unit, book, year and series from 1 on, without a gap, each to one document, for good.
CREATE TABLE register_number (
    unit     TEXT NOT NULL REFERENCES unit (id),
    book     TEXT NOT NULL,
    year     INTEGER NOT NULL,
    series   TEXT NOT NULL,
    number   INTEGER NOT NULL CHECK (number > 0),
    dispatch TEXT NOT NULL UNIQUE REFERENCES dispatch (id),
    PRIMARY KEY (unit, book, year, series, number)
) STRICT;
CREATE TRIGGER register_number_next BEFORE INSERT ON register_number
WHEN NEW.number <> 1 + (SELECT coalesce(max(number), 0) FROM register_number
    WHERE unit = NEW.unit AND book = NEW.book AND year = NEW.year AND series = NEW.series)
BEGIN SELECT RAISE(ABORT, 'a number of the register would be left out or given twice'); END;
CREATE TRIGGER register_number_stays BEFORE UPDATE ON register_number
BEGIN SELECT RAISE(ABORT, 'a number of the register stays as it was given'); END;
CREATE TRIGGER register_number_is_kept BEFORE DELETE ON register_number
BEGIN SELECT RAISE(ABORT, 'a number of the register stays as it was given'); END;

-- Their files: the document itself is 0, those that come with it 1, 2, ...; each signature makes a version.
CREATE TABLE dispatch_file (
    dispatch  TEXT NOT NULL REFERENCES dispatch (id),
    file      INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    name      TEXT NOT NULL,
    sha256    BLOB NOT NULL,
    size      INTEGER NOT NULL,
    pages     INTEGER NOT NULL,
    log_index INTEGER,
    created   TEXT NOT NULL,
    PRIMARY KEY (dispatch, file, version)
) STRICT;
CREATE INDEX dispatch_file_sha256 ON dispatch_file (sha256);
CREATE TRIGGER dispatch_file_of_issued BEFORE INSERT ON dispatch_file
WHEN (SELECT state FROM dispatch WHERE id = NEW.dispatch) IN ('issued', 'replaced', 'withdrawn')
BEGIN SELECT RAISE(ABORT, 'what was issued is not changed'); END;
CREATE TRIGGER dispatch_file_stays BEFORE UPDATE ON dispatch_file
BEGIN SELECT RAISE(ABORT, 'a version of a document stays as it is'); END;
CREATE TRIGGER dispatch_file_is_kept BEFORE DELETE ON dispatch_file
BEGIN SELECT RAISE(ABORT, 'a version of a document stays as it is'); END;

-- What was done to them, each act with the entry of the log that has the digest of its facts.
CREATE TABLE dispatch_event (
    dispatch  TEXT NOT NULL REFERENCES dispatch (id),
    seq       INTEGER NOT NULL,
    facts     TEXT NOT NULL,
    actor     TEXT NOT NULL,
    time      TEXT NOT NULL,
    log_index INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (dispatch, seq)
) STRICT;
CREATE TRIGGER dispatch_event_stays BEFORE UPDATE ON dispatch_event
BEGIN SELECT RAISE(ABORT, 'what was done stays as it is'); END;
CREATE TRIGGER dispatch_event_is_kept BEFORE DELETE ON dispatch_event
BEGIN SELECT RAISE(ABORT, 'what was done stays as it is'); END;

-- Who signs for whom, from when until when: KT., TL., TUQ., Q.
CREATE TABLE delegation (
    id            INTEGER PRIMARY KEY,
    unit          TEXT NOT NULL REFERENCES unit (id),
    holder        TEXT NOT NULL REFERENCES token (id),
    words         TEXT NOT NULL,
    title         TEXT NOT NULL,
    starts        TEXT NOT NULL,
    ends          TEXT NOT NULL,
    granted_by    TEXT NOT NULL,
    log_index     INTEGER NOT NULL UNIQUE,
    revoked       TEXT,
    revoked_index INTEGER UNIQUE
) STRICT;
CREATE INDEX delegation_holder ON delegation (unit, holder);
