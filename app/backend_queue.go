package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"postroom.dev/app/cli/mailq"
	"postroom.dev/app/waiting"
	"postroom.dev/mta/daemon"
	"postroom.dev/mta/route"
	"postroom.dev/spool"
	"postroom.dev/spool/queue"
	"postroom.dev/ui/model"
)

// newWaiting makes the list of the queue that the window asks.
func (r *Room) newWaiting() *waiting.List {
	return waiting.New(waiting.Config{
		Index: r.daemon.Index(), Standing: r.daemon.Standing, Records: r.store, Now: r.clock.now,
		Router: func() *route.Router { return r.delivery.routing.router.Load() },
	})
}

// Queue lists the messages that wait.
func (r *Room) Queue(ctx context.Context, q spool.WaitingQuery) (spool.WaitingList, error) {
	return r.waiting.List(ctx, q)
}

// QueueRows gives what is shown of waiting messages.
func (r *Room) QueueRows(ctx context.Context, keys ...int64) ([]spool.Waiting, error) {
	return r.waiting.Rows(ctx, keys...)
}

// Awaiting gives what the queue knows of a message, nil where it does not wait.
func (r *Room) Awaiting(ctx context.Context, queueID string) (*spool.Waiting, error) {
	return r.waiting.Of(ctx, queueID)
}

// QueueGroups puts the waiting messages together.
func (r *Room) QueueGroups(ctx context.Context, by spool.WaitingBy, q spool.WaitingQuery) ([]spool.WaitingGroup, error) {
	return r.waiting.Groups(ctx, by, q)
}

// RunQueue runs the queue, or what sel means of it.
func (r *Room) RunQueue(ctx context.Context, sel model.QueueSelection, verbose func(line string)) error {
	selection, err := queue.ParseSelection(sel.Words...)
	if err != nil {
		return err
	}
	if sel.Keys != nil {
		messages, err := r.waiting.Messages(ctx, sel.Keys...)
		if err != nil {
			return err
		}
		var ids []string
		for _, m := range messages {
			ids = append(ids, m.ID)
		}
		selection = queue.SelectIDs("qf", ids...)
	}
	say := verbose
	if verbose != nil {
		say = func(line string) { verbose(mailq.Neutral(line)) }
	}
	return r.daemon.Run(ctx, selection, say)
}

// maxTroubles is how many messages are named that an action could not be done with.
const maxTroubles = 5

// QueueDo does something with waiting messages.
func (r *Room) QueueDo(ctx context.Context, do model.QueueAction, keys ...int64) (done int, err error) {
	messages, err := r.waiting.Messages(ctx, keys...)
	if err != nil {
		return 0, err
	}
	var errs []error
	failed := 0
	for _, m := range messages {
		if ctx.Err() != nil {
			return done, errors.Join(append(errs, ctx.Err())...)
		}
		err := desk{room: r}.Operate(ctx, string(do), m.ID)
		switch {
		case err == nil:
			done++
		case errors.Is(err, queue.ErrGone): // it went while we looked
		case errors.Is(err, queue.ErrLocked):
			err = errors.New("is being delivered just now; try again")
			fallthrough
		default:
			if failed++; failed <= maxTroubles {
				errs = append(errs, fmt.Errorf("%s %s: %w", do, m.ID, err))
			}
		}
	}
	if more := failed - maxTroubles; more > 0 {
		errs = append(errs, fmt.Errorf("and %d more", more))
	}
	return done, errors.Join(errs...)
}

// Redirect changes the recipients of a waiting message.
func (r *Room) Redirect(ctx context.Context, key int64, changes ...model.Redirection) error {
	messages, err := r.waiting.Messages(ctx, key)
	if err != nil {
		return err
	}
	if len(messages) == 0 {
		return queue.ErrGone
	}
	all := make([]daemon.Redirection, len(changes))
	for i, c := range changes {
		all[i] = daemon.Redirection(c)
	}
	return r.daemon.Redirect(ctx, messages[0].ID, all...)
}

// ControlFile gives the path and the text of a waiting message's control file.
func (r *Room) ControlFile(ctx context.Context, key int64) (path string, text []byte, err error) {
	return r.waiting.ControlFile(ctx, key)
}

// MoveClock moves the mail server's clock ahead, or sets it right again.
func (r *Room) MoveClock(ctx context.Context, by time.Duration, reset bool) (time.Duration, error) {
	return desk{room: r}.Clock(ctx, by, reset)
}
