package store

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"postroom.dev/spool"
)

// ticking gives a clock that moves on by a step whenever it is read.
func ticking(step time.Duration) func() time.Time {
	var readings atomic.Int64
	begin := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	return func() time.Time { return begin.Add(time.Duration(readings.Add(1)) * step) }
}

func TestNothingIsAcceptedWhileAFileOfTheStoreIsAway(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("the system lets nobody move an open file")
	}
	for _, name := range []string{"store.db", "journal-1", "journal-2"} {
		for rule, take := range map[string]func(path string) error{
			"moved": func(path string) error { return os.Rename(path, path+".away") },
			"replaced": func(path string) error {
				if err := os.Rename(path, path+".away"); err != nil {
					return err
				}
				return os.WriteFile(path, nil, 0o600)
			},
		} {
			t.Run(name+" "+rule, func(t *testing.T) {
				dir := t.TempDir()
				s, err := Open(dir, Options{Now: ticking(time.Second)})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				mustAdd(t, s, "5BM3rA00000000", "Subject: number 0\r\n\r\n")
				path := filepath.Join(dir, name)
				if err := take(path); err != nil {
					t.Fatal(err)
				}
				if _, err := add(s, "5BM3rA00000001", "Subject: lost\r\n\r\n"); err == nil || !strings.Contains(err.Error(), path) {
					t.Errorf("%v, want a refusal that names %s", err, path)
				}
				if err := os.Rename(path+".away", path); err != nil {
					t.Fatal(err)
				}
				mustAdd(t, s, "5BM3rA00000002", "Subject: number 1\r\n\r\n")
				wantNumbers(t, s, 0, 1)
			})
		}
	}
}

func TestAClockThatIsSetBackDoesNotEndTheLook(t *testing.T) {
	s, err := Open(t.TempDir(), Options{Now: ticking(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mustAdd(t, s, "5BM3rA00000000", "Subject: number 0\r\n\r\n")
	if err := os.Remove(s.path); err != nil {
		t.Skip(err)
	}
	if _, err := add(s, "5BM3rA00000001", "Subject: lost\r\n\r\n"); err == nil {
		t.Error("accepted")
	}
}

func TestAFileThatMayNotBeOpenedIsNamed(t *testing.T) {
	if os.Getuid() == 0 || os.PathSeparator != '/' {
		t.Skip("nothing is closed to this user")
	}
	for _, name := range []string{"store.db", "search.db"} {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		addMany(t, s, 2)
		mustFind(t, s, "number")
		mustClose(t, s)
		path := filepath.Join(dir, name)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "readable and writable") {
			t.Errorf("%v, want %s and the cure", err, path)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if ids, err := mustOpen(t, dir).IDs(t.Context(), spool.Query{}); err != nil || len(ids) != 2 {
			t.Errorf("%d records, %v", len(ids), err)
		}
	}
}
