package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool/queue"
)

// Limits of what the runner remembers between runs.
const (
	maxKicked = 10_000 // new messages that wait for their first attempt; beyond that the next run finds them
	maxTold   = 10_000 // problems that were told and are not told again
)

// run is one pass over messages: a queue run, or the first attempts of new ones.
type run struct {
	ctx     context.Context
	queue   *queue.Group
	retry   bool         // a queue run: each one makes a message less urgent
	verbose func(string) // nil for silence
	waiting sync.WaitGroup

	mu   sync.Mutex
	dead map[string]mta.Status // hosts that could not be reached, with what their recipients hear
}

func newRun(ctx context.Context, q *queue.Group, retry bool, verbose func(string)) *run {
	return &run{ctx: ctx, queue: q, retry: retry, verbose: verbose, dead: map[string]mta.Status{}}
}

func (r *run) say(format string, a ...any) {
	if r.verbose != nil {
		r.verbose(fmt.Sprintf(format, a...))
	}
}

// runner is what all runs of a Daemon share.
type runner struct {
	wake chan struct{} // has one when the loop in Serve has something to look at

	index *queue.Index // of Config.Queue, nil without one

	mu       sync.Mutex
	plan     *plan
	kicked   []string
	incoming map[string]bool            // ids that accept is about to write
	owed     map[string][]mta.Recipient // by id: fates that the store could not take yet
	told     map[string]bool
}

func (r *runner) init(q *queue.Group, perHost, total int) {
	r.wake = make(chan struct{}, 1)
	if q != nil {
		r.index = queue.NewIndex(q)
	}
	r.plan = newPlan(perHost, total)
	r.incoming, r.owed, r.told = map[string]bool{}, map[string][]mta.Recipient{}, map[string]bool{}
}

// accepting notes that a message is between its record and its queue files, until the function that it gives is called.
func (r *runner) accepting(id string) (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.incoming[id] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.incoming, id)
	}
}

// Kick asks for an attempt on a message now, as after its acceptance. It does not wait.
func (d *Daemon) Kick(id string) {
	d.runner.mu.Lock()
	if len(d.runner.kicked) < maxKicked {
		d.runner.kicked = append(d.runner.kicked, id)
	}
	d.runner.mu.Unlock()
	d.Poke()
}

// Poke says that the clock was moved: where that makes a queue run due, it begins. It does not wait.
func (d *Daemon) Poke() {
	select {
	case d.runner.wake <- struct{}{}:
	default: // the loop will look anyhow
	}
}

// Serve tries new messages at once and runs the queue every Interval, the first time now, until ctx ends. It returns when
// what was in hand is done with. Call Reconcile before it.
func (d *Daemon) Serve(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	ended := make(chan struct{}, 1) // a queue run is over
	busy := false
	var last time.Time // when the last queue run began
	for {
		var timer <-chan time.Time
		if d.Interval > 0 && !busy {
			left := time.Duration(0)
			if !last.IsZero() {
				left = wait(d.Now(), last, d.Interval)
			}
			if left == 0 {
				busy, last = true, d.Now()
				running.Go(func() {
					d.problem("queue run", d.Run(ctx, queue.Selection{}, nil))
					ended <- struct{}{}
				})
				continue
			}
			timer = time.After(left)
		}
		d.first(ctx, &running)
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			busy = false
		case <-timer:
		case <-d.runner.wake:
		}
	}
}

// first begins the first attempts of the messages that were kicked.
func (d *Daemon) first(ctx context.Context, running *sync.WaitGroup) {
	d.runner.mu.Lock()
	ids := d.runner.kicked
	d.runner.kicked = nil
	d.runner.mu.Unlock()
	if len(ids) == 0 || ctx.Err() != nil {
		return
	}
	running.Go(func() {
		r := newRun(ctx, d.Queue, false, nil)
		var turns []*turn
		for _, id := range ids {
			if t := d.look(r, id); t != nil {
				turns = append(turns, t)
			}
		}
		d.take(r, turns)
	})
}

// Run is one queue run: every message that sel means is tried once, the most urgent ones first. verbose, where it is not nil,
// hears of it as sendmail -v prints it, and the messages are tried one after the other. Trouble with a message is told through the Sink
// and does not end the run; the error is ctx's, or says that the queue cannot be read at all.
func (d *Daemon) Run(ctx context.Context, sel queue.Selection, verbose func(string)) error {
	d.pay(ctx)
	return d.RunQueue(ctx, d.Queue, sel, verbose)
}

