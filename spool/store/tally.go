package store

import (
	"context"
	"database/sql"
	"fmt"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// tallied are the states that a Tally counts.
var tallied = []mta.State{mta.Bounced, mta.Refused, mta.Deferred, mta.Held, mta.Queued}

// tallyMost bounds what is counted of a state, so that counting costs little when there are very many.
const tallyMost = 100_000

// Tally counts. All of it is read from one snapshot, so that a deletion that is cleared away
// meanwhile is either in all the counts or in none.
func (s *Store) Tally(ctx context.Context) (t spool.Tally, err error) {
	if err := s.current(ctx); err != nil {
		return t, err
	}
	err = s.read.with(ctx, s, func(db *sql.DB) error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback() // it only ends the snapshot
		t = spool.Tally{States: make(map[mta.State]int)}
		for _, part := range []func(context.Context, *sql.Tx, *spool.Tally) error{tallyMarks, tallyStates, tallyFacets} {
			if err := part(ctx, tx, &t); err != nil {
				return err
			}
		}
		return nil
	})
	return t, err
}

// tallyMarks counts what users marked, and names their saved searches.
func tallyMarks(ctx context.Context, tx *sql.Tx, t *spool.Tally) error {
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM main.tagged WHERE tag = 0").Scan(&t.Starred); err != nil {
		return err
	}
	err := each(ctx, tx, func(scan func(...any) error) error {
		var tag spool.Tag
		err := scan(&tag.Name, &tag.Color, &tag.Count)
		t.Tags = append(t.Tags, tag)
		return err
	}, "SELECT name, color, (SELECT count(*) FROM main.tagged WHERE tag = g.id) FROM main.tag g ORDER BY fold")
	if err != nil {
		return err
	}
	return each(ctx, tx, func(scan func(...any) error) error {
		var search spool.Search
		err := scan(&search.Name, &search.Text)
		t.Searches = append(t.Searches, search)
		return err
	}, "SELECT name, text FROM main.search ORDER BY fold")
}

// tallyStates counts the messages that have a recipient in a state.
func tallyStates(ctx context.Context, tx *sql.Tx, t *spool.Tally) error {
	for _, state := range tallied {
		n := 0
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT DISTINCT record FROM main.rcpt WHERE state = ? AND state <> 'caught' LIMIT ?)",
			string(state), tallyMost).Scan(&n)
		if err != nil {
			return err
		}
		if n > 0 {
			t.States[state] = n
		}
	}
	return nil
}

// tallyFacets counts what messages have in common.
func tallyFacets(ctx context.Context, tx *sql.Tx, t *spool.Tally) error {
	for kind, groups := range map[string]*[]spool.Group{
		facetRcpt: &t.Mailboxes, facetProgram: &t.Programs, facetUser: &t.Users, facetPort: &t.Ports, facetDir: &t.Dirs,
	} {
		err := each(ctx, tx, func(scan func(...any) error) error {
			var g spool.Group
			err := scan(&g.Value, &g.Count)
			*groups = append(*groups, g)
			return err
		}, fmt.Sprintf("SELECT value, n FROM search.facet INDEXED BY facet_n WHERE kind = ? AND n > 0 ORDER BY n DESC, value LIMIT %d", spool.TallyGroups), kind)
		if err != nil {
			return err
		}
	}
	return nil
}

// asked is a pool or a snapshot of it.
type asked interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}

// each reads all rows of a question.
func each(ctx context.Context, db asked, row func(scan func(...any) error) error, q string, args ...any) error {
	rows, err := db.QueryContext(ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
