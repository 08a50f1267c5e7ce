package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom.dev/spool"
)

func TestAFullDatabaseKeepsNothingHalf(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	limit := func(pages int) {
		if _, err := s.write.conn.ExecContext(context.Background(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(400)
	s.journal.room = func(int64) bool { return false } // so it is when the disk is nearly full
	fillUp(t, s, 100<<10, func() { limit(100_000) })
}

// fillUp adds messages until the store is full, checks what is kept, makes space and checks that the store goes on.
func fillUp(t *testing.T, s *Store, size int, makeSpace func()) {
	t.Helper()
	message := func(i int) string {
		return fmt.Sprintf("Subject: number %d\r\n\r\n", i) + strings.Repeat("x\r\n", size/3)
	}
	var kept []int64
	var err error
	for err == nil {
		var id int64
		if id, err = add(s, fmt.Sprintf("5BM3rA%04d", len(kept)), message(len(kept))); err == nil {
			kept = append(kept, id)
		}
		if len(kept) > 1000 {
			t.Fatal("it is never full")
		}
	}
	if !errors.Is(err, spool.ErrFull) {
		t.Fatalf("%v, want ErrFull", err)
	}
	if len(kept) == 0 {
		t.Fatal("it was full from the start")
	}
	for range 3 { // it stays full, and stays whole
		if _, err := add(s, "5BM3rB0000", message(0)); !errors.Is(err, spool.ErrFull) {
			t.Errorf("%v, want ErrFull", err)
		}
	}
	check := func() {
		t.Helper()
		ids, err := s.IDs(t.Context(), spool.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if len(ids) != len(kept) || s.Counts().All != len(kept) {
			t.Fatalf("%d records, counts %+v, want %d", len(ids), s.Counts(), len(kept))
		}
		for i, id := range kept {
			if content(t, s, id) != message(i) {
				t.Errorf("record %d has other bytes", id)
			}
		}
		files, err := os.ReadDir(s.large(""))
		if err != nil {
			t.Fatal(err)
		}
		if want := len(kept); size <= maxBlob && len(files) != 0 || size > maxBlob && len(files) != want {
			t.Errorf("%d files below large/", len(files))
		}
	}
	check()
	makeSpace()
	for range 3 {
		kept = append(kept, mustAdd(t, s, fmt.Sprintf("5BM3rA%04d", len(kept)), message(len(kept))))
	}
	check()
	var verdict string
	if err := s.write.conn.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %s, %v", verdict, err)
	}
	if found := mustFind(t, s, "subject:number"); len(found) != len(kept) {
		t.Errorf("search finds %d of %d", len(found), len(kept))
	}
}

func TestAWriteThatFailedFailsTheCommit(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	d, err := s.Create()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.large(""), filepath.Join(s.dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(make([]byte, 2<<20)); err == nil {
		t.Fatal("a large message was written to nowhere")
	}
	if _, err := d.Write([]byte("more")); err == nil {
		t.Error("writing goes on after an error")
	}
	if id, err := d.Commit(t.Context(), nil); err == nil {
		t.Errorf("committed as %d", id)
	}
	if n := s.Counts().All; n != 0 {
		t.Errorf("%d records", n)
	}
}
