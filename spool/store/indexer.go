package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool/store/words"
)

const (
	pause      = 100 * time.Millisecond // without a commit, before the indexer begins
	backlog    = 20_000                 // records that wait; then it begins without a pause
	batchRows  = 2000                   // records of one transaction
	batchBytes = 16 << 20               // octets of their messages
	retry      = time.Second            // after trouble
)

// indexer is the goroutine that follows the commits: it reads from store.db what
// lies beyond the index's watermark, and clears away what deleted records leave. Nothing waits for it but Settle.
type indexer struct {
	quit    context.Context // ended by stop
	cancel  context.CancelFunc
	ended   sync.WaitGroup
	wake    chan struct{} // there may be something to do
	hurry   chan struct{} // somebody waits for it
	waiting atomic.Int32  // how many
	latest  atomic.Int64  // time of the newest commit, as nanoseconds since began
	began   time.Time
	dirty   atomic.Bool // something was deleted

	mu       sync.Mutex
	indexed  int64         // every record up to this id is in the index
	progress chan struct{} // closed when indexed grows
}

func (x *indexer) init(watermark int64) {
	x.quit, x.cancel = context.WithCancel(context.Background())
	x.wake, x.hurry = make(chan struct{}, 1), make(chan struct{}, 1)
	x.progress = make(chan struct{})
	x.began = time.Now()
	x.indexed = watermark
}

// start begins the goroutine. left are files to remove; dirty says that an
// earlier process had no time to clear everything away.
func (x *indexer) start(s *Store, left []string, dirty bool) {
	x.dirty.Store(dirty)
	x.latest.Store(-int64(pause))
	x.ended.Go(func() {
		s.removeFiles(left)
		x.run(s)
	})
}

func (x *indexer) stop() {
	if x.cancel != nil {
		x.cancel()
		x.ended.Wait()
	}
}

// poke tells of work without waiting.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// committed says that a record was added.
func (x *indexer) committed() {
	x.latest.Store(int64(time.Since(x.began)))
	poke(x.wake)
}

// removed says that records were deleted.
func (x *indexer) removed() {
	x.latest.Store(int64(time.Since(x.began)))
	x.dirty.Store(true)
	poke(x.wake)
}

// restart begins at the first record, for an index that was made again.
func (x *indexer) restart() {
	x.mu.Lock()
	x.indexed = 0
	x.mu.Unlock()
	poke(x.wake)
}

func (x *indexer) reached() (int64, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.indexed, x.progress
}

// advance notes that every record up to id is in the index.
func (x *indexer) advance(id int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if id > x.indexed {
		x.indexed = id
		close(x.progress)
		x.progress = make(chan struct{})
	}
}

func (x *indexer) run(s *Store) {
	for x.quit.Err() == nil {
		indexed, _ := x.reached()
		behind := s.last.Load() - indexed
		journalled := s.journal.count.Load() > 0
		if behind <= 0 && !journalled && !x.dirty.Load() {
			select {
			case <-x.quit.Done():
			case <-x.wake:
			}
			continue
		}
		left := pause - time.Since(x.began) + time.Duration(x.latest.Load())
		if left > 0 && x.waiting.Load() == 0 && behind < backlog && !s.journal.crowded() {
			x.sleep(left)
			continue
		}
		var err error
		switch {
		case journalled:
			if s.absorb(x.quit) != nil { // which told why
				x.sleep(retry)
			}
		case behind > 0:
			err = s.step(x.quit)
		default:
			err = s.clearAway(x.quit)
		}
		if err != nil && x.quit.Err() == nil {
			s.log.Warn("search index is behind", "error", err)
			x.sleep(retry)
		}
	}
}

// sleep waits, unless somebody is in a hurry.
func (x *indexer) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-x.quit.Done():
	case <-x.hurry:
	case <-t.C:
	}
}

// Settle waits until search knows every record that was added before the call.
func (s *Store) Settle(ctx context.Context) error {
	if err := s.current(ctx); err != nil {
		return err
	}
	target := s.last.Load()
	s.idx.waiting.Add(1)
	defer s.idx.waiting.Add(-1)
	for {
		indexed, progress := s.idx.reached()
		if indexed >= target {
			return nil
		}
		poke(s.idx.hurry)
		select {
		case <-progress:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.idx.quit.Done():
			return errClosed
		}
	}
}

