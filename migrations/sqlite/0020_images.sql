-- Images that signatures are seen with, PNG: of people (whoever signs in, or a token) the signature and the initials, of units the seal.
CREATE TABLE image (
    whose     TEXT NOT NULL CHECK (whose IN ('person', 'unit')),
    holder    TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('signature', 'initials', 'seal')),
    png       BLOB NOT NULL,
    log_index INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (whose, holder, kind),
    CHECK ((whose = 'unit') = (kind = 'seal'))
) STRICT;
