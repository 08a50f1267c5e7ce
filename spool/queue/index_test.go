package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/spool/qf"
)

// single gives a group of one directory with an index of it.
func single(t testing.TB, dir string) (*Queue, *Index) {
	t.Helper()
	g, err := OpenAll(dir, func(int) int { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	return g.Queues()[0], NewIndex(g)
}

// put creates a message with an id, priority and recipient.
func put(t testing.TB, q *Queue, id string, priority int64, rcpt string) {
	t.Helper()
	c := message()
	c.Priority, c.Recipients[0].Address = priority, rcpt
	if err := q.Create(t.Context(), c, id, strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
}

// refreshed gives the ids of an index after a refresh, in an order.
func refreshed(t testing.TB, x *Index, o Order, words ...string) []string {
	t.Helper()
	if err := x.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := ParseSelection(words...)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, m := range x.Messages(s, o) {
		ids = append(ids, m.ID)
	}
	return ids
}

// eachWay runs a test with an index that reads the directory, and with one that the kernel tells of changes.
func eachWay(t *testing.T, test func(*testing.T, *Queue, *Index)) {
	for _, way := range []string{"reading", "watching"} {
		t.Run(way, func(t *testing.T) {
			q, x := single(t, t.TempDir())
			if way == "watching" {
				x.Watch()
				defer x.Close()
			}
			test(t, q, x)
		})
	}
}

func TestIndexSeesWhatOthersDo(t *testing.T) { eachWay(t, seesWhatOthersDo) }

func seesWhatOthersDo(t *testing.T, q *Queue, x *Index) {
	other := open(t, q.Dir())
	want := func(step string, ids ...string) {
		t.Helper()
		if d := cmp.Diff(append([]string{}, ids...), refreshed(t, x, ByPriority)); d != "" {
			t.Errorf("%s:\n%s", step, d)
		}
	}
	want("empty")
	put(t, other, "b", 2, "u@b")
	put(t, other, "a", 1, "u@a")
	want("added", "a", "b")

	e, err := other.Lock("a")
	if err != nil {
		t.Fatal(err)
	}
	e.Control.Priority, e.Control.Status = 3, "Deferred: later"
	if err := e.Update(e.Control); err != nil {
		t.Fatal(err)
	}
	want("rewritten", "b", "a")
	if m := x.Messages(Selection{}, ByFilename)[0]; m.Summary.Status != "Deferred: later" || m.Size != int64(len(body)) || m.Problem != nil {
		t.Errorf("%+v", m)
	}
	if err := e.Remove(); err != nil {
		t.Fatal(err)
	}
	want("removed", "b")

	if err := os.Remove(other.path("df", "b")); err != nil {
		t.Fatal(err)
	}
	want("its body lost", "b")
	if m := x.Messages(Selection{}, ByPriority)[0]; m.Size != -1 || !errors.Is(m.Problem, ErrNoData) {
		t.Errorf("%+v", m)
	}
	if err := os.WriteFile(other.path("df", "b"), []byte("back"), 0o600); err != nil {
		t.Fatal(err)
	}
	want("its body back", "b")
	if m := x.Messages(Selection{}, ByPriority)[0]; m.Size != 4 || m.Problem != nil {
		t.Errorf("%+v", m)
	}
}

func TestIndexSeesQuickChangesOfTheSameLength(t *testing.T) { eachWay(t, seesQuickChanges) }

func seesQuickChanges(t *testing.T, q *Queue, x *Index) {
	put(t, q, id, 100, "u@a")
	e := lock(t, q)
	defer e.Close()
	for n := range 200 {
		e.Control.Priority = int64(100 + n)
		if err := e.Update(e.Control); err != nil {
			t.Fatal(err)
		}
		refreshed(t, x, ByPriority)
		if m := x.Messages(Selection{}, ByPriority)[0]; m.Summary.Priority != int64(100+n) {
			t.Fatalf("change %d: priority %d", n, m.Summary.Priority)
		}
	}
}

// age sets the times of all files back, as if nobody had touched the queue for long.
func age(t testing.TB, dir string) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, old, old)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestIndexReadsOnlyWhatChanged(t *testing.T) { eachWay(t, readsOnlyWhatChanged) }

func readsOnlyWhatChanged(t *testing.T, q *Queue, x *Index) {
	for _, id := range []string{"a", "b", "c"} {
		put(t, q, id, 1, "u@"+id)
	}
	age(t, q.Dir())
	refreshed(t, x, Unsorted)
	before := x.All(q)
	e, err := q.Lock("b")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Update(e.Control); err != nil {
		t.Fatal(err)
	}
	e.Close()
	refreshed(t, x, Unsorted)
	for _, m := range x.All(q) {
		if kept := slices.Contains(before, m); kept != (m.ID != "b") {
			t.Errorf("%s kept: %v", m.ID, kept)
		}
	}
}

func TestIndexKeepsItsStateWhenItCannotRead(t *testing.T) { eachWay(t, keepsItsState) }

func keepsItsState(t *testing.T, q *Queue, x *Index) {
	put(t, q, id, 1, "u@a")
	refreshed(t, x, Unsorted)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Refresh(ctx); !errors.Is(err, context.Canceled) || x.Len() != 1 {
		t.Errorf("cancelled: %v, %d", err, x.Len())
	}
	if err := os.Rename(q.Dir(), q.Dir()+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := x.Refresh(t.Context()); !errors.Is(err, fs.ErrNotExist) || x.Len() != 1 {
		t.Errorf("gone: %v, %d", err, x.Len())
	}
	mustRename(t, q.Dir()+".moved", q.Dir())
}

func mustRename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestIndexOrders(t *testing.T) {
	q, x := single(t, t.TempDir())
	put(t, q, "c", 2, "u@mx.b.example")
	put(t, q, "a", 3, "u@a.example")
	put(t, q, "b", 1, "u@Mx.B.example")
	old := time.Now().Add(-time.Hour)
	for n, id := range []string{"b", "c", "a"} {
		at := old.Add(time.Duration(n) * time.Minute)
		if err := os.Chtimes(q.path("qf", id), at, at); err != nil {
			t.Fatal(err)
		}
	}
	for word, want := range map[string][]string{
		"priority": {"b", "c", "a"}, "Host": {"a", "b", "c"}, "filename": {"a", "b", "c"}, "Foo": {"a", "b", "c"},
		"modification": {"b", "c", "a"}, "": {"b", "c", "a"},
	} {
		if d := cmp.Diff(want, refreshed(t, x, ParseOrder(word))); d != "" {
			t.Errorf("%q:\n%s", word, d)
		}
	}
	for _, word := range []string{"time", "none", "random"} { // all alike: as the directory has them
		want := []string{}
		for _, m := range x.All(q) {
			want = append(want, m.ID)
		}
		if d := cmp.Diff(want, refreshed(t, x, ParseOrder(word))); d != "" {
			t.Errorf("%q:\n%s", word, d)
		}
	}
}

func TestIndexShowsBadFilesAndGoesOn(t *testing.T) {
	q, x := single(t, t.TempDir())
	put(t, q, "good", 1, "u@a")
	write := func(name, text string) {
		t.Helper()
		for _, kind := range []string{"df", name[:2]} {
			if err := os.WriteFile(filepath.Join(q.Dir(), kind+name[2:]), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	write("qfempty", "")
	write("qfhalf", text(t, message())[:60])
	write("qf1234567890123456789", text(t, message()))
	write("qfodd \xff\n", text(t, message()))
	write("qflarge", "")
	if err := os.Truncate(q.path("qf", "large"), 1<<30); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(q.path("qf", "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("qfgood", q.path("qf", "link")); err != nil {
		t.Skip(err)
	}
	refreshed(t, x, Unsorted)
	for _, m := range x.All(q) {
		want := map[string]error{
			"empty": ErrDamaged, "half": ErrDamaged, "1234567890123456789": ErrID, "large": qf.ErrTooLarge, "dir": ErrKind, "link": ErrKind,
		}[m.ID]
		if !errors.Is(m.Problem, want) || want == nil && m.Problem != nil {
			t.Errorf("%q: %v, want %v", m.ID, m.Problem, want)
		}
	}
	if x.Len() != 8 {
		t.Errorf("%d messages", x.Len())
	}
}

func TestLocksAreSeenOnRequest(t *testing.T) { eachWay(t, locksAreSeen) }

func locksAreSeen(t *testing.T, q *Queue, x *Index) {
	put(t, q, "free", 1, "u@a")
	put(t, q, "held", 1, "u@a")
	age(t, q.Dir())
	refreshed(t, x, Unsorted)
	e, err := q.Lock("held")
	if err != nil {
		t.Fatal(err)
	}
	for _, held := range []bool{true, false} {
		if err := x.RefreshLocks(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, m := range x.All(q) {
			if m.Locked != (held && m.ID == "held") {
				t.Errorf("%s locked: %v", m.ID, m.Locked)
			}
		}
		e.Close()
	}
}

func TestGroupSpreadsMessagesOverItsDirectories(t *testing.T) {
	base := t.TempDir()
	for _, sub := range []string{"q1", "q2", "q3", "elsewhere"} {
		if err := os.Mkdir(filepath.Join(base, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(base, "q-file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	turn := 0
	g, err := OpenAll(filepath.Join(base, "q*"), func(n int) int { turn++; return turn % n })
	if err != nil {
		t.Fatal(err)
	}
	for n := range 6 {
		if err := g.Create(t.Context(), message(), fmt.Sprint("id", n), strings.NewReader(body)); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range g.Queues() {
		if files := listing(t, q); len(files) != 4 {
			t.Errorf("%s: %v", q.Dir(), files)
		}
	}
	if err := g.Create(t.Context(), message(), "id0", strings.NewReader(body)); !errors.Is(err, ErrExists) {
		t.Errorf("an id of another directory: %v", err)
	}
	x, ids := NewIndex(g), []string{}
	for f, err := range g.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, f.ID)
		e, err := g.Lock(f.ID)
		if err != nil || e.Queue() != f.Queue {
			t.Errorf("%s: %v", f.ID, err)
			continue
		}
		e.Close()
	}
	slices.Sort(ids)
	if d := cmp.Diff(ids, refreshed(t, x, ByFilename)); d != "" || len(ids) != 6 {
		t.Errorf("%v\n%s", ids, d)
	}
	if _, err := g.Lock("nobody"); !errors.Is(err, ErrGone) {
		t.Errorf("no such message: %v", err)
	}
	if _, err := OpenAll(filepath.Join(base, "none*"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory fits: %v", err)
	}
}

// fill writes n messages without fsync, for benchmarks.
func fill(b *testing.B, n int) *Queue {
	b.Helper()
	q, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	c := message()
	for range 10 {
		c.Header = append(c.Header, qf.Header{Text: "X-Header: with some text behind it, as headers have"})
	}
	for i := range n {
		c.Priority = random.Int64N(1e6)
		text, err := c.Append(nil)
		if err != nil {
			b.Fatal(err)
		}
		id := fmt.Sprintf("6AM9dEmd%06d", i)
		if os.WriteFile(q.path("qf", id), text, 0o600) != nil || os.WriteFile(q.path("df", id), []byte(body), 0o600) != nil {
			b.Fatal("no room for a benchmark")
		}
	}
	age(b, q.Dir())
	return q
}

func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkIndex(b, n) })
	}
}

func benchmarkIndex(b *testing.B, n int) {
	g := NewGroup(nil, fill(b, n))
	x := NewIndex(g)
	b.Run("fill", func(b *testing.B) {
		for b.Loop() {
			x = NewIndex(g)
			if err := x.Refresh(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("refresh", func(b *testing.B) {
		for b.Loop() {
			if err := x.Refresh(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("sorted", func(b *testing.B) {
		for b.Loop() {
			if len(x.Messages(Selection{}, ByPriority)) != n {
				b.Fatal("messages are missing")
			}
		}
	})
}
