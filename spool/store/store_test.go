package store

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postroom.dev/spool"
	"postroom.dev/spool/spooltest"
)

// TestMain lets the test binary be the program that TestKill9LosesNothingAccepted kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("POSTROOM_TEST_ADD"); dir != "" {
		addForever(dir)
	}
	os.Exit(m.Run())
}

func TestStore(t *testing.T) {
	spooltest.Store(t, func(t *testing.T) spool.Store {
		s, err := Open(t.TempDir(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// mustOpen opens the store in dir and closes it at the test's end.
func mustOpen(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, log := range []string{"store.db-wal", "search.db-wal"} {
		if _, err := os.Stat(filepath.Join(s.dir, log)); err == nil {
			t.Errorf("%s is left behind", log)
		}
	}
}

// add keeps a message.
func add(s *Store, queueID, message string) (int64, error) {
	d, err := s.Create()
	if err != nil {
		return 0, err
	}
	defer d.Discard()
	if _, err := io.WriteString(d, message); err != nil {
		return 0, err
	}
	return d.Commit(context.Background(), spooltest.Envelope(queueID, "a@example.com"))
}

func mustAdd(t testing.TB, s *Store, queueID, message string) int64 {
	t.Helper()
	id, err := add(s, queueID, message)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// addMany keeps n small messages.
func addMany(t testing.TB, s *Store, n int) {
	t.Helper()
	for i := range n {
		mustAdd(t, s, fmt.Sprintf("5BM3rA%08d", i), fmt.Sprintf("Subject: number %d\r\n\r\nsome text\r\n", i))
	}
}

func mustFind(t testing.TB, s *Store, text string) []int64 {
	t.Helper()
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids, err := s.IDs(t.Context(), spool.Query{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// content reads a message back.
func content(t testing.TB, s *Store, id int64) string {
	t.Helper()
	c, err := s.Content(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b strings.Builder
	if _, err := io.Copy(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// ask reads one number from a database file beside the store.
func ask(t testing.TB, path, query string) int64 {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path, "mode=ro"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int64
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// eventually waits for what happens in the background.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
