// Package store keeps records in SQLite. It is the spool.Store of a home.
//
// Its directory holds
//
//	store.db     the records: envelope, header summary, transcript, and the bytes of messages up to 1 MiB
//	journal-1, journal-2  the newest messages, until store.db has them; not there while no program runs, but after a crash
//	large/       the bytes of larger messages, one file each, named by their row
//	search.db    the full-text index: never the truth, made again from store.db when it is missing or damaged
//	store.db.before-N  a copy from before a newer Postroom changed the layout
//	journal-N.damaged  a journal in which something could not be read, for whoever wants to look at it
//
// A message is durable when Draft.Commit returns: it is an entry of the journal (entry.go), written and synced by whoever waits first for
// all who wait (crew.go, journal.go, journalfile.go). Entries become rows of store.db many at a time (absorb.go), when commits pause, when many wait, and
// before anything is read or changed: nobody sees a store without them. What a crash leaves in the journal is taken in at the next Open.
// Messages above half a MiB, those whose queue id is there already, and all while the disk is nearly full, go to store.db directly; there,
// too, one connection writes for all who wait (writer.go).
//
// An indexer follows behind when commits pause (indexer.go), and clears away what deleted records leave (clean.go). Reads go to a small pool
// of connections and never wait for a writer, but for the newest messages' rows.
//
// Open refuses a store in which it finds damage, and says which file to move away (schema.go, files.go). While a file that takes messages is
// not in its place, nothing is accepted: whoever deletes a store below a running program loses what was in it, and not what comes then.
//
// One process writes a store at a time; the home's lock sees to that. Another layout of the tables is another
// numbered file below schema/. The package parses no mail itself: that is mimetree's, and whatever the
// parser says of a message, its bytes are kept first.
package store

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

// Durability says what a kept message survives.
type Durability int

const (
	// Power: kill -9 and loss of power. Every commit waits for the disk.
	Power Durability = iota
	// Process: kill -9, but the newest messages may be lost with the power. For slow disks.
	Process
)

// Options are how a store is opened. The zero value is the default of all.
type Options struct {
	Durability Durability
	Now        func() time.Time // for the time of events; nil is time.Now
	Events     mta.Sink         // gets Stored, Changed, Removed after a commit and Indexed; may be nil
	Log        *slog.Logger     // trouble of the index and of clearing away; nil is silence
}

// Store is an open store. Its methods are spool.Store's.
type Store struct {
	dir                string
	path               string // store.db
	identity, greatest string // of store.db at Open: its own, and its last queue id
	now                func() time.Time
	events             mta.Sink
	log                *slog.Logger

	write   *writer  // nil until Open has got so far
	journal *journal // the same
	read    reading
	index   *index
	idx     indexer

	sessions sessions
	presence presence

	counts counts
	last   atomic.Int64 // the newest id in store.db

	closing sync.Once
	closed  error
}

var _ spool.Store = (*Store)(nil)

// Open opens the store in dir, which it makes when it is missing. The errors are
// spool.ErrNewer, spool.ErrDamaged, spool.ErrFull and those of the file system.
func Open(dir string, o Options) (*Store, error) {
	texts, err := steps()
	if err != nil {
		return nil, err
	}
	return open(context.Background(), dir, o, texts)
}

func open(ctx context.Context, dir string, o Options, texts []string) (_ *Store, err error) {
	s, err := newStore(dir, o)
	if err != nil {
		return nil, err
	}
	if err := s.checkFiles(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(s.dir, largeDir), 0o700); err != nil {
		return nil, full(s.dir, err)
	}
	v, err := version(ctx, s.path)
	if err != nil {
		return nil, err
	}
	if err := checkVersion(s.path, v, len(texts)); err != nil {
		return nil, err
	}
	synchronous := "FULL"
	if o.Durability == Process {
		synchronous = "NORMAL"
	}
	db, conn, err := openOne(ctx, s.path, writable(synchronous, 4096, 2000)...)
	if err != nil {
		return nil, classify(s.path, err)
	}
	s.write = newWriter(s.path, db, conn)
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := upgrade(ctx, conn, s.path, v, texts); err != nil {
		return nil, err
	}
	if s.journal, err = openJournal(s.dir, o, s.log); err != nil {
		return nil, err
	}
	if err := syncDir(s.dir); err != nil { // the new files' names
		return nil, err
	}
	if s.presence.opened, err = os.Stat(s.path); err != nil {
		return nil, err
	}
	left, err := s.leftovers(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	if err := s.recover(ctx); err != nil {
		return nil, err
	}
	var dirty bool
	if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM removed) OR freelist_count > 0 FROM pragma_freelist_count").Scan(&dirty); err != nil {
		return nil, s.unreadable(err)
	}
	var session int64
	if err := conn.QueryRowContext(ctx, "SELECT coalesce(max(n), 0) FROM session").Scan(&session); err != nil {
		return nil, s.unreadable(err)
	}
	s.idx.start(s, left, dirty)
	s.startSessions(session)
	return s, nil
}

func newStore(dir string, o Options) (*Store, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, path: filepath.Join(dir, "store.db"), now: o.Now, events: o.Events, log: o.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.events == nil {
		s.events = func(mta.Event) {}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// begin opens what reads, and has the records counted.
func (s *Store) begin(ctx context.Context) error {
	db, conn, err := openOne(ctx, s.path, "mode=ro")
	if err != nil {
		return classify(s.path, err)
	}
	var newest int64
	if _, err = conn.ExecContext(ctx, "BEGIN"); err == nil {
		err = conn.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM message").Scan(&newest)
	}
	if err == nil {
		err = conn.QueryRowContext(ctx, "SELECT identity, max(highest, ?), (SELECT coalesce(max(queue_id), '') FROM message) FROM store", newest).
			Scan(&s.identity, &newest, &s.greatest)
	}
	if err != nil {
		return errors.Join(s.unreadable(err), conn.Close(), db.Close())
	}
	s.startCounting(db, conn)
	s.last.Store(newest)
	if s.index, err = openIndex(ctx, filepath.Join(s.dir, "search.db"), s.identity, newest); err != nil {
		return err
	}
	s.idx.init(s.index.watermark)
	return s.read.open(s.path, s.index.path)
}

// emit tells of records.
func (s *Store) emit(kind mta.Kind, ids ...int64) {
	for _, id := range ids {
		s.events(mta.Event{Time: s.now(), Kind: kind, Message: id})
	}
}

// change makes c durable.
func (s *Store) change(ctx context.Context, c *change) error {
	return s.write.do(ctx, c)
}

// Close ends the store. Commits that have begun are finished; the index goes on
// where it stopped at the next Open. Closing again does nothing.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.stopSessions()
		s.idx.stop()
		var errs []error
		if s.journal != nil {
			s.journal.end()
			errs = append(errs, s.absorb(context.Background()))
		}
		s.stopCounting()
		errs = append(errs, s.read.close()) // before those that write: the last one to close empties the write-ahead log
		if s.index != nil {
			errs = append(errs, s.index.close())
		}
		if s.write != nil {
			errs = append(errs, s.write.close())
		}
		if s.journal != nil {
			errs = append(errs, s.journal.shut())
		}
		s.closed = errors.Join(errs...)
	})
	return s.closed
}
