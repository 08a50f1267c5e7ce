package store

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom.dev/spool"
)

// overwrite puts garbage into a file, from an offset on.
func overwrite(t *testing.T, path string, offset int64, n int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, n), offset)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// execFile runs SQL on a database file.
func execFile(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

// wantDamaged checks that err names the file and the cure.
func wantDamaged(t *testing.T, dir string, err error) {
	t.Helper()
	if !errors.Is(err, spool.ErrDamaged) {
		t.Fatalf("%v, want ErrDamaged", err)
	}
	for _, part := range []string{filepath.Join(dir, "store.db"), "mv '" + dir + "' '" + dir + ".damaged'"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %s", err, part)
		}
	}
}

func TestADamagedStoreIsRefusedAndNotTouched(t *testing.T) {
	for rule, damage := range map[string]func(t *testing.T, path string){
		"not a database": func(t *testing.T, path string) { overwrite(t, path, 0, 4096) },
		"malformed":      func(t *testing.T, path string) { overwrite(t, path, 100, pageSize-100) },
		"cut off": func(t *testing.T, path string) {
			if err := os.Truncate(path, pageSize); err != nil {
				t.Fatal(err)
			}
		},
		"emptied, beside an index": func(t *testing.T, path string) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		},
		"without its tables, beside an index": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			execFile(t, path, "PRAGMA journal_mode = WAL; CREATE TABLE other(x); DROP TABLE other; VACUUM")
		},
		"a database of something else": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			execFile(t, path, "CREATE TABLE other(x)")
		},
	} {
		t.Run(rule, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			addMany(t, s, 50)
			mustClose(t, s)
			damage(t, s.path)
			before, err := os.ReadFile(s.path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(dir, Options{})
			wantDamaged(t, dir, err)
			if after, err := os.ReadFile(s.path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the damaged file was changed, %v", err)
			}
			if err := os.Rename(dir, dir+".damaged"); err != nil { // the cure
				t.Fatal(err)
			}
			if n := mustOpen(t, dir).Counts().All; n != 0 {
				t.Errorf("%d records in a new store", n)
			}
		})
	}
}

func TestAStoreThatLacksATableIsDamaged(t *testing.T) {
	for _, table := range []string{"message", "removed", "session", "store"} {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		addMany(t, s, 2)
		mustClose(t, s)
		execFile(t, s.path, "DROP TABLE "+table)
		_, err := Open(dir, Options{})
		wantDamaged(t, dir, err)
	}
}

// A write-ahead log that is lost takes with it what no checkpoint has written: at first the tables, too.
func TestAStoreWithoutItsTablesKeepsTheJournal(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	held(t, s)
	addMany(t, s, 3)
	path, _ := waitingRefs(s)
	dir := crashed(t, s)
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(filepath.Join(dir, "store.db"+suffix)); err != nil {
			t.Fatal(err)
		}
	}
	journal := filepath.Join(dir, filepath.Base(path))
	before, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, Options{})
	wantDamaged(t, dir, err)
	if after, err := os.ReadFile(journal); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the journal was changed, %v", err)
	}
}

