-- The first layout. A step never changes once it was released: the next change is 002.sql.

-- store says which store this is, so that a search index of another one is noticed, and the highest id of a
-- deleted record: no id is used twice. AUTOINCREMENT would write a page more in every commit.
CREATE TABLE store(identity TEXT NOT NULL, highest INTEGER NOT NULL DEFAULT 0);
INSERT INTO store(identity) VALUES (lower(hex(randomblob(16))));

-- message is narrow: lists of ids, counts and read marks touch nothing else, and looking through all of it for those
-- that are not read needs no index.
CREATE TABLE message(
	id       INTEGER PRIMARY KEY,
	queue_id TEXT    NOT NULL UNIQUE,
	size     INTEGER NOT NULL,                  -- octets as received
	read     INTEGER NOT NULL DEFAULT 0,
	large    TEXT                               -- file below large/ that has the bytes; NULL when record.bytes has them
);

-- record is what a list and the viewer show, and the bytes.
CREATE TABLE record(
	id         INTEGER PRIMARY KEY,
	envelope   TEXT NOT NULL, -- JSON of mta.Envelope
	subject    TEXT NOT NULL,
	from_      TEXT NOT NULL,
	to_        TEXT NOT NULL,
	cc         TEXT NOT NULL,
	date       TEXT NOT NULL, -- RFC 3339; '' when missing or unreadable
	message_id TEXT NOT NULL,
	added      BLOB,
	transcript BLOB,
	bytes      BLOB           -- last, so that the columns before it need no overflow page
);

-- rcpt finds records by envelope recipient and by a recipient's state.
CREATE TABLE rcpt(
	address TEXT    NOT NULL, -- lower case
	record  INTEGER NOT NULL,
	state   TEXT    NOT NULL,
	PRIMARY KEY (address, record, state)
) WITHOUT ROWID;
-- Nearly all mail is caught: to look for it needs no index, and every commit would pay for one.
CREATE INDEX rcpt_state ON rcpt(state, record) WHERE state <> 'caught';

-- removed lists deleted records whose search rows and files are still to be cleared away.
CREATE TABLE removed(
	id    INTEGER PRIMARY KEY,
	large TEXT
);

CREATE TABLE session(
	n          INTEGER PRIMARY KEY AUTOINCREMENT,
	id         TEXT NOT NULL UNIQUE,
	facts      TEXT NOT NULL, -- JSON of mta.Session without its transcript
	transcript BLOB
);
