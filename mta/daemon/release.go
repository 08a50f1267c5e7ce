package daemon

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/maillog"
	"postroom.dev/mta/route"
	"postroom.dev/spool"
)

// Limits of a release.
const (
	maxReleased = 100              // recipients
	lookTime    = 10 * time.Second // for the name servers, all recipients together
)

// hostFinder is a mailer that knows which hosts it would connect to; *deliver.SMTP is one.
type hostFinder interface {
	Hosts(ctx context.Context, host string) ([]string, mta.Status)
}

// ruleRelease is the rule of the steps that tell in a record of its releases. Key is the queue id of what left.
const ruleRelease = "release"

// PlanRelease says what LetOut would do with an order now: who would get the message, and by which hosts. It asks name servers and
// nobody else, and changes nothing.
func (d *Daemon) PlanRelease(ctx context.Context, o mta.ReleaseOrder) (mta.ReleasePlan, error) {
	p, _, err := d.planRelease(ctx, o)
	return p, err
}

// planRelease gives the envelope that would leave along with the plan.
func (d *Daemon) planRelease(ctx context.Context, o mta.ReleaseOrder) (p mta.ReleasePlan, env *mta.Envelope, err error) {
	rec, err := d.find(ctx, o.Message)
	if err != nil {
		return p, nil, err
	}
	if env, err = d.released(rec, o); err != nil {
		return p, nil, err
	}
	rules := d.rules()
	p = mta.ReleasePlan{Message: rec.ID, QueueID: rec.Envelope.ID, Subject: rec.Subject, Sender: env.Sender.Path(), Recipients: []mta.PlannedRecipient{},
		Bounded: rules.Router.IsBounded(), Cap: rules.DailyCap, Earlier: []mta.Step{}}
	p.Redirect = rules.Router.Redirect().String()
	for _, s := range rec.Steps {
		if s.Rule == ruleRelease {
			p.Earlier = append(p.Earlier, s)
		}
	}
	look, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	for _, r := range env.Recipients {
		p.Recipients = append(p.Recipients, d.planned(look, rules.Router, r.Address))
	}
	p.Refusal = d.refusal(&p)
	p.Seal = seal(&p, o)
	return p, env, nil
}

// planned is where mail for one recipient of a release goes.
func (d *Daemon) planned(ctx context.Context, router *route.Router, a address.Address) mta.PlannedRecipient {
	l := router.LetOut(a)
	to := a
	if !l.Redirected.IsNull() {
		to = l.Redirected
	}
	p := mta.PlannedRecipient{Address: a.String(), To: to.String(), Mailer: l.Mailer, Host: l.Host, Hosts: []string{}, Leaves: route.IsSMTP(l.Mailer), Steps: l.Steps}
	switch {
	case l.Mailer == route.Error:
		p.Problem = l.Status.Error()
	case l.Mailer == route.Catch:
		p.Problem = "it may not leave"
		if n := len(l.Steps); n > 0 && l.Steps[n-1].Note != "" {
			p.Problem = l.Steps[n-1].Note
		}
	case p.Leaves:
		finder, _ := d.Mailers[l.Mailer].(hostFinder)
		if finder == nil {
			break
		}
		hosts, why := finder.Hosts(ctx, l.Host)
		if p.Hosts = append(p.Hosts, hosts...); len(hosts) > 0 {
			break
		}
		fate := "it would wait in the queue and be tried again"
		if !why.Temporary() {
			fate = "it would come back at once"
		}
		p.Problem = fmt.Sprintf("no mail host for %s can be found now (%s): %s", cmp.Or(l.Host, to.Domain), why.Text, fate)
	}
	return p
}

// refusal is why a plan cannot be carried out, "" when it can.
func (d *Daemon) refusal(p *mta.ReleasePlan) string {
	for _, r := range p.Recipients {
		switch r.Mailer {
		case route.Catch, route.Error, route.Discard:
			return r.Address + ": " + cmp.Or(r.Problem, "the mailertable throws it away")
		}
	}
	if p.Cap == 0 {
		return ""
	}
	if d.Count == nil {
		return "the daily cap cannot be counted"
	}
	left, err := d.Count.Left()
	if err != nil {
		return err.Error()
	}
	if p.Left = left; p.Left+p.Outside() > p.Cap {
		return fmt.Sprintf("[delivery] daily_cap = %d has no room for %d more today (%d left already)", p.Cap, p.Outside(), p.Left)
	}
	return ""
}

// seal is the same for plans that do the same. What DNS says and how many left today are no part of what a user agrees to.
func seal(p *mta.ReleasePlan, o mta.ReleaseOrder) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %s %q %v", p.Message, p.QueueID, p.Sender, o.Resent)
	for _, r := range p.Recipients {
		fmt.Fprintf(h, " %q %q %q %q", r.Address, r.To, r.Mailer, r.Host)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:16])
}

