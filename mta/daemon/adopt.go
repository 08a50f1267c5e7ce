package daemon

import (
	"context"
	"errors"
	"sync"

	"postroom.dev/spool"
	"postroom.dev/spool/queue"
)

// adopters is how many messages get their records at a time: the store makes those of all who wait durable together.
const adopters = 32

// Adoption is how far Adopt is.
type Adoption struct{ Done, Of int }

// Adopt makes records of the messages that the last Reconcile found in the queue without one. There may be a hundred thousand
// of them, so that a start does not wait for it: meanwhile mail is taken, and Serve runs the queue; a message that is tried before its turn
// gets its record then. An error, which is the store's or ctx's, ends it, and leaves the rest to be tried or to the next start.
func (d *Daemon) Adopt(ctx context.Context) error {
	d.runner.mu.Lock()
	ids := d.runner.strange
	d.runner.strange = nil
	d.runner.adoption = Adoption{Of: len(ids)}
	d.runner.mu.Unlock()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan string)
	var running sync.WaitGroup
	for range min(adopters, len(ids)) {
		running.Go(func() {
			for id := range next {
				if err := d.adoptEntry(ctx, id); err != nil {
					stop(err) // the first one counts
				}
				d.runner.mu.Lock()
				d.runner.adoption.Done++
				d.runner.mu.Unlock()
			}
		})
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		next <- id
	}
	close(next)
	running.Wait()
	return context.Cause(ctx)
}

// Adopting gives how far Adopt is, or how far it came.
func (d *Daemon) Adopting() Adoption {
	d.runner.mu.Lock()
	defer d.runner.mu.Unlock()
	return d.runner.adoption
}

// adoptEntry makes a record of a message that has none. A message that somebody has in hand is left to them.
func (d *Daemon) adoptEntry(ctx context.Context, id string) error {
	if _, err := d.Store.Lookup(ctx, id); !errors.Is(err, spool.ErrNotFound) {
		return err
	}
	defer d.runner.adopts(id)()
	e, err := d.Queue.Lock(id)
	if err != nil {
		if !errors.Is(err, queue.ErrLocked) && !errors.Is(err, queue.ErrGone) {
			d.problem("queue entry "+id, err)
		}
		return nil
	}
	defer e.Close()
	if err := usable(e.Control, e.Problems); err != nil {
		d.problem("queue entry "+id, err)
		return nil
	}
	body, err := e.Content()
	if err != nil {
		d.problem("queue entry "+id, err)
		return nil
	}
	d.at("adopt")
	if _, err = d.record(ctx, e.Control, e.Control.Envelope(id), body); err == nil {
		d.runner.waits(id, true)
	}
	return err
}

// adopts notes that Adopt has a message in hand, until the function that it gives is called.
func (r *runner) adopts(id string) (done func()) {
	let := make(chan struct{})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.adopted[id] = let
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.adopted, id)
		close(let)
	}
}

// lock takes a message in hand that is to be tried. One that gets its record just then is waited for: that takes no longer than to keep
// any mail, and to pass it over would leave it to the next queue run.
func (d *Daemon) lock(t *turn) (*queue.Entry, error) {
	e, err := t.queue.LockKind(t.kind, t.id)
	if !errors.Is(err, queue.ErrLocked) {
		return e, err
	}
	d.runner.mu.Lock()
	let := d.runner.adopted[t.id]
	d.runner.mu.Unlock()
	if let != nil {
		select {
		case <-let:
		case <-t.run.ctx.Done():
		}
	}
	return t.queue.LockKind(t.kind, t.id) // it may have been let go between the two looks
}
