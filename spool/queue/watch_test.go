//go:build unix

package queue

import (
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// quickly writes n messages without waiting for the disk.
func quickly(t *testing.T, q *Queue, n int) {
	t.Helper()
	for i := range n {
		id := fmt.Sprintf("6AM9dEmd%06d", i)
		mustDo(t, os.WriteFile(q.path("df", id), []byte(body), 0o600))
		mustDo(t, os.WriteFile(q.path("qf", id), []byte(text(t, message())), 0o600))
	}
}

func TestNoFileIsReadTwice(t *testing.T) { eachWay(t, noFileIsReadTwice) }

func noFileIsReadTwice(t *testing.T, q *Queue, x *Index) {
	const n = 2000
	quickly(t, q, n)
	age(t, q.Dir())
	for _, o := range []Order{ByPriority, ByHost, ByTime, ByFilename, ByModification, Unsorted} {
		if got := len(refreshed(t, x, o)); got != n {
			t.Fatalf("%d messages", got)
		}
		mustDo(t, x.RefreshLocks(t.Context()))
	}
	if x.Read() != n {
		t.Errorf("%d files were read for %d messages", x.Read(), n)
	}
	e, err := q.Lock("6AM9dEmd000007")
	mustDo(t, err)
	mustDo(t, e.Update(e.Control))
	mustDo(t, e.Close())
	put(t, q, "new", 1, "u@a")
	refreshed(t, x, ByPriority)
	if x.Read() != n+2 {
		t.Errorf("%d files were read for 2 changes", x.Read()-n)
	}
}

func TestAWatchedDirectoryMayBeReplaced(t *testing.T) {
	dir := t.TempDir() + "/mqueue"
	mustDo(t, os.Mkdir(dir, 0o700))
	q, x := single(t, dir)
	x.Watch()
	defer x.Close()
	put(t, q, "old", 1, "u@a")
	refreshed(t, x, ByFilename)
	mustRename(t, q.Dir(), q.Dir()+".old")
	mustDo(t, os.Mkdir(q.Dir(), 0o700))
	put(t, q, "new", 1, "u@a")
	if d := cmp.Diff([]string{"new"}, refreshed(t, x, ByFilename)); d != "" {
		t.Error(d)
	}
	put(t, q, "newer", 1, "u@a")
	if d := cmp.Diff([]string{"new", "newer"}, refreshed(t, x, ByFilename)); d != "" {
		t.Error(d)
	}
}

func TestAFloodOfChangesIsNotMissed(t *testing.T) {
	q, x := single(t, t.TempDir())
	x.Watch()
	defer x.Close()
	refreshed(t, x, Unsorted)
	quickly(t, q, 6000) // more events than the kernel keeps, 16,384 by default
	if n := len(refreshed(t, x, Unsorted)); n != 6000 {
		t.Errorf("%d messages", n)
	}
	mustDo(t, os.Remove(q.path("qf", "6AM9dEmd000007")))
	if n := len(refreshed(t, x, Unsorted)); n != 5999 {
		t.Errorf("%d messages", n)
	}
}

func TestABodyInADirectoryOfItsOwnIsWatched(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"qf", "df"} {
		mustDo(t, os.Mkdir(dir+"/"+sub, 0o700))
	}
	q, x := single(t, dir)
	x.Watch()
	defer x.Close()
	put(t, q, "a", 1, "u@a")
	refreshed(t, x, Unsorted)
	mustDo(t, os.Remove(q.path("df", "a")))
	refreshed(t, x, Unsorted)
	if m := x.All(q)[0]; m.Size != -1 {
		t.Errorf("size %d of a body that has gone", m.Size)
	}
}
