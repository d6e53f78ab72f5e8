-- What is told to others of official documents: letters and calls of their systems, as they were written in the act itself.
CREATE TABLE message (
    kind     TEXT NOT NULL,
    item     TEXT NOT NULL,
    dispatch TEXT NOT NULL REFERENCES dispatch (id),
    body     TEXT NOT NULL,
    PRIMARY KEY (kind, item)
) STRICT;
CREATE INDEX message_dispatch ON message (dispatch);
