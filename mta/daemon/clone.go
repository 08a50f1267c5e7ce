package daemon

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/maillog"
)

// clones takes those recipients out of env that a list with an owner led to, and gives the copies that they get: messages with ids
// of their own, whose sender is the owner, so that what cannot be delivered is told to whoever keeps the list. Where nobody else is left,
// env is itself the first copy. A message with the null reverse-path keeps it: reports are not reported about.
func (d *Daemon) clones(env *mta.Envelope, owners []string) []*mta.Envelope {
	if env.Sender.IsNull() || !slices.ContainsFunc(owners, func(owner string) bool { return owner != "" }) {
		return nil
	}
	byOwner := map[string]*mta.Envelope{}
	var clones []*mta.Envelope
	var rest []mta.Recipient
	for i, r := range env.Recipients {
		owner := owners[i]
		if owner == "" {
			rest = append(rest, r)
			continue
		}
		c := byOwner[owner]
		if c == nil {
			c = d.cloneFor(env, owner)
			byOwner[owner] = c
			clones = append(clones, c)
		}
		c.Recipients = append(c.Recipients, r)
	}
	if len(rest) == 0 && len(clones) > 0 {
		c := clones[0]
		env.Sender, env.Recipients, env.Steps = c.Sender, c.Recipients, c.Steps
		clones = clones[1:]
	} else {
		env.Recipients = rest
	}
	for _, c := range clones {
		c.ID = d.QueueID()
	}
	return clones
}

// cloneFor is a copy of env with another sender, and without recipients.
func (d *Daemon) cloneFor(env *mta.Envelope, owner string) *mta.Envelope {
	c := *env
	a, err := address.Parse(owner)
	if err != nil {
		a = address.Address{Local: owner}
	}
	a.Domain = cmp.Or(a.Domain, d.Hostname)
	c.Sender, c.Recipients = a, nil
	c.Steps = append(slices.Clone(env.Steps), mta.Step{Rule: "aliases", Key: "owner-", In: env.Sender.String(), Out: a.String(),
		Note: "the list has an owner, who is the sender of its copies (" + env.ID + ")"})
	return &c
}

// keepClones makes the copies of a message durable, each with the message's text. With an error nothing is kept, of the message neither.
func (d *Daemon) keepClones(ctx context.Context, id int64, queueID string, clones []*mta.Envelope) error {
	kept := []int64{id}
	for _, c := range clones {
		n, err := d.keepClone(ctx, id, c)
		if err != nil {
			_, gone := d.Forget(context.WithoutCancel(ctx), kept...)
			return d.status("copy for a list's owner not kept", queueID, errors.Join(err, gone))
		}
		kept = append(kept, n)
		d.MailLog.Notify(queueID, c.ID, maillog.Clone, "owner="+c.Sender.String())
	}
	return nil
}

func (d *Daemon) keepClone(ctx context.Context, id int64, c *mta.Envelope) (int64, error) {
	r, err := d.received(ctx, id)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	draft, err := d.Store.Create()
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(draft, r); err != nil {
		draft.Discard()
		return 0, err
	}
	return d.keep(ctx, c, draft)
}
