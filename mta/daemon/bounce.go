package daemon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/dsn"
	"postroom.dev/mta/maillog"
	"postroom.dev/spool"
	"postroom.dev/spool/qf"
)

// protocolReport is Origin.Protocol of the delivery reports that we write ourselves.
const protocolReport = "report"

// postmaster hears of what cannot be told to a sender: RFC 5321 §4.5.1.
var postmaster = address.Address{Local: "postmaster"}

// reports sends the reports that an attempt on rcpts calls for: of failure and old age, of delay, of success. Where a
// report of failure cannot be kept, its recipients go on waiting, so that no sender is left without word.
func (j *job) reports(now time.Time, rcpts []int) {
	age := j.age(now)
	var failed, overdue, delayed []int
	receipts := map[dsn.Action][]int{}
	expired := false
	by := j.by()
	for _, i := range rcpts {
		r := &j.env.Recipients[i]
		if r.State == mta.Deferred && age >= j.d.rules().Return && j.run.ctx.Err() == nil {
			r.State, expired = mta.Bounced, true
			r.Steps = append(slices.Clone(r.Steps), mta.Step{Rule: ruleAge, In: r.Address.String(), Out: string(mta.Bounced), Note: "Cannot send message for " + dsn.Interval(j.d.rules().Return)})
		}
		switch {
		case r.State == mta.Bounced && errors.Is(r.Last.Err, errOverdue):
			overdue = append(overdue, i)
		case r.State == mta.Bounced:
			failed = append(failed, i)
		case r.State == mta.Deferred && (j.isLate(now) || age >= j.d.rules().Warn):
			delayed = append(delayed, i)
		default:
			if action := receipt(*r, by); action != "" {
				receipts[action] = append(receipts[action], i)
			}
		}
	}
	var waited time.Duration
	if expired {
		waited = j.d.rules().Return
	}
	j.fail(now, failed, news{waited: waited})
	j.fail(now, overdue, news{late: true})
	if len(delayed) > 0 {
		j.warn(now, delayed, news{waited: j.d.rules().Warn, late: j.isLate(now)})
	}
	for _, action := range []dsn.Action{dsn.Delivered, dsn.Relayed, dsn.Untimed, dsn.Traced} {
		j.d.problem("report about "+j.env.ID, j.report(now, dsn.Receipt, action, receipts[action], news{}))
	}
}

// news is why a report is written when it is.
type news struct {
	waited time.Duration // after so long; 0 when that is not why
	late   bool          // the time of BY has passed
}

// fail reports a failure.
func (j *job) fail(now time.Time, failed []int, why news) {
	if err := j.report(now, dsn.Failure, dsn.Failed, wanting(j.env, failed, mta.NotifyFailure), why); err != nil {
		for _, i := range failed {
			j.env.Recipients[i].State = mta.Deferred
		}
		j.d.problem("report about "+j.env.ID, err)
	}
}

// receipt is what a recipient's sender hears of success, "" for nothing. With NOTIFY=SUCCESS that is what nobody else will report (RFC 3461
// §5.2.2). Without, BY lets him know that a host may be late without a word (RFC 2852 §4.1.4.2), or with T of each host on the way (§4.1.3);
// that goes to all but NOTIFY=NEVER.
func receipt(r mta.Recipient, by mta.DeliverBy) dsn.Action {
	wanted := r.Notify&mta.NotifySuccess != 0
	switch {
	case r.State == mta.Delivered && wanted:
		return dsn.Delivered
	case r.State != mta.Relayed:
		return ""
	case wanted && !r.Last.DSN:
		return dsn.Relayed
	case r.Notify&mta.NotifyNever != 0:
		return ""
	case by.Mode == mta.ByNotify && !r.Last.By:
		return dsn.Untimed
	case by.Trace:
		return dsn.Traced
	}
	return ""
}

// ruleAge is the rule of the step that gives a recipient up.
const ruleAge = "age"

// tooOld is why a recipient's state is another one than the attempt left it in: it is given up, or the report that would say so could
// not be kept.
func tooOld(r *mta.Recipient) string {
	if n := len(r.Steps); r.State == mta.Bounced && n > 0 && r.Steps[n-1].Rule == ruleAge {
		return r.Steps[n-1].Note
	}
	return "the report to the sender could not be kept"
}

// warn tells the sender, once, that a message is late. Mail of a low class and reports are late in silence.
func (j *job) warn(now time.Time, delayed []int, why news) {
	if j.control.HasFlag('w') || j.isReport() || class(j.source) < 0 {
		return
	}
	about := wanting(j.env, delayed, mta.NotifyDelay)
	if len(about) == 0 {
		return
	}
	if err := j.report(now, dsn.Warning, dsn.Delayed, about, why); err != nil {
		j.d.problem("report about "+j.env.ID, err) // the next run warns
		return
	}
	j.control.SetFlag('w', true)
}

// by is the message's BY parameter, RFC 2852: from its record, or from its queue file.
func (j *job) by() mta.DeliverBy { return j.source.Envelope(j.entry.ID).By }

// isLate says that the time of BY with mode N has passed, before it was time for a warning anyway. With a time below 1 the sender was told before.
func (j *job) isLate(now time.Time) bool {
	by, age := j.by(), j.age(now)
	return by.Mode == mta.ByNotify && by.Seconds > 0 && by.Late(now.Add(-age), now) && age < j.d.rules().Warn
}

