// Package trace says beforehand what would happen to mail: whether a client, a sender and a recipient would be taken, where
// the mail would go, and what its sender would be called there, each with the steps that lead to it.
//
// It asks the parts that decide when mail really comes (package route, package rewrite), in their order, and does nothing else: no message
// is made, nothing is dialled. Two Worlds, the tables in force and the tables as they would be, give the messages whose fate
// an edit would change (Compare).
package trace

import (
	"fmt"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/rewrite"
	"postroom.dev/mta/route"
)

// World is what decides: one set of tables.
type World struct {
	Router   *route.Router
	Rewriter *rewrite.Rewriter // nil changes no sender
}

// Question asks about one recipient's mail. The zero Client is the sendmail command.
type Question struct {
	Client route.Client
	From   address.Address // the envelope sender; the null path when there is none
	To     address.Address // the null path asks for the sender alone
	Header []byte          // the message's header as it came; nil for none
}

// Answer is what would happen.
type Answer struct {
	Steps      []mta.Step // what the checks said
	Renames    []mta.Step // how the sender is rewritten
	Refusal    mta.Status // Code 0 when the mail is taken
	At         string     // the command that is refused: "MAIL", "RCPT"
	Discard    bool       // taken and thrown away
	Quarantine string     // taken and held, for this reason
	Keep       bool       // taken, and it must not leave: production would have refused it
	Leaves     []route.Leaf
	From       address.Address // the envelope sender as it leaves
	Sender     address.Address // the same address in a From field, as it leaves
	Fields     []mta.Rewritten // what changes in the header
}

// Ask answers q. The error, a Status, says that a table cannot be read.
func (w World) Ask(q Question) (Answer, error) {
	a := Answer{From: q.From, Sender: q.From}
	relay := w.Router.CheckRelay(q.Client)
	relay.Quarantine = "" // sendmail forgets it at MAIL, and so does the daemon
	for _, v := range []route.Verdict{relay, w.Router.CheckMail(q.Client, q.From)} {
		if a.take(v, "MAIL"); a.Refusal.Code != 0 {
			return a, nil
		}
	}
	if q.To.IsNull() {
		return a, w.rename(&a, q, false)
	}
	first := w.Router.Answer(q.To)
	if first.Mailer == route.Error && first.Status.Code != 0 {
		a.Steps, a.Refusal, a.At = append(a.Steps, first.Steps...), first.Status, "RCPT"
		return a, nil
	}
	if a.take(w.Router.CheckRcpt(q.Client, q.From, q.To), "RCPT"); a.Refusal.Code != 0 {
		return a, nil
	}
	if unknown := w.Router.Unknown(first); unknown.Code != 0 && !a.Keep {
		a.Refusal, a.At = unknown, "RCPT"
		return a, nil
	}
	var err error
	if a.Leaves, err = w.Router.Leaves(q.To); err != nil {
		return a, err
	}
	local := len(a.Leaves) > 0 && !slices.ContainsFunc(a.Leaves, func(l route.Leaf) bool { return l.Mailer != route.Local })
	return a, w.rename(&a, q, local)
}

// take takes over what a check says.
func (a *Answer) take(v route.Verdict, at string) {
	a.Steps = append(a.Steps, v.Steps...)
	a.Discard, a.Keep = a.Discard || v.Discard, a.Keep || v.Keep
	if a.Quarantine == "" {
		a.Quarantine = v.Quarantine
	}
	if v.Refusal.Code != 0 {
		a.Refusal, a.At = v.Refusal, at
	}
}

// rename finds how the sender is called on the way out, or in a mailbox here.
func (w World) rename(a *Answer, q Question, local bool) error {
	if w.Rewriter == nil {
		return nil
	}
	for _, place := range []struct {
		kind rewrite.Kind
		name string
		to   *address.Address
	}{{rewrite.Envelope, "envelope sender", &a.From}, {rewrite.Sender, "sender in the header", &a.Sender}} {
		to, steps, err := w.Rewriter.Address(q.From, rewrite.Use{Kind: place.kind, Local: local})
		if err != nil {
			return err
		}
		for _, s := range steps {
			s.Note = strings.TrimSuffix(place.name+": "+s.Note, ": ")
			a.Renames = append(a.Renames, s)
		}
		*place.to = to
	}
	fields, _, err := w.Rewriter.Header(q.Header, local, false)
	a.Fields = fields
	return err
}

// Fate is a in a few words; two Answers with the same words do the same to the mail.
func (a Answer) Fate() string {
	switch {
	case a.Refusal.Code != 0:
		return fmt.Sprintf("refused at %s: %v", a.At, a.Refusal)
	case a.Discard:
		return "thrown away"
	}
	var ends []string
	for _, l := range a.Leaves {
		ends = append(ends, End(l))
	}
	slices.Sort(ends)
	fate := strings.Join(ends, ", ")
	if a.Keep {
		fate = "kept here: production would have refused it"
	}
	if a.Quarantine != "" {
		fate = "held (" + a.Quarantine + "), then " + fate
	}
	return fate
}

// End is where a leaf's mail ends, in a few words.
func End(l route.Leaf) string {
	switch l.Mailer {
	case route.Error:
		return fmt.Sprintf("returned: %v", l.Status)
	case route.Local:
		return "the mailbox of " + l.User
	case route.Prog:
		return "the program " + l.User
	case route.File:
		return "the file " + l.User
	case route.Catch:
		return "caught: " + l.User
	case route.Discard:
		return "thrown away"
	case route.Hold:
		return "held until it is released: " + l.User
	}
	end := l.Mailer
	if l.Host != "" {
		end += ":" + l.Host
	}
	return end + ": " + l.User
}
