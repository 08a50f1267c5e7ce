// Package daemon is the mail transfer agent itself: it takes messages from the
// SMTP sessions and from the client queue, decides what becomes of each
// recipient, and makes the record durable before anybody hears "accepted". What has to wait or leave goes
// into the queue; the runner takes it from there to the mailers, again and again until it is delivered or too old.
//
// It is the only package that knows the whole path of a message (docs/flow.md).
// Sessions and their grammar are mta/smtpd's, bytes and rows spool/store's, queue files spool/queue's, destinations
// mta/route's, connections mta/deliver's, the text of reports mta/dsn's.
//
// The order of writing, which a crash at any point leaves without loss (accept.go, attempt.go, reconcile.go):
//
//   - In: the record, then df and qf, then 250. A record that still waits and has no qf gets one at the next start.
//   - Out: the mailer, then reports of failure, then the record, then the qf. The queue says what still waits: a recipient
//     that the record calls done is not tried again.
//
// Start-up is [Daemon.Reconcile], then [Daemon.Adopt]; [Daemon.Serve] runs the queue every Interval and tries new mail at once; [Daemon.Run] is one queue run.
// schedule.go says in which order, and what goes on at the same time.
package daemon

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/deliver"
	"postroom.dev/mta/gate"
	"postroom.dev/mta/maillog"
	"postroom.dev/mta/rewrite"
	"postroom.dev/mta/route"
	"postroom.dev/mta/smtpd"
	"postroom.dev/spool"
	"postroom.dev/spool/queue"
)

// Config is what a Daemon works with. Without a Queue all mail is caught, and nothing below Log is looked at.
type Config struct {
	Store    spool.Store
	Hostname string           // what we call ourselves in added header fields
	Software string           // our name and version in the Received field
	Now      func() time.Time // the clock; call Poke when it was moved
	Sink     mta.Sink         // hears of sessions and problems; may be nil
	Log      *slog.Logger

	Queue   *queue.Group              // where mail waits
	Mailers map[string]deliver.Mailer // by the names that Router gives, all but route.Catch
	QueueID func() string             // for reports
	MailLog MailLog                   // may be nil
	Count   *gate.Counter             // of what left today; nil lets nothing leave while there is a DailyCap
	// FullName gives the full name of a local user, "" for none, for VRFY and EXPN. known is false for nobody. nil: nobody is known.
	FullName func(user string) (name string, known bool)

	Grace time.Duration // how long a delivery may go on that is under way when Serve or Run is told to end

	Rules // at the start; SetRules puts others in force
}

// Rules are what may change while a Daemon runs.
type Rules struct {
	Router   *route.Router
	Rewrite  *rewrite.Rewriter // changes senders on their way out; nil leaves them as they are
	Interval time.Duration     // between queue runs; 0 for none
	MinAge   time.Duration     // a run leaves messages alone whose last attempt is younger
	Warn     time.Duration     // age at which the sender is told of a delay; 0 is 4 hours
	Return   time.Duration     // age at which a message goes back; 0 is 5 days
	PerHost  int               // messages at a time to one host; 0 is 10
	Total    int               // messages at a time to all hosts beyond this machine; 0 is 40
	DailyCap int               // recipients a day whose mail may leave; 0 for no cap
}

// whole fills in what 0 means.
func (r Rules) whole() *Rules {
	r.Warn = cmp.Or(r.Warn, 4*time.Hour)
	r.Return = cmp.Or(r.Return, 5*24*time.Hour)
	r.PerHost, r.Total = cmp.Or(r.PerHost, 10), cmp.Or(r.Total, 40)
	return &r
}

// MailLog writes sendmail's log lines; *maillog.Log does.
type MailLog interface {
	From(id string, f maillog.From, settled ...maillog.To)
	To(id string, t maillog.To)
	Notify(id, report string, n maillog.Notice, text string)
	Line(id, text string)
}

// Daemon takes messages and runs the queue. It implements smtpd.Policy. Its methods may be called from any goroutine.
type Daemon struct {
	Config
	inForce atomic.Pointer[Rules]
	runner  runner
	clients clients

	step func(string) // tests stop here; nil otherwise
}

var _ smtpd.Policy = (*Daemon)(nil)

// New makes a Daemon. It starts nothing.
func New(c Config) *Daemon {
	if c.Sink == nil {
		c.Sink = func(mta.Event) {}
	}
	if c.MailLog == nil {
		c.MailLog = (*maillog.Log)(nil)
	}
	d := &Daemon{Config: c}
	rules := c.whole()
	d.inForce.Store(rules)
	d.runner.init(c.Queue, rules.PerHost, rules.Total)
	return d
}

// rules gives what is in force now.
func (d *Daemon) rules() *Rules { return d.inForce.Load() }

// SetRules puts other rules in force: for mail that comes from now on, and for what waits when it is tried next. What is being
// delivered just now goes where it was going.
func (d *Daemon) SetRules(r Rules) {
	rules := r.whole()
	d.inForce.Store(rules)
	d.runner.mu.Lock()
	d.runner.plan.limit(rules.PerHost, rules.Total)
	d.runner.mu.Unlock()
	d.dispatch()
	d.Poke()
}

// Closed keeps the transcript of a session that ended.
func (d *Daemon) Closed(s mta.Session) {
	if s.Asked {
		d.clients.gone(&s.Origin)
	}
	if err := d.Store.AddSession(context.Background(), s); err != nil {
		d.Log.Error("session not kept", "session", s.ID, "err", err)
	}
	d.Sink(mta.Event{Time: d.Now(), Kind: mta.Closed, Session: s.ID, Text: s.Reason})
}

// status makes of a store's error what the client hears, and logs the cause.
func (d *Daemon) status(what, id string, err error) mta.Status {
	d.Log.Error(what, "queue", id, "err", err)
	d.Sink(mta.Event{Time: d.Now(), Kind: mta.Problem, QueueID: id, Text: what + ": " + err.Error()})
	if errors.Is(err, spool.ErrFull) {
		return mta.Status{Code: 452, Enhanced: mta.Enhanced{4, 4, 5}, Text: "Insufficient disk space; try again later", Err: err}
	}
	return mta.StatusOf(err)
}
