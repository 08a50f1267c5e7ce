package store

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/spooltest"
)

// peakHeap calls f and gives by how much the heap grew at most, in octets.
func peakHeap(f func()) int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, peak := int64(m.HeapAlloc), int64(0)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		var m runtime.MemStats
		for tick := time.Tick(2 * time.Millisecond); ; {
			select {
			case <-done:
				return
			case <-tick:
				runtime.ReadMemStats(&m)
				peak = max(peak, int64(m.HeapAlloc)-before)
			}
		}
	})
	f()
	close(done)
	wg.Wait()
	return peak
}

func TestALargeMessageStreams(t *testing.T) {
	const size = 50 << 20
	s := mustOpen(t, t.TempDir())
	head := "Subject: fifty megabytes\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst words\r\n" +
		"--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n"
	line := []byte("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n")
	block := bytes.Repeat(line, 400)
	want := sha256.New()
	var id int64
	grown := peakHeap(func() {
		d, err := s.Create()
		if err != nil {
			t.Fatal(err)
		}
		w := io.MultiWriter(d, want)
		io.WriteString(w, head)
		for d.Size() < size {
			if _, err := w.Write(block); err != nil {
				t.Fatal(err)
			}
		}
		if id, err = d.Commit(t.Context(), spooltest.Envelope("5BM3rA0001", "a@b")); err != nil {
			t.Fatal(err)
		}
		if found := mustFind(t, s, `"fifty megabytes" "first words" has:attachment`); len(found) != 1 {
			t.Errorf("found %v", found)
		}
	})
	if grown > 16<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	c, err := s.Content(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := sha256.New()
	if _, err := io.Copy(got, r); err != nil || !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Errorf("other bytes came back, %v", err)
	}
}

// files counts what lies below large/.
func files(t *testing.T, s *Store) int {
	t.Helper()
	all, err := os.ReadDir(s.large(""))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestFilesWithoutARowAreRemovedAtOpen(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	large := string(make([]byte, 2<<20))
	kept := mustAdd(t, s, "5BM3rA0001", large)
	d, err := s.Create()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(d, large) // and the process ends
	other := filepath.Join(dir, largeDir, "README")
	if err := os.WriteFile(other, []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	if n := files(t, s); n != 3 {
		t.Fatalf("%d files", n)
	}
	s = mustOpen(t, dir)
	eventually(t, "the file without a row is gone", func() bool { return files(t, s) == 2 })
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file that is not ours: %v", err)
	}
	if content(t, s, kept) != large {
		t.Error("the kept message has other bytes")
	}
}

func TestARefusedLargeMessageLeavesNoFile(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	large := string(make([]byte, 2<<20))
	id := mustAdd(t, s, "5BM3rA0001", large)
	if again := mustAdd(t, s, "5BM3rA0001", large); again != id {
		t.Errorf("id %d, want %d", again, id)
	}
	if _, err := add(s, "5BM3rA0001", large+"x"); err == nil {
		t.Error("another message with this queue id was kept")
	}
	if n := files(t, s); n != 1 {
		t.Errorf("%d files", n)
	}
}

func TestDeletingClearsAwayInTheBackground(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	var ids []int64
	for i := range 60 {
		size := 100 << 10
		if i%10 == 0 {
			size = 2 << 20
		}
		ids = append(ids, mustAdd(t, s, fmt.Sprintf("5BM3rA%04d", i), "Subject: number\r\n\r\n"+string(bytes.Repeat([]byte("word\r\n"), size/6))))
	}
	mustFind(t, s, "number")
	pages := ask(t, s.path, "PRAGMA page_count")
	if n := files(t, s); n != 6 {
		t.Fatalf("%d files", n)
	}
	if _, err := s.Delete(t.Context(), ids[5:]...); err != nil {
		t.Fatal(err)
	}
	eventually(t, "files are removed", func() bool { return files(t, s) == 1 })
	eventually(t, "pages are given back", func() bool { return ask(t, s.path, "PRAGMA page_count") < pages/3 })
	search := filepath.Join(dir, "search.db")
	eventually(t, "search rows are removed", func() bool {
		return ask(t, search, "SELECT count(*) FROM words WHERE words MATCH 'number'") == 5 && ask(t, search, "SELECT count(*) FROM entry") == 5
	})
	eventually(t, "nothing is left to do", func() bool {
		return ask(t, s.path, "SELECT count(*) FROM removed") == 0 && ask(t, s.path, "PRAGMA freelist_count") == 0
	})
	if n := ask(t, s.path, "SELECT count(*) FROM rcpt"); n != 5 {
		t.Errorf("%d recipients left", n)
	}
}

func TestClearingAwayGoesOnAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	id := mustAdd(t, s, "5BM3rA0001", string(make([]byte, 2<<20)))
	mustFind(t, s, "")
	s.idx.stop() // as if the process were killed here
	if _, err := s.Delete(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	if n := files(t, s); n != 1 {
		t.Fatalf("%d files", n)
	}
	s = mustOpen(t, dir)
	eventually(t, "the file is removed", func() bool { return files(t, s) == 0 })
	eventually(t, "nothing is left to do", func() bool { return ask(t, s.path, "SELECT count(*) FROM removed") == 0 })
}

func TestEventsTellWhatHappened(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var mu sync.Mutex
	var events []mta.Event
	s, err := Open(t.TempDir(), Options{
		Now: func() time.Time { return at },
		Events: func(e mta.Event) {
			mu.Lock()
			defer mu.Unlock()
			if !e.Time.Equal(at) {
				t.Errorf("time %v", e.Time)
			}
			e.Time = time.Time{}
			events = append(events, e)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := mustAdd(t, s, "5BM3rA0001", "x")
	mustAdd(t, s, "5BM3rA0001", "x") // again: nothing happened
	if _, err := s.IDs(t.Context(), spool.Query{}); err != nil {
		t.Fatal(err)
	}
	mustFind(t, s, "")
	for range 2 {
		s.SetRead(t.Context(), true, id)
	}
	for range 2 {
		s.Delete(t.Context(), id)
	}
	mu.Lock()
	defer mu.Unlock()
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprintf("%s %d %s%s", e.Kind, e.Message, e.QueueID, e.Session))
	}
	want := []string{"stored 1 5BM3rA0001s-5BM3rA0001", "indexed 1 ", "changed 1 ", "removed 1 5BM3rA0001"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
}
