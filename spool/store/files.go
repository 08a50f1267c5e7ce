package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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

// unreadable classifies an error of a statement that can only fail where the file is no good: a table that is not there, too, is damage.
func (s *Store) unreadable(err error) error {
	if code(err)&0xff == sqlite3.SQLITE_ERROR {
		return damagedBecause(s.path, err.Error())
	}
	return classify(s.path, err)
}
