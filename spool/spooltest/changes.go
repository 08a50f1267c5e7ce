package spooltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"postroom.dev/mta"
	"postroom.dev/spool"
)

func setRead(f *fixture) {
	ids := f.addMany(4)
	for _, step := range []struct {
		read bool
		of   []int64
		want []int64
	}{
		{true, []int64{ids[0], ids[2]}, []int64{ids[0], ids[2]}},
		{true, []int64{ids[2], ids[1], 9999, ids[1]}, []int64{ids[1]}},
		{false, []int64{ids[3]}, nil},
		{false, []int64{ids[1], ids[0]}, []int64{ids[1], ids[0]}},
		{true, nil, nil},
	} {
		got, err := f.SetRead(f.ctx(), step.read, step.of...)
		if err != nil {
			f.Fatal(err)
		}
		f.same(fmt.Sprintf("SetRead(%v, %v)", step.read, step.of), step.want, got)
	}
	f.same("read in the end", true, f.record(ids[2]).Read)
	f.same("unread", 3, f.Counts().Unread)
}

func deleteGives(f *fixture) {
	ids := f.addMany(4)
	large := f.add(strings.Repeat("x", 2<<20), "a@example.com")
	got, err := f.Delete(f.ctx(), ids[1], 9999, large, ids[1])
	if err != nil {
		f.Fatal(err)
	}
	f.same("deleted", []int64{ids[1], large}, got)
	f.same("left", []int64{ids[0], ids[2], ids[3]}, f.ids(spool.Query{}))
	f.same("left for the recipient", []int64{ids[0], ids[2], ids[3]}, f.ids(spool.Query{Rcpt: "a@example.com"}))
	f.same("left in the state", []int64{ids[0], ids[2], ids[3]}, f.ids(spool.Query{State: mta.Caught}))
	for _, id := range got {
		if _, err := f.Content(f.ctx(), id); !errors.Is(err, spool.ErrNotFound) {
			f.Errorf("content of %d: %v", id, err)
		}
		if _, err := f.Transcript(f.ctx(), id); !errors.Is(err, spool.ErrNotFound) {
			f.Errorf("transcript of %d: %v", id, err)
		}
	}
	if got, err := f.Delete(f.ctx(), ids[1]); err != nil || len(got) != 0 {
		f.Errorf("again: %v, %v", got, err)
	}
}

func deleteFreesQueueID(f *fixture) {
	old := f.addEnvelope("old", Envelope("5BM3rA0001", "a@b"))
	if _, err := f.Delete(f.ctx(), old); err != nil {
		f.Fatal(err)
	}
	id := f.addEnvelope("new", Envelope("5BM3rA0001", "a@b"))
	if id <= old {
		f.Errorf("id %d after %d", id, old)
	}
	f.same("bytes", "new", f.bytes(id))
}

func countsFollow(f *fixture) {
	want := func(what string, all, unread int, octets int64) {
		f.Helper()
		f.same(what, spool.Counts{All: all, Unread: unread, Bytes: octets}, f.Counts())
	}
	want("an empty store", 0, 0, 0)
	a, b := f.add("12345", "a@b"), f.add(strings.Repeat("x", 2<<20), "a@b")
	want("two messages", 2, 2, 5+2<<20)
	f.SetRead(f.ctx(), true, a, a)
	want("one read", 2, 1, 5+2<<20)
	f.Delete(f.ctx(), b)
	want("the unread one deleted", 1, 0, 5)
	f.SetRead(f.ctx(), false, a, b)
	want("unread again", 1, 1, 5)
	f.SetRead(f.ctx(), true, a)
	f.Delete(f.ctx(), a, b)
	want("all deleted", 0, 0, 0)
}

func sessions(f *fixture) {
	if _, err := f.Session(f.ctx(), "s1"); !errors.Is(err, spool.ErrNotFound) {
		f.Errorf("%v, want ErrNotFound", err)
	}
	s := mta.Session{
		ID: "s1", Started: arrival, Ended: arrival.Add(1), Origin: mta.Origin{Session: "s1", Client: "127.0.0.1:9", UID: -1},
		Messages: 2, Reason: "lost input channel after rcpt", Transcript: []byte("220 \xff\x00\r\n"),
	}
	for _, messages := range []int{2, 3} {
		s.Messages = messages
		if err := f.AddSession(f.ctx(), s); err != nil {
			f.Fatal(err)
		}
		got, err := f.Session(f.ctx(), "s1")
		if err != nil {
			f.Fatal(err)
		}
		if !got.Started.Equal(s.Started) || !got.Ended.Equal(s.Ended) {
			f.Errorf("from %v to %v, want %v to %v", got.Started, got.Ended, s.Started, s.Ended)
		}
		got.Started, got.Ended = s.Started, s.Ended
		f.same("session", s, got)
	}
}

func concurrent(f *fixture) {
	const writers, each = 8, 15
	var wg sync.WaitGroup
	fail := func(err error) {
		if err != nil {
			f.Error(err)
		}
	}
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				d, err := f.Create()
				fail(err)
				fmt.Fprintf(d, "Subject: writer %d\r\n\r\nmessage %d\r\n", w, i)
				id, err := d.Commit(f.ctx(), Envelope(fmt.Sprintf("5BM3rA%04d%04d", w, i), "a@b"))
				fail(err)
				_, err = f.SetRead(f.ctx(), true, id)
				fail(err)
				_, err = f.Find(f.ctx(), spool.Query{Text: "writer", Unread: true})
				fail(err)
				_, err = f.Content(f.ctx(), id)
				fail(err)
				fail(f.AddSession(f.ctx(), mta.Session{ID: fmt.Sprint(w, i)}))
				f.Counts()
				if i%3 == 0 {
					_, err = f.Delete(f.ctx(), id)
					fail(err)
				}
				if i%5 == 0 {
					fail(f.Settle(f.ctx()))
				}
			}
		})
	}
	wg.Wait()
	left := writers * each * 2 / 3
	f.same("records", left, f.Counts().All)
	ids := f.search("writer")
	f.same("found", left, len(ids))
	f.same("listed", ids, f.ids(spool.Query{}))
	if !slices.IsSortedFunc(ids, func(a, b int64) int { return int(b - a) }) {
		f.Error("ids are not in order")
	}
}

func closed(f *fixture) {
	id := f.add("x", "a@b")
	d := f.draft("y")
	for range 2 {
		if err := f.Close(); err != nil {
			f.Fatalf("close: %v", err)
		}
	}
	_, commitErr := d.Commit(f.ctx(), Envelope("5BM3rB0001", "a@b"))
	_, idsErr := f.IDs(f.ctx(), spool.Query{})
	_, getErr := f.Get(f.ctx(), id)
	_, contentErr := f.Content(f.ctx(), id)
	_, readErr := f.SetRead(f.ctx(), true, id)
	_, deleteErr := f.Delete(f.ctx(), id)
	for i, err := range []error{commitErr, idsErr, getErr, contentErr, readErr, deleteErr, f.AddSession(f.ctx(), mta.Session{ID: "s"})} {
		if err == nil {
			f.Errorf("method %d of a closed store succeeds", i)
		}
	}
}
