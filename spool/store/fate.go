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

// Lookup gives the id of the record with this queue id.
func (s *Store) Lookup(ctx context.Context, queueID string) (id int64, err error) {
	switch id, there := s.journal.find(queueID); {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case id != 0:
		return id, nil
	case !there:
		return 0, fmt.Errorf("%w: %s", spool.ErrNotFound, queueID)
	}
	return s.lookup(ctx, queueID)
}

// lookup asks store.db.
func (s *Store) lookup(ctx context.Context, queueID string) (id int64, err error) {
	err = s.one(ctx, queueID, "SELECT id FROM main.message WHERE queue_id = ?", &id)
	return id, err
}

// Envelope gives the envelope of the record with this queue id.
func (s *Store) Envelope(ctx context.Context, queueID string) (*mta.Envelope, error) {
	if id, _ := s.journal.find(queueID); id != 0 {
		r, err := s.journal.read(ctx, id)
		if err != nil {
			return nil, err
		}
		if r != nil {
			return envelope(queueID, r.envelope, r.added)
		}
	}
	var text, added []byte
	err := s.one(ctx, queueID, "SELECT r.envelope, r.added FROM main.message m JOIN main.record r ON r.id = m.id WHERE m.queue_id = ?", &text, &added)
	if err != nil {
		return nil, err
	}
	return envelope(queueID, text, added)
}

func envelope(queueID string, text, added []byte) (*mta.Envelope, error) {
	env := &mta.Envelope{}
	if err := json.Unmarshal(text, env); err != nil {
		return nil, fmt.Errorf("spool/store: envelope of %s: %w", queueID, err)
	}
	env.Added = added
	return env, nil
}

// one reads columns of the record with this queue id. q is kept prepared: a queue run asks for each of its messages, and reading
// the statement would take longer than the answer.
func (s *Store) one(ctx context.Context, queueID, q string, into ...any) error {
	err := s.read.with(ctx, s, func(db *sql.DB) error {
		stmt, err := s.read.prepared(ctx, db, q)
		if err != nil {
			return err
		}
		return stmt.QueryRowContext(ctx, queueID).Scan(into...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s", spool.ErrNotFound, queueID)
	}
	return err
}

// Update replaces the recipients of the record with this queue id, durably.
func (s *Store) Update(ctx context.Context, queueID string, recipients []mta.Recipient) error {
	return s.rewrite(ctx, queueID, 500*(1+len(recipients)), func(env *mta.Envelope) { env.Recipients = recipients })
}

// Note adds steps to the envelope of the record with this queue id, durably.
func (s *Store) Note(ctx context.Context, queueID string, steps ...mta.Step) error {
	return s.rewrite(ctx, queueID, 500*(1+len(steps)), func(env *mta.Envelope) { env.Steps = mta.Noted(env.Steps, steps...) })
}

// rewrite changes a record's envelope and tells of it. size is about how many octets are written.
func (s *Store) rewrite(ctx context.Context, queueID string, size int, alter func(*mta.Envelope)) error {
	var id int64
	var refusal error
	if err := s.absorb(ctx); err != nil {
		return err
	}
	err := s.change(ctx, &change{
		size: size,
		run: func(w *writer) (err error) {
			id, refusal, err = setEnvelope(w, queueID, alter)
			return err
		},
		after: func() {
			if refusal == nil {
				s.events(mta.Event{Time: s.now(), Kind: mta.Changed, Message: id, QueueID: queueID})
			}
		},
	})
	return errors.Join(err, refusal)
}

// setEnvelope writes the envelope anew, and the recipients' rows with it. A record that does not exist is a refusal.
func setEnvelope(w *writer, queueID string, alter func(*mta.Envelope)) (id int64, refusal, err error) {
	var text string
	err = w.each(func(rows *sql.Rows) error { return rows.Scan(&id, &text) },
		"SELECT m.id, r.envelope FROM message m JOIN record r ON r.id = m.id WHERE m.queue_id = ?", queueID)
	if err != nil {
		return 0, nil, err
	}
	if id == 0 {
		return 0, fmt.Errorf("%w: %s", spool.ErrNotFound, queueID), nil
	}
	var env mta.Envelope
	if err := json.Unmarshal([]byte(text), &env); err != nil {
		return id, fmt.Errorf("spool/store: envelope of record %d: %w", id, err), nil
	}
	for _, k := range keys(&env) {
		if _, err := w.exec("DELETE FROM rcpt WHERE address = ? AND record = ? AND state = ?", k.address, id, k.state); err != nil {
			return 0, nil, err
		}
	}
	alter(&env)
	for _, k := range keys(&env) {
		if _, err := w.exec("INSERT INTO rcpt(address, record, state) VALUES (?, ?, ?)", k.address, id, k.state); err != nil {
			return 0, nil, err
		}
	}
	b, err := appendEnvelope(nil, &env)
	if err != nil {
		return 0, nil, fmt.Errorf("spool/store: envelope of record %d: %w", id, err)
	}
	_, err = w.exec("UPDATE record SET envelope = ? WHERE id = ?", string(b), id)
	return id, nil, err
}
