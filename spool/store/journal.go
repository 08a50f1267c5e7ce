package store

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"postroom.dev/spool"
)

const (
	maxJournalled = 20_000    // entries; when so many wait, they are taken in without a pause
	maxJournal    = 64 << 20  // octets; the same
	mostJournal   = 128 << 20 // and here nobody gets in before they are taken in
	spare         = 16 << 20  // octets that the disk must have left, beside what the entries take in store.db
	tightEvery    = 1 << 20   // how many octets may go by until the disk is asked again
)

// The answers of the journal to an entry that it cannot take.
var (
	errLook   = errors.New("spool/store: store.db may have this queue id") // and has to be asked
	errDirect = errors.New("spool/store: the journal takes nothing now")   // store.db has to
)

// journal is what makes a message durable: one entry at the end of a file, written and synced for all who wait. Some time later the
// entries become rows of store.db (absorb.go).
//
// There are two files, used in turn, so that one takes new entries while the other is taken in. A file is written from its front again
// when store.db has all its entries; what is left of them behind the new ones has smaller ids and does not count.
type journal struct {
	crew
	dir   string
	seed  uint32
	sync  func(*os.File) error
	room  func(octets int64) bool // the disk has room for so many octets more
	log   *slog.Logger
	stuck atomic.Bool  // store.db takes no rows: a full disk, damage
	count atomic.Int64 // entries that wait
	bytes atomic.Int64 // and their octets

	absorbing sync.Mutex // held by whoever takes entries in; before appending
	appending sync.Mutex // held by whoever writes, or changes which file is written; before mu
	newest    int64      // the highest id that was given to a record, perhaps in vain; guarded by appending
	buf       []byte     // the leader's, with room for it all (roomFor)
	asked     int64      // where in the file the disk was last asked for room

	mu       sync.Mutex
	files    [2]*journalFile
	cur      int    // the one that is written
	greatest string // no queue id in store.db sorts behind it
	absorbs  int    // how often store.db got rows
	whole    bool   // what a crash left was found
}

// journalPaths are the two files.
func journalPaths(dir string) [2]string {
	return [2]string{filepath.Join(dir, "journal-1"), filepath.Join(dir, "journal-2")}
}

// journalled says that a crash left entries, or that a program runs.
func journalled(dir string) (bool, error) {
	for _, path := range journalPaths(dir) {
		if size, err := fileSize(path); err != nil || size > 0 {
			return true, err
		}
	}
	return false, nil
}

func openJournal(dir string, o Options, log *slog.Logger) (_ *journal, err error) {
	j := &journal{dir: dir, sync: dataSync, log: log}
	j.room = func(octets int64) bool {
		free, known := freeSpace(dir)
		return !known || free >= octets
	}
	if o.Durability == Process {
		j.sync = func(*os.File) error { return nil }
	}
	j.init(j.write)
	for i, path := range journalPaths(dir) {
		if j.files[i], err = openJournalFile(path, o.Durability != Process); err != nil {
			return nil, errors.Join(full(path, err), j.shut())
		}
	}
	return j, nil
}

// recover finds what a crash left, beyond the record newest.
func (j *journal) recover(identity string, newest int64, found func(*row)) error {
	j.seed = crc32.Checksum([]byte(identity), castagnoli)
	j.newest = newest
	for _, f := range j.files {
		fi, err := f.Stat()
		if err != nil {
			return err
		}
		f.length = fi.Size()
		damaged, err := scan(f, f.length, j.seed, newest, func(r *row, e ref) {
			found(r)
			f.add(r.queueID, e)
			j.waits(1, e.size)
			j.newest = max(j.newest, e.id)
			f.end = e.at + int64(e.size)
		})
		if err != nil {
			return fmt.Errorf("spool/store: %s: %w", f.Name(), err)
		}
		if damaged >= 0 {
			f.broken, f.damaged = true, true
			j.log.Error("the journal of new messages is damaged: what follows the damage is kept, and the file stays", "file", f.Name()+".damaged",
				"offset", damaged)
		} else if err := errors.Join(j.giveWay(f), f.readTail()); err != nil {
			return fmt.Errorf("spool/store: %s: %w", f.Name(), err)
		}
	}
	if a, b := j.files[0].refs, j.files[1].refs; len(b) > 0 && (len(a) == 0 || b[len(b)-1].id > a[len(a)-1].id) {
		j.cur = 1
	}
	j.whole = true
	return nil
}

