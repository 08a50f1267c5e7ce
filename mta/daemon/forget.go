package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"postroom.dev/spool"
	"postroom.dev/spool/queue"
)

// How long Forget waits for a message that is in hand, and how often it looks again.
const (
	forgetWait  = 2 * time.Second
	forgetRetry = 20 * time.Millisecond
)

// Forget deletes records for good, and with them what still waits of their messages: mail that was deleted is not delivered.
// It gives the ids that existed. The queue's files go first: a crash in between leaves a record that still waits, which
// is whole again at the next start. A message that is being delivered all the time stays as it is; the error, which joins those of
// all such messages, is queue.ErrLocked.
func (d *Daemon) Forget(ctx context.Context, ids ...int64) ([]int64, error) {
	if d.Queue == nil {
		return d.Store.Delete(ctx, ids...)
	}
	waiting, err := d.waitingOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	var errs []error
	kept := map[int64]bool{}
	for id, queueID := range waiting {
		if err := d.withdraw(ctx, queueID); err != nil {
			kept[id] = true
			errs = append(errs, fmt.Errorf("message %d (%s): %w", id, queueID, err))
		}
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return kept[id] })
	gone, err := d.Store.Delete(ctx, ids...)
	return gone, errors.Join(append(errs, err)...)
}

// waitingOf gives the queue ids of those records whose messages are in the queue. Of the two ways to find out it goes the shorter.
func (d *Daemon) waitingOf(ctx context.Context, ids []int64) (map[int64]string, error) {
	d.runner.mu.Lock()
	queued := maps.Clone(d.runner.waiting)
	maps.Copy(queued, d.runner.incoming)
	d.runner.mu.Unlock()
	found := map[int64]string{}
	if len(ids) <= len(queued) {
		for part := range slices.Chunk(ids, 100) {
			records, err := d.Store.Get(ctx, part...)
			if err != nil {
				return nil, err
			}
			for i := range records {
				if id := records[i].Envelope.ID; queued[id] {
					found[records[i].ID] = id
				}
			}
		}
		return found, nil
	}
	asked := make(map[int64]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	for queueID := range queued {
		id, err := d.Store.Lookup(ctx, queueID)
		if err != nil && !errors.Is(err, spool.ErrNotFound) {
			return nil, err
		}
		if err == nil && asked[id] {
			found[id] = queueID
		}
	}
	return found, nil
}

// withdraw takes a message out of the queue, its control file first. One that is in hand is waited for a little.
func (d *Daemon) withdraw(ctx context.Context, queueID string) error {
	for end := time.Now().Add(forgetWait); ; {
		err := d.take(queueID)
		if !errors.Is(err, queue.ErrLocked) || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(forgetRetry):
		}
	}
}

func (d *Daemon) take(queueID string) error {
	d.runner.mu.Lock()
	incoming := d.runner.incoming[queueID]
	d.runner.mu.Unlock()
	if incoming { // its queue files are being written
		return queue.ErrLocked
	}
	e, err := d.lockAny(queueID)
	switch {
	case errors.Is(err, queue.ErrGone): // it was delivered, or taken, since
	case err != nil:
		return err
	default:
		if err := e.Remove(); err != nil {
			return err
		}
	}
	d.runner.waits(queueID, false)
	d.runner.mu.Lock()
	delete(d.runner.owed, queueID)
	d.runner.mu.Unlock()
	return nil
}
