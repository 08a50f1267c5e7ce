package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"postroom.dev/mta"
	"postroom.dev/spool/queue"
)

// HeldByUser is the reason that a message which the user holds is quarantined with.
const HeldByUser = "held by the user"

// Hold keeps a waiting message from being tried until Release: qf becomes hf, as sendmail quarantines. The errors of the methods in
// this file are queue.ErrLocked when it is in hand just now, queue.ErrGone when it does not wait.
func (d *Daemon) Hold(ctx context.Context, id string) error {
	return d.operate(ctx, id, func(j *job) error {
		if j.entry.Kind != "qf" {
			return nil
		}
		if err := j.entry.Quarantine(HeldByUser); err != nil {
			return err
		}
		j.mark(mta.Held, "", HeldByUser)
		return nil
	})
}

// Release lets a held or quarantined message be tried again, now.
func (d *Daemon) Release(ctx context.Context, id string) error {
	err := d.operate(ctx, id, func(j *job) error {
		if j.entry.Kind != "hf" {
			return nil
		}
		if err := j.entry.Release(); err != nil {
			return err
		}
		j.mark(mta.Queued, releasedNote, releasedNote)
		return nil
	})
	if err == nil {
		d.Kick(id)
	}
	return err
}

// Drop takes a message out of the queue without a word to anybody, also one that is too damaged to be run. Its record stays.
func (d *Daemon) Drop(ctx context.Context, id string) error {
	err := d.operate(ctx, id, func(j *job) error {
		j.mark(mta.Discarded, droppedNote, droppedNote)
		return j.entry.Remove()
	})
	if errors.Is(err, queue.ErrNoData) || errors.Is(err, queue.ErrDamaged) {
		return d.dropDamaged(ctx, id)
	}
	return err
}

const droppedNote = "the user took it out of the queue"

// dropDamaged goes by the record alone.
func (d *Daemon) dropDamaged(ctx context.Context, id string) error {
	e, err := d.lockAny(id)
	if err != nil {
		return err
	}
	defer e.Close()
	if n, err := d.Store.Lookup(ctx, id); err == nil {
		records, err := d.Store.Get(ctx, n)
		if err != nil {
			return err
		}
		for _, r := range records {
			discard(r.Recipients, d.Now())
			d.settle(context.WithoutCancel(ctx), id, r.Recipients)
		}
	}
	d.runner.waits(id, false)
	return e.Remove()
}

// discard marks those who wait.
func discard(recipients []mta.Recipient, now time.Time) {
	for i := range recipients {
		if r := &recipients[i]; waits(*r) || r.State == mta.Held {
			r.State = mta.Discarded
			r.Steps = append(slices.Clone(r.Steps), mta.Step{Rule: "user", In: r.Address.String(), Out: string(mta.Discarded), Note: droppedNote})
			r.Turns = mta.Turned(r.Turns, mta.Turn{Time: now, State: r.State, Note: droppedNote})
		}
	}
}

// GiveUp gives a message up at once: its sender gets the report that a failure gets.
func (d *Daemon) GiveUp(ctx context.Context, id string) error {
	return d.operate(ctx, id, func(j *job) error {
		for _, i := range j.at {
			r := &j.env.Recipients[i]
			r.State = mta.Bounced
			r.Last = mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 4, 7}, Text: "returned to the sender by the user"}
			r.Turns = mta.Turned(r.Turns, mta.Turn{Time: j.d.Now(), State: r.State, Note: r.Last.Text})
		}
		rcpts := slices.Clone(j.at)
		j.reports(d.Now(), rcpts)
		if j.entry.Kind == "hf" { // save writes a qf
			if err := j.entry.Release(); err != nil {
				return err
			}
		}
		j.save()
		return nil
	})
}

// operate locks a waiting message, whatever its control file is called, and does something with it.
func (d *Daemon) operate(ctx context.Context, id string, do func(*job) error) error {
	if d.Queue == nil {
		return fmt.Errorf("%w: %s", queue.ErrGone, id)
	}
	e, err := d.lockAny(id)
	if err != nil {
		return err
	}
	defer e.Close()
	j := &job{d: d, run: newRun(ctx, d.Queue, false, nil), turn: &turn{id: id, router: d.rules().Router, passes: 1}, entry: e}
	if err := j.load(ctx); err != nil {
		return err
	}
	return do(j)
}

func (d *Daemon) lockAny(id string) (*queue.Entry, error) {
	for _, q := range d.Queue.Queues() {
		for _, kind := range []string{"qf", "hf", "Qf"} {
			e, err := q.LockKind(kind, id)
			if !errors.Is(err, queue.ErrGone) {
				return e, err
			}
		}
	}
	return nil, fmt.Errorf("%w: %s", queue.ErrGone, id)
}

// mark gives the recipients that still wait another state, in the record. note is for a step of theirs, "" for none; why is for their turn.
func (j *job) mark(s mta.State, note, why string) {
	now := j.d.Now()
	for _, i := range j.at {
		r := &j.env.Recipients[i]
		r.State = s
		r.Turns = mta.Turned(r.Turns, mta.Turn{Time: now, State: s, Note: why})
		if note != "" {
			r.Steps = append(slices.Clone(r.Steps), mta.Step{Rule: "user", In: r.Address.String(), Out: string(s), Note: note})
		}
	}
	j.d.settle(context.WithoutCancel(j.run.ctx), j.env.ID, j.env.Recipients)
	j.d.tellOriginal(j.run.ctx, j.env)
}
