package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"
)

// reading is the pool of connections that read store.db with search.db attached.
type reading struct {
	mu     sync.RWMutex // held while the pool is in use, and alone to change it
	db     *sql.DB      // nil when closed, and while there is no index to attach
	closed bool

	stmtsMu sync.Mutex
	stmts   map[string]*sql.Stmt // of db
}

// errNoIndex says that a damaged index could not be replaced (a full disk): the next reader tries again.
var errNoIndex = errors.New("spool/store: the search index could not be made again")

func (r *reading) open(path, search string) (err error) {
	r.stmts = make(map[string]*sql.Stmt)
	r.db, err = openPool(path, search)
	return err
}

// prepared gives the fixed statement q, ready for all connections of db. It lives as long as db.
func (r *reading) prepared(ctx context.Context, db *sql.DB, q string) (*sql.Stmt, error) {
	r.stmtsMu.Lock()
	defer r.stmtsMu.Unlock()
	if s := r.stmts[q]; s != nil {
		return s, nil
	}
	s, err := db.PrepareContext(ctx, q)
	if err == nil {
		r.stmts[q] = s
	}
	return s, err
}

func (r *reading) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.db == nil {
		return nil
	}
	return r.db.Close()
}

// use calls f with the pool.
func (r *reading) use(f func(*sql.DB) error) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	switch {
	case r.closed:
		return errClosed
	case r.db == nil:
		return errNoIndex
	}
	return f(r.db)
}

// with calls f with the pool. Where the search index turns out to be damaged, it
// is made again and f called once more.
func (r *reading) with(ctx context.Context, s *Store, f func(*sql.DB) error) error {
	made := s.index.generation()
	err := r.use(f)
	if !s.indexAtFault(ctx, err) {
		return s.reason(ctx, err)
	}
	if err := s.remake(ctx, made, err); err != nil {
		return err
	}
	if err := s.Settle(ctx); err != nil {
		return err
	}
	return s.reason(ctx, r.use(f))
}

// reason makes a reader's error spool's. An interrupted statement is the context's doing.
func (s *Store) reason(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, sql.ErrNoRows), errors.Is(err, errClosed):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case code(err) == 0:
		return err
	}
	if corrupt(err) {
		s.journal.stuck.Store(true) // store.db itself says to the next message whether it can be kept
	}
	return classify(s.path, err)
}

// indexAtFault says that search.db is the damaged one of the two files that a reader has open.
func (s *Store) indexAtFault(ctx context.Context, err error) bool {
	switch {
	case errors.Is(err, errNoIndex), code(err) == sqlite3.SQLITE_CORRUPT_VTAB: // only the index has virtual tables
		return true
	case !corrupt(err):
		return false
	}
	var verdict string
	err = s.read.use(func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "PRAGMA search.quick_check(1)").Scan(&verdict)
	})
	return corrupt(err) || err == nil && verdict != "ok"
}

// remake throws the index away and begins a new one, unless somebody has done so since it was of generation made.
func (s *Store) remake(ctx context.Context, made int, cause error) error {
	s.read.mu.Lock()
	defer s.read.mu.Unlock()
	if s.read.closed {
		return errClosed
	}
	if s.index.generation() != made {
		return nil
	}
	s.log.Warn("search index is made again", "file", s.index.path, "cause", cause)
	if s.read.db != nil {
		s.read.db.Close()
		s.read.db = nil
	}
	if err := s.index.remake(ctx); err != nil {
		return classify(s.index.path, err)
	}
	s.idx.restart()
	return s.read.open(s.path, s.index.path)
}
