package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/spooltest"
)

// held keeps the messages of s in the journal until release.
func held(t *testing.T, s *Store) (release func()) {
	t.Helper()
	s.journal.absorbing.Lock()
	once := false
	release = func() {
		if !once {
			once = true
			s.journal.absorbing.Unlock()
		}
	}
	t.Cleanup(release) // before the store is closed, which waits for it
	return release
}

// crashed gives a copy of the store's directory as kill -9 would leave it.
func crashed(t *testing.T, s *Store) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// openLogged opens a store and gives what it logs.
func openLogged(t *testing.T, dir string) (*Store, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	s, err := Open(dir, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, &log
}

// wantNumbers checks that a store has the messages of addMany with these numbers.
func wantNumbers(t *testing.T, s *Store, numbers ...int) {
	t.Helper()
	ids, err := s.IDs(t.Context(), spool.Query{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(ids)
	var got []string
	for _, id := range ids {
		subject, _, _ := strings.Cut(content(t, s, id), "\r\n")
		got = append(got, subject)
	}
	var want []string
	for _, n := range numbers {
		want = append(want, fmt.Sprintf("Subject: number %d", n))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the store has %q, want %q", got, want)
	}
	if c := s.Counts(); c.All != len(want) || c.Unread != len(want) {
		t.Errorf("counts %+v, want %d", c, len(want))
	}
	if found := mustFind(t, s, "number"); len(found) != len(want) {
		t.Errorf("search finds %d of %d", len(found), len(want))
	}
}

// waitingRefs gives where the entries are that wait, and in which file.
func waitingRefs(s *Store) (path string, refs []ref) {
	f := s.journal.files[s.journal.cur]
	return f.Name(), slices.Clone(f.refs)
}

func TestACrashBeforeTheRowsAreWrittenLosesNothing(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	held(t, s)
	addMany(t, s, 5)
	if n := ask(t, s.path, "SELECT count(*) FROM message"); n != 0 {
		t.Fatalf("%d rows already", n)
	}
	again, log := openLogged(t, crashed(t, s))
	wantNumbers(t, again, 0, 1, 2, 3, 4)
	if id := mustAdd(t, again, "5BM3rB0001", "Subject: number 5\r\n\r\n"); id != 6 {
		t.Errorf("the next record is %d, want 6", id)
	}
	wantNumbers(t, again, 0, 1, 2, 3, 4, 5)
	if log.Len() > 0 {
		t.Errorf("complaints: %s", log)
	}
}

func TestACrashWhileRowsAreWrittenLosesNothing(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	held(t, s)
	addMany(t, s, 3)
	old := s.journal.turn() // as absorb begins
	for i := 3; i < 6; i++ {
		mustAdd(t, s, fmt.Sprintf("5BM3rA%08d", i), fmt.Sprintf("Subject: number %d\r\n\r\n", i))
	}
	if len(old.refs) != 3 {
		t.Fatalf("%d wait in the first file", len(old.refs))
	}
	wantNumbers(t, mustOpen(t, crashed(t, s)), 0, 1, 2, 3, 4, 5)
}

func TestACrashAfterTheRowsAreWrittenRepeatsNothing(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	release := held(t, s)
	addMany(t, s, 4)
	path, _ := waitingRefs(s)
	journal, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if _, err := s.Delete(t.Context(), 2, 4); err != nil { // the last one, too: its id must not come back
		t.Fatal(err)
	}
	mustClose(t, s)
	if err := os.WriteFile(path, journal, 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, s.dir)
	wantNumbers(t, s, 0, 2)
	if id := mustAdd(t, s, "5BM3rB0001", "Subject: number 9\r\n\r\n"); id != 5 {
		t.Errorf("the next record is %d, want 5", id)
	}
}

func TestATornEndOfTheJournalIsCutOff(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	held(t, s)
	addMany(t, s, 3)
	path, refs := waitingRefs(s)
	last := refs[2]
	for _, left := range []int64{0, 1, entryHeader - 1, entryHeader, entryHeader + 1, int64(last.size) - 1} {
		for rule, tear := range map[string]func(f *os.File) error{
			"cut": func(f *os.File) error { return f.Truncate(last.at + left) },
			"zeroed": func(f *os.File) error {
				_, err := f.WriteAt(make([]byte, int64(last.size)-left), last.at+left)
				return err
			},
		} {
			dir := crashed(t, s)
			f, err := os.OpenFile(filepath.Join(dir, filepath.Base(path)), os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(tear(f), f.Close()); err != nil {
				t.Fatal(err)
			}
			again, log := openLogged(t, dir)
			wantNumbers(t, again, 0, 1)
			if log.Len() > 0 {
				t.Errorf("%s at %d: complaints: %s", rule, left, log)
			}
			mustClose(t, again)
		}
	}
}

func TestADamagedJournalLosesOnlyWhatIsDamaged(t *testing.T) {
	for rule, offset := range map[string]int64{"a header": 5, "a length": 4, "a payload": entryHeader + 3} {
		t.Run(rule, func(t *testing.T) {
			s := mustOpen(t, t.TempDir())
			held(t, s)
			addMany(t, s, 4)
			path, refs := waitingRefs(s)
			dir := crashed(t, s)
			damagedPath := filepath.Join(dir, filepath.Base(path))
			overwrite(t, damagedPath, refs[1].at+offset, 1)
			again, log := openLogged(t, dir)
			wantNumbers(t, again, 0, 2, 3)
			if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), damagedPath) {
				t.Errorf("%d complaints, want one that names %s: %s", n, damagedPath, log)
			}
			mustAdd(t, again, "5BM3rB0001", "Subject: number 4\r\n\r\n")
			wantNumbers(t, again, 0, 2, 3, 4)
			mustClose(t, again)
			if _, err := os.Stat(damagedPath + ".damaged"); err != nil {
				t.Error(err)
			}
			wantNumbers(t, mustOpen(t, dir), 0, 2, 3, 4)
		})
	}
}

func TestAMessageCannotPassForAnEntry(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	held(t, s)
	r := plainRow(0, "5BM3rZ0001")
	forged := r.encode(nil, 0)
	forged.number(99, 0)
	mustAdd(t, s, "5BM3rA00000000", "Subject: number 0\r\n\r\n"+string(forged.head)+"x")
	path, refs := waitingRefs(s)
	dir := crashed(t, s)
	overwrite(t, filepath.Join(dir, filepath.Base(path)), refs[0].at, 1) // so that the message is searched for entries
	wantNumbers(t, mustOpen(t, dir))
}

func TestWhatTheDiskRefusesDoesNotTurnUpLater(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	held(t, s)
	addMany(t, s, 2)
	s.journal.room = func(int64) bool { return true }
	works, calls := s.journal.sync, 0
	s.journal.sync = func(f *os.File) error {
		if calls++; calls == 1 {
			return syscall.ENOSPC
		}
		return works(f)
	}
	ctx, cancel := context.WithCancel(t.Context())
	refused := &change{entry: plainRow(0, "5BM3rB0001").encode(nil, s.journal.seed), after: func() { t.Error("kept") }}
	if err := s.journal.do(ctx, refused); !errors.Is(err, errDirect) {
		t.Errorf("%v, want errDirect", err)
	}
	cancel()
	wantNumbers(t, mustOpen(t, crashed(t, s)), 0, 1)
	if id := mustAdd(t, s, "5BM3rB0002", "Subject: number 2\r\n\r\n"); id != 3 {
		t.Errorf("the next record is %d, want 3", id)
	}
	wantNumbers(t, mustOpen(t, crashed(t, s)), 0, 1, 2)
}

func TestAJournalThatCannotBeWrittenIsDoneWithout(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	addMany(t, s, 2)
	for _, f := range s.journal.files {
		f.Close()
	}
	s.journal.count.Store(0) // what is there is lost with the file, in this test
	for _, f := range s.journal.files {
		f.refs = nil
	}
	if id := mustAdd(t, s, "5BM3rB0002", "Subject: number 2\r\n\r\n"); id != 3 {
		t.Errorf("the next record is %d, want 3", id)
	}
	if n := ask(t, s.path, "SELECT count(*) FROM message WHERE id = 3"); n != 1 {
		t.Error("it has no row")
	}
}

func TestMessagesInTheJournalAnswerWithoutRows(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	held(t, s)
	addMany(t, s, 3)
	id, err := s.Lookup(t.Context(), "5BM3rA00000001")
	if err != nil || id != 2 {
		t.Fatalf("%d, %v", id, err)
	}
	if got := content(t, s, id); !strings.HasPrefix(got, "Subject: number 1\r\n") {
		t.Errorf("content %q", got)
	}
	want := spooltest.Envelope("5BM3rA00000001", "a@example.com")
	env, err := s.Envelope(t.Context(), "5BM3rA00000001")
	if err != nil || env.ID != want.ID || env.Sender != want.Sender || string(env.Added) != string(want.Added) {
		t.Errorf("envelope %+v, %v", env, err)
	}
	if b, err := s.Transcript(t.Context(), id); err != nil || string(b) != string(want.Transcript) {
		t.Errorf("transcript %q, %v", b, err)
	}
	if _, err := s.Lookup(t.Context(), "5BM3rA99999999"); !errors.Is(err, spool.ErrNotFound) {
		t.Error(err)
	}
	if n := s.journal.count.Load(); n != 3 {
		t.Errorf("%d wait", n)
	}
}

func TestAQueueIDIsKeptOnceWhereverItIs(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	release := held(t, s)
	first := mustAdd(t, s, "5BM3rB0000", "one")
	release()
	check := func(where string) {
		t.Helper()
		if id, err := add(s, "5BM3rB0000", "one"); id != first || err != nil {
			t.Errorf("%s: %d, %v", where, id, err)
		}
		if _, err := add(s, "5BM3rB0000", "another"); !errors.Is(err, spool.ErrDuplicate) {
			t.Errorf("%s: %v, want ErrDuplicate", where, err)
		}
	}
	check("in the journal")
	if err := s.absorb(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("in store.db")
	if id := mustAdd(t, s, "5BM3rA0000", "with an earlier queue id"); id != first+1 {
		t.Errorf("record %d", id)
	}
	if c := s.Counts(); c.All != 2 {
		t.Errorf("counts %+v", c)
	}
}

func TestAJournalWithoutItsStoreIsNotThrownAway(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	held(t, s)
	addMany(t, s, 1)
	dir := crashed(t, s)
	for _, name := range []string{"store.db", "store.db-wal", "store.db-shm"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Open(dir, Options{})
	wantDamaged(t, dir, err)
	path, _ := waitingRefs(s)
	if size, err := fileSize(filepath.Join(dir, filepath.Base(path))); err != nil || size == 0 {
		t.Errorf("the journal has %d octets, %v", size, err)
	}
}

func TestADatabaseWithoutRoomKeepsWhatTheJournalHas(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	limit := func(pages int) {
		if _, err := s.write.conn.ExecContext(context.Background(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(60)
	release := held(t, s)
	kept := 0
	for ; kept < 20; kept++ {
		mustAdd(t, s, fmt.Sprintf("5BM3rA%04d", kept), strings.Repeat("x\r\n", 10_000))
	}
	release()
	if _, err := s.Find(t.Context(), spool.Query{}); err != nil { // shows what there is
		t.Error(err)
	}
	for range 2 {
		if _, err := add(s, "5BM3rB0000", "x"); !errors.Is(err, spool.ErrFull) {
			t.Errorf("%v, want ErrFull", err)
		}
	}
	limit(100_000)
	mustAdd(t, s, "5BM3rB0000", "x")
	if ids, err := s.IDs(t.Context(), spool.Query{}); err != nil || len(ids) != kept+1 {
		t.Errorf("%d records, %v", len(ids), err)
	}
	if n := s.journal.count.Load(); n != 0 {
		t.Errorf("%d wait", n)
	}
	mustAdd(t, s, "5BM3rB0001", "x")
	if n := s.journal.count.Load(); n != 1 {
		t.Error("the journal is not in use again")
	}
}

func TestTheJournalIsGoneAfterwards(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	addMany(t, s, 3)
	mustClose(t, s)
	for _, path := range journalPaths(s.dir) {
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestEventsNameTheRecordBeforeItHasARow(t *testing.T) {
	var got []mta.Event
	s, err := Open(t.TempDir(), Options{Events: func(e mta.Event) {
		if e.Kind == mta.Stored {
			got = append(got, e)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	held(t, s)
	addMany(t, s, 3)
	for i, e := range got {
		if e.Message != int64(i+1) || e.QueueID != fmt.Sprintf("5BM3rA%08d", i) {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d events", len(got))
	}
}