// expired is why a message with BY mode R is not tried any more: RFC 2852 §4.1.2 has it go back once its time has passed, and
// not before it was tried.
func (j *job) expired() (s mta.Status, is bool) {
	by := j.by()
	now := j.d.Now()
	if by.Mode != mta.ByReturn || !by.Late(now.Add(-j.age(now)), now) {
		return s, false
	}
	return mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 4, 7}, Text: fmt.Sprintf("delivery time expired %ds", by.Seconds), Err: errOverdue}, true
}

// errOverdue is why the time of BY ends a message.
var errOverdue = errors.New("its time has passed")

// wanting gives those recipients about whom the sender wants to hear of a kind of trouble: RFC 3461 §4.1. Without
// NOTIFY that is failure and delay.
func wanting(env *mta.Envelope, rcpts []int, what mta.Notify) (wanted []int) {
	for _, i := range rcpts {
		if n := env.Recipients[i].Notify; n == 0 || n&mta.NotifyNever == 0 && n&what != 0 {
			wanted = append(wanted, i)
		}
	}
	return wanted
}

// age is how long the message is under way. One that does not say when it came is as old as its record. A clock that
// was set back makes it young, never old.
func (j *job) age(now time.Time) time.Duration {
	came := j.source.Time
	if came.IsZero() {
		came = j.env.Arrival
	}
	return now.Sub(came)
}

// isReport says that nobody waits for word about the message: it has the null reverse-path, or is marked as a bounce.
func (j *job) isReport() bool { return j.env.Sender.IsNull() || j.control.HasFlag('r') }

// class is the message's class by its Precedence field.
func class(c *qf.Control) int {
	for _, h := range c.Header {
		if name, value, _ := strings.Cut(h.Text, ":"); strings.EqualFold(strings.TrimRight(name, " \t"), "precedence") {
			return qf.Class(value)
		}
	}
	return 0
}

// report writes a report about some recipients and takes it in as any mail, with the null reverse-path. What cannot be told
// to the sender goes to the postmaster; a report that even the postmaster cannot get stays as its record.
func (j *job) report(now time.Time, kind dsn.Kind, action dsn.Action, rcpts []int, why news) error {
	if len(rcpts) == 0 {
		return nil
	}
	to, notice := j.env.Sender, maillog.DSN
	if j.isReport() {
		if kind != dsn.Failure {
			return nil
		}
		if j.env.Origin.Protocol == protocolReport && !slices.ContainsFunc(j.env.Recipients, func(r mta.Recipient) bool { return named(r) != postmaster.String() }) {
			j.d.problem("report "+j.env.ID, errors.New("cannot be delivered to the postmaster either; its record is kept"))
			return nil
		}
		to, kind, notice = postmaster, dsn.Postmaster, maillog.PostmasterNotify
		if j.env.Origin.Protocol == protocolReport {
			notice = maillog.ReturnToSender
		}
	}
	if kind == dsn.Warning {
		notice = maillog.SenderNotify
	}
	env := &mta.Envelope{
		Arrival: now, Recipients: []mta.Recipient{{Address: to}},
		Origin: mta.Origin{Protocol: protocolReport, Name: "localhost", UID: -1},
	}
	if sent, err := j.identify(env, kind, action, rcpts); sent || err != nil {
		return err
	}
	r := dsn.Report{
		ID: env.ID, Time: now, Host: j.d.Hostname, Kind: kind, To: []address.Address{to}, Envelope: j.env,
		Content: outgoing{append(j.source.HeaderBytes(), '\n'), j.body}, HeaderOnly: j.source.HasFlag('n'),
		Waited: why.waited, Late: why.late, GiveUp: j.d.rules().Return,
	}
	for _, i := range rcpts {
		r.Recipients = append(r.Recipients, dsn.Recipient{Recipient: j.env.Recipients[i], Action: action, Attempt: now})
	}
	if err := j.d.submitReport(context.WithoutCancel(j.run.ctx), env, r); err != nil {
		return err
	}
	text := maillog.Stat(j.env.Recipients[rcpts[0]].Last)
	switch {
	case kind == dsn.Warning:
		text = r.Subject()
	case why.waited > 0:
		text = "Cannot send message for " + dsn.Interval(why.waited)
	}
	j.d.MailLog.Notify(j.env.ID, env.ID, notice, text)
	return nil
}

// identify gives a report the queue id that it has whenever it is written, so that it goes out once though a crash came before the message
// that it is about could be marked: sent says that it did.
func (j *job) identify(env *mta.Envelope, kind dsn.Kind, action dsn.Action, rcpts []int) (sent bool, err error) {
	about := []string{j.env.ID, string(kind), string(action)}
	for _, i := range rcpts {
		about = append(about, j.env.Recipients[i].Address.Path())
	}
	key := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(about, "\n"))))
	step := mta.Step{Rule: protocolReport, Key: key, In: j.env.ID}
	env.Steps = []mta.Step{step}
	env.ID = qf.DerivedID(j.env.Arrival, key)
	there, err := j.d.Store.Envelope(context.WithoutCancel(j.run.ctx), env.ID)
	switch {
	case errors.Is(err, spool.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	case slices.Contains(there.Steps, step):
		return true, nil
	}
	env.ID = j.d.QueueID() // the other one is taken
	return false, nil
}

func (d *Daemon) submitReport(ctx context.Context, env *mta.Envelope, r dsn.Report) error {
	draft, err := d.Store.Create()
	if err != nil {
		return err
	}
	if err := dsn.Compose(draft, r); err != nil {
		draft.Discard()
		return err
	}
	if bytes.ContainsFunc(draft.Head(), func(c rune) bool { return c > 0x7e }) {
		env.Body = mta.Body8BitMIME
	}
	_, err = d.accept(ctx, env, draft)
	return err
}
