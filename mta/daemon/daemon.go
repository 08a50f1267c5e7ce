// Package daemon is the mail transfer agent itself: it takes messages from the
// SMTP sessions and from the client queue, decides what becomes of each
// recipient, and makes the record durable before anybody hears "accepted".
//
// It is the only package that knows the whole path of a message (docs/flow.md).
// Sessions and their grammar are mta/smtpd's, bytes and rows spool/store's, queue files spool/queue's.
package daemon

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/smtpd"
	"postroom.dev/spool"
)

// Config is what a Daemon works with. All fields but Sink are needed.
type Config struct {
	Store    spool.Store
	Hostname string           // what we call ourselves in added header fields
	Software string           // our name and version in the Received field
	Now      func() time.Time // the clock
	Sink     mta.Sink         // hears of sessions and problems; may be nil
	Log      *slog.Logger
}

// Daemon takes messages. It implements smtpd.Policy.
type Daemon struct{ Config }

var _ smtpd.Policy = (*Daemon)(nil)

// New makes a Daemon. It starts nothing.
func New(c Config) *Daemon {
	if c.Sink == nil {
		c.Sink = func(mta.Event) {}
	}
	return &Daemon{c}
}

// Connect lets every client in that the listeners let in.
func (d *Daemon) Connect(_ context.Context, o *mta.Origin) error {
	d.Sink(mta.Event{Time: d.Now(), Kind: mta.Connected, Session: o.Session})
	return nil
}

// Mail accepts every reverse-path.
func (d *Daemon) Mail(context.Context, *mta.Envelope) error { return nil }

// Rcpt accepts every forward-path but the null one.
func (d *Daemon) Rcpt(_ context.Context, _ *mta.Envelope, r *mta.Recipient) error {
	if r.Address.IsNull() {
		return mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 0, 0}, Text: "User address required"}
	}
	return nil
}

// Verify answers VRFY. Postroom catches mail for everybody and knows nobody's mailbox: RFC 5321 §3.5.3, code 252.
func (d *Daemon) Verify(_ context.Context, arg string) mta.Status {
	a, err := address.Parse(arg)
	if err != nil {
		return mta.Status{Code: 501, Enhanced: mta.Enhanced{5, 1, 3}, Text: arg + "... " + err.Error(), Err: err}
	}
	return mta.Status{Code: 252, Enhanced: mta.Enhanced{2, 1, 5}, Text: a.Path()}
}

// Closed keeps the transcript of a session that ended.
func (d *Daemon) Closed(s mta.Session) {
	// The client has its answer; this is for whoever looks later, so no client's patience bounds it.
	if err := d.Store.AddSession(context.Background(), s); err != nil {
		d.Log.Error("session not kept", "session", s.ID, "err", err)
	}
	d.Sink(mta.Event{Time: d.Now(), Kind: mta.Closed, Session: s.ID, Text: s.Reason})
}

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
	return err
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

func (d *Daemon) accept(ctx context.Context, env *mta.Envelope, draft spool.Draft) (int64, error) {
	if env.Origin.Protocol == "sendmail" && env.Body == mta.BodyBinaryMIME {
		// How the sendmail command carries standard input over its socket octet for octet; it says nothing of the message.
		env.Body = ""
	}
	for i := range env.Recipients {
		decide(&env.Recipients[i])
	}
	if len(env.Added) == 0 { // the sendmail command has added them to what it queued
		env.Added = d.addedFields(env, draft.Head())
	}
	id, err := draft.Commit(ctx, env)
	if err != nil {
		return 0, d.status("message not kept", env.ID, err)
	}
	return id, nil
}

// decide says what becomes of a recipient: all mail is caught.
func decide(r *mta.Recipient) {
	r.State = mta.Caught
	r.Mailer = "catch"
	r.Steps = append(r.Steps, mta.Step{Rule: "default", In: r.Address.String(), Out: "catch",
		Note: "no table sends it anywhere: kept here, not sent"})
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
