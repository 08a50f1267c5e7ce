package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// counts are the numbers of records, in memory. What there was at the start is counted beside everything else, in a snapshot that was taken
// before anything changed: it takes a third of a second for a million records, which no window has to wait for.
type counts struct {
	mu    sync.Mutex
	n     spool.Counts  // without what there was, until that is known
	known chan struct{} // closed when it is, or never will be
	stop  context.CancelFunc
}

// startCounting counts the records that conn sees, in the transaction that it is in, and then closes it.
func (s *Store) startCounting(db *sql.DB, conn *sql.Conn) {
	ctx, stop := context.WithCancel(context.Background())
	s.counts.known, s.counts.stop = make(chan struct{}), stop
	go func() {
		defer close(s.counts.known)
		var was spool.Counts
		err := conn.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(read = 0), 0), coalesce(sum(size), 0) FROM message").
			Scan(&was.All, &was.Unread, &was.Bytes)
		s.count(was.All, was.Unread, was.Bytes)
		_, end := conn.ExecContext(context.Background(), "ROLLBACK")
		if err = errors.Join(err, end, conn.Close(), db.Close()); err != nil && ctx.Err() == nil {
			err = classify(s.path, err)
			s.log.Error("counting records: " + err.Error())
			s.events(mta.Event{Time: s.now(), Kind: mta.Problem, Text: err.Error()})
		}
	}()
}

// stopCounting waits for what startCounting began.
func (s *Store) stopCounting() {
	if s.counts.stop != nil {
		s.counts.stop()
		<-s.counts.known
	}
}

// Counts costs nothing but in the first moment after Open: the numbers are kept in memory.
func (s *Store) Counts() spool.Counts {
	<-s.counts.known
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	return s.counts.n
}

// count changes the counts.
func (s *Store) count(all, unread int, bytes int64) {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	s.counts.n.All += all
	s.counts.n.Unread += unread
	s.counts.n.Bytes += bytes
}