// RunQueue is Run on another directory, such as a queue that was moved away.
func (d *Daemon) RunQueue(ctx context.Context, q *queue.Group, sel queue.Selection, verbose func(string)) error {
	r := newRun(ctx, q, true, verbose)
	turns, err := d.gather(r, sel)
	if verbose == nil {
		d.take(r, turns)
		return errors.Join(err, ctx.Err())
	}
	for i, t := range turns {
		if ctx.Err() != nil {
			break
		}
		r.say("")
		r.say("Running %s/%s (sequence %d of %d)", t.queue.Dir(), t.id, i+1, len(turns))
		t.passes++
		d.attempt(t, t.hosts)
	}
	return errors.Join(err, ctx.Err())
}

// take lets messages take part and waits until each had its turn.
func (d *Daemon) take(r *run, turns []*turn) {
	r.waiting.Add(len(turns))
	d.runner.mu.Lock()
	d.runner.plan.add(turns...)
	d.runner.mu.Unlock()
	d.dispatch()
	r.waiting.Wait()
}

// dispatch begins what can begin.
func (d *Daemon) dispatch() {
	d.runner.mu.Lock()
	defer d.runner.mu.Unlock()
	for {
		t, granted := d.runner.plan.next()
		if t == nil {
			return
		}
		go func() { // the run that t belongs to waits for it
			defer d.done(t)
			d.attempt(t, granted)
		}()
	}
}

// freed says that a message has been to a host.
func (d *Daemon) freed(t *turn, host string) {
	d.runner.mu.Lock()
	d.runner.plan.free(t, host)
	d.runner.mu.Unlock()
	d.dispatch()
}

func (d *Daemon) done(t *turn) {
	d.runner.mu.Lock()
	if t.run.ctx.Err() != nil {
		t.hosts = nil
	}
	more := len(t.hosts) > 0
	d.runner.plan.done(t)
	d.runner.mu.Unlock()
	d.dispatch()
	if !more {
		t.run.waiting.Done()
	}
}

// gather finds the messages of a run. What is odd in the directory is told once.
func (d *Daemon) gather(r *run, sel queue.Selection) ([]*turn, error) {
	index := d.runner.index
	if r.queue != d.Queue {
		index = queue.NewIndex(r.queue)
	}
	err := index.Refresh(r.ctx)
	var turns []*turn
	now := d.Now()
	for _, m := range index.Messages(sel, queue.ByPriority) {
		if m.Problem != nil && !errors.Is(m.Problem, queue.ErrDamaged) { // of damaged ones the attempt sees whether enough is left
			d.notRun(r, m.ID, m.Problem)
			continue
		}
		if !sel.Named() && !due(now, m.Summary.LastTry, d.MinAge) {
			continue
		}
		t := &turn{id: m.ID, queue: m.Queue, kind: m.Kind, priority: m.Summary.Priority, arrived: m.Summary.Time, run: r}
		for _, rcpt := range m.Summary.Recipients {
			a, err := address.Parse(rcpt.Address)
			if err != nil {
				a = address.Address{Local: rcpt.Address} // as qf.Control.Envelope has it
			}
			d.via(t, a)
		}
		turns = append(turns, t)
	}
	return turns, err
}

// look reads what the schedule has to know of one message; nil when it cannot be had.
func (d *Daemon) look(r *run, id string) *turn {
	e, err := r.queue.Lock(id)
	if err != nil {
		d.notRun(r, id, err)
		return nil
	}
	defer e.Close()
	t := &turn{id: id, queue: e.Queue(), kind: e.Kind, priority: e.Control.Priority, arrived: e.Control.Time, run: r}
	for _, rcpt := range e.Control.Envelope(id).Recipients {
		d.via(t, rcpt.Address)
	}
	return t
}

// via adds the host that a recipient's mail goes to.
func (d *Daemon) via(t *turn, a address.Address) {
	to, _ := d.Router.Recipient(a)
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

// at lets tests stop a message between two steps.
func (d *Daemon) at(step string) {
	if d.step != nil {
		d.step(step)
	}
}
