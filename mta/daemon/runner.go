package daemon

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"postroom.dev/mta"
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
	planned bool         // by Serve, because it was time
	verbose func(string) // nil for silence
	waiting sync.WaitGroup
	ran     *Ran // nil for first attempts; guarded by the runner

	mu   sync.Mutex
	dead map[string]deadHost // hosts that could not be reached
}

// deadHost is what the recipients of a host hear that could not be reached, and when that was.
type deadHost struct {
	status mta.Status
	since  time.Time
}

// deadTime is for how long new mail is not tried at a host that could not be reached; it waits for a queue run then.
// A queue run leaves such a host alone to its end.
const deadTime = time.Minute

func (r *run) isDead(key string, now time.Time) (mta.Status, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h, found := r.dead[key]
	if age := now.Sub(h.since); !found || !r.retry && (age < 0 || age >= deadTime) {
		return mta.Status{}, false
	}
	return h.status, true
}

func (r *run) setDead(key string, s mta.Status, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dead[key] = deadHost{s, now}
}

func newRun(ctx context.Context, q *queue.Group, retry bool, verbose func(string)) *run {
	return &run{ctx: ctx, queue: q, retry: retry, verbose: verbose, dead: map[string]deadHost{}}
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
	asked    []queue.Selection        // runs that ETRN asked for
	incoming map[string]bool          // ids that accept is about to write
	strange  []string                 // ids that Reconcile found without a record
	adopted  map[string]chan struct{} // ids that Adopt has in hand
	adoption Adoption
	waiting  map[string]bool            // ids that are in Config.Queue as far as we know
	owed     map[string][]mta.Recipient // by id: fates that the store could not take yet
	told     map[string]bool
	locked   map[string]int // by id: how often a new message was found locked, one time after the other
	busy     bool           // a run by Serve goes on
	lastRun  time.Time      // when Serve began the last one
	history  []*Ran         // the newest last
}

func (r *runner) init(q *queue.Group, perHost, total int) {
	r.wake = make(chan struct{}, 1)
	if q != nil {
		r.index = queue.NewIndex(q)
	}
	r.plan = newPlan(perHost, total)
	r.waiting = map[string]bool{}
	r.incoming, r.owed, r.told = map[string]bool{}, map[string][]mta.Recipient{}, map[string]bool{}
	r.locked, r.adopted = map[string]int{}, map[string]chan struct{}{}
}

// Index gives what the runner knows of Config.Queue, for listings: it is warm after the first run. nil without a Queue.
func (d *Daemon) Index() *queue.Index { return d.runner.index }

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

