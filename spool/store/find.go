package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/query"
)

// defaultLimit is how many records a page has when Query.Limit is 0.
const defaultLimit = 50

// Find gives a page of records.
func (s *Store) Find(ctx context.Context, q spool.Query) (spool.Page, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	q.Limit = limit + 1 // one more tells whether there is a next page
	ids, err := s.IDs(ctx, q)
	if err != nil {
		return spool.Page{}, err
	}
	var page spool.Page
	if len(ids) > limit {
		ids = ids[:limit]
		page.Next = ids[limit-1]
		if page.Past, err = s.past(ctx, q.Order, page.Next); err != nil {
			return spool.Page{}, err
		}
	}
	page.Records, err = s.Get(ctx, ids...)
	if err != nil {
		return spool.Page{}, err
	}
	return page, nil
}

// IDs gives the ids alone.
func (s *Store) IDs(ctx context.Context, q spool.Query) ([]int64, error) {
	question, err := query.Parse(q.Text, s.now())
	if err != nil {
		return nil, err
	}
	a := newAsking(q, question)
	if err := s.current(ctx); err != nil {
		return nil, err
	}
	if err := s.sorted(ctx, a); err != nil {
		return nil, err
	}
	var ids []int64
	err = s.read.with(ctx, s, func(db *sql.DB) error {
		if err := a.resolve(ctx, db); err != nil {
			return err
		}
		text, args := a.statement()
		ids = ids[:0]
		rows, err := db.QueryContext(ctx, text, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		var id int64
		for rows.Next() {
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// Get gives records in the order of ids. Attachments and Snippet of records that
// the index does not know yet are read from their messages.
func (s *Store) Get(ctx context.Context, ids ...int64) ([]spool.Record, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if err := s.current(ctx); err != nil {
		return nil, err
	}
	found := make(map[int64]spool.Record, len(ids))
	var unknown []int64
	err := s.read.with(ctx, s, func(db *sql.DB) error {
		clear(found)
		unknown = unknown[:0]
		rows, err := db.QueryContext(ctx, `SELECT m.id, m.size, m.read, r.envelope, r.subject, r.from_, r.to_, r.cc, r.date, r.message_id, r.added, e.attachments, e.snippet
			FROM main.message m JOIN main.record r ON r.id = m.id LEFT JOIN search.entry e ON e.id = m.id
			WHERE m.id IN (SELECT value FROM json_each(?))`, idList(ids))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r, known, err := scanRecord(rows)
			if err != nil {
				return err
			}
			found[r.ID] = r
			if !known {
				unknown = append(unknown, r.ID)
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return marked(ctx, db, ids, found)
	})
	if err != nil {
		return nil, err
	}
	for _, id := range unknown {
		c, err := s.Content(ctx, id)
		if err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			continue // deleted since
		}
		b, r := readBody(c), found[id]
		r.Attachments, r.Snippet = b.Attachments, b.Snippet
		found[id] = r
	}
	records := make([]spool.Record, 0, len(ids))
	for _, id := range ids {
		if r, ok := found[id]; ok {
			records = append(records, r)
		}
	}
	return records, nil
}

// scanRecord reads one row of Get. known says that the index has read the message.
func scanRecord(rows *sql.Rows) (r spool.Record, known bool, err error) {
	var envelope sql.RawBytes
	var date string
	var attachments sql.NullInt64
	var snippet sql.NullString
	var added []byte
	err = rows.Scan(&r.ID, &r.Size, &r.Read, &envelope, &r.Subject, &r.From, &r.To, &r.Cc, &date, &r.MessageID, &added, &attachments, &snippet)
	if err != nil {
		return r, false, err
	}
	var env mta.Envelope
	if err := json.Unmarshal(envelope, &env); err != nil {
		return r, false, fmt.Errorf("spool/store: envelope of record %d: %w", r.ID, err)
	}
	env.Added = added
	r.Envelope = env
	if date != "" {
		if r.Date, err = time.Parse(time.RFC3339, date); err != nil {
			return r, false, fmt.Errorf("spool/store: date of record %d: %w", r.ID, err)
		}
	}
	r.Attachments, r.Snippet = int(attachments.Int64), snippet.String
	return r, attachments.Valid, nil
}
