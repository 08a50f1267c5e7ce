package store

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"postroom.dev/spool"
)

// maxGroup limits the octets of one transaction, and by that the growth of the
// write-ahead log and the wait of those who come behind.
const maxGroup = 16 << 20

// maxGather limits how long a leader waits for others to join.
const maxGather = 2 * time.Millisecond

var (
	errClosed   = errors.New("spool/store: the store is closed")
	errReadOnly = errors.New("spool/store: opened for reading only")
)

// writer is the one connection that changes store.db. Whoever comes first
// commits for all who wait meanwhile (leader and followers), so that fifty sessions share one fsync.
type writer struct {
	path   string
	db     *sql.DB
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt // only the leader's
	newest int64                // the highest id that was given to a record, perhaps in vain; only the leader's
	// sessionBytes is how many octets the sessions take at most, below 0 when they were not counted yet; only the leader's.
	sessionBytes int64

	mu      sync.Mutex
	idle    sync.Cond // busy became false
	waiting []*change // waiting[0] may have been told to lead
	busy    bool      // there is a leader
	closed  bool
	joined  chan struct{} // has one when somebody came since the leader looked
	crowd   int           // who took part in the last transaction or came while it went on
	took    time.Duration // how long it took
}

// change is one caller's part of a transaction.
type change struct {
	// run makes the change. It may be called again after a rollback, so it starts from nothing. An
	// error undoes the transaction; a refusal that changed nothing is run's own to remember.
	run func(*writer) error
	// after is called once the change is durable, before anybody is told.
	after func()
	size  int // octets, roughly

	err    error
	leads  bool      // it was told to lead; guarded by writer.mu
	settle chan bool // true: lead; false: done
}

func newWriter(path string, db *sql.DB, conn *sql.Conn) *writer {
	w := &writer{path: path, db: db, conn: conn, stmts: make(map[string]*sql.Stmt), joined: make(chan struct{}, 1), sessionBytes: math.MinInt64}
	w.idle.L = &w.mu
	return w
}

// do makes c durable. A context that ends while c waits withdraws it; once c is
// part of a transaction, do waits for the outcome, so that an error always means that nothing was kept.
func (w *writer) do(ctx context.Context, c *change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.settle = make(chan bool, 1)
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.waiting = append(w.waiting, c)
	poke(w.joined)
	lead := !w.busy
	if lead {
		w.busy, c.leads = true, true
	}
	w.mu.Unlock()
	if !lead {
		select {
		case lead = <-c.settle:
		case <-ctx.Done():
			if w.withdraw(c) {
				return ctx.Err()
			}
			lead = <-c.settle
		}
	}
	if lead {
		w.gather()
		w.lead(c)
	}
	return c.err
}

// gather waits a moment for those who are about to come: as many as took part in the last commit or came while it went on. A
// commit costs an fsync whatever its size, so a few large ones serve everybody sooner than many small ones. The wait is at
// most half of what the last commit took, and a writer that is alone never waits.
func (w *writer) gather() {
	runtime.Gosched()
	w.mu.Lock()
	expected, patience := w.crowd, min(w.took/2, maxGather)
	here := len(w.waiting)
	w.mu.Unlock()
	if here >= expected || patience <= 0 {
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for here < expected {
		select {
		case <-w.joined:
		case <-timer.C:
			return
		}
		w.mu.Lock()
		here = len(w.waiting)
		w.mu.Unlock()
	}
}

// withdraw takes c back, unless it is already part of a transaction or leads one.
func (w *writer) withdraw(c *change) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.waiting, c)
	if i < 0 || c.leads {
		return false
	}
	w.waiting = slices.Delete(w.waiting, i, i+1)
	return true
}

// lead commits for all who wait, tells them, and hands the lead on.
func (w *writer) lead(c *change) {
	w.mu.Lock()
	n, size := 0, 0
	for n < len(w.waiting) && (n == 0 || size+w.waiting[n].size <= maxGroup) {
		size += w.waiting[n].size
		n++
	}
	group := slices.Clone(w.waiting[:n])
	w.waiting = slices.Delete(w.waiting, 0, n)
	w.mu.Unlock()

	began := time.Now()
	w.commit(group)
	took := time.Since(began)
	w.mu.Lock()
	w.crowd, w.took = len(group)+len(w.waiting), took
	w.mu.Unlock()
	for _, o := range group {
		if o != c {
			o.settle <- false
		}
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) > 0 {
		w.waiting[0].leads = true
		w.waiting[0].settle <- true
		return
	}
	w.busy = false
	w.idle.Broadcast()
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
	w.mu.Lock()
	w.closed = true
	for w.busy {
		w.idle.Wait()
	}
	w.mu.Unlock()
	for _, s := range w.stmts {
		s.Close()
	}
	return errors.Join(w.conn.Close(), w.db.Close())
}