// released is the envelope that an order makes of a record.
func (d *Daemon) released(rec *spool.Record, o mta.ReleaseOrder) (*mta.Envelope, error) {
	was := &rec.Envelope
	env := &mta.Envelope{Sender: was.Sender, Body: was.Body, UTF8: was.UTF8, Return: was.Return, EnvID: was.EnvID, FullName: was.FullName, Added: addedOf(was), Origin: o.By}
	env.Origin.Protocol, env.Origin.Of = mta.ProtocolRelease, was.ID
	if o.From != "" {
		from, err := typedAddress(o.From)
		if err != nil && o.From != "<>" {
			return nil, fmt.Errorf("%w: sender %q: %w", mta.ErrOrder, o.From, err)
		}
		env.Sender = from
	}
	for _, text := range o.To {
		a, err := typedAddress(text)
		if err == nil && (a.IsNull() || route.IsPiped(a)) {
			err = errors.New("no address of a mailbox")
		}
		if err != nil {
			return nil, fmt.Errorf("%w: recipient %q: %w", mta.ErrOrder, text, err)
		}
		r := mta.Recipient{Address: a}
		if i := slices.IndexFunc(was.Recipients, func(w mta.Recipient) bool { return w.Address.Equal(a) }); i >= 0 {
			r.Notify, r.Original = was.Recipients[i].Notify, was.Recipients[i].Original
		}
		env.Recipients = append(env.Recipients, r)
	}
	if len(o.To) == 0 {
		for _, w := range was.Recipients {
			if w.State == mta.Caught {
				env.Recipients = append(env.Recipients, mta.Recipient{Address: w.Address, Notify: w.Notify, Original: w.Original})
			}
		}
	}
	for i := range env.Recipients {
		r := &env.Recipients[i]
		r.Steps = []mta.Step{{Rule: ruleRelease, In: r.Address.String(), Note: letOutNote}}
	}
	seen := map[string]bool{}
	env.Recipients = slices.DeleteFunc(env.Recipients, func(r mta.Recipient) bool {
		again := seen[r.Address.Fold().String()]
		seen[r.Address.Fold().String()] = true
		return again
	})
	switch n := len(env.Recipients); {
	case n == 0:
		return nil, fmt.Errorf("%w: nobody's copy of message %d was caught; name who is to get it", mta.ErrOrder, rec.ID)
	case n > maxReleased:
		return nil, fmt.Errorf("%w: %d recipients are more than %d", mta.ErrOrder, n, maxReleased)
	}
	return env, nil
}

// typedAddress reads an address as somebody types it.
func typedAddress(text string) (address.Address, error) {
	if strings.ContainsFunc(text, control) {
		return address.Address{}, errors.New("control characters")
	}
	return address.Parse(text)
}

const letOutNote = "the user let it go out to this recipient"

// isLetOut says that the user let a message go out to a recipient. Only a record says so: no client can, and no file in a queue directory,
// nor can a recipient that was written into one.
func isLetOut(env *mta.Envelope, r mta.Recipient) bool {
	return env.Origin.Protocol == mta.ProtocolRelease && slices.ContainsFunc(r.Steps, func(s mta.Step) bool { return s.Rule == ruleRelease && s.Note == letOutNote })
}

// addedOf are the fields that were added to a message, so that it leaves as it would have left; none where a queue file came without our
// Received field, and then they are made anew.
func addedOf(env *mta.Envelope) []byte {
	if n := bytes.Count(append([]byte{'\n'}, bytes.ToLower(env.Added)...), []byte("\nreceived:")); n != 1 {
		return nil
	}
	return env.Added
}

