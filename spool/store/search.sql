CREATE TABLE facts(identity TEXT NOT NULL); -- of the store that the index belongs to
CREATE TABLE entry(
	id          INTEGER PRIMARY KEY, -- the record's; the greatest is the watermark
	attachments INTEGER NOT NULL,
	arrived     INTEGER NOT NULL, -- milliseconds since 1970
	size        INTEGER NOT NULL,
	from_       TEXT    NOT NULL, -- what it is sorted by
	subject     TEXT    NOT NULL,
	facets      TEXT    NOT NULL, -- ids of facet as a JSON list
	snippet     TEXT    NOT NULL
);
CREATE INDEX entry_attachments ON entry(id) WHERE attachments > 0;
CREATE INDEX entry_arrived ON entry(arrived);

-- facet is one thing that messages have in common: a program, a port, a mailbox.
CREATE TABLE facet(
	id    INTEGER PRIMARY KEY,
	kind  TEXT    NOT NULL,
	value TEXT    NOT NULL,
	n     INTEGER NOT NULL, -- messages that have it
	UNIQUE (kind, value)
);
CREATE INDEX facet_n ON facet(kind, n);
-- faceted are the messages of each facet. Those of mailboxes are found by rcpt.
CREATE TABLE faceted(
	facet  INTEGER NOT NULL,
	record INTEGER NOT NULL,
	PRIMARY KEY (facet, record)
) WITHOUT ROWID;
