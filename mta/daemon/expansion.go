package daemon

import (
	"context"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/dsn"
	"postroom.dev/mta/maillog"
)

// expansion is a recipient that an alias made several of, or that a list with an owner has taken over, and of whose success the
// sender wants to hear: RFC 3461 §5.2.7.
type expansion struct {
	rcpt   mta.Recipient
	action dsn.Action
}

// expansions finds them in what was asked for and what became of it. The members of a list with an owner are the owner's: nobody
// is told of their success.
func expansions(env *mta.Envelope, asked, got []mta.Recipient, owners []string) (all []expansion) {
	if env.Sender.IsNull() {
		return nil
	}
	for _, r := range asked {
		if r.Notify&mta.NotifySuccess == 0 {
			continue
		}
		leaves, owned := 0, false
		for i := range got {
			g := &got[i]
			if len(g.Via) == 0 || !g.Via[0].Equal(r.Address) {
				continue
			}
			if leaves++; owners[i] != "" {
				owned = true
				if g.Notify &^= mta.NotifySuccess; g.Notify == 0 {
					g.Notify = mta.NotifyNever // nothing else was wanted
				}
			}
		}
		switch {
		case owned:
			all = append(all, expansion{r, dsn.ToList})
		case leaves > 1:
			all = append(all, expansion{r, dsn.Expanded})
		}
	}
	return all
}

// tellExpanded sends the report about a message that was just taken, the record id.
func (d *Daemon) tellExpanded(ctx context.Context, id int64, env *mta.Envelope, all []expansion) {
	ctx = context.WithoutCancel(ctx)
	content, err := d.Store.Content(ctx, id)
	if err != nil {
		d.problem("report about "+env.ID, err)
		return
	}
	now := d.Now()
	report := &mta.Envelope{
		ID: d.QueueID(), Arrival: now, Recipients: []mta.Recipient{{Address: env.Sender}},
		Origin: mta.Origin{Protocol: protocolReport, Name: "localhost", UID: -1},
	}
	r := dsn.Report{ID: report.ID, Time: now, Host: d.Hostname, Kind: dsn.Receipt, To: []address.Address{env.Sender}, Envelope: env, Content: content}
	for _, e := range all {
		e.rcpt.Last = mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 1, 5}}
		r.Recipients = append(r.Recipients, dsn.Recipient{Recipient: e.rcpt, Action: e.action, Attempt: now})
	}
	if err := d.submitReport(ctx, report, r); err != nil {
		d.problem("report about "+env.ID, err)
		return
	}
	d.MailLog.Notify(env.ID, report.ID, maillog.DSN, r.Subject())
}
