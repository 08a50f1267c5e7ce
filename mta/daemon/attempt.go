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
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/dsn"
	"postroom.dev/mta/maillog"
	"postroom.dev/mta/route"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
)

// job is one message in hand: its qf is locked.
type job struct {
	d       *Daemon
	run     *run
	turn    *turn
	entry   *queue.Entry
	source  *qf.Control   // as it was read
	control qf.Control    // as it is to be written; Recipients are those that still wait
	at      []int         // for each of Control.Recipients its place in env.Recipients
	env     *mta.Envelope // the record's, with all recipients
	body    mta.Content
	counted bool   // this attempt is in control
	capped  string // why some of it has to wait for another day, "" when none has
}

// group is what one call of a mailer is for.
type group struct {
	mailer, host string
	slot         string                  // the host that was granted
	rcpts        []int                   // places in env.Recipients
	env          *mta.Envelope           // a copy: what one group changes, another one's mailer may be reading
	redirected   map[int]address.Address // who gets it in the place of some of rcpts
	originally   string                  // whom a part was for that is redirected
	counted      bool                    // among what leaves today
}

// result is what became of a group.
type result struct {
	group
	began  time.Time
	status []mta.Status
	steps  []mta.Step // what left in other words than the record says
}

// attempt tries one message at the hosts that were granted. After each host the queue and the record say how far it came.
func (d *Daemon) attempt(t *turn, granted []string) {
	r := t.run
	if r.ctx.Err() != nil {
		return
	}
	entry, err := d.lock(t)
	if err != nil {
		if !r.retry && errors.Is(err, queue.ErrLocked) {
			d.kickAgain(t.id, true)
		}
		d.notRun(r, t.id, err)
		return
	}
	defer entry.Close()
	if t.passes == 1 && entry.Control.Tries != t.tries {
		return // while it stood in line another run tried it
	}
	if router := d.rules().Router; t.router != router { // it stood in line under other rules
		t.router, t.hosts = router, nil
		t.reach(entry.Control.Envelope(t.id))
		if r.verbose == nil {
			t.passes--
			return // and comes again, for those hosts
		}
		granted = t.hosts
	}
	j := &job{d: d, run: r, turn: t, entry: entry}
	if err := j.load(r.ctx); err != nil {
		d.notRun(r, t.id, err)
		return
	}
	if reason := j.holds(); reason != "" {
		d.problem("queue entry "+t.id, j.hold(reason))
		return
	}
	groups := j.ration(j.groups(granted))
	results := make(chan result, len(groups))
	var running sync.WaitGroup
	defer running.Wait() // before the lock goes
	for _, g := range groups {
		running.Go(func() { results <- j.deliver(g) })
	}
	for range groups {
		res := <-results
		d.freed(t, res.slot)
		j.unused(res)
		j.finish(res)
	}
	defer j.holdCapped()
	if len(groups) == 0 && len(j.control.Recipients) < len(j.source.Recipients) {
		j.save() // a crash came between the record and the queue
	}
}

// load reads the message and its record. A message without one gets it: something else put it into the queue.
func (j *job) load(ctx context.Context) error {
	c := j.entry.Control
	if err := usable(c, j.entry.Problems); err != nil {
		return err
	}
	body, err := j.entry.Content()
	if err != nil {
		return err
	}
	j.source, j.control, j.body = c, *c, body
	own := c.Envelope(j.entry.ID)
	if j.env, err = j.d.record(ctx, c, own, body); err != nil {
		return err
	}
	if j.run.queue == j.d.Queue {
		j.d.runner.waits(j.env.ID, true)
	}
	j.match(own.Recipients)
	return nil
}

// usable says why a control file is not acted on. Not all of its lines need to be understood, but it must be whole: the form
// from before version 1 has no line at its end.
func usable(c *qf.Control, problems []qf.Problem) error {
	if len(problems) > 0 && (c.Sender == "" || len(c.Recipients) == 0 || !c.Ended && c.Version > 0) {
		return damage{problems[0]}
	}
	return nil
}

// damage is a queue.ErrDamaged that says only where and what.
type damage struct{ problem qf.Problem }

func (d damage) Error() string {
	return fmt.Sprintf("%s; the file stays, correct or remove it", d.problem)
}
func (damage) Unwrap() error { return queue.ErrDamaged }

