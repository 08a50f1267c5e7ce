package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// checkFiles refuses a store in which something else stands where a file or directory of it belongs: SQLite would only say that there was an
// I/O error. What is missing is made later.
func (s *Store) checkFiles() error {
	for _, place := range []struct {
		path string
		dir  bool
	}{
		{s.path, false},
		{filepath.Join(s.dir, "search.db"), false},
		{journalPaths(s.dir)[0], false},
		{journalPaths(s.dir)[1], false},
		{s.large(""), true},
	} {
		info, err := os.Stat(place.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case place.dir && !info.IsDir():
			return fmt.Errorf("%s: a directory belongs here; move what is there away: mv '%s' '%s.odd'", place.path, place.path, place.path)
		case !place.dir && !info.Mode().IsRegular():
			return fmt.Errorf("%s: a file belongs here; move what is there away: mv '%s' '%s.odd'", place.path, place.path, place.path)
		}
	}
	return nil
}

// presence is what is known of whether the files that take messages are still in their places.
type presence struct {
	opened fs.FileInfo // of store.db

	mu     sync.Mutex
	looked time.Time
	err    error
}

// lookEvery bounds how long it goes unnoticed that a file was taken away.
const lookEvery = 100 * time.Millisecond

// inPlace refuses messages while a file that takes them is not where the next start would look for it. Whoever removes or replaces a store
// while a program has it open would otherwise see mail accepted that nobody ever finds again. When it is put back, all is well.
func (s *Store) inPlace() error {
	p := &s.presence
	p.mu.Lock()
	defer p.mu.Unlock()
	now := s.now()
	if since := now.Sub(p.looked); !p.looked.IsZero() && since >= 0 && since < lookEvery {
		return p.err
	}
	p.looked, p.err = now, s.look()
	return p.err
}

func (s *Store) look() error {
	if err := sameAs(s.path, s.presence.opened); err != nil {
		return err
	}
	return s.journal.look()
}

func (j *journal) look() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i, f := range j.files {
		opened, err := f.Stat()
		if err != nil {
			continue // it is broken, and takes none
		}
		if err := sameAs(journalPaths(j.dir)[i], opened); err != nil {
			return err
		}
	}
	return nil
}

func sameAs(path string, opened fs.FileInfo) error {
	now, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("spool/store: %s was taken away while the program had it open; put it back, or start again", path)
	case err != nil:
		return err
	case !os.SameFile(now, opened):
		return fmt.Errorf("spool/store: another file was put in the place of %s while the program had it open; put it back, or start again", path)
	}
	return nil
}

// unreadable classifies an error of a statement that can only fail where the file is no good: a table that is not there, too, is damage.
func (s *Store) unreadable(err error) error {
	if code(err)&0xff == sqlite3.SQLITE_ERROR {
		return damagedBecause(s.path, err.Error())
	}
	return classify(s.path, err)
}
