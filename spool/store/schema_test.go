package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"postroom.dev/spool"
)

func TestAnOlderStoreIsCopiedBeforeItChanges(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	addMany(t, s, 10)
	mustClose(t, s)
	texts, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	old := int64(len(texts))
	texts = append(texts, "ALTER TABLE message ADD COLUMN tag TEXT;\nUPDATE message SET tag = 'old';")
	s, err = open(context.Background(), dir, Options{}, texts)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.Counts().All; n != 10 {
		t.Errorf("%d records", n)
	}
	mustClose(t, s)
	if n := ask(t, s.path, "SELECT count(*) FROM message WHERE tag = 'old'"); n != 10 {
		t.Errorf("%d records changed", n)
	}
	if v := ask(t, s.path, "PRAGMA user_version"); v != old+1 {
		t.Errorf("version %d", v)
	}
	before := fmt.Sprintf("%s.before-%d", s.path, old)
	if v := ask(t, before, "PRAGMA user_version"); v != old {
		t.Errorf("the copy has version %d", v)
	}
	if n := ask(t, before, "SELECT count(*) FROM record WHERE bytes IS NOT NULL"); n != 10 {
		t.Errorf("the copy has %d records", n)
	}
}

func TestTheJournalOfACrashIsCopiedWithTheStore(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	addMany(t, s, 2)
	if err := s.absorb(t.Context()); err != nil {
		t.Fatal(err)
	}
	held(t, s)
	mustAdd(t, s, "5BM3rB00000002", "Subject: number 2\r\n\r\n")
	path, _ := waitingRefs(s)
	dir := crashed(t, s)
	texts, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	v := len(texts)
	newer, err := open(t.Context(), dir, Options{}, append(texts, "ALTER TABLE store ADD COLUMN more TEXT;"))
	if err != nil {
		t.Fatal(err)
	}
	wantNumbers(t, newer, 0, 1, 2)
	mustClose(t, newer)
	old := t.TempDir() // the copy, with the names of a store
	before := filepath.Join(dir, fmt.Sprintf("store.db.before-%d", v))
	for from, to := range map[string]string{before: "store.db", before + "." + filepath.Base(path): filepath.Base(path)} {
		if err := os.Rename(from, filepath.Join(old, to)); err != nil {
			t.Fatal(err)
		}
	}
	wantNumbers(t, mustOpen(t, old), 0, 1, 2)
}

func TestAStepThatFailsChangesNothing(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	addMany(t, s, 3)
	mustClose(t, s)
	texts, err := steps()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(context.Background(), dir, Options{}, append(texts, "DROP TABLE session;\nSELECT nonsense FROM nowhere;")); err == nil {
		t.Fatal("opened")
	}
	s = mustOpen(t, dir) // still of the old layout, with all its tables
	if ids, err := s.IDs(t.Context(), spool.Query{}); err != nil || len(ids) != 3 {
		t.Errorf("%d records, %v", len(ids), err)
	}
	if _, err := s.Session(t.Context(), "none"); err == nil {
		t.Error("a session from nowhere")
	}
}

func TestANewStoreHasNoCopyAndTheRightPages(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for query, want := range map[string]int64{"PRAGMA page_size": pageSize, "PRAGMA auto_vacuum": 2} {
		for _, path := range []string{s.path, s.index.path} {
			if n := ask(t, path, query); n != want {
				t.Errorf("%s: %s: %d, want %d", path, query, n, want)
			}
		}
	}
	for o, want := range map[Durability]int64{Power: 2, Process: 1} {
		s, err := Open(t.TempDir(), Options{Durability: o})
		if err != nil {
			t.Fatal(err)
		}
		var mode string
		var synchronous int64
		if err := s.write.conn.QueryRowContext(t.Context(), "PRAGMA journal_mode").Scan(&mode); err != nil || mode != "wal" {
			t.Errorf("journal mode %s, %v", mode, err)
		}
		if err := s.write.conn.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&synchronous); err != nil || synchronous != want {
			t.Errorf("synchronous %d, want %d, %v", synchronous, want, err)
		}
		mustClose(t, s)
	}
}
