-- Sessions are looked for by what came of them, and bounded by the octets that they take.
ALTER TABLE session ADD COLUMN failed INTEGER NOT NULL DEFAULT 0; -- mta.Outcome.Failed
ALTER TABLE session ADD COLUMN size   INTEGER NOT NULL DEFAULT 0; -- octets of facts and transcript
UPDATE session SET size = length(facts) + coalesce(length(transcript), 0);
CREATE INDEX session_failed ON session(n) WHERE failed;
CREATE INDEX session_size ON session(size);