// waits notes whether a message is in the queue.
func (r *runner) waits(id string, is bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if is {
		r.waiting[id] = true
	} else {
		delete(r.waiting, id)
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

// A new message that is locked is tried again after lockedPause, then twice that, and so on, maxLocked times.
const (
	lockedPause = 50 * time.Millisecond
	maxLocked   = 6
)

// kickAgain asks for another attempt on a new message that was locked. Whoever has it may be sending it, and then it is gone soon; or it
// is a program that we are just starting, which has all our open files, and their locks, until it runs.
func (d *Daemon) kickAgain(id string, locked bool) {
	d.runner.mu.Lock()
	defer d.runner.mu.Unlock()
	n := d.runner.locked[id]
	if !locked || n >= maxLocked {
		delete(d.runner.locked, id)
		return
	}
	d.runner.locked[id] = n + 1
	time.AfterFunc(lockedPause<<n, func() { d.Kick(id) })
}

// Poke says that the clock was moved, or the interval changed: where that makes a queue run due, it begins. It does not wait.
func (d *Daemon) Poke() {
	select {
	case d.runner.wake <- struct{}{}:
	default: // the loop will look anyhow
	}
}

// Serve tries new messages at once and runs the queue every Interval, the first time now, until ctx ends. It returns when
// what was in hand is done with. Call Reconcile before it, and Adopt beside it.
func (d *Daemon) Serve(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	first := newRun(ctx, d.Queue, false, nil)
	defer first.waiting.Wait()
	ended := make(chan struct{}, 1) // a queue run is over
	busy, serving := false, false   // serving: one that a client asked for
	served := make(chan struct{}, 1)
	var last time.Time // when the last queue run began
	for {
		var timer <-chan time.Time
		if interval := d.rules().Interval; interval > 0 && !busy {
			left := time.Duration(0)
			if !last.IsZero() {
				left = wait(d.Now(), last, interval)
			}
			if left == 0 {
				busy, last = true, d.Now()
				d.runner.ran(true, last)
				running.Go(func() {
					d.problem("queue run", d.run(ctx, queue.Selection{}, nil, true))
					d.runner.ran(false, time.Time{})
					ended <- struct{}{}
				})
				continue
			}
			timer = time.After(left)
		}
		d.first(first)
		if !serving {
			if sel, ok := d.runner.nextAsked(); ok {
				serving = true
				running.Go(func() {
					d.problem("queue run", d.Run(ctx, sel, nil))
					served <- struct{}{}
				})
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			busy = false
		case <-served:
			serving = false
		case <-timer:
		case <-d.runner.wake:
		}
	}
}

// first begins the first attempts of the messages that were kicked.
func (d *Daemon) first(r *run) {
	d.runner.mu.Lock()
	ids := d.runner.kicked
	d.runner.kicked = nil
	d.runner.mu.Unlock()
	var turns []*turn
	for _, id := range ids {
		if r.ctx.Err() != nil {
			return
		}
		if t := d.look(r, id); t != nil {
			turns = append(turns, t)
		}
	}
	d.begin(r, turns)
}

// Run is one queue run: every message that sel means is tried once, the most urgent ones first. verbose, where it is not nil,
// hears of it as sendmail -v prints it, and the messages are tried one after the other. Trouble with a message is told through the Sink
// and does not end the run; the error is ctx's, or says that the queue cannot be read at all.
func (d *Daemon) Run(ctx context.Context, sel queue.Selection, verbose func(string)) error {
	return d.run(ctx, sel, verbose, false)
}

func (d *Daemon) run(ctx context.Context, sel queue.Selection, verbose func(string), planned bool) error {
	d.pay(ctx)
	d.runner.mu.Lock()
	before := slices.Collect(maps.Keys(d.runner.waiting))
	d.runner.mu.Unlock()
	r := newRun(ctx, d.Queue, true, verbose)
	r.planned = planned
	err := d.pass(r, sel)
	if err != nil {
		return err
	}
	return d.sweep(ctx, before)
}

// RunIn is Run on another directory, such as a queue that was moved away.
func (d *Daemon) RunIn(ctx context.Context, q *queue.Group, sel queue.Selection, verbose func(string)) error {
	return d.pass(newRun(ctx, q, true, verbose), sel)
}

// pass takes every message that is meant once.
func (d *Daemon) pass(r *run, sel queue.Selection) error {
	turns, err := d.gather(r, sel)
	d.began(r, sel, len(turns))
	defer d.ended(r)
	if r.verbose == nil {
		d.begin(r, turns)
		r.waiting.Wait()
		return errors.Join(err, r.ctx.Err())
	}
	for i, t := range turns {
		if r.ctx.Err() != nil {
			break
		}
		r.say("")
		r.say("Running %s/%s (sequence %d of %d)", t.queue.Dir(), t.id, i+1, len(turns))
		t.passes++
		d.attempt(t, slices.Clone(t.hosts))
	}
	return errors.Join(err, r.ctx.Err())
}

// begin lets messages take part; r.waiting waits until each had its turn.
func (d *Daemon) begin(r *run, turns []*turn) {
	r.waiting.Add(len(turns))
	d.runner.mu.Lock()
	d.runner.plan.add(turns...)
	d.runner.mu.Unlock()
	d.dispatch()
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

// at lets tests stop a message between two steps.
func (d *Daemon) at(step string) {
	if d.step != nil {
		d.step(step)
	}
}
