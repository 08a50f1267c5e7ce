package store

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"postroom.dev/spool"
)

// writer is the one connection that changes store.db. Whoever waits shares its transactions.
type writer struct {
	crew
	path  string
	db    *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // only the leader's
	// sessionBytes is how many octets the sessions take at most, below 0 when they were not counted yet; only the leader's.
	sessionBytes int64
}

func newWriter(path string, db *sql.DB, conn *sql.Conn) *writer {
	w := &writer{path: path, db: db, conn: conn, stmts: make(map[string]*sql.Stmt), sessionBytes: math.MinInt64}
	w.init(w.commit)
	return w
}

// commit makes one transaction of a group. Where a member spoils it for the
// others, each gets a transaction of its own; where the disk is full, all of them fail.
func (w *writer) commit(group []*change) {
	err := w.transact(group)
	if err != nil && len(group) > 1 && !errors.Is(err, spool.ErrFull) {
		for _, c := range group {
			c.err = w.transact([]*change{c})
		}
	} else {
		for _, c := range group {
			c.err = err
		}
	}
	for _, c := range group {
		if c.err == nil && c.after != nil {
			c.after()
		}
	}
}

func (w *writer) transact(group []*change) (err error) {
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, c := range group {
		if err = c.run(w); err != nil {
			break
		}
	}
	if err == nil {
		_, err = w.exec("COMMIT")
	}
	if err != nil {
		// SQLite may have rolled back by itself (a full disk): then this has nothing to do and says so.
		w.conn.ExecContext(context.Background(), "ROLLBACK")
	}
	return err
}

// stmt prepares q once.
func (w *writer) stmt(q string) (*sql.Stmt, error) {
	if s := w.stmts[q]; s != nil {
		return s, nil
	}
	s, err := w.conn.PrepareContext(context.Background(), q)
	if err != nil {
		return nil, classify(w.path, err)
	}
	w.stmts[q] = s
	return s, nil
}

// exec runs a fixed statement; q is kept prepared, so it must not carry values.
func (w *writer) exec(q string, args ...any) (sql.Result, error) {
	s, err := w.stmt(q)
	if err != nil {
		return nil, err
	}
	r, err := s.Exec(args...)
	return r, classify(w.path, err)
}

// each runs a fixed query and calls scan for its rows.
func (w *writer) each(scan func(*sql.Rows) error, q string, args ...any) error {
	s, err := w.stmt(q)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return classify(w.path, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return classify(w.path, err)
		}
	}
	return classify(w.path, rows.Err())
}

// close waits for those who were let in and refuses others.
func (w *writer) close() error {
	w.end()
	for _, s := range w.stmts {
		s.Close()
	}
	return errors.Join(w.conn.Close(), w.db.Close())
}
