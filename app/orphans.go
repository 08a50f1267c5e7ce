package app

import (
	"context"
	"errors"
	"slices"

	"postroom.dev/app/control"
	"postroom.dev/spool/queue"
)

// Orphans lists what is odd in the queue and in the client queue.
func (d desk) Orphans(context.Context) ([]control.Orphan, error) {
	list := []control.Orphan{}
	found, err := d.odd()
	for _, f := range found {
		list = append(list, orphan(f))
	}
	return list, err
}

// Repair puts right what can be. What cannot be is in the list with the reason.
func (d desk) Repair(ctx context.Context, queueIDs []string) ([]control.Orphan, error) {
	list := []control.Orphan{}
	found, err := d.odd()
	for _, f := range found {
		if len(queueIDs) > 0 && !slices.Contains(queueIDs, f.ID) {
			continue
		}
		o := orphan(f)
		did, err := d.room.daemon.Repair(ctx, f)
		o.Done = did
		switch {
		case errors.Is(err, queue.ErrYoung), errors.Is(err, queue.ErrLocked):
			o.Error = o.File + ": is perhaps being written just now; try again"
		case err != nil:
			o.Error = err.Error()
		}
		list = append(list, o)
	}
	for _, id := range queueIDs {
		if !slices.ContainsFunc(list, func(o control.Orphan) bool { return o.QueueID == id }) {
			list = append(list, control.Orphan{QueueID: id, Error: id + ": nothing is odd about it, or it is not there"})
		}
	}
	return list, err
}

func (d desk) odd() ([]queue.Found, error) {
	groups := []*queue.Group{d.room.delivery.queue}
	client, err := queue.Open(d.room.home.ClientQueue())
	if err == nil {
		groups = append(groups, queue.NewGroup(func(int) int { return 0 }, client))
	}
	found, more := d.room.daemon.Orphans(groups...)
	return found, errors.Join(err, more)
}

func orphan(f queue.Found) control.Orphan {
	o := control.Orphan{QueueID: f.ID, File: f.Path()}
	if f.Problem != nil {
		o.Problem = f.Problem.Error()
	}
	return o
}
