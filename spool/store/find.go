package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/store/words"
)

// defaultLimit is how many records a page has when Query.Limit is 0.
const defaultLimit = 50

// Find gives a page of records, newest first.
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
	}
	page.Records, err = s.Get(ctx, ids...)
	if err != nil {
		return spool.Page{}, err
	}
	return page, nil
}

// IDs gives the ids alone, newest first.
func (s *Store) IDs(ctx context.Context, q spool.Query) ([]int64, error) {
	question, err := words.Parse(q.Text)
	if err != nil {
		return nil, err
	}
	if !question.Empty() && s.write == nil {
		if err := s.Settle(ctx); err != nil { // nobody indexes for a store that is only read
			return nil, err
		}
	}
	if err := s.current(ctx); err != nil {
		return nil, err
	}
	text, args := statement(q, question)
	var ids []int64
	err = s.read.with(ctx, s, func(db *sql.DB) error {
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

// statement writes the SQL of a question. One table leads, in descending order of ids, so that a page costs
// what it shows: the search hits, else the recipients, else the states, else all messages. The others
// are looked up for each id. No OFFSET and no rank: both would read everything.
func statement(q spool.Query, question words.Question) (text string, args []any) {
	var where []string
	and := func(cond string, a ...any) {
		where = append(where, cond)
		args = append(args, a...)
	}
	yes, no := match(question.Terms)
	address := strings.ToLower(q.Rcpt)
	from, id, distinct := "main.message m", "m.id", ""
	switch {
	case yes != "":
		from, id = "search.words CROSS JOIN main.message m ON m.id = words.rowid", "words.rowid"
		and("words MATCH ?", yes)
	case no != "" || slices.ContainsFunc(question.Flags, func(f words.Flag) bool { return f.Name == words.HasAttachment }):
		from, id = "search.entry e CROSS JOIN main.message m ON m.id = e.id", "e.id" // only what the index knows
	case q.Rcpt != "":
		from, id, distinct = "main.rcpt r CROSS JOIN main.message m ON m.id = r.record", "r.record", "DISTINCT "
		and("r.address = ?", address)
		address = ""
	case q.State != "":
		from, id, distinct = "main.rcpt r CROSS JOIN main.message m ON m.id = r.record", "r.record", "DISTINCT "
		and("r.state = ?", string(q.State))
		q.State = ""
	}
	if q.Before > 0 {
		and(id+" < ?", q.Before)
	}
	if q.After > 0 {
		and(id+" > ?", q.After)
	}
	if no != "" {
		and("m.id NOT IN (SELECT rowid FROM search.words WHERE words MATCH ?)", no)
	}
	for _, f := range question.Flags {
		switch {
		case f.Name == words.HasAttachment && f.Exclude:
			and("EXISTS (SELECT 1 FROM search.entry x WHERE x.id = m.id AND x.attachments = 0)")
		case f.Name == words.HasAttachment:
			and("EXISTS (SELECT 1 FROM search.entry x WHERE x.id = m.id AND x.attachments > 0)")
		case f.Exclude:
			and("m.read <> 0")
		default:
			and("m.read = 0")
		}
	}
	if address != "" {
		and("EXISTS (SELECT 1 FROM main.rcpt x WHERE x.address = ? AND x.record = m.id)", address)
	}
	switch q.State {
	case "":
	case mta.Caught: // no index has it: nearly every record is, so reading their envelopes in turn soon fills a page
		and("EXISTS (SELECT 1 FROM main.record c, json_each(c.envelope, '$.Recipients') x WHERE c.id = m.id AND x.value ->> 'State' = 'caught')")
	default:
		and("EXISTS (SELECT 1 FROM main.rcpt x WHERE x.state = ? AND x.state <> 'caught' AND x.record = m.id)", string(q.State))
	}
	if q.Unread {
		and("m.read = 0")
	}
	text = "SELECT " + distinct + id + " FROM " + from
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	text += " ORDER BY " + id + " DESC"
	if q.Limit > 0 {
		text += " LIMIT ?"
		args = append(args, q.Limit)
	}
	return text, args
}

// match writes the terms as expressions of FTS5: what must occur, less what must
// not; or, where nothing must occur, what must not alone.
func match(terms []words.Term) (yes, no string) {
	var must, mustNot []string
	for _, t := range terms {
		// A string in FTS5 is tokenized as the text was; several words in it are a phrase. Nothing
		// in it is an operator, and a quotation mark is doubled.
		e := `"` + strings.ReplaceAll(words.Spread(t.Text), `"`, `""`) + `"`
		if t.Prefix {
			e += " *"
		}
		if t.Field != "" {
			e = `"` + t.Field + `" : ` + e
		}
		if t.Exclude {
			mustNot = append(mustNot, "("+e+")")
		} else {
			must = append(must, "("+e+")")
		}
	}
	yes, no = strings.Join(must, " AND "), strings.Join(mustNot, " OR ")
	if yes != "" && no != "" {
		return "(" + yes + ") NOT (" + no + ")", ""
	}
	return yes, no
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
		return rows.Err()
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
