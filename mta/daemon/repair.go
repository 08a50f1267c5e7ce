package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/queue"
)

// youngAge is how long files of the queue must have been left alone before Repair touches them: a program that takes no locks on
// what it is writing has been done with them by then.
const youngAge = 10 * time.Second

// Orphans gives what is odd in queue directories: files that are no message and belong to none, and messages that cannot be run as they
// are. Nothing is changed.
func (d *Daemon) Orphans(groups ...*queue.Group) (all []queue.Found, err error) {
	for _, g := range groups {
		for f, err := range g.Entries() {
			if err != nil {
				return all, err
			}
			if n := len(all); f.Kind == "tf" && n > 0 && all[n-1].Kind == "df" && all[n-1].ID == f.ID && all[n-1].Queue == f.Queue {
				all = all[:n-1] // the two are one message that was not finished
			}
			if f.Problem != nil {
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// Repair puts one of the Orphans right, if there is a way that loses nothing, and says in a few words what it did:
//
//   - What a crash left of a message that the store still knows to wait gives way to new files, made of its record. Others of
//     its files are moved aside.
//   - The rest is [queue.Queue.Repair]'s. What becomes a message by it is tried at once.
//
// Errors are those of queue.Queue.Repair.
func (d *Daemon) Repair(ctx context.Context, f queue.Found) (string, error) {
	ours := d.Queue != nil && slices.Contains(d.Queue.Queues(), f.Queue)
	if ours {
		if did, err := d.remake(ctx, f); did != "" || err != nil {
			return did, err
		}
	}
	before := time.Now().Add(-youngAge) // by the files' clock, not Config.Now
	did, err := f.Queue.Repair(f, before)
	if err == nil && f.Kind == "tf" {
		and, err := f.Queue.Repair(queue.Found{Queue: f.Queue, Kind: "df", ID: f.ID}, before)
		if err == nil {
			did += "; " + and
		} else if !errors.Is(err, queue.ErrExists) && !errors.Is(err, queue.ErrGone) && !errors.Is(err, fs.ErrNotExist) {
			return did, err
		}
	}
	if err == nil && ours {
		if err := d.adoptEntry(ctx, f.ID); err != nil {
			return did, err
		}
		d.Kick(f.ID)
	}
	return did, err
}

// remake makes the queue files of a record anew that waits and lacks its qf or its df. It says nothing where there is no such record.
func (d *Daemon) remake(ctx context.Context, f queue.Found) (string, error) {
	lacksBody := f.Kind == "qf" && errors.Is(f.Problem, queue.ErrNoData)
	if f.Kind != "df" && !lacksBody {
		return "", nil
	}
	id, err := d.Store.Lookup(ctx, f.ID)
	if errors.Is(err, spool.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	records, err := d.Store.Get(ctx, id)
	if err != nil || len(records) == 0 || !slices.ContainsFunc(records[0].Recipients, waits) {
		return "", err
	}
	if lacksBody {
		if err := d.removeBodiless(ctx, f.ID, records[0].Recipients); err != nil {
			return "", err
		}
	}
	if err := d.requeue(ctx, id); err != nil {
		return "", err
	}
	d.Kick(f.ID)
	return fmt.Sprintf("made the files of %s anew from its record", f.ID), nil
}

// removeBodiless takes a qf without a df out of the way, whose record has all of the message. The record says first that nothing
// was tried yet, so that a crash in between leaves one that gets its files at the next start.
func (d *Daemon) removeBodiless(ctx context.Context, queueID string, recipients []mta.Recipient) error {
	e, err := d.lockAny(queueID)
	if err != nil {
		return err
	}
	defer e.Close()
	if _, err := e.Content(); !errors.Is(err, queue.ErrNoData) {
		return err
	}
	recipients = slices.Clone(recipients)
	for i := range recipients {
		if r := &recipients[i]; waits(*r) {
			r.State, r.Last = mta.Queued, mta.Status{}
		}
	}
	if err := d.Store.Update(ctx, queueID, recipients); err != nil {
		return err
	}
	return e.Remove()
}

// clear moves aside what a crash left of a message of ours between its df and its qf; its record has all of it. A tf that is whole
// makes a message with its df.
func (d *Daemon) clear(queueID string) error {
	whenever := time.Now().Add(time.Hour) // the locks say whether somebody writes them
	for _, kind := range []string{"tf", "df"} {
		for _, q := range d.Queue.Queues() {
			did, err := q.Repair(queue.Found{Queue: q, Kind: kind, ID: queueID}, whenever)
			switch {
			case err == nil:
				d.Log.Warn("left by a crash", "queue", queueID, "done", did)
			case !errors.Is(err, queue.ErrGone) && !errors.Is(err, queue.ErrExists) && !errors.Is(err, fs.ErrNotExist):
				return err
			}
		}
	}
	return nil
}
