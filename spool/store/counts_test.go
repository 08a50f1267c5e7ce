package store

import (
	"testing"

	"postroom.dev/spool"
)

func TestWhatChangesWhileRecordsAreCountedIsCountedOnce(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	addMany(t, s, 300)
	mustClose(t, s)
	for range 5 { // each time the counting is somewhere else
		s = mustOpen(t, dir)
		ids, err := s.IDs(t.Context(), spool.Query{Limit: 30})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetRead(t.Context(), true, ids[:20]...); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Delete(t.Context(), ids[10:]...); err != nil {
			t.Fatal(err)
		}
		got := s.Counts()
		want := spool.Counts{
			All: int(ask(t, s.path, "SELECT count(*) FROM message")), Unread: int(ask(t, s.path, "SELECT count(*) FROM message WHERE read = 0")),
			Bytes: ask(t, s.path, "SELECT sum(size) FROM message"),
		}
		if got != want {
			t.Errorf("counted %+v, there are %+v", got, want)
		}
		mustClose(t, s)
	}
}

func TestAStoreCanBeClosedBeforeItHasCounted(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	addMany(t, s, 100)
	mustClose(t, s)
	for range 5 {
		mustClose(t, mustOpen(t, dir))
	}
}