// groups routes the recipients that wait, anew since tables may have changed, and keeps those for the granted hosts.
func (j *job) groups(granted []string) []group {
	var all []group
	places := map[string]int{}
	for _, i := range j.at {
		l := leaf(j.turn.router, j.env, j.env.Recipients[i])
		to := l.Destination
		slot := hostKey(to.Mailer, to.Host)
		if !slices.Contains(granted, slot) {
			continue
		}
		if r := j.env.Recipients[i]; r.Mailer == route.Error && !r.Last.Temporary() { // said when aliases were expanded
			to = mta.Destination{Mailer: route.Error}
		} else if to.Mailer == route.Error { // a table says so now
			j.env.Recipients[i].Last = l.Status
		}
		key := slot + " " + to.Mailer
		n, ok := places[key]
		if !ok {
			n, places[key] = len(all), len(all)
			env := *j.env
			env.Recipients = slices.Clone(j.env.Recipients)
			all = append(all, group{mailer: to.Mailer, host: to.Host, slot: slot, env: &env})
		}
		g := &all[n]
		g.rcpts = append(g.rcpts, i)
		g.env.Recipients[i].Mailer, g.env.Recipients[i].Host = to.Mailer, to.Host
		inName(&g.env.Recipients[i], l)
		if !l.Redirected.IsNull() && to.Mailer != route.Error {
			if g.redirected == nil {
				g.redirected = map[int]address.Address{}
			}
			g.redirected[i] = l.Redirected
			told(&j.env.Recipients[i], slices.DeleteFunc(l.Steps, func(s mta.Step) bool { return s.Rule != "redirect" }))
		}
	}
	return all
}

// deliver hands a group to its mailer. Groups are delivered at the same time, so it changes nothing in j.
func (j *job) deliver(g group) result {
	res := result{group: g, began: j.d.Now()}
	if g.mailer == route.Error {
		for _, i := range g.rcpts {
			r := g.env.Recipients[i]
			res.status = append(res.status, failure(r))
			j.run.say("%s... %s", r.Address.Path(), maillog.Stat(failure(r)))
		}
		return res
	}
	st, known := j.expired()
	if !known {
		st, known = j.foregone(g)
	}
	if known {
		j.sayAll(g, st)
		res.status = slices.Repeat([]mta.Status{st}, len(g.rcpts))
		return res
	}
	ctx, end := lasting(j.run.ctx, j.d.Grace)
	defer end()
	for _, part := range g.parts() {
		status, steps := j.hand(ctx, part)
		res.status, res.steps = append(res.status, status...), append(res.steps, steps...)
	}
	if g.host != "" && j.run.ctx.Err() == nil && !slices.ContainsFunc(res.status, func(s mta.Status) bool { return !unreachable(s) }) {
		j.run.setDead(hostKey(g.mailer, g.host), res.status[0], j.d.Now())
	}
	return res
}

// hand gives a part of a group to its mailer. steps tell what left in other words than the record says.
func (j *job) hand(ctx context.Context, g group) (status []mta.Status, steps []mta.Step) {
	text, err := j.rewrite(g)
	if err != nil {
		return j.unreadable(g, err), nil
	}
	text.header = append([]byte(originally(g.originally)), text.header...)
	if g.env.Body == mta.BodyBinaryMIME {
		text.header = crlfLines(text.header)
	}
	status = j.d.Mailers[g.mailer].Deliver(ctx, deliver.Job{
		Envelope: g.env, Rcpts: g.rcpts, Host: g.host,
		Content: text.outgoing, Verbose: j.run.verbose,
	})
	if len(status) != len(g.rcpts) {
		j.d.problem("mailer "+g.mailer, fmt.Errorf("%d answers for %d recipients", len(status), len(g.rcpts)))
		none := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "no answer from the mailer"}
		status = append(slices.Clone(status), slices.Repeat([]mta.Status{none}, len(g.rcpts))...)[:len(g.rcpts)]
	}
	return status, text.steps
}

// lasting gives a context that ends some time after ctx does, so that who has sent a text hears the answer to it: without one,
// the message would be sent again.
func lasting(ctx context.Context, grace time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if grace <= 0 {
			cancel()
			return
		}
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel() }
}

// foregone gives the status that is known without asking a mailer.
func (j *job) foregone(g group) (mta.Status, bool) {
	switch g.mailer {
	case route.Catch:
		return caught, true
	case route.Discard:
		return discarded, true
	}
	if n := hops(j.source); n > maxHops {
		return tooManyHops(n, g), true
	}
	st, dead := j.run.isDead(hostKey(g.mailer, g.host), j.d.Now())
	if !dead && j.d.Mailers[g.mailer] == nil {
		return mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 5}, Text: "mailer " + g.mailer + " is not set up"}, true
	}
	return st, dead
}

