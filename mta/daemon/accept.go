package daemon

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/maillog"
	"postroom.dev/mta/smtpd"
	"postroom.dev/spool"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
)

// Data begins to take a message's text.
func (d *Daemon) Data(context.Context, *mta.Envelope) (smtpd.Message, error) {
	draft, err := d.Store.Create()
	if err != nil {
		return nil, d.status("message not begun", "", err)
	}
	return &message{d: d, draft: draft}, nil
}

// message is one message on its way into the store.
type message struct {
	d     *Daemon
	draft spool.Draft
	err   error // the first Write that went wrong
	fates []string
}

func (m *message) Write(b []byte) (int, error) {
	n, err := m.draft.Write(b)
	if err != nil && m.err == nil {
		m.err = err
		err = m.d.status("text not written", "", err)
	}
	return n, err
}

func (m *message) Abort() { m.draft.Discard() }

// Commit decides what becomes of every recipient and makes the message durable.
func (m *message) Commit(ctx context.Context, env *mta.Envelope) error {
	if m.err != nil {
		m.draft.Discard()
		return m.d.status("text not written", env.ID, m.err)
	}
	_, err := m.d.accept(ctx, env, m.draft)
	for i := 0; err == nil && i < min(len(env.Recipients), maxFates); i++ {
		m.fates = append(m.fates, fate(&env.Recipients[i]))
	}
	return err
}

// maxFates is of how many recipients VERB tells.
const maxFates = 100

// Fates says what becomes of each recipient, for VERB.
func (m *message) Fates() []string { return m.fates }

func fate(r *mta.Recipient) string {
	what := string(r.State)
	if r.State == mta.Caught {
		what = caught.Text
	}
	return r.Address.Path() + "... " + what
}

// Submit takes a whole message from r, as a session would, and gives the record's id.
// The caller keeps its copy until Submit returns nil.
func (d *Daemon) Submit(ctx context.Context, env *mta.Envelope, r io.Reader) (int64, error) {
	draft, err := d.Store.Create()
	if err != nil {
		return 0, d.status("message not begun", env.ID, err)
	}
	if _, err := io.Copy(draft, r); err != nil {
		draft.Discard()
		return 0, d.status("text not taken", env.ID, err)
	}
	return d.accept(ctx, env, draft)
}

// accept decides what becomes of every recipient and makes the message durable: the record first, then the queue
// files of what has to wait or leave. When it returns nil the client may hear 250; when it returns an error, nothing is kept.
func (d *Daemon) accept(ctx context.Context, env *mta.Envelope, draft spool.Draft) (int64, error) {
	if env.Origin.Protocol == "sendmail" && env.Body == mta.BodyBinaryMIME {
		// How the sendmail command carries standard input over its socket octet for octet; it says nothing of the message.
		env.Body = ""
	}
	if len(env.Added) == 0 { // the sendmail command has added them to what it queued
		env.Added = d.addedFields(env, draft.Head())
	}
	said, asked := saidOf(env), slices.Clone(env.Recipients)
	recipients, owners, err := d.decide(env)
	if err != nil {
		draft.Discard()
		return 0, d.status("recipients not found", env.ID, err)
	}
	expanded := expansions(env, asked, recipients, owners)
	env.Recipients = recipients
	var came *mta.Envelope
	if len(expanded) > 0 {
		came = new(*env)
	}
	head := draft.Head()
	whole := int64(len(head)) == draft.Size()
	clones := d.clones(env, owners)
	all := append(slices.Clone(clones), env)
	for i, e := range all {
		d.note(e, head, whole)
		if i < len(clones) {
			explain(e, maps.Clone(said))
		} else {
			explain(e, said)
		}
	}
	id, err := d.keep(ctx, env, draft)
	if err != nil {
		return 0, err
	}
	if err := d.keepClones(ctx, id, env.ID, clones); err != nil {
		return 0, err
	}
	for _, e := range all {
		if slices.ContainsFunc(e.Recipients, waits) && reasonToHold(e) == "" {
			d.Kick(e.ID)
		}
	}
	if came != nil {
		d.tellExpanded(ctx, id, came, expanded)
	}
	return id, nil
}

// keep makes a message durable whose recipients are decided, and logs it.
func (d *Daemon) keep(ctx context.Context, env *mta.Envelope, draft spool.Draft) (id int64, err error) {
	line := d.fromLine(env, draft)
	if slices.ContainsFunc(env.Recipients, waits) {
		id, err = d.acceptWaiting(ctx, env, draft)
	} else if id, err = draft.Commit(ctx, env); err != nil {
		err = d.status("message not kept", env.ID, err)
	}
	if err != nil {
		return 0, err
	}
	d.MailLog.From(env.ID, line, d.settledLines(env)...)
	return id, nil
}

