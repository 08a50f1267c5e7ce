package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/queue"
)

// Drain takes those of the messages that wait in q that sel means, as the sendmail command leaves them while no MTA runs, and
// gives how many it took.
//
// A message leaves the queue only when its record is durable. A crash in between leaves it in both: the next
// Drain finds the record by its queue id and removes the queue files, so nothing is lost and nothing comes twice. What cannot
// be taken stays where it is; the error joins the reasons, each with the message's id.
func (d *Daemon) Drain(ctx context.Context, q *queue.Queue, sel queue.Selection) (int, error) {
	taken := 0
	var errs []error
	for found, err := range q.Entries() {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if found.Kind != "qf" || sel.Kind() != "qf" {
			// A df or tf alone may belong to a command that is just writing: not a message yet.
			continue
		}
		switch err := d.drainOne(ctx, q, found.ID, sel); {
		case err == nil:
			taken++
		case errors.Is(err, queue.ErrLocked), errors.Is(err, queue.ErrGone), errors.Is(err, errNotMeant):
			// Another process has it in hand, or had; or it is to stay.
		default:
			errs = append(errs, fmt.Errorf("%s/qf%s: %w", q.Dir(), found.ID, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return taken, errors.Join(errs...)
}

// errNotMeant says that a selection does not mean a message.
var errNotMeant = errors.New("not selected")

func (d *Daemon) drainOne(ctx context.Context, q *queue.Queue, id string, sel queue.Selection) error {
	entry, err := q.Lock(id)
	if err != nil {
		return err
	}
	defer entry.Close()
	if !sel.All() && !sel.Match(entry.Control, id) {
		return errNotMeant
	}
	if len(entry.Problems) > 0 && (entry.Control.Sender == "" || len(entry.Control.Recipients) == 0 || !entry.Control.Ended) {
		return fmt.Errorf("%s; the file stays, correct or remove it", entry.Problems[0])
	}
	content, err := entry.Content()
	if err != nil {
		return err
	}
	body, err := content.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	env := entry.Control.Envelope(id)
	header := append(entry.Control.HeaderBytes(), '\n')
	for i := range env.Recipients {
		env.Recipients[i].State, env.Recipients[i].Last = "", mta.Status{}
	}
	_, err = d.Submit(ctx, env, io.MultiReader(bytes.NewReader(header), body))
	if errors.Is(err, spool.ErrDuplicate) {
		return fmt.Errorf("another message has this queue id; rename qf%s and df%s alike: %w", id, id, err)
	}
	if err != nil {
		return err
	}
	return entry.Remove()
}
