package store

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"
)

// maxGroup limits the octets of one transaction, and by that the growth of the
// write-ahead log and the wait of those who come behind.
const maxGroup = 16 << 20

// maxGather limits how long a leader waits for others to join.
const maxGather = 2 * time.Millisecond

var errClosed = errors.New("spool/store: the store is closed")

// crew lets callers share the work of a commit: whoever comes first commits for all who wait meanwhile (leader and followers), so that
// fifty sessions share one fsync.
type crew struct {
	together func([]*change) // commits a group, and notes what became of each; one call at a time

	mu      sync.Mutex
	idle    sync.Cond // busy became false
	waiting []*change // waiting[0] may have been told to lead
	busy    bool      // there is a leader
	closed  bool
	crowd   int           // who took part in the last commit or came while it went on
	took    time.Duration // how long it took

	expected int           // the leader waits for so many; 0 when it does not
	joined   chan struct{} // has one when they are there
}

func (w *crew) init(together func([]*change)) {
	w.together, w.joined = together, make(chan struct{}, 1)
	w.idle.L = &w.mu
}

// change is one caller's part of a commit.
type change struct {
	// run makes the change. It may be called again after a rollback, so it starts from nothing. An
	// error undoes the transaction; a refusal that changed nothing is run's own to remember.
	run func(*writer) error
	// after is called once the change is durable, before anybody is told.
	after func()
	size  int // octets, roughly

	// For the journal, in the place of run:
	entry   *journalEntry
	absorbs int // of journal.known

	err    error
	leads  bool      // it was told to lead; guarded by crew.mu
	settle chan bool // true: lead; false: done
}

// do makes c durable. A context that ends while c waits withdraws it; once c is
// part of a commit, do waits for the outcome, so that an error always means that nothing was kept.
func (w *crew) do(ctx context.Context, c *change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.settle = make(chan bool, 1)
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.waiting = append(w.waiting, c)
	if w.expected > 0 && len(w.waiting) >= w.expected {
		poke(w.joined)
	}
	lead := !w.busy
	if lead {
		w.busy, c.leads = true, true
	}
	w.mu.Unlock()
	if !lead {
		select {
		case lead = <-c.settle:
		case <-ctx.Done():
			if w.withdraw(c) {
				return ctx.Err()
			}
			lead = <-c.settle
		}
	}
	if lead {
		w.gather()
		w.lead(c)
	}
	return c.err
}

// gather waits a moment for those who are about to come: as many as took part in the last commit or came while it went on. A
// commit costs about the same whatever its size, most of it in the kernel, so a few large ones serve everybody sooner than many small
// ones. On a disk that is quick, the last three of ten come with the next one: the processors have them to work on while the disk
// works. A caller who is alone never waits.
func (w *crew) gather() {
	runtime.Gosched()
	w.mu.Lock()
	patience := min(maxGather, 10*w.took)
	enough := w.crowd
	if w.took < maxGather {
		enough -= w.crowd * 3 / 10
	}
	if len(w.waiting) >= enough || patience <= 0 {
		w.mu.Unlock()
		return
	}
	w.expected = enough
	w.mu.Unlock()
	timer := time.NewTimer(patience)
	select {
	case <-w.joined:
	case <-timer.C:
	}
	timer.Stop()
	w.mu.Lock()
	w.expected = 0
	select {
	case <-w.joined: // in the same moment as the timer
	default:
	}
	w.mu.Unlock()
}

// withdraw takes c back, unless it is already part of a commit or leads one.
func (w *crew) withdraw(c *change) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.waiting, c)
	if i < 0 || c.leads {
		return false
	}
	w.waiting = slices.Delete(w.waiting, i, i+1)
	return true
}

// lead commits for all who wait, tells them, and hands the lead on.
func (w *crew) lead(c *change) {
	w.mu.Lock()
	n, size := 0, 0
	for n < len(w.waiting) && (n == 0 || size+w.waiting[n].size <= maxGroup) {
		size += w.waiting[n].size
		n++
	}
	group := slices.Clone(w.waiting[:n])
	w.waiting = slices.Delete(w.waiting, 0, n)
	w.mu.Unlock()

	began := time.Now()
	w.together(group)
	took := time.Since(began)
	w.mu.Lock()
	w.crowd, w.took = len(group)+len(w.waiting), took
	w.mu.Unlock()
	for _, o := range group {
		if o != c {
			o.settle <- false
		}
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting) > 0 {
		w.waiting[0].leads = true
		w.waiting[0].settle <- true
		return
	}
	w.busy = false
	w.idle.Broadcast()
}

// end waits for those who were let in and refuses others.
func (w *crew) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for w.busy {
		w.idle.Wait()
	}
}
