// Package simulate answers SMTP commands as a script says, so that a program's handling of errors can be tried: refusals, delays,
// greylisting, broken connections. It decides and counts; who asks it does what it says.
//
// A script is text, one rule a line. Empty lines and lines that begin with "#" are nothing. The first rule that matches answers; without
// one, all goes as ever.
//
//	STAGE [CONDITION]... [delay=TIME] ANSWER
//
//	STAGE      connect helo mail rcpt data dot     dot is the end of the text, before anything is kept
//
//	CONDITION  client=192.0.2.1  client=192.0.2.0/24  client=host  client=.host  client=sendmail  (the sendmail command)
//	           helo=NAME
//	           from=ADDRESS  to=ADDRESS            user@host, user@, @host, @.host (hosts below it), <>
//	           after=N                             N recipients were accepted
//	           over=SIZE                           the text is longer: 500, 10K, 1M (dot)
//	           subject=TEXT  header=NAME:TEXT      the field has TEXT in it, in any case (dot)
//
//	           at most one of these, which count:
//	           first=N                             the first N times, for each PER
//	           every=N                             each Nth time
//	           greylist=TIME                       until TIME has passed since the first time
//	           rate=N/TIME                         more than N times in TIME
//	           chance=P%                           one time in so many, the same ones each time; another seed=N, other ones
//	           per=all|client|from|to|triple       what is counted apart; triple (client, from, to) for first and greylist,
//	                                               client for rate, all for every and chance
//
//	ANSWER     CODE [D.S.N] TEXT                   a refusal, 400 to 599; "\n" begins another line; 421 ends the session, too
//	           disconnect                          no answer, the connection ends
//	           accept-disconnect                   at dot: the message is kept as ever, but the client never hears so
//	           disconnect-after=SIZE               at data: the text is asked for, and the connection ends once so much has come
//	           pass                                as ever, and no later rule is asked
//
// In TEXT {to}, {from}, {client}, {helo} and {host} stand for what is known of them. A value with blanks stands in double quotes: subject="to be refused". TIME is 500ms, 10s, 5m, 4h, 2d.
//
// Limits: a script of 1 MiB, 1,000 rules, lines of 1,023 octets, 20,000 counters of which those asked least recently are forgotten
// first, counts of 1,000,000, a rate of 1,000, a delay of 10 minutes. A line that cannot be read is a problem, and is left out.
package simulate

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// Stage is where in a session a rule answers.
type Stage string

// The stages, in the order of a session.
const (
	Connect Stage = "connect"
	Helo    Stage = "helo"
	Mail    Stage = "mail"
	Rcpt    Stage = "rcpt"
	Data    Stage = "data"
	Dot     Stage = "dot"
)

// Stages gives all of them.
func Stages() []Stage { return []Stage{Connect, Helo, Mail, Rcpt, Data, Dot} }

// Event is what a client just did.
type Event struct {
	Stage    Stage
	Host     string // what the server calls itself
	Origin   *mta.Origin
	Envelope *mta.Envelope   // as far as it is known; nil before Mail
	Rcpt     address.Address // at Rcpt
	Header   []byte          // at Dot: the start of the message, as far as it is known
	Size     int64           // at Dot: octets
}

// sender is the reverse-path as far as it is known.
func (e *Event) sender() (a address.Address, known bool) {
	if e.Envelope == nil {
		return a, false
	}
	return e.Envelope.Sender, true
}

// recipients are those who were accepted, or the one that is asked about.
func (e *Event) recipients() []address.Address {
	if e.Stage == Rcpt {
		return []address.Address{e.Rcpt}
	}
	if e.Envelope == nil {
		return nil
	}
	all := make([]address.Address, len(e.Envelope.Recipients))
	for i, r := range e.Envelope.Recipients {
		all[i] = r.Address
	}
	return all
}

// ip is the client's address, not valid for the sendmail command.
func (e *Event) ip() netip.Addr {
	ap, err := netip.ParseAddrPort(e.Origin.Client)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

// subject names what the event is about, for a Step.
func (e *Event) subject() string {
	switch e.Stage {
	case Connect:
		return e.Origin.Client
	case Helo:
		return e.Origin.HELO
	case Rcpt:
		return e.Rcpt.String()
	}
	if from, ok := e.sender(); ok {
		return from.Path()
	}
	return ""
}

// fill puts in what is known for {to} and its like. What a client said may be anything, but it is one line.
func (e *Event) fill(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	from, _ := e.sender()
	to := ""
	if all := e.recipients(); len(all) > 0 {
		to = all[0].String()
	}
	client := "localhost"
	if ip := e.ip(); ip.IsValid() {
		client = ip.String()
	}
	plain := func(s string) string {
		return strings.Map(func(c rune) rune {
			if c < ' ' || c > '~' {
				return '?'
			}
			return c
		}, s)
	}
	return strings.NewReplacer("{to}", plain(to), "{from}", plain(from.String()), "{client}", client, "{helo}", plain(e.Origin.HELO), "{host}", e.Host).Replace(text)
}

// Answer is what a rule says.
type Answer struct {
	Delay      time.Duration // first wait so long
	Status     mta.Status    // the refusal; Code 0 for none
	Disconnect bool          // end the connection without an answer
	Keep       bool          // with Disconnect: keep the message before
	Within     int64         // at Data, not 0: disconnect once more octets of text than this have come
	Step       mta.Step      // which rule it was, and what it says
}

// Passes says that all goes on as ever, after the delay.
func (a Answer) Passes() bool { return a.Status.Code == 0 && !a.Disconnect }

// Script is what was read of a script. It never changes; a nil one has no rules.
type Script struct {
	file  string
	hash  [sha256.Size]byte // of the text
	rules []rule
}

// Len is how many rules it has.
func (s *Script) Len() int {
	if s == nil {
		return 0
	}
	return len(s.rules)
}

// rule is one line.
type rule struct {
	line    int
	when    string // the line up to its answer, for a Step
	stage   Stage
	matches []func(*Event) bool
	count   counting
	answer  Answer
	says    string // the answer, as written
}

// match says whether all conditions hold that do not count.
func (r *rule) match(e *Event) bool {
	if r.stage != e.Stage {
		return false
	}
	for _, m := range r.matches {
		if !m(e) {
			return false
		}
	}
	return true
}

// told is the rule's answer, with its Step.
func (r *rule) told(file string, e *Event) Answer {
	a := r.answer
	a.Step = mta.Step{Rule: "simulate", File: file, Line: r.line, Key: r.when, In: e.subject(), Out: r.says}
	a.Status.Text = e.fill(a.Status.Text)
	if a.Keep {
		a.Step.Note = "the message is kept; the client does not hear so"
	}
	return a
}

// pattern is an address as rules name it.
type pattern struct {
	null          bool
	local, domain string // "" for any
	below         bool   // hosts below domain
}

func (p pattern) match(a address.Address) bool {
	if p.null || a.IsNull() {
		return p.null && a.IsNull()
	}
	a = a.Fold()
	domain := strings.TrimRight(a.Domain, ".")
	switch {
	case p.local != "" && !strings.EqualFold(p.local, a.Local):
		return false
	case p.domain == "":
		return true
	case p.below:
		return strings.HasSuffix(domain, "."+p.domain)
	}
	return domain == p.domain
}
