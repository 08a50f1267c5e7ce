package daemon

import (
	"errors"
	"fmt"
	"testing"

	"postroom.dev/spool"
	"postroom.dev/spool/queue"
)

// ids gives the record ids of queue ids.
func (f *fixture) ids(queueIDs ...string) (ids []int64) {
	f.Helper()
	for _, q := range queueIDs {
		id, err := f.store.Lookup(f.Context(), q)
		if err != nil {
			f.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestADeletedMessageIsNotSent(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.submit(to("6AMC00AB000001", "bob@example.net"))
	f.submit(to("6AMC00AC000001", "cid@example.net"))
	if err := f.Hold(t.Context(), "6AMC00AB000001"); err != nil {
		t.Fatal(err)
	}
	ids := f.ids("6AMC00AA000001", "6AMC00AB000001")
	gone, err := f.Forget(t.Context(), append(ids, 12345)...)
	if err != nil {
		t.Fatal(err)
	}
	f.same("deleted", gone, ids)
	f.same("files", f.files(), []string{"df6AMC00AC000001", "qf6AMC00AC000001"})
	f.run()
	f.same("sent", f.remote.got(), []string{"6AMC00AC000001 cid@example.net"})
	if left, err := f.store.IDs(t.Context(), spool.Query{}); err != nil || len(left) != 1 {
		t.Errorf("records %v, %v", left, err)
	}
	f.same("problems", f.told(), []string{})
}

func TestDeletingManyLooksAtWhatWaits(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	ids := f.ids("6AMC00AA000001")
	for i := range 10 {
		ids = append(ids, int64(1000+i))
	}
	if _, err := f.Forget(t.Context(), ids...); err != nil {
		t.Fatal(err)
	}
	f.same("files", f.files(), []string{})
}

func TestAMessageInHandIsNotDeletedAndTheOthersAre(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	f.submit(to("6AMC00AB000001", "bob@example.net"))
	ids := f.ids("6AMC00AA000001", "6AMC00AB000001")
	e, err := f.Queue.Queues()[0].Lock("6AMC00AA000001")
	if err != nil {
		t.Fatal(err)
	}
	gone, err := f.Forget(t.Context(), ids...)
	if !errors.Is(err, queue.ErrLocked) {
		t.Errorf("error %v", err)
	}
	f.same("deleted", gone, ids[1:])
	f.same("files", f.files(), []string{"df6AMC00AA000001", "qf6AMC00AA000001"})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if gone, err = f.Forget(t.Context(), ids[0]); err != nil {
		t.Error(err)
	}
	f.same("deleted", gone, ids[:1])
	f.same("files", f.files(), []string{})
}

func TestACrashInTheMidstOfADeletionLeavesAWholeMessage(t *testing.T) {
	f := newFixture(t)
	f.submit(to("6AMC00AA000001", "ada@example.net"))
	if err := f.take("6AMC00AA000001"); err != nil { // and then the crash
		t.Fatal(err)
	}
	f.start()
	if err := f.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.run()
	f.same("sent", fmt.Sprint(f.remote.got()), "[6AMC00AA000001 ada@example.net]")
}
