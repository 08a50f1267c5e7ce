package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"postroom.dev/app/config"
	"postroom.dev/app/control"
	"postroom.dev/spool/queue"
)

func (r *run) queue(ctx context.Context, words []string) error {
	asJSON := false
	rest, err := r.flags("queue", words, func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "print one JSON object a line") })
	if err != nil {
		return err
	}
	action := "list"
	if len(rest) > 0 {
		action, rest = rest[0], rest[1:]
	}
	switch action {
	case "list":
		return r.onDesk(ctx, func(d control.Desk) error { return r.waiting(ctx, d, rest, asJSON) })
	case "orphans", "repair":
		return r.onDesk(ctx, func(d control.Desk) error { return r.orphans(ctx, d, action, rest, asJSON) })
	case "run":
		return r.onDesk(ctx, func(d control.Desk) error {
			if len(rest) == 0 {
				return d.RunQueue(ctx, control.QueueRun{Wait: true}, io.Discard)
			}
			var selected []string
			for _, id := range rest {
				selected = append(selected, "I"+id)
			}
			return d.RunQueue(ctx, control.QueueRun{Select: selected, Wait: true}, io.Discard)
		})
	case control.Hold, control.Release, control.Return, control.Delete:
		if len(rest) == 0 {
			return usagef("queue %s: give the ids of the messages; postroom queue shows them", action)
		}
		return r.onDesk(ctx, func(d control.Desk) error { return operate(ctx, d, action, rest) })
	case "redirect":
		return r.redirect(ctx, rest)
	}
	return usagef("queue: %s: unknown action; write list, run, hold, release, return, delete, redirect, orphans or repair", action)
}

// redirect changes the recipients of a message.
func (r *run) redirect(ctx context.Context, words []string) error {
	if len(words) < 2 {
		return usagef("queue redirect: write the id of a message, and OLD=NEW for each recipient that is another")
	}
	id := words[0]
	var changes []control.Redirection
	for _, word := range words[1:] {
		from, to, ok := strings.Cut(word, "=")
		if !ok || from+to == "" {
			return usagef("queue redirect: %s: write OLD=NEW, OLD= to take one out, =NEW to add one", word)
		}
		changes = append(changes, control.Redirection{From: from, To: to})
	}
	return r.onDesk(ctx, func(d control.Desk) error { return told("redirect", id, d.Redirect(ctx, id, changes)) })
}

// told says what kept an action from being done with a message, nil for nothing.
func told(action, id string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, queue.ErrGone):
		return fmt.Errorf("queue %s: %s: not in the queue", action, id)
	case errors.Is(err, queue.ErrLocked):
		return Status{ExitTempFail, fmt.Errorf("queue %s: %s: is being delivered just now; try again", action, id)}
	}
	return fmt.Errorf("queue %s: %s: %w", action, id, err)
}

// operate does an action with each message; what cannot be done with one does not keep it from the others.
func operate(ctx context.Context, d control.Desk, action string, ids []string) error {
	var errs []error
	for _, id := range ids {
		errs = append(errs, told(action, id, d.Operate(ctx, action, id)))
	}
	return errors.Join(errs...)
}

// waiting lists the queue, or those of its messages whose ids contain one of the words.
func (r *run) waiting(ctx context.Context, d control.Desk, words []string, asJSON bool) error {
	var selected []string
	for _, word := range words {
		selected = append(selected, "I"+word)
	}
	list, err := d.Queue(ctx, selected)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(r.Stdout)
	for _, w := range list {
		if asJSON {
			if err := printJSON(out, w); err != nil {
				return err
			}
			continue
		}
		arrived := "-" // what is no message never did
		if !w.Arrived.IsZero() {
			arrived = w.Arrived.Local().Format("2006-01-02 15:04:05")
		}
		fmt.Fprintf(out, "%-14s %-8s %-19s %3d tries  %s -> %s", printable(w.QueueID), w.State, arrived, w.Tries, printable(w.Sender), printable(strings.Join(w.Recipients, ", ")))
		if text := w.Status + w.Problem; text != "" {
			fmt.Fprintf(out, "  (%s)", printable(text))
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// orphans shows what is odd in the queue directories, or repairs it: of some queue ids, or all.
func (r *run) orphans(ctx context.Context, d control.Desk, action string, ids []string, asJSON bool) error {
	var list []control.Orphan
	var err error
	switch {
	case action == "repair":
		list, err = d.Repair(ctx, ids)
	case len(ids) > 0:
		return usagef("queue orphans: %s: unexpected word; it shows all", ids[0])
	default:
		list, err = d.Orphans(ctx)
	}
	if err != nil {
		return err
	}
	var failed []error
	out := bufio.NewWriter(r.Stdout)
	for _, o := range list {
		switch {
		case asJSON:
			err = printJSON(out, o)
		case o.Error != "":
			failed = append(failed, fmt.Errorf("queue repair: %s", printable(o.Error)))
		case o.Done != "":
			_, err = fmt.Fprintln(out, printable(o.Done))
		default:
			_, err = fmt.Fprintf(out, "%s: %s\n", printable(o.File), printable(strings.TrimPrefix(o.Problem, "queue: ")))
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(append(failed, out.Flush())...)
}

func (r *run) clock(ctx context.Context, words []string) error {
	rest, err := r.flags("clock", words, nil)
	if err != nil {
		return err
	}
	var by time.Duration
	reset := false
	switch {
	case len(rest) == 0:
	case len(rest) > 1:
		return usagef("clock: %s: unexpected word", rest[1])
	case rest[0] == "reset":
		reset = true
	case strings.HasPrefix(rest[0], "+"):
		span, err := config.ParseInterval(rest[0][1:])
		if err != nil {
			return usagef("clock: %v", err)
		}
		by = time.Duration(span)
	default:
		return usagef("clock: %s: write +4h to move it ahead, or reset", rest[0])
	}
	return r.onDesk(ctx, func(d control.Desk) error {
		if _, running := d.(*control.Client); !running {
			return Status{ExitUnavailable, errors.New("clock: no Postroom is running on this home, so there is no clock to move")}
		}
		ahead, err := d.Clock(ctx, by, reset)
		if err != nil {
			return err
		}
		if ahead == 0 {
			_, err = fmt.Fprintln(r.Stdout, "the clock is right")
		} else {
			_, err = fmt.Fprintf(r.Stdout, "the clock is %v ahead\n", ahead)
		}
		return err
	})
}
