package daemon

import (
	"context"
	"errors"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/route"
	"postroom.dev/spool/queue"
)

// gather finds the messages of a run. What is odd in the directory is told once.
func (d *Daemon) gather(r *run, sel queue.Selection) ([]*turn, error) {
	index := d.runner.index
	if r.queue != d.Queue {
		index = queue.NewIndex(r.queue)
	}
	err := index.Refresh(r.ctx)
	var turns []*turn
	now, rules := d.Now(), d.rules()
	for _, m := range index.Messages(sel, queue.ByPriority) {
		if m.Problem != nil && !errors.Is(m.Problem, queue.ErrDamaged) { // of damaged ones the attempt sees whether enough is left
			d.notRun(r, m.ID, m.Problem)
			continue
		}
		if !sel.Named() && !due(now, m.Summary.LastTry, rules.MinAge) {
			continue
		}
		t := &turn{router: rules.Router, id: m.ID, queue: m.Queue, kind: m.Kind, priority: m.Summary.Priority, arrived: m.Summary.Time, tries: m.Summary.Tries, run: r}
		for _, rcpt := range m.Summary.Recipients {
			a, err := address.Parse(rcpt.Address)
			if err != nil {
				a = address.Address{Local: rcpt.Address} // as qf.Control.Envelope has it
			}
			t.via(a)
		}
		turns = append(turns, t)
	}
	return turns, err
}

// look reads what the schedule has to know of one message; nil when it cannot be had.
func (d *Daemon) look(r *run, id string) *turn {
	e, err := r.queue.Lock(id)
	d.kickAgain(id, errors.Is(err, queue.ErrLocked))
	if err != nil {
		d.notRun(r, id, err)
		return nil
	}
	defer e.Close()
	t := &turn{router: d.rules().Router, id: id, queue: e.Queue(), kind: e.Kind, priority: e.Control.Priority, arrived: e.Control.Time, tries: e.Control.Tries, run: r}
	t.reach(e.Control.Envelope(id))
	return t
}

// reach adds the hosts of all recipients.
func (t *turn) reach(env *mta.Envelope) {
	for _, rcpt := range env.Recipients {
		t.via(rcpt.Address)
	}
}

// via adds the host that a recipient's mail goes to.
func (t *turn) via(a address.Address) {
	t.add(t.router.Released(a).Destination) // what the mailertable holds is found out by the attempt
	t.add(t.router.LetOut(a).Destination)   // and whether the message is a release
	if route.IsPiped(a) {
		t.add(t.router.Piped(a).Destination) // where an alias led to it, which the record knows
	}
}

func (t *turn) add(to mta.Destination) {
	if h := hostKey(to.Mailer, to.Host); !slices.Contains(t.hosts, h) {
		t.hosts = append(t.hosts, h)
	}
}

// notRun tells why a message is left alone.
func (d *Daemon) notRun(r *run, id string, err error) {
	switch {
	case errors.Is(err, queue.ErrGone): // somebody else sent it
	case errors.Is(err, queue.ErrLocked):
		r.say("%s: locked", id)
	default:
		r.say("%s: %v", id, err)
		d.problem("queue entry "+id, err)
	}
}

// problem tells the user once of something that is wrong and stays so.
func (d *Daemon) problem(what string, err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	text := what + ": " + err.Error()
	d.runner.mu.Lock()
	told := d.runner.told[text]
	if len(d.runner.told) >= maxTold {
		clear(d.runner.told)
	}
	d.runner.told[text] = true
	d.runner.mu.Unlock()
	if told {
		return
	}
	d.Log.Error(text)
	d.Sink(mta.Event{Time: d.Now(), Kind: mta.Problem, Text: text})
}
