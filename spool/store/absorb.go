package store

import (
	"context"
	"errors"
	"fmt"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/store/summary"
)

const (
	absorbRows  = 2000    // entries of one transaction
	absorbBytes = 8 << 20 // and their octets
)

// absorb makes rows of all entries that the journal had when it was called. It runs when no message has come for a moment, when
// many wait, and before whatever reads or changes records: so nobody sees a store without them.
func (s *Store) absorb(ctx context.Context) error {
	if s.journal == nil || s.journal.count.Load() == 0 {
		return ctx.Err()
	}
	s.journal.absorbing.Lock()
	defer s.journal.absorbing.Unlock()
	for range s.journal.files {
		f := s.journal.turn()
		if f == nil {
			return nil
		}
		if err := s.takeIn(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// current is absorb for those who read. Where store.db takes no rows, on a full disk, they are shown what it has.
func (s *Store) current(ctx context.Context) error {
	err := s.absorb(ctx)
	if err != nil && (ctx.Err() != nil || errors.Is(err, errClosed)) {
		return err
	}
	return nil
}

// takeIn makes rows of the entries of f, of as many at a time as one transaction takes. Its caller holds journal.absorbing.
func (s *Store) takeIn(ctx context.Context, f *journalFile) error {
	j := s.journal
	for len(f.refs) > 0 {
		n, octets := 0, 0
		for n < min(len(f.refs), absorbRows) && (n == 0 || octets+f.refs[n].size <= absorbBytes) {
			octets += f.refs[n].size
			n++
		}
		rows, err := s.rowsOf(f, f.refs[:n])
		if err != nil {
			return err
		}
		err = s.write.do(ctx, &change{size: octets, run: func(w *writer) error { return insertRows(w, rows) }})
		if err != nil {
			if ctx.Err() == nil && !j.stuck.Swap(true) {
				s.log.Error("new messages wait in the journal", "error", err)
			}
			return err
		}
		j.stuck.Store(false)
		greatest := ""
		for _, r := range rows {
			greatest = max(greatest, r.queueID)
		}
		s.last.Store(f.refs[n-1].id)
		j.absorbed(f, n, greatest)
		poke(s.idx.wake)
	}
	return nil
}

// rowsOf reads entries back. One that cannot be read any more must not keep the others from their place.
func (s *Store) rowsOf(f *journalFile, refs []ref) ([]*row, error) {
	first, last := refs[0], refs[len(refs)-1]
	b := make([]byte, last.at+int64(last.size)-first.at)
	if _, err := f.ReadAt(b, first.at); err != nil {
		return nil, fmt.Errorf("spool/store: %s: %w", f.Name(), err)
	}
	rows := make([]*row, 0, len(refs))
	for _, e := range refs {
		r, id, err := decode(b[e.at-first.at:][:e.size], s.journal.seed)
		if err != nil || id != e.id {
			s.log.Error("a message in the journal is damaged", "file", f.Name(), "offset", e.at, "record", e.id, "error", err)
			f.broken, f.damaged = true, true
			continue
		}
		r.id = id
		r.Summary = summary.Header(r.bytes[:min(len(r.bytes), headSize)], r.added)
		rows = append(rows, r)
	}
	return rows, nil
}

func insertRows(w *writer, rows []*row) error {
	for _, r := range rows {
		if _, err := r.insert(w); err != nil {
			return err
		}
	}
	return nil
}

// keepDirectly writes a row to store.db at once: a large message, one that may be there already, and any on a disk that is nearly full. Nothing
// is journalled meanwhile, so that a record in store.db always means that those before it are there, too.
func (s *Store) keepDirectly(ctx context.Context, r *row, session string) (id int64, added bool, err error) {
	j := s.journal
	j.absorbing.Lock()
	defer j.absorbing.Unlock()
	j.appending.Lock()
	defer j.appending.Unlock()
	for _, f := range []*journalFile{j.files[1-j.cur], j.files[j.cur]} {
		if err := s.takeIn(ctx, f); err != nil {
			return 0, false, err
		}
	}
	var refusal error
	r.id = j.newest + 1
	err = s.change(ctx, &change{
		size: len(r.bytes) + len(r.envelope) + len(r.transcript) + 500,
		run: func(w *writer) (err error) {
			refusal = nil
			if added, err = r.insert(w); err != nil || added {
				id = r.id
				return err
			}
			id, refusal, err = s.present(w, r)
			return err
		},
		after: func() {
			if !added {
				return
			}
			j.newest = r.id
			j.stuck.Store(false)
			j.mu.Lock()
			j.greatest = max(j.greatest, r.queueID)
			j.absorbs++
			j.mu.Unlock()
			s.last.Store(r.id)
			s.stored(r.id, r, session)
		},
	})
	if err = errors.Join(err, refusal); err != nil {
		return 0, false, err
	}
	return id, added, nil
}

// stored tells of a record that is durable.
func (s *Store) stored(id int64, r *row, session string) {
	s.count(1, 1, r.size)
	s.events(mta.Event{Time: s.now(), Kind: mta.Stored, Message: id, QueueID: r.queueID, Session: session})
	s.idx.committed()
}

// recover takes in what a crash left in the journal. When store.db has no room for it, it waits there.
func (s *Store) recover(ctx context.Context) error {
	if err := s.journal.recover(s.identity, s.last.Load(), func(r *row) { s.count(1, 1, r.size) }); err != nil {
		return err
	}
	s.journal.greatest = s.greatest
	if err := s.absorb(ctx); err != nil && !errors.Is(err, spool.ErrFull) {
		return err
	}
	return nil
}