func TestAJournalThatCannotBeReadStays(t *testing.T) {
	for rule, broken := range map[string]func(t *testing.T, dir, path string){
		"not a journal": func(t *testing.T, dir, path string) {
			overwrite(t, path, 0, 10_000)
			if err := os.Truncate(path, 10_000); err != nil {
				t.Fatal(err)
			}
		},
		"of another store": func(t *testing.T, dir, path string) {
			other := mustOpen(t, t.TempDir())
			mustClose(t, other)
			for _, suffix := range []string{"-wal", "-shm"} {
				if err := os.Remove(filepath.Join(dir, "store.db"+suffix)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Rename(other.path, filepath.Join(dir, "store.db")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(rule, func(t *testing.T) {
			s := mustOpen(t, t.TempDir())
			held(t, s)
			addMany(t, s, 2)
			path, _ := waitingRefs(s)
			dir := crashed(t, s)
			path = filepath.Join(dir, filepath.Base(path))
			broken(t, dir, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			again, log := openLogged(t, dir)
			if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), path+".damaged") {
				t.Errorf("%d complaints, want one that names %s: %s", n, path+".damaged", log)
			}
			mustAdd(t, again, "5BM3rB0001", "Subject: number 0\r\n\r\n")
			wantNumbers(t, again, 0)
			mustClose(t, again)
			if after, err := os.ReadFile(path + ".damaged"); err != nil || !bytes.Equal(before, after) {
				t.Errorf("it was changed, %v", err)
			}
		})
	}
}

func TestWhatIsNoFileIsNamedWithTheCure(t *testing.T) {
	for _, name := range []string{"store.db", "search.db", "journal-1", "journal-2", largeDir} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if name == largeDir {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		cure := "mv '" + path + "' '" + path + ".odd'"
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), cure) {
			t.Errorf("%v, want %s", err, cure)
		}
		if err := os.Rename(path, path+".odd"); err != nil {
			t.Fatal(err)
		}
		mustClose(t, mustOpen(t, dir))
	}
}

func TestDamageFoundLaterIsNamed(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	addMany(t, s, 100)
	mustFind(t, s, "number")
	mustClose(t, s)
	root := ask(t, s.path, "SELECT rootpage FROM sqlite_schema WHERE name = 'record'")
	overwrite(t, s.path, (root-1)*pageSize, pageSize)
	s = mustOpen(t, dir) // opening reads no more than it needs
	_, err := s.Get(t.Context(), 1)
	wantDamaged(t, dir, err)
	_, err = s.Content(t.Context(), 1)
	wantDamaged(t, dir, err)
	_, err = add(s, "5BM3rB0001", "x")
	wantDamaged(t, dir, err)
	if ids, err := s.IDs(t.Context(), spool.Query{}); err != nil || len(ids) != 100 {
		t.Errorf("what is not damaged cannot be read: %d ids, %v", len(ids), err)
	}
}

func TestANewerStoreIsRefusedAndNotTouched(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	addMany(t, s, 3)
	mustClose(t, s)
	execFile(t, s.path, "PRAGMA user_version = 99")
	before, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, spool.ErrNewer) || !strings.Contains(err.Error(), s.path) {
		t.Errorf("%v, want ErrNewer with the file", err)
	}
	if after, err := os.ReadFile(s.path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the newer file was changed, %v", err)
	}
}

func TestTheSearchIndexIsMadeAgain(t *testing.T) {
	for rule, damage := range map[string]func(t *testing.T, path string){
		"missing": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"empty": func(t *testing.T, path string) {
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		},
		"not a database":    func(t *testing.T, path string) { overwrite(t, path, 0, 4096) },
		"malformed":         func(t *testing.T, path string) { overwrite(t, path, pageSize, 1<<20) },
		"of another layout": func(t *testing.T, path string) { execFile(t, path, "PRAGMA user_version = 99") },
		"of another store":  func(t *testing.T, path string) { execFile(t, path, "UPDATE facts SET identity = 'x'") },
		"ahead of the store": func(t *testing.T, path string) {
			execFile(t, path, "INSERT INTO entry(id, attachments, arrived, size, from_, subject, facets, snippet) VALUES (5000, 0, 0, 0, '', '', '[]', '')")
		},
		"without its words": func(t *testing.T, path string) { execFile(t, path, "DELETE FROM words_data") },
	} {
		t.Run(rule, func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir)
			addMany(t, s, 200)
			mustFind(t, s, "number")
			mustClose(t, s)
			damage(t, filepath.Join(dir, "search.db"))
			s = mustOpen(t, dir)
			if n := len(mustFind(t, s, "number")); n != 200 {
				t.Errorf("found %d of 200", n)
			}
			p, err := s.Find(t.Context(), spool.Query{})
			if err != nil || p.Records[0].Snippet != "some text" {
				t.Errorf("page: %v", err)
			}
			mustAdd(t, s, "5BM3rZ0001", "Subject: number more\r\n\r\n")
			if n := len(mustFind(t, s, "number")); n != 201 {
				t.Errorf("found %d of 201", n)
			}
		})
	}
}

func TestLargeMessagesWithoutTheirRowsAreNotClearedAway(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, largeDir), 0o700); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, largeDir, "1.eml")
	if err := os.WriteFile(left, []byte("Subject: the only copy\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(dir, Options{})
	wantDamaged(t, dir, err)
	if _, err := os.Stat(left); err != nil {
		t.Error(err)
	}
}
