-- What the user puts on messages. The star is the tag 0, which has no row in tag.
CREATE TABLE tag(
	id    INTEGER PRIMARY KEY,
	name  TEXT    NOT NULL,
	fold  TEXT    NOT NULL UNIQUE, -- the name without case
	color INTEGER NOT NULL
);
CREATE TABLE tagged(
	tag    INTEGER NOT NULL,
	record INTEGER NOT NULL,
	PRIMARY KEY (tag, record)
) WITHOUT ROWID;
CREATE INDEX tagged_record ON tagged(record);

-- search are questions that the user saved.
CREATE TABLE search(
	fold TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	text TEXT NOT NULL
) WITHOUT ROWID;