// acceptWaiting keeps a message of which some recipients go into the queue.
func (d *Daemon) acceptWaiting(ctx context.Context, env *mta.Envelope, draft spool.Draft) (int64, error) {
	defer d.runner.accepting(env.ID)()
	_, err := d.Store.Lookup(ctx, env.ID)
	again := err == nil // we have it, but a crash kept us from saying so
	if err != nil && !errors.Is(err, spool.ErrNotFound) {
		draft.Discard()
		return 0, d.status("message not kept", env.ID, err)
	}
	d.at("commit")
	id, err := draft.Commit(ctx, env)
	if err != nil {
		return 0, d.status("message not kept", env.ID, err)
	}
	d.at("enqueue")
	if again {
		err = d.requeue(ctx, id)
	} else {
		err = d.enqueue(ctx, id, env)
	}
	d.at("accepted")
	if err == nil {
		if !again {
			d.holdNew(ctx, env.ID, reasonToHold(env))
		}
		return id, nil
	}
	if !again { // refused, so nothing is kept
		if _, gone := d.Store.Delete(context.WithoutCancel(ctx), id); gone != nil {
			err = errors.Join(err, gone)
		}
	}
	return 0, d.status("message not queued", env.ID, err)
}

// waits says that a recipient belongs into the queue.
func waits(r mta.Recipient) bool { return r.State == mta.Queued || r.State == mta.Deferred }

// caught is what log and verbose run say of a recipient whose mail is kept here. Its record has no delivery status: nothing was delivered.
var caught = mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "caught: kept here, not sent"}

// discarded is what the log says of a recipient whose mail a rule throws away.
var discarded = mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "discarded"}

// settledLines are the log's lines for those who do not have to wait.
func (d *Daemon) settledLines(env *mta.Envelope) []maillog.To {
	now := d.Now()
	var lines []maillog.To
	for i, r := range env.Recipients {
		switch r.State {
		case mta.Caught:
			lines = append(lines, maillog.ToOf(env, []int{i}, now, now, caught, "", 0))
		case mta.Discarded:
			lines = append(lines, maillog.ToOf(env, []int{i}, now, now, discarded, "", 0))
		}
	}
	return lines
}

// requeue gives a record that waits its queue files again, if it lacks them: the client did not hear of its success and sends it
// once more, or a crash came before them.
func (d *Daemon) requeue(ctx context.Context, id int64) error {
	records, err := d.Store.Get(ctx, id)
	if err != nil || len(records) == 0 || !slices.ContainsFunc(records[0].Recipients, waits) {
		return err
	}
	env := &records[0].Envelope
	if err = d.enqueue(ctx, id, env); errors.Is(err, queue.ErrExists) {
		if err := d.clear(env.ID); err != nil {
			return err
		}
		if err = d.enqueue(ctx, id, env); errors.Is(err, queue.ErrExists) { // it is in the queue
			d.runner.waits(env.ID, true)
			err = nil
		}
	}
	if err == nil {
		d.holdNew(ctx, env.ID, reasonToHold(env))
	}
	return err
}

// enqueue writes df and qf for those recipients of a record that wait.
func (d *Daemon) enqueue(ctx context.Context, id int64, env *mta.Envelope) error {
	content, err := d.Store.Content(ctx, id)
	if err != nil {
		return err
	}
	r, err := content.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	header, body, err := splitMessage(r, content.Size(), env.Body == mta.BodyBinaryMIME)
	if err != nil {
		return mta.Status{Code: 552, Enhanced: mta.Enhanced{5, 3, 4}, Text: "Message header too large", Err: err}
	}
	open := *env
	open.Recipients = slices.DeleteFunc(slices.Clone(env.Recipients), func(r mta.Recipient) bool { return !waits(r) })
	c, err := qf.FromEnvelope(&open, header)
	if err != nil {
		return mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 6, 0}, Text: "Message cannot be queued", Err: err}
	}
	if env.Origin.Protocol == protocolReport {
		c.SetFlag('r', true)
	}
	c.Quarantine = reasonToHold(&open) // no runner takes it then; hold makes an hf of it
	if err := d.Queue.Create(ctx, c, env.ID, c.Measure(body)); err != nil {
		return err
	}
	d.runner.waits(env.ID, true)
	return nil
}

// fromLine is the log's line for a message that comes in.
func (d *Daemon) fromLine(env *mta.Envelope, draft spool.Draft) maillog.From {
	head := draft.Head()
	return maillog.FromOf(env, draft.Size(), qf.Class(field(head, "precedence")), cmp.Or(field(head, "message-id"), field(env.Added, "message-id")), "MTA")
}

// field gives a header field's value, the first one with this name in lower case; "" for none.
func field(head []byte, name string) string {
	for line := range bytes.Lines(head) {
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		key, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return ""
		}
		if strings.EqualFold(string(bytes.TrimRight(key, " \t")), name) {
			return strings.TrimSpace(string(value))
		}
	}
	return ""
}
