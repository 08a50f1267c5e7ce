CREATE TABLE facts(identity TEXT NOT NULL); -- of the store that the index belongs to
CREATE TABLE entry(
	id          INTEGER PRIMARY KEY, -- the record's; the greatest is the watermark
	attachments INTEGER NOT NULL,
	snippet     TEXT    NOT NULL
);
CREATE INDEX entry_attachments ON entry(id) WHERE attachments > 0;