// step indexes the next records in one transaction.
func (s *Store) step(ctx context.Context) error {
	made := s.index.generation()
	target := s.last.Load()
	reached := int64(0)
	// The pool is taken before the index, as remake does.
	err := s.read.use(func(db *sql.DB) error {
		return s.index.batch(ctx, func(conn *sql.Conn) (err error) {
			reached, err = s.indexNext(ctx, db, conn, target)
			return err
		})
	})
	switch {
	case s.indexAtFault(ctx, err):
		return s.remake(ctx, made, err)
	case err != nil:
		return s.reason(ctx, err)
	}
	s.idx.advance(reached)
	s.emit(mta.Indexed, reached)
	return nil
}

// indexNext adds records up to target, or as many as one transaction takes, and
// gives the id up to which the index is then complete.
func (s *Store) indexNext(ctx context.Context, db *sql.DB, conn *sql.Conn, target int64) (int64, error) {
	from, _ := s.idx.reached()
	word, err := conn.PrepareContext(ctx, `INSERT INTO words(rowid, "from", "to", cc, subject, body) VALUES (?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return 0, err
	}
	defer word.Close()
	rows, err := db.QueryContext(ctx, `SELECT m.id, m.size, m.large, r.envelope, r.subject, r.from_, r.to_, r.cc, r.bytes
		FROM main.message m JOIN main.record r ON r.id = m.id WHERE m.id > ? AND m.id <= ? ORDER BY m.id LIMIT ?`, from, target, batchRows)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var entries []entry
	done, n, size := from, 0, int64(0)
	for rows.Next() {
		var m message
		if err := rows.Scan(&m.id, &m.size, &m.large, &m.envelope, &m.subject, &m.from, &m.to, &m.cc, &m.bytes); err != nil {
			return 0, err
		}
		var c mta.Content = blob(m.bytes)
		if m.large.Valid {
			c = file{path: s.large(m.large.String), size: m.size}
		}
		b, a := readBody(c), readAbout(m.envelope)
		entries = append(entries, entry{
			id: m.id, attachments: b.Attachments, snippet: b.Snippet, arrived: a.Arrival.UnixMilli(), size: m.size,
			from: fromKey(m.from), subject: subjectKey(m.subject), facets: a.facets(),
		})
		_, err := word.ExecContext(ctx, m.id, words.Spread(m.from), words.Spread(a.recipients(m.to)), words.Spread(m.cc),
			words.Spread(m.subject), words.Spread(b.Text))
		if err != nil {
			return 0, err
		}
		done, n, size = m.id, n+1, size+m.size
		if size >= batchBytes {
			break
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if n < batchRows && size < batchBytes {
		done = target // the rest was deleted
	}
	return done, insertEntries(ctx, conn, entries)
}

// entry is what the index knows of a record beside its words.
type entry struct {
	id, size, arrived int64
	attachments       int
	snippet           string
	from, subject     string // what it is sorted by
	facets            []facet
}

// insertEntries writes entries when all words of a transaction are in: a statement that may replace a row opens a
// savepoint, at which FTS5 writes out what it has gathered; one after each row would make of every message a segment to be merged.
func insertEntries(ctx context.Context, conn *sql.Conn, entries []entry) error {
	insert, err := conn.PrepareContext(ctx, `INSERT OR REPLACE INTO entry(id, attachments, arrived, size, from_, subject, facets, snippet)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	join, err := conn.PrepareContext(ctx, "INSERT OR IGNORE INTO faceted(facet, record) VALUES (?, ?)")
	if err != nil {
		return err
	}
	defer join.Close()
	known, counts := make(map[facet]int64), facetCounts{}
	for _, e := range entries {
		ids, err := facetIDs(ctx, conn, e.facets, known)
		if err != nil {
			return err
		}
		if _, err := insert.ExecContext(ctx, e.id, e.attachments, e.arrived, e.size, e.from, e.subject, idList(ids), e.snippet); err != nil {
			return err
		}
		for i, id := range ids {
			counts[id]++
			if e.facets[i].kind == facetRcpt {
				continue
			}
			if _, err := join.ExecContext(ctx, id, e.id); err != nil {
				return err
			}
		}
	}
	return counts.write(ctx, conn)
}

// message is what the index reads of a record.
type message struct {
	id, size              int64
	large                 sql.NullString
	envelope              sql.RawBytes
	subject, from, to, cc string
	bytes                 sql.RawBytes // good until the next row
}