// waits counts entries that wait for store.db.
func (j *journal) waits(n, octets int) {
	j.count.Add(int64(n))
	j.bytes.Add(int64(octets))
}

// crowded says that the entries are to be taken in without a pause.
func (j *journal) crowded() bool {
	return j.count.Load() >= maxJournalled || j.bytes.Load() >= maxJournal
}

// known says whether a record with this queue id may exist: in the journal, or in store.db. absorbs is for write.
func (j *journal) known(queueID string) (here, there bool, absorbs int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		if _, ok := f.ids[queueID]; ok {
			return true, false, j.absorbs
		}
	}
	return false, queueID <= j.greatest, j.absorbs
}

// write appends the entries of a group and makes them durable.
func (j *journal) write(group []*change) {
	j.appending.Lock()
	defer j.appending.Unlock()
	f := j.files[j.cur]
	taken := j.number(f, group)
	octets := 0
	for _, c := range taken {
		octets += c.entry.size()
	}
	j.buf = append(roomFor(j.buf, len(f.tail)+octets+block+ahead), f.tail...)
	for _, c := range taken {
		j.buf = append(append(j.buf, c.entry.head...), c.entry.bytes...)
	}
	err := j.append(f, int64(octets))
	j.mu.Lock()
	for _, c := range taken {
		if c.err = err; err != nil {
			delete(f.ids, c.entry.queueID)
			continue
		}
		f.refs = append(f.refs, ref{c.entry.id, f.end, c.entry.size()})
		f.end += int64(c.entry.size())
		j.waits(1, c.entry.size())
	}
	j.mu.Unlock()
	if err != nil {
		j.newest -= int64(len(taken)) // nobody has heard of these
		return
	}
	for _, c := range taken {
		c.after()
	}
}

// number gives the entries of a group their ids, but for those that cannot be taken.
func (j *journal) number(f *journalFile, group []*change) (taken []*change) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range group {
		e := c.entry
		_, doubled := f.ids[e.queueID]
		_, other := j.files[1-j.cur].ids[e.queueID]
		switch {
		case doubled, other, j.stuck.Load(), f.broken:
			c.err = errDirect
			continue
		case e.queueID <= j.greatest && c.absorbs != j.absorbs:
			c.err = errLook
			continue
		}
		j.newest++
		e.number(j.newest, j.seed)
		f.ids[e.queueID] = e.id
		taken = append(taken, c)
	}
	return taken
}

// append writes j.buf: the tail of f, and n octets behind it. After an error nothing of them counts.
func (j *journal) append(f *journalFile, n int64) error {
	if n == 0 {
		return nil
	}
	if f.end+n > mostJournal {
		return errDirect
	}
	if f.end == 0 || f.end+n-j.asked >= tightEvery {
		if !j.room(3*(f.end+n+tightEvery) + spare) {
			return errDirect
		}
		j.asked = f.end
	}
	err := f.put(j.buf)
	if err == nil {
		err = j.sync(f.File)
	}
	if err == nil {
		f.tail = append(f.tail[:0], j.buf[len(j.buf)-int((f.end+n)%block):]...)
		return nil
	}
	// What was written must not turn up at the next start.
	f.length = f.end
	if undone := errors.Join(f.Truncate(f.end), j.sync(f.File)); undone != nil || !noSpace(err) {
		f.broken = true
		j.log.Error("the journal of new messages cannot be written", "file", f.Name(), "error", errors.Join(err, undone))
	}
	return errDirect
}