// unreachable says that there was no connection: our own word, not a host's, and about the host as a whole
// (RFC 3463 §3.5: X.4.1 no answer, X.4.3 no name server, X.4.4 no route; sendmail says 4.0.0 of a refused connection).
func unreachable(s mta.Status) bool {
	switch s.Enhanced {
	case mta.Enhanced{4, 0, 0}, mta.Enhanced{4, 4, 1}, mta.Enhanced{4, 4, 3}, mta.Enhanced{4, 4, 4}:
		return s.Temporary() && s.RemoteMTA == ""
	}
	return false
}

// finish takes over what became of a group, sends the reports that it calls for, and writes it all down.
func (j *job) finish(res result) {
	now := j.d.Now()
	var answered []int
	for n, i := range res.rcpts {
		st, r := res.status[n], &j.env.Recipients[i]
		if !st.OK() && j.run.ctx.Err() != nil && (st.Temporary() || st.Code == 0) {
			continue // we broke off, not the host
		}
		answered = append(answered, i)
		if st.Code == 0 {
			st = mta.StatusOf(errors.New("mailer " + res.mailer + " gave no status"))
		}
		r.Mailer, r.Host, r.Last = res.mailer, res.host, st
		told(r, res.steps)
		if r.State = state(res.mailer, st); r.State == mta.Caught {
			r.Last = mta.Status{}
		}
		r.Turns = mta.Turned(r.Turns, mta.Turn{Time: res.began, Took: now.Sub(res.began), State: r.State, Mailer: r.Mailer, Host: r.Host, Status: r.Last})
		j.d.became(j.run, r.State)
		changed(r, res.mailer, st)
		j.d.MailLog.To(j.env.ID, maillog.ToOf(j.env, []int{i}, res.began, now, st, st.RemoteMTA, j.control.Priority))
	}
	if len(answered) == 0 {
		return
	}
	j.count(now)
	j.d.at("delivered")
	j.reports(now, res.rcpts)
	for _, i := range answered {
		if r := &j.env.Recipients[i]; r.State != r.Turns[len(r.Turns)-1].State { // too old, or its report could not be kept
			r.Turns = mta.Turned(r.Turns, mta.Turn{Time: now, State: r.State, Note: tooOld(r)})
		}
	}
	j.save()
}

// count notes the attempt in the control file, once. The first pass of a run counts for those that follow when a host was busy.
func (j *job) count(now time.Time) {
	if j.counted {
		return
	}
	j.counted = true
	j.control.LastTry = now.UTC().Truncate(time.Second)
	if j.turn.passes > 1 {
		return
	}
	j.control.Tries++
	if j.run.retry {
		j.control.Priority += qf.RetryFactor
	}
}

// atHome says that a mailer delivers on this machine.
func atHome(mailer string) bool {
	return mailer == route.Local || mailer == route.Prog || mailer == route.File
}

func state(mailer string, st mta.Status) mta.State {
	switch {
	case st.OK() && mailer == route.Catch:
		return mta.Caught
	case st.OK() && mailer == route.Discard:
		return mta.Discarded
	case st.OK() && atHome(mailer):
		return mta.Delivered
	case st.OK():
		return mta.Relayed
	case st.Temporary():
		return mta.Deferred
	}
	return mta.Bounced
}

// save writes what is known: first the record, then the queue, so that a crash in between makes nobody wait who was
// served. Neither waits for a context: the deliveries have happened.
func (j *job) save() {
	ctx := context.WithoutCancel(j.run.ctx)
	j.d.at("record")
	j.d.settle(ctx, j.env.ID, j.env.Recipients)
	j.d.tellOriginal(ctx, j.env)
	j.d.at("queue")
	c := j.control
	c.Recipients = nil
	var at []int
	for k, i := range j.at {
		r := &j.env.Recipients[i]
		if !waits(*r) {
			continue
		}
		rcpt := j.control.Recipients[k]
		if r.State == mta.Deferred {
			rcpt.Status = brief(maillog.Stat(r.Last))
			c.Status = rcpt.Status
		}
		c.Recipients = append(c.Recipients, rcpt)
		at = append(at, i)
	}
	if c.HasFlag('w') {
		c.Status = (&dsn.Report{Kind: dsn.Warning, Envelope: j.env, Waited: j.d.rules().Warn, Late: j.isLate(j.d.Now())}).Subject()
	}
	var err error
	if len(c.Recipients) == 0 {
		err = j.entry.Remove()
	} else {
		err = j.entry.Update(&c)
	}
	if err != nil { // the record knows who was served; the next run goes by it
		j.d.problem("queue entry "+j.env.ID, err)
		return
	}
	j.control, j.at = c, at
	if j.run.queue == j.d.Queue {
		j.d.runner.waits(j.env.ID, len(c.Recipients) > 0)
	}
	j.d.at("saved")
}
