package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"

	"postroom.dev/mta"
)

// A change of many records is cut into transactions of so many, so that messages that arrive meanwhile get their turn.
const (
	marksAtOnce   = 5000
	deletesAtOnce = 200
)

// idList writes ids as the JSON array that json_each reads.
func idList(ids []int64) string {
	b := make([]byte, 0, 2+8*len(ids))
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(append(b, ']'))
}

// SetRead sets or clears the read mark and gives the ids that it changed, in the order of ids.
func (s *Store) SetRead(ctx context.Context, read bool, ids ...int64) ([]int64, error) {
	if err := s.absorb(ctx); err != nil {
		return nil, err
	}
	var all []int64
	for part := range slices.Chunk(ids, marksAtOnce) {
		var changed map[int64]bool
		err := s.change(ctx, &change{
			size: 50 * len(part),
			run: func(w *writer) error {
				changed = make(map[int64]bool)
				return w.each(func(rows *sql.Rows) error {
					var id int64
					err := rows.Scan(&id)
					changed[id] = true
					return err
				}, "UPDATE message SET read = ?1 WHERE id IN (SELECT value FROM json_each(?2)) AND read <> ?1 RETURNING id", read, idList(part))
			},
			after: func() {
				unread := len(changed)
				if read {
					unread = -unread
				}
				s.count(0, unread, 0)
				for _, id := range part {
					if changed[id] {
						delete(changed, id) // an id that was given twice
						all = append(all, id)
						s.emit(mta.Changed, id)
					}
				}
			},
		})
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// Delete removes records and gives the ids that existed, in the order of ids.
// When it fails midway it gives those that are gone beside the error.
func (s *Store) Delete(ctx context.Context, ids ...int64) ([]int64, error) {
	if err := s.absorb(ctx); err != nil {
		return nil, err
	}
	var all []int64
	for part := range slices.Chunk(ids, deletesAtOnce) {
		var gone map[int64]doomed
		err := s.change(ctx, &change{
			size: 500 * len(part),
			run: func(w *writer) (err error) {
				gone, err = remove(w, part)
				return err
			},
			after: func() {
				for _, id := range part {
					d, ok := gone[id]
					if !ok {
						continue
					}
					delete(gone, id)
					all = append(all, id)
					s.count(-1, -d.unread, -d.size)
					s.events(mta.Event{Time: s.now(), Kind: mta.Removed, Message: id, QueueID: d.queueID})
				}
				s.idx.removed()
			},
		})
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// doomed is what is known of a record before it goes.
type doomed struct {
	queueID  string
	size     int64
	unread   int
	envelope string
}

// remove deletes the rows of records, and notes what is still to be cleared away.
func remove(w *writer, ids []int64) (map[int64]doomed, error) {
	list := idList(ids)
	gone := make(map[int64]doomed)
	err := w.each(func(rows *sql.Rows) error {
		var id int64
		var d doomed
		err := rows.Scan(&id, &d.queueID, &d.size, &d.unread, &d.envelope)
		gone[id] = d
		return err
	}, `SELECT m.id, m.queue_id, m.size, m.read = 0, r.envelope FROM message m JOIN record r ON r.id = m.id
		WHERE m.id IN (SELECT value FROM json_each(?))`, list)
	if err != nil {
		return nil, err
	}
	for id, d := range gone {
		var env mta.Envelope
		if json.Unmarshal([]byte(d.envelope), &env) != nil {
			continue // rows of rcpt without a record are never found
		}
		for _, k := range keys(&env) {
			if _, err := w.exec("DELETE FROM rcpt WHERE address = ? AND record = ? AND state = ?", k.address, id, k.state); err != nil {
				return nil, err
			}
		}
	}
	for _, q := range []string{
		"UPDATE store SET highest = max(highest, coalesce((SELECT max(id) FROM message WHERE id IN (SELECT value FROM json_each(?))), 0))",
		"INSERT OR IGNORE INTO removed(id, large) SELECT id, large FROM message WHERE id IN (SELECT value FROM json_each(?))",
		"DELETE FROM record WHERE id IN (SELECT value FROM json_each(?))",
		"DELETE FROM tagged WHERE record IN (SELECT value FROM json_each(?))",
		"DELETE FROM message WHERE id IN (SELECT value FROM json_each(?))",
	} {
		if _, err := w.exec(q, list); err != nil {
			return nil, err
		}
	}
	return gone, nil
}
