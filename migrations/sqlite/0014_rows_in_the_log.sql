-- The entry of the log that says that a version of a document is kept. Versions that came before such entries have none.
ALTER TABLE document_version ADD COLUMN kept INTEGER;
