package daemon

import (
	"fmt"
	"slices"

	"postroom.dev/mta"
	"postroom.dev/mta/alias"
	"postroom.dev/mta/route"
)

// decide says what becomes of the recipients that a client named, and why. A local name that is an alias gives
// way to those it leads to; who is led to twice gets one copy. owners are the senders that copies by way of a list with an owner
// get. The error, a Status, is for the client: then nothing is taken.
func (d *Daemon) decide(env *mta.Envelope) (recipients []mta.Recipient, owners []string, err error) {
	asked := env.Recipients
	none := make([]string, len(asked))
	if env.Discard {
		return settled(asked, mta.Discarded, route.Discard, "the access table throws the whole message away"), none, nil
	}
	if d.Queue == nil {
		return settled(asked, mta.Caught, route.Catch, "there is no queue: kept here, not sent"), none, nil
	}
	e := expanded{alone: len(asked) == 1}
	router := d.rules().Router.For(&env.Origin)
	for _, r := range asked {
		if r.State == mta.Caught { // it may not leave, wherever tables send it
			e.recipients, e.owners = append(e.recipients, r), append(e.owners, "")
			continue
		}
		leaves, err := leavesOf(router, env, r)
		if err != nil {
			return nil, nil, err
		}
		if err := e.add(r, leaves); err != nil {
			return nil, nil, err
		}
	}
	return quarantined(e.recipients, env.Quarantine), e.owners, nil
}

// leavesOf is where mail for a recipient that was asked for goes. A release goes to those whom the user named, and to nobody else.
func leavesOf(router *route.Router, env *mta.Envelope, r mta.Recipient) ([]route.Leaf, error) {
	if isLetOut(env, r) {
		return []route.Leaf{router.LetOut(r.Address)}, nil
	}
	return router.Leaves(r.Address)
}

// settled gives all recipients one fate.
func settled(asked []mta.Recipient, s mta.State, mailer, note string) []mta.Recipient {
	for i := range asked {
		r := &asked[i]
		if r.State, r.Mailer = s, mailer; note != "" {
			r.Steps = append(r.Steps, mta.Step{Rule: "default", In: r.Address.String(), Out: mailer, Note: note})
		}
	}
	return asked
}

// expanded collects the recipients of a message while aliases are expanded.
type expanded struct {
	recipients []mta.Recipient
	owners     []string       // for each of recipients the sender that its copy gets, "" for the message's own
	alone      bool           // one recipient was asked for
	at         map[string]int // where in recipients a destination is; nil as long as there is but one
}

// add takes the leaves of one recipient.
func (e *expanded) add(asked mta.Recipient, leaves []route.Leaf) error {
	before, first := len(e.recipients), -1
	for _, l := range leaves {
		if l.Status.Temporary() { // a file that cannot be read now: the client tries again, and then it is told
			return l.Status
		}
		if e.alone && len(leaves) == 1 {
			e.recipients, e.owners = []mta.Recipient{recipient(asked, l)}, []string{l.Owner}
			return nil
		}
		if e.at == nil {
			e.at = make(map[string]int)
		}
		key := destination(l)
		i, again := e.at[key]
		if again && (len(l.Via) > 0 || len(e.recipients[i].Via) > 0) {
			if first < 0 {
				first = i
			}
			continue
		}
		if len(e.recipients) >= alias.MaxLeaves {
			return mta.Status{Code: 552, Enhanced: mta.Enhanced{5, 5, 3}, Text: fmt.Sprintf("too many recipients behind aliases (%d max)", alias.MaxLeaves)}
		}
		e.at[key] = len(e.recipients)
		e.recipients = append(e.recipients, recipient(asked, l))
		e.owners = append(e.owners, l.Owner)
	}
	if len(e.recipients) == before && first >= 0 { // the record still tells that it was asked for
		r := &e.recipients[first]
		r.Steps = append(r.Steps, mta.Step{Rule: "aliases", In: asked.Address.String(), Out: r.Address.String(), Note: "duplicate suppressed"})
	}
	return nil
}

// destination is the same for two leaves when one copy serves both. A mailbox is the same by any of our domains.
func destination(l route.Leaf) string {
	who := l.Address.Fold().String()
	if !l.Redirected.IsNull() { // each has a copy in its own name
		return l.Mailer + " " + l.Host + " " + who
	}
	switch l.Mailer {
	case route.Local, route.Prog, route.File:
		who = l.User
	}
	return l.Mailer + " " + l.Host + " " + who + " " + l.Status.Text
}

// recipient is asked as it is delivered at a leaf. What cannot be delivered is queued, too: the queue runner fails it as it
// fails others, so that a crash costs no sender the report.
func recipient(asked mta.Recipient, l route.Leaf) mta.Recipient {
	r := asked
	r.Address, r.Via, r.Mailer, r.Host, r.Last = l.Address, l.Via, l.Mailer, l.Host, l.Status
	r.Steps = slices.Concat(asked.Steps, l.Steps)
	switch l.Mailer {
	case route.Catch:
		r.State = mta.Caught
	case route.Discard:
		r.State = mta.Discarded
	default:
		r.State = mta.Queued
	}
	return r
}

// named is the address that the client gave for a recipient, before aliases.
func named(r mta.Recipient) string {
	if len(r.Via) > 0 {
		return r.Via[0].String()
	}
	return r.Address.String()
}

// failure is why a recipient that the router gave no destination cannot have its mail.
func failure(r mta.Recipient) mta.Status {
	if r.Last.Code/100 == 5 || r.Last.Temporary() {
		return r.Last
	}
	return mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 3, 5}, Text: "mail cannot go there"}
}