// find gives a record by its id.
func (d *Daemon) find(ctx context.Context, id int64) (*spool.Record, error) {
	records, err := d.Store.Get(ctx, id)
	if err == nil && len(records) == 0 {
		err = fmt.Errorf("message %d: %w", id, spool.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return &records[0], nil
}

// LetOut carries an order out: a message of its own with the same bytes goes into the queue for whom the plan names, and the record of the
// original says so. With an error nothing was sent: mta.ErrMayNotLeave, mta.ErrOtherPlan where the order has a Seal and the plan is
// another one now, mta.ErrOrder, spool.ErrNotFound.
func (d *Daemon) LetOut(ctx context.Context, o mta.ReleaseOrder) (mta.Released, error) {
	plan, env, err := d.planRelease(ctx, o)
	switch {
	case err != nil:
		return mta.Released{}, err
	case plan.Refusal != "":
		return mta.Released{Plan: plan}, fmt.Errorf("%w: %s", mta.ErrMayNotLeave, plan.Refusal)
	case o.Seal != "" && o.Seal != plan.Seal:
		return mta.Released{Plan: plan}, mta.ErrOtherPlan
	case d.Queue == nil:
		return mta.Released{Plan: plan}, fmt.Errorf("%w: there is no queue", mta.ErrMayNotLeave)
	}
	var before []byte
	if o.Resent {
		before = d.resent(env, o)
	}
	done := mta.Released{Plan: plan}
	if done.Message, err = d.again(ctx, o.Message, env, before); err == nil {
		done.QueueID = env.ID
		d.tellOriginal(ctx, env)
	}
	return done, err
}

// again accepts a message once more under another envelope, with fields before what was received.
func (d *Daemon) again(ctx context.Context, id int64, env *mta.Envelope, before []byte) (int64, error) {
	r, err := d.received(ctx, id)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	env.ID, env.Arrival = d.QueueID(), d.Now()
	return d.Submit(ctx, env, io.MultiReader(bytes.NewReader(before), r))
}

// received opens a record's text as it came.
func (d *Daemon) received(ctx context.Context, id int64) (mta.Reader, error) {
	content, err := d.Store.Content(ctx, id)
	if err != nil {
		return nil, err
	}
	return content.Open()
}

// resent makes the fields of RFC 5322 §3.6.6 for a message that somebody hands on.
func (d *Daemon) resent(env *mta.Envelope, o mta.ReleaseOrder) []byte {
	from := env.Sender
	if from.IsNull() || o.From == "" {
		from = address.Address{Local: cmp.Or(o.By.User, "postmaster"), Domain: d.Hostname}
		env.Sender = from
	}
	var to []string
	for _, r := range env.Recipients {
		to = append(to, r.Address.String())
	}
	now := d.Now()
	return []byte("Resent-Date: " + Date(now) + "\r\nResent-From: " + from.String() + "\r\nResent-To: " + strings.Join(to, ",\r\n\t") +
		"\r\nResent-Message-Id: <" + now.UTC().Format("200601021504") + "." + d.QueueID() + "@" + d.Hostname + ">\r\n")
}

// tellOriginal writes into the record of what was released who let it go, when, to whom, and what has become of it.
func (d *Daemon) tellOriginal(ctx context.Context, env *mta.Envelope) {
	if env.Origin.Protocol != mta.ProtocolRelease || env.Origin.Of == "" {
		return
	}
	who := cmp.Or(env.Origin.User, "somebody")
	if len(env.Origin.Argv) > 0 {
		who += " by " + strings.Join(env.Origin.Argv[:min(2, len(env.Origin.Argv))], " ")
	}
	var steps []mta.Step
	for _, r := range env.Recipients {
		fate := string(r.State)
		if r.Last.Code != 0 {
			fate += ": " + maillog.Stat(r.Last)
		}
		steps = append(steps, mta.Step{Rule: ruleRelease, Key: env.ID, In: who, Out: r.Address.String(),
			Note: env.Arrival.Format(time.RFC3339) + " as " + env.ID + ": " + fate})
	}
	err := d.Store.Note(context.WithoutCancel(ctx), env.Origin.Of, steps...)
	if err != nil && !errors.Is(err, spool.ErrNotFound) { // the user deleted it
		d.problem("record of "+env.Origin.Of, err)
	}
}

// Redeliver has a message go through the tables again, as if it came now from the same client: a message of its own, with what becomes of
// it. It gives that one's record. The error is a Status where the tables refuse it.
func (d *Daemon) Redeliver(ctx context.Context, id int64) (int64, error) {
	rec, err := d.find(ctx, id)
	if err != nil {
		return 0, err
	}
	was := &rec.Envelope
	env := &mta.Envelope{Sender: was.Sender, Body: was.Body, UTF8: was.UTF8, Return: was.Return, EnvID: was.EnvID, FullName: was.FullName, Added: addedOf(was), Origin: was.Origin}
	env.Steps = []mta.Step{{Rule: mta.ProtocolRedeliver, Key: was.ID, Note: "through the tables again"}}
	if err := d.Mail(ctx, env); err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for _, w := range was.Recipients {
		a := w.Address
		if len(w.Via) > 0 {
			a = w.Via[0]
		}
		if key := a.Fold().String(); seen[key] || route.IsPiped(a) {
			continue
		} else {
			seen[key] = true
		}
		r := mta.Recipient{Address: a, Notify: w.Notify, Original: w.Original}
		if err := d.Rcpt(ctx, env, &r); err != nil {
			return 0, fmt.Errorf("%s: %w", a, err)
		}
		env.Recipients = append(env.Recipients, r)
	}
	if len(env.Recipients) == 0 {
		return 0, fmt.Errorf("%w: message %d has no recipients", mta.ErrOrder, id)
	}
	env.Origin.Protocol, env.Origin.Of = mta.ProtocolRedeliver, was.ID
	return d.again(ctx, id, env, nil)
}