// turn makes the other file the one that is written, and gives the one that is to be taken in; nil when there is nothing in it. Its caller
// holds absorbing.
func (j *journal) turn() *journalFile {
	j.appending.Lock()
	defer j.appending.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	if old := j.files[1-j.cur]; len(old.refs) > 0 { // an earlier absorb did not come to its end
		return old
	}
	old := j.files[j.cur]
	if len(old.refs) == 0 {
		return nil
	}
	j.cur = 1 - j.cur
	j.asked = 0
	return old
}

// absorbed forgets the first n entries of f, which store.db has now. greatest is the last of their queue ids, as these sort.
func (j *journal) absorbed(f *journalFile, n int, greatest string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	octets := 0
	for _, e := range f.refs[:n] {
		octets += e.size
	}
	j.waits(-n, -octets)
	j.absorbs++
	j.greatest = max(j.greatest, greatest)
	last := f.refs[n-1].id
	f.refs = f.refs[n:]
	if len(f.refs) == 0 {
		f.refs, f.end, f.tail = nil, 0, nil
		clear(f.ids)
		if f.broken {
			j.renew(f)
		}
		return
	}
	for queueID, id := range f.ids {
		if id <= last {
			delete(f.ids, queueID)
		}
	}
}

// read gives the record with this id while it waits; nil when it does not.
func (j *journal) read(ctx context.Context, id int64) (*row, error) {
	if j == nil || j.count.Load() == 0 || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		i, ok := slices.BinarySearchFunc(f.refs, id, func(e ref, id int64) int { return int(min(max(e.id-id, -1), 1)) })
		if !ok {
			continue
		}
		b := make([]byte, f.refs[i].size)
		if _, err := f.ReadAt(b, f.refs[i].at); err != nil {
			return nil, fmt.Errorf("spool/store: %s: %w", f.Name(), err)
		}
		r, _, err := decode(b, j.seed)
		if err != nil {
			return nil, fmt.Errorf("spool/store: %s: record %d: %w", f.Name(), id, err)
		}
		return r, nil
	}
	return nil, nil
}

// find gives the id of the record with this queue id while it waits, 0 when it does not. there says that store.db may have it.
func (j *journal) find(queueID string) (id int64, there bool) {
	if j == nil {
		return 0, true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		if id, ok := f.ids[queueID]; ok && len(f.refs) > 0 && id <= f.refs[len(f.refs)-1].id {
			return id, false
		}
	}
	return 0, queueID <= j.greatest
}

// shut closes the files, and removes those that are not needed. Nobody is let in any more.
func (j *journal) shut() error {
	var errs []error
	for _, f := range j.files {
		if f == nil {
			continue
		}
		errs = append(errs, f.Close())
		if j.whole && len(f.refs) == 0 {
			errs = append(errs, f.leave())
		}
	}
	return errors.Join(errs...)
}

// keepJournalled appends a row, and gives the record's id. The error is errDirect where store.db itself has to take it.
func (s *Store) keepJournalled(ctx context.Context, r *row, session string) (int64, error) {
	j := s.journal
	buf := heads.Get().(*[]byte)
	e := r.encode(*buf, j.seed)
	*buf = e.head
	if cap(*buf) <= maxBlob {
		defer heads.Put(buf)
	}
	if e.size() > maxEntry {
		return 0, errDirect
	}
	for {
		here, there, absorbs := j.known(r.queueID)
		if here {
			return 0, errDirect
		}
		if there {
			if _, err := s.lookup(ctx, r.queueID); !errors.Is(err, spool.ErrNotFound) {
				return 0, errors.Join(errDirect, err)
			}
		}
		c := &change{entry: e, absorbs: absorbs, size: e.size(), after: func() { s.stored(e.id, r, session) }}
		if err := j.do(ctx, c); !errors.Is(err, errLook) {
			return e.id, err
		}
	}
}
