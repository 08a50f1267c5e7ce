package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"postroom.dev/app/cli/mailq"
	"postroom.dev/app/config"
	"postroom.dev/app/control"
	"postroom.dev/mta"
	"postroom.dev/mta/daemon"
	"postroom.dev/spool/queue"
)

// Queue lists what waits, in the order of a run; behind it what is held, and what cannot be run. A selection that asks for one of those
// gets no more.
func (d desk) Queue(ctx context.Context, selection []string) ([]control.Waiting, error) {
	index := d.room.daemon.Index()
	list := []control.Waiting{}
	kinds := [][]string{nil, {"Q"}, {"L"}}
	if slices.ContainsFunc(selection, func(word string) bool { return strings.HasPrefix(strings.TrimPrefix(word, "!"), "Q") || word == "L" }) {
		kinds = kinds[:1]
	}
	for i, kind := range kinds {
		sel, err := queue.ParseSelection(slices.Concat(selection, kind)...)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			if err := index.Refresh(ctx); err != nil {
				return nil, err
			}
		}
		for _, m := range index.Messages(sel, queue.ByPriority) {
			list = append(list, d.waiting(ctx, m))
		}
	}
	return list, nil
}

func (d desk) waiting(ctx context.Context, m *queue.Message) control.Waiting {
	s := &m.Summary
	w := control.Waiting{
		QueueID: m.ID, State: string(mta.Queued), Arrived: s.Time, LastTry: s.LastTry, Tries: s.Tries, Priority: s.Priority,
		Size: m.Size, Sender: s.Sender, Recipients: []string{}, Status: s.Status,
	}
	for _, r := range s.Recipients {
		w.Recipients = append(w.Recipients, r.Address)
	}
	switch {
	case m.Kind == "hf":
		w.State = string(mta.Held)
	case m.Kind == "Qf":
		w.State = "lost"
	case s.Tries > 0:
		w.State = string(mta.Deferred)
	}
	if m.Problem != nil {
		w.Problem = m.Problem.Error()
	}
	if id, err := d.room.store.Lookup(ctx, m.ID); err == nil {
		w.Record = id
	}
	return w
}

// RunQueue runs a queue once.
func (d desk) RunQueue(ctx context.Context, run control.QueueRun, out io.Writer) error {
	r := d.room
	sel, err := queue.ParseSelection(run.Select...)
	if err != nil {
		return err
	}
	var verbose func(string)
	if run.Verbose {
		verbose = func(line string) { fmt.Fprintln(out, mailq.Neutral(line)) }
	}
	switch {
	case run.Client && run.Dir == "":
		return r.drainNow(ctx, sel)
	case run.Dir == "" && !run.Wait && !run.Verbose:
		r.running.Go(func() {
			if err := r.daemon.Run(r.ctx, sel, nil); err != nil && r.ctx.Err() == nil {
				r.problem("queue run: " + err.Error())
			}
		})
		return nil
	case run.Dir == "":
		return r.daemon.Run(ctx, sel, verbose)
	}
	group, err := queue.OpenAll(run.Dir, rand.IntN)
	if err != nil {
		return err
	}
	return r.daemon.RunIn(ctx, group, sel, verbose)
}

// Operate does an action with a waiting message.
func (d desk) Operate(ctx context.Context, action, id string) error {
	do := map[string]func(context.Context, string) error{
		control.Hold: d.room.daemon.Hold, control.Release: d.room.daemon.Release,
		control.Return: d.room.daemon.GiveUp, control.Delete: d.room.daemon.Drop,
	}[action]
	if do == nil {
		return fmt.Errorf("%s: no such action on a queue", action)
	}
	return do(ctx, id)
}

// Redirect changes the recipients of a waiting message.
func (d desk) Redirect(ctx context.Context, id string, changes []control.Redirection) error {
	all := make([]daemon.Redirection, len(changes))
	for i, c := range changes {
		all[i] = daemon.Redirection{From: c.From, To: c.To}
	}
	return d.room.daemon.Redirect(ctx, id, all...)
}

// Clock moves the queue's clock ahead, and lets the runner look at what is due then.
func (d desk) Clock(_ context.Context, by time.Duration, reset bool) (time.Duration, error) {
	c := &d.room.clock
	if reset {
		c.reset()
	}
	if by < 0 && c.moved()+by < 0 {
		return c.moved(), errors.New("the clock can only be moved ahead; reset sets it right")
	}
	c.move(by)
	d.room.daemon.Poke()
	return c.moved(), nil
}

// drainNow takes what waits in the client queue and is meant.
func (r *Room) drainNow(ctx context.Context, sel queue.Selection) error {
	q, err := queue.Open(r.home.ClientQueue())
	if err != nil {
		return err
	}
	_, err = r.daemon.Drain(ctx, q, sel)
	return err
}

// openQuiet opens the home for one command while no program runs on it.
func openQuiet(h config.Home, log *slog.Logger) (*Room, error) {
	r, err := Open(h, Options{Log: log, Quiet: true})
	if err != nil {
		return nil, startError(err)
	}
	return r, nil
}
