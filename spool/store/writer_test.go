package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"postroom.dev/spool"
)

// busy makes the writer wait within a transaction until release is called.
func busy(t *testing.T, w *writer) (release func()) {
	t.Helper()
	started, goOn := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		err := w.do(context.Background(), &change{run: func(*writer) error {
			close(started)
			<-goOn
			return nil
		}})
		if err != nil {
			t.Error(err)
		}
	})
	<-started
	release = sync.OnceFunc(func() {
		close(goOn)
		done.Wait()
	})
	t.Cleanup(release) // before the store is closed, which waits for it
	return release
}

func (w *crew) waitingNow() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)
}

func TestWhoeverWaitsSharesOneTransaction(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	release := busy(t, s.write)
	var order []string // only the leader appends
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			err := s.write.do(t.Context(), &change{
				run:   func(*writer) error { order = append(order, "run"); return nil },
				after: func() { order = append(order, "after") },
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, "50 wait", func() bool { return s.write.waitingNow() == 50 })
	release()
	wg.Wait()
	want := append(slices.Repeat([]string{"run"}, 50), slices.Repeat([]string{"after"}, 50)...)
	if !slices.Equal(order, want) {
		t.Errorf("not one transaction: %v", order)
	}
}

func TestAGroupIsLimitedInSize(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	release := busy(t, s.write)
	var order []string
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			s.write.do(t.Context(), &change{
				size:  maxGroup/2 + 1,
				run:   func(*writer) error { order = append(order, "run"); return nil },
				after: func() { order = append(order, "after") },
			})
		})
	}
	eventually(t, "3 wait", func() bool { return s.write.waitingNow() == 3 })
	release()
	wg.Wait()
	if !slices.Equal(order, []string{"run", "after", "run", "after", "run", "after"}) {
		t.Error(order)
	}
}

// plainRow is a row that insert takes.
func plainRow(id int64, queueID string) *row {
	return &row{id: id, queueID: queueID, size: 1, bytes: []byte("x"), envelope: []byte("{}")}
}

func TestOneBadChangeDoesNotSpoilTheOthers(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	mustAdd(t, s, "5BM3rA0000", "kept before")
	if err := s.absorb(t.Context()); err != nil {
		t.Fatal(err)
	}
	release := busy(t, s.write)
	own := errors.New("its own reason")
	var wg sync.WaitGroup
	errs := make([]error, 30)
	for i := range errs {
		wg.Go(func() {
			errs[i] = s.write.do(t.Context(), &change{run: func(w *writer) error {
				id := int64(i + 2)
				switch i {
				case 10:
					return own
				case 20:
					id = 1 // another's
				}
				_, err := plainRow(id, fmt.Sprintf("5BM3rB%04d", i)).insert(w)
				return err
			}})
		})
	}
	eventually(t, "30 wait", func() bool { return s.write.waitingNow() == 30 })
	release()
	wg.Wait()
	for i, err := range errs {
		switch {
		case i == 10 && !errors.Is(err, own), i == 20 && err == nil, i != 10 && i != 20 && err != nil:
			t.Errorf("change %d: %v", i, err)
		}
	}
	if n := ask(t, s.path, "SELECT count(*) FROM message"); n != 29 {
		t.Errorf("%d rows, want 29", n)
	}
}

func TestAnEndedContextWithdrawsWhatWaits(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	release := busy(t, s.write)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		result <- s.write.do(ctx, &change{run: func(*writer) error { t.Error("it ran"); return nil }})
	}()
	eventually(t, "it waits", func() bool { return s.write.waitingNow() == 1 })
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) { // while the writer is still busy
		t.Errorf("%v, want canceled", err)
	}
	release()
	mustAdd(t, s, "5BM3rA0001", "the writer goes on")
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	s.journal.appending.Lock() // so that its leader is busy
	release := sync.OnceFunc(s.journal.appending.Unlock)
	t.Cleanup(release)
	var wg sync.WaitGroup
	for i := range 20 {
		if i == 1 {
			eventually(t, "the first one leads", func() bool {
				s.journal.crew.mu.Lock()
				defer s.journal.crew.mu.Unlock()
				return s.journal.busy && len(s.journal.waiting) == 0
			})
		}
		wg.Go(func() {
			if _, err := add(s, fmt.Sprintf("5BM3rA%04d", i), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, "19 wait for it", func() bool { return s.journal.waitingNow() == 19 })
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	eventually(t, "others are refused", func() bool {
		s.journal.crew.mu.Lock()
		defer s.journal.crew.mu.Unlock()
		return s.journal.closed
	})
	if _, err := add(s, "5BM3rB0001", "x"); !errors.Is(err, errClosed) {
		t.Errorf("%v, want closed", err)
	}
	release()
	wg.Wait()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if n := mustOpen(t, dir).Counts().All; n != 20 {
		t.Errorf("%d records, want 20", n)
	}
}

func TestFiftyWritersAtOnce(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	var wg sync.WaitGroup
	for w := range 50 {
		wg.Go(func() {
			for i := range 20 {
				queueID := fmt.Sprintf("5BM3rA%04d%04d", w, i)
				if _, err := add(s, queueID, "Subject: "+queueID+"\r\n\r\n"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	ids, err := s.IDs(t.Context(), spool.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) != 1000 || s.Counts().All != 1000 {
		t.Fatalf("%d ids, counts %+v", len(ids), s.Counts())
	}
	records, err := s.Get(t.Context(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if want := "Subject: " + r.Envelope.ID + "\r\n\r\n"; content(t, s, r.ID) != want || r.Subject != r.Envelope.ID {
			t.Errorf("record %d of %s has other bytes", r.ID, r.Envelope.ID)
		}
	}
}
