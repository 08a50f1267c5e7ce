package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"postroom.dev/app/cli/sendmail"
	"postroom.dev/app/control"
	"postroom.dev/spool/queue"
)

// RunQueue runs a queue once. Where the caller waits for its end, the exit status tells of what is damaged and lies there still.
func (m mtaDoor) RunQueue(ctx context.Context, r sendmail.QueueRun) error {
	d, closer, err := m.desk(ctx)
	if err != nil {
		return err
	}
	run := control.QueueRun{Dir: r.Dir, Client: r.Client, Select: r.Select.Words(), Verbose: r.Verbose, Wait: r.Wait}
	_, running := d.(*control.Client)
	if !running {
		run.Wait = true // nobody would be left to do it
	}
	if r.Client && r.Dir == "" && r.Verbose {
		return errors.Join(m.handIn(ctx, d, run, r), closer.Close())
	}
	if err := errors.Join(d.RunQueue(ctx, run, r.Out), closer.Close()); err != nil || !run.Wait {
		return err
	}
	messages, err := m.messages(ctx, r.Place, r.Select)
	if err != nil {
		return err
	}
	status, text := damage(messages)
	if running && !r.Verbose { // otherwise it has been said
		fmt.Fprint(r.Err, text)
	}
	return sendmail.Code(status)
}

// damage gives the exit status of a run that leaves messages, and a line for each damaged one.
func damage(messages []*queue.Message) (status int, text string) {
	for _, msg := range messages {
		switch {
		case errors.Is(msg.Problem, queue.ErrDamaged):
			status = max(status, 70) // EX_SOFTWARE
		case errors.Is(msg.Problem, queue.ErrNoData):
			status = max(status, 71) // EX_OSERR
		default:
			continue
		}
		text += fmt.Sprintf("%s: %v\n", msg.ID, msg.Problem)
	}
	return status, text
}

// messages are those of a queue that are meant, in the order of a run.
func (m mtaDoor) messages(ctx context.Context, p sendmail.Place, sel queue.Selection) ([]*queue.Message, error) {
	group, err := queue.OpenAll(m.dir(p), func(int) int { return 0 })
	if err != nil {
		return nil, err
	}
	index := queue.NewIndex(group)
	err = index.Refresh(ctx)
	return index.Messages(sel, queue.ByPriority), err
}

// handIn runs the client queue, and tells of each message what became of it.
func (m mtaDoor) handIn(ctx context.Context, d control.Desk, run control.QueueRun, r sendmail.QueueRun) error {
	before, err := m.messages(ctx, r.Place, r.Select)
	if err != nil {
		return err
	}
	if err := d.RunQueue(ctx, run, r.Out); err != nil {
		return err
	}
	after, err := m.messages(ctx, r.Place, r.Select)
	left := make(map[string]error, len(after))
	for _, msg := range after {
		left[msg.ID] = msg.Problem
	}
	for i, msg := range before {
		names := ""
		for _, to := range msg.Summary.Recipients {
			names += "," + to.Address
		}
		names = names[min(1, len(names)):]
		fmt.Fprintf(r.Out, "\nRunning %s/%s (sequence %d of %d)\n%s... Connecting to local...\n", msg.Queue.Dir(), msg.ID, i+1, len(before), names)
		switch problem, stays := left[msg.ID]; {
		case !stays:
			fmt.Fprintf(r.Out, "%s... Sent (%s Message accepted for delivery)\n", names, msg.ID)
		case problem != nil:
			fmt.Fprintf(r.Out, "%s... Deferred: %v\n", names, problem)
		default:
			fmt.Fprintf(r.Out, "%s... Deferred\n", names)
		}
	}
	return err
}

// Quarantine holds messages back, or lets them go.
func (m mtaDoor) Quarantine(ctx context.Context, q sendmail.Quarantine) error {
	out := q.Out
	if !q.Verbose {
		out = io.Discard
	}
	messages, err := m.messages(ctx, q.Place, q.Select)
	if err != nil {
		return err
	}
	var errs []error
	changes, dir := 0, ""
	for _, msg := range messages {
		if dir != msg.Queue.Dir() {
			dir = msg.Queue.Dir()
			fmt.Fprintf(out, "Processing %s:\n", dir)
		}
		did, err := quarantine(msg, q.Reason)
		if did != "" {
			changes++
			fmt.Fprintf(out, "%s: %s\n", msg.ID, did)
		}
		errs = append(errs, err)
	}
	if len(messages) == 0 {
		fmt.Fprintf(out, "%s: no matches\n", m.dir(q.Place))
	}
	switch changes {
	case 0:
		fmt.Fprintln(out, "No changes")
	case 1:
		fmt.Fprintln(out, "1 change")
	default:
		fmt.Fprintf(out, "%d changes\n", changes)
	}
	return errors.Join(errs...)
}

// quarantine gives a message a reason to be held back, or none, and says what that changed: "" for nothing.
func quarantine(msg *queue.Message, reason string) (did string, err error) {
	e, err := msg.Queue.LockKind(msg.Kind, msg.ID)
	if err != nil {
		return "", err
	}
	old := e.Control.Quarantine
	switch {
	case reason == old:
		return "", e.Close()
	case reason == "":
		did, err = fmt.Sprintf("Removed quarantine of %q", old), e.Release()
	case old == "":
		did, err = fmt.Sprintf("Quarantined with %q", reason), e.Quarantine(reason)
	default:
		did, err = fmt.Sprintf("Quarantine changed from %q to %q", old, reason), e.Quarantine(reason)
	}
	if err != nil {
		did = ""
	}
	return did, errors.Join(err, e.Close())
}
