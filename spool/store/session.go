package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// maxSessions is how many sessions are kept, the newest ones: every connection makes one, with a message or without.
const maxSessions = 10_000

// AddSession keeps a finished session. Adding it again replaces it.
func (s *Store) AddSession(ctx context.Context, session mta.Session) error {
	transcript := session.Transcript
	session.Transcript = nil
	facts, err := json.Marshal(session)
	if err != nil {
		return fmt.Errorf("spool/store: session %s: %w", session.ID, err)
	}
	return s.change(ctx, &change{
		size: len(facts) + len(transcript),
		run: func(w *writer) error {
			_, err := w.exec(`INSERT INTO session(id, facts, transcript) VALUES (?, ?, ?)
				ON CONFLICT(id) DO UPDATE SET facts = excluded.facts, transcript = excluded.transcript`, session.ID, string(facts), transcript)
			if err == nil {
				_, err = w.exec("DELETE FROM session WHERE n <= (SELECT max(n) FROM session) - ?", maxSessions)
			}
			return err
		},
	})
}

// Session gives a kept session.
func (s *Store) Session(ctx context.Context, id string) (session mta.Session, err error) {
	err = s.read.with(ctx, s, func(db *sql.DB) error {
		var facts string
		var transcript []byte
		if err := db.QueryRowContext(ctx, "SELECT facts, transcript FROM session WHERE id = ?", id).Scan(&facts, &transcript); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(facts), &session)
		session.Transcript = transcript
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: session %s", spool.ErrNotFound, id)
	}
	return session, err
}
