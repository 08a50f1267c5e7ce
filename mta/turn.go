package mta

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Turn is what became of a recipient at one time after its message was accepted: by an attempt to deliver, or by somebody's order.
type Turn struct {
	Time   time.Time     // when it began, by the mail server's clock
	Last   time.Time     `json:",omitzero"`  // when the last of several that ended alike began; zero for one alone
	Count  int           `json:",omitempty"` // how many those are; 0 for one alone
	Took   time.Duration `json:",omitempty"` // how long the attempt took, the last one of several
	State  State         // the recipient's from then on
	Mailer string        `json:",omitempty"` // who tried to deliver; "" where nobody did
	Host   string        `json:",omitempty"` // the host that the mailer was given
	Status Status        `json:",omitzero"`  // the answer, its Text cut after MaxTurnText octets and without Output
	Note   string        `json:",omitempty"` // why, where it was no attempt
}

// String prints t without its time: "deferred by esmtp, host mx.example.com: 451 4.7.1 greylisted". It holds what hosts wrote as they
// wrote it: who shows it makes control characters harmless.
func (t Turn) String() string {
	s := string(t.State)
	if t.Mailer != "" {
		s += " by " + t.Mailer
	}
	if t.Host != "" {
		s += ", host " + t.Host
	}
	if t.Status.Code != 0 {
		s += ": " + t.Status.Error()
	}
	if t.Note != "" {
		s += ": " + t.Note
	}
	return s
}

// Limits of what is remembered of a recipient's way.
const (
	MaxTurns    = 20  // of one recipient; those in the middle become one
	MaxTurnText = 500 // octets of an answer
	firstTurns  = 5   // that stay as they are
)

// Turned gives turns with one more. An attempt that ended as the one before it is counted there, an order that changed nothing is left
// out. turns itself stays as it is.
func Turned(turns []Turn, t Turn) []Turn {
	t.Time = t.Time.Round(0) // without the monotonic clock, which the store does not keep either
	t.Status.Err, t.Status.Output = nil, ""
	if len(t.Status.Text) > MaxTurnText {
		cut := MaxTurnText
		for cut > 0 && !utf8.RuneStart(t.Status.Text[cut]) {
			cut--
		}
		t.Status.Text = strings.Clone(t.Status.Text[:cut]) + "…"
	}
	all := append(slices.Clone(turns), t)
	if n := len(turns); n > 0 && turns[n-1].endedAs(&t) {
		if t.Mailer == "" {
			return turns
		}
		all = all[:n]
		all[n-1] = all[n-1].and(&t)
	}
	if len(all) > MaxTurns {
		all[firstTurns] = all[firstTurns].and(&all[firstTurns+1])
		all = slices.Delete(all, firstTurns+1, firstTurns+2)
	}
	return all
}

// endedAs says that two turns tell the same of the recipient.
func (t *Turn) endedAs(u *Turn) bool {
	return t.State == u.State && t.Mailer == u.Mailer && t.Host == u.Host && t.Status == u.Status && t.Note == u.Note
}

// and makes one turn of two, with the later one's end.
func (t Turn) and(u *Turn) Turn {
	both := *u
	both.Time, both.Last, both.Count = t.Time, u.Time, max(t.Count, 1)+max(u.Count, 1)
	if !u.Last.IsZero() {
		both.Last = u.Last
	}
	return both
}
