package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/route"
	"postroom.dev/spool"
	"postroom.dev/spool/queue"
)

// Reconcile makes the store and the queue agree, as a start must after a crash, or after other programs worked on the
// queue. The queue is the truth about mail that waits:
//
//   - A record that waits for its first attempt and has no queue files gets them: the crash came between the two.
//   - A record that was attempted or held and has none was taken by another program, and says so. (Later, while we run, so
//     does every one whose files go without us: a queue run ends with a look at that.)
//   - Queue files without a record, which something else put there, are for [Daemon.Adopt].
//
// Messages that are in hand are passed over; the runner makes them agree. The error joins what could not be done.
func (d *Daemon) Reconcile(ctx context.Context) error {
	if d.Queue == nil {
		return nil
	}
	here := map[string]string{} // the kind of control file by id
	var errs []error
	for found, err := range d.Queue.Entries() {
		if err != nil {
			return fmt.Errorf("queue: %w", err)
		}
		switch found.Kind {
		case "qf", "hf", "Qf":
			here[found.ID] = found.Kind
		}
	}
	known := map[string]bool{} // ids of records that wait
	for _, state := range []mta.State{mta.Queued, mta.Deferred, mta.Held} {
		ids, err := d.Store.IDs(ctx, spool.Query{State: state})
		if err != nil {
			return err
		}
		for part := range slices.Chunk(ids, 100) {
			records, err := d.Store.Get(ctx, part...)
			if err != nil {
				return err
			}
			for i := range records {
				id := records[i].Envelope.ID
				if known[id] = true; here[id] == "" {
					errs = append(errs, d.reconcileRecord(ctx, records[i].ID, id, true))
				} else {
					d.runner.waits(id, true)
					d.holdNew(ctx, id, reasonToHold(&records[i].Envelope))
				}
			}
		}
	}
	var strange []string // what has no record
	for id, kind := range here {
		if kind == "qf" && !known[id] {
			strange = append(strange, id)
		}
	}
	slices.Sort(strange) // the oldest first
	d.runner.mu.Lock()
	d.runner.strange = strange
	d.runner.mu.Unlock()
	return errors.Join(errs...)
}

// sweep looks for messages that left the queue without us. waiting are those that were in it before the index was read last.
func (d *Daemon) sweep(ctx context.Context, waiting []string) error {
	here := map[string]bool{}
	for _, words := range [][]string{nil, {"Q"}, {"L"}} {
		sel, err := queue.ParseSelection(words...)
		if err != nil {
			return err
		}
		for _, m := range d.runner.index.Messages(sel, queue.Unsorted) {
			here[m.ID] = true
		}
	}
	var errs []error
	for _, queueID := range waiting {
		if here[queueID] {
			continue
		}
		id, err := d.Store.Lookup(ctx, queueID)
		switch {
		case errors.Is(err, spool.ErrNotFound): // the user deleted it
			d.runner.waits(queueID, false)
		case err != nil:
			return err
		default:
			errs = append(errs, d.reconcileRecord(ctx, id, queueID, false))
		}
	}
	return errors.Join(errs...)
}

// reconcileRecord sees to a record that waits and whose control file was not in the directory: at a start, or later, when
// we know that it was there.
func (d *Daemon) reconcileRecord(ctx context.Context, id int64, queueID string, start bool) error {
	d.runner.mu.Lock()
	incoming := d.runner.incoming[queueID]
	d.runner.mu.Unlock()
	if incoming {
		return nil
	}
	e, err := d.lockAny(queueID)
	if err == nil {
		return e.Close() // it was accepted since
	}
	if !errors.Is(err, queue.ErrGone) {
		return nil
	}
	records, err := d.Store.Get(ctx, id) // only now: a runner writes the record before it removes the qf
	if err != nil || len(records) == 0 {
		return err
	}
	env := &records[0].Envelope
	waiting := slices.ContainsFunc(env.Recipients, func(r mta.Recipient) bool { return waits(r) || r.State == mta.Held })
	attempted := slices.ContainsFunc(env.Recipients, wasAttempted)
	switch {
	case !waiting:
		d.runner.waits(queueID, false)
		return nil
	case start && !attempted:
		if err := d.requeue(ctx, id); err != nil {
			return fmt.Errorf("message %s: %w", queueID, err)
		}
		d.Kick(queueID)
		return nil
	}
	for i := range env.Recipients {
		if r := env.Recipients[i]; waits(r) || r.State == mta.Held {
			taken(&env.Recipients[i], d.Now())
		}
	}
	d.runner.waits(queueID, false)
	return d.Store.Update(ctx, queueID, env.Recipients)
}

// wasAttempted says that a recipient was in the queue once. One that aliases lead nowhere has a status before that.
func wasAttempted(r mta.Recipient) bool {
	return r.State == mta.Held || r.Last.Code != 0 && (r.State != mta.Queued || r.Mailer != route.Error)
}
