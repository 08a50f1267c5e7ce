package daemon

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/route"
	"postroom.dev/spool/queue"
)

// heldByTable is the reason of a message that the mailertable holds.
const heldByTable = "held by mailertable"

// quarantined makes all recipients wait whom the access table, or the mailertable for one of them, holds back: sendmail quarantines
// whole messages. They are queued first; hold makes them held once the control file is there, so that a crash in between leaves mail
// that waits, and none that seems to have been taken away.
func quarantined(recipients []mta.Recipient, reason string) []mta.Recipient {
	if reason == "" {
		if !slices.ContainsFunc(recipients, func(r mta.Recipient) bool { return r.Mailer == route.Hold }) {
			return recipients
		}
		reason = heldByTable
	}
	for i := range recipients {
		r := &recipients[i]
		if r.State == mta.Discarded || r.Mailer == route.Error || reason == heldByTable && r.State == mta.Caught {
			continue
		}
		r.Steps = append(r.Steps, mta.Step{Rule: "quarantine", In: r.Address.String(), Out: string(mta.Held), Note: reason})
		r.State, r.Mailer, r.Host = mta.Queued, route.Hold, ""
	}
	return recipients
}

// reasonToHold is why an envelope that goes into the queue is to be held, "" when it is not.
func reasonToHold(env *mta.Envelope) string {
	for _, r := range env.Recipients {
		if r.Mailer == route.Hold && waits(r) && !released(r) {
			for _, s := range r.Steps {
				if s.Rule == "quarantine" {
					return s.Note
				}
			}
		}
	}
	return ""
}

// hold makes an hf of a message that was queued with a reason to be held, and says so in its record.
func (d *Daemon) hold(ctx context.Context, id, reason string) error {
	return d.operate(ctx, id, func(j *job) error { return j.hold(reason) })
}

func (j *job) hold(reason string) error {
	if j.entry.Kind == "qf" {
		if err := j.entry.Quarantine(reason); err != nil {
			return err
		}
	}
	j.mark(mta.Held, "", reason)
	return nil
}

// holds says why a message that is about to be tried is held back: its control file says so, or the mailertable does now and the
// user has not let it go.
func (j *job) holds() string {
	if j.entry.Kind != "qf" { // a run of what is quarantined
		return ""
	}
	reason := j.source.Quarantine
	for _, i := range j.at {
		if leaf(j.turn.router, j.env, j.env.Recipients[i]).Mailer == route.Hold {
			reason = cmp.Or(reason, heldByTable)
		}
	}
	return reason
}

// released says that the user let a recipient's mail go.
func released(r mta.Recipient) bool {
	return slices.ContainsFunc(r.Steps, func(s mta.Step) bool { return s.Rule == "user" && s.Note == releasedNote })
}

const releasedNote = "the user let it go"

// leaf is where mail for a recipient of env in the queue goes.
func leaf(router *route.Router, env *mta.Envelope, r mta.Recipient) route.Leaf {
	if len(r.Via) > 0 && (r.Mailer == route.Prog || r.Mailer == route.File) { // an alias led there; clients cannot
		return router.Piped(r.Address)
	}
	if isLetOut(env, r) {
		return router.LetOut(r.Address)
	}
	if released(r) {
		return router.Released(r.Address)
	}
	return router.Leaf(r.Address)
}

// holdNew is hold for a message that was just accepted. When it is in hand already the runner does it.
func (d *Daemon) holdNew(ctx context.Context, id, reason string) {
	if reason == "" {
		return
	}
	err := d.hold(context.WithoutCancel(ctx), id, reason)
	if err != nil && !errors.Is(err, queue.ErrLocked) {
		d.problem("queue entry "+id, err)
	}
}
