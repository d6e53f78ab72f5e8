-- What is looked for is found with accents or without: from now on it is kept without (`messages::folded`).
UPDATE dispatch SET sought = replace(replace(replace(replace(replace(replace(replace(replace(replace(sought, 'à', 'a'), 'á', 'a'), 'â', 'a'), 'ã', 'a'), 'ă', 'a'), 'ạ', 'a'), 'ả', 'a'), 'ấ', 'a'), 'ầ', 'a');
UPDATE dispatch SET sought = replace(replace(replace(replace(replace(replace(replace(replace(sought, 'ẩ', 'a'), 'ẫ', 'a'), 'ậ', 'a'), 'ắ', 'a'), 'ằ', 'a'), 'ẳ', 'a'), 'ẵ', 'a'), 'ặ', 'a');
UPDATE dispatch SET sought = replace(replace(replace(replace(replace(replace(replace(replace(replace(sought, 'è', 'e'), 'é', 'e'), 'ê', 'e'), 'ĕ', 'e'), 'ẹ', 'e'), 'ẻ', 'e'), 'ẽ', 'e'), 'ế', 'e'), 'ề', 'e');
UPDATE dispatch SET sought = replace(replace(replace(sought, 'ể', 'e'), 'ễ', 'e'), 'ệ', 'e');
UPDATE dispatch SET sought = replace(replace(replace(replace(replace(replace(replace(sought, 'ì', 'i'), 'í', 'i'), 'î', 'i'), 'ĩ', 'i'), 'ĭ', 'i'), 'ỉ', 'i'), 'ị', 'i');
UPDATE dispatch SET sought = replace(replace(replace(replace(replace(replace(replace(replace(replace(sought, 'ò', 'o'), 'ó', 'o'), 'ô', 'o'), 'õ', 'o'), 'ŏ', 'o'), 'ọ', 'o'), 'ỏ', 'o'), 'ố', 'o'), 'ồ', 'o');
UPDATE dispatch SET sought = replace(replace(replace(replace(replace(replace(replace(replace(replace(sought, 'ổ', 'o'), 'ỗ', 'o'), 'ộ', 'o'), 'ớ', 'o'), 'ờ', 'o'), 'ở', 'o'), 'ỡ', 'o'), 'ợ', 'o'), 'ơ', 'o');
UPDATE dispatch SET sought = replace(replace(replace(replace(replace(replace(replace(replace(replace(sought, 'ù', 'u'), 'ú', 'u'), 'û', 'u'), 'ũ', 'u'), 'ŭ', 'u'), 'ụ', 'u'), 'ủ', 'u'), 'ứ', 'u'), 'ừ', 'u');
UPDATE dispatch SET sought = replace(replace(replace(replace(sought, 'ử', 'u'), 'ữ', 'u'), 'ự', 'u'), 'ư', 'u');
UPDATE dispatch SET sought = replace(replace(replace(replace(replace(replace(sought, 'ý', 'y'), 'ŷ', 'y'), 'ỳ', 'y'), 'ỵ', 'y'), 'ỷ', 'y'), 'ỹ', 'y');
UPDATE dispatch SET sought = replace(sought, 'đ', 'd');

-- The level that a version of a file has, as whoever made it says: a signature makes B-B, what raises it more.
ALTER TABLE dispatch_file ADD COLUMN level TEXT;

-- What was issued takes no version but one that raises the level of the one before: longer, and not a signature. That it begins with the very
-- bytes of the one before is for audits to see.
DROP TRIGGER dispatch_file_of_issued;
CREATE TRIGGER dispatch_file_of_issued BEFORE INSERT ON dispatch_file
WHEN (SELECT state FROM dispatch WHERE id = NEW.dispatch) IN ('issued', 'replaced', 'withdrawn')
    AND NOT EXISTS (SELECT 1 FROM dispatch_file before WHERE before.dispatch = NEW.dispatch AND before.file = NEW.file
        AND before.version = NEW.version - 1 AND before.size < NEW.size AND NEW.log_index IS NULL AND NEW.level IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'what was issued is not changed'); END;

-- Requests that were answered: one that is repeated under the same key gets the same document, and does nothing.
CREATE TABLE dispatch_request (
    unit     TEXT NOT NULL REFERENCES unit (id),
    key      TEXT NOT NULL,
    sha256   BLOB NOT NULL,
    dispatch TEXT NOT NULL REFERENCES dispatch (id),
    PRIMARY KEY (unit, key)
) STRICT;
