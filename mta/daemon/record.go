package daemon

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/spool"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
)

// record gives the envelope that the store has of a message in the queue, to be changed freely. own is what its control file says:
// where the store has none, something else put the message into the queue, and a record is made from it.
func (d *Daemon) record(ctx context.Context, c *qf.Control, own *mta.Envelope, body mta.Content) (*mta.Envelope, error) {
	env, err := d.Store.Envelope(ctx, own.ID)
	if errors.Is(err, spool.ErrNotFound) {
		return d.adopt(ctx, c, own, body)
	}
	return env, err
}

// adopt makes a record of a message that something else put into the queue.
func (d *Daemon) adopt(ctx context.Context, c *qf.Control, own *mta.Envelope, body mta.Content) (*mta.Envelope, error) {
	r, err := body.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	env := *own
	env.Recipients = slices.Clone(own.Recipients)
	env.Steps = append(env.Steps, mta.Step{Rule: "queue", Note: "found in the queue directory, where another program put it"})
	if env.Arrival.IsZero() {
		env.Arrival = d.Now()
	}
	for i := range env.Recipients {
		to, steps := d.rules().Router.Recipient(env.Recipients[i].Address)
		env.Recipients[i].Mailer, env.Recipients[i].Host, env.Recipients[i].Steps = to.Mailer, to.Host, steps
	}
	header := append(c.HeaderBytes(), '\n')
	d.note(&env, header, true)
	if env.Body == mta.BodyBinaryMIME {
		header = crlfLines(header)
	}
	draft, err := d.Store.Create()
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(draft, io.MultiReader(bytes.NewReader(header), r)); err != nil {
		draft.Discard()
		return nil, err
	}
	_, err = draft.Commit(ctx, &env)
	return &env, err
}

// settle writes recipients' fates into their record. Where the store cannot take them (a full disk), they are kept and
// tried again, because the queue is not going to know them any more.
func (d *Daemon) settle(ctx context.Context, id string, recipients []mta.Recipient) {
	err := d.Store.Update(ctx, id, slices.Clone(recipients))
	d.runner.mu.Lock()
	if err == nil || errors.Is(err, spool.ErrNotFound) { // the user deleted it
		delete(d.runner.owed, id)
		err = nil
	} else {
		d.runner.owed[id] = slices.Clone(recipients)
	}
	d.runner.mu.Unlock()
	d.problem("record of "+id, err)
}

// pay tries again to write the fates that the store could not take. A message that is in hand meanwhile sees to itself.
func (d *Daemon) pay(ctx context.Context) {
	d.runner.mu.Lock()
	ids := slices.Collect(maps.Keys(d.runner.owed))
	d.runner.mu.Unlock()
	for _, id := range ids {
		e, err := d.Queue.Lock(id)
		if err != nil && !errors.Is(err, queue.ErrGone) {
			continue
		}
		d.runner.mu.Lock()
		recipients, still := d.runner.owed[id]
		d.runner.mu.Unlock()
		if still {
			d.settle(ctx, id, recipients)
		}
		if e != nil {
			e.Close()
		}
	}
}
