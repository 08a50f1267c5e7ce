// Package deliver holds the mailers: what hands a message to where a router sent it.
//
//   - SMTP speaks to other hosts (RFC 5321 as a client).
//   - Local appends to mbox files that mutt, mail and s-nail read, File to files that aliases name.
//   - Prog gives messages to programs that aliases name. Safety says which programs and files may be named at all.
//   - Sim speaks SMTP to hosts that are only simulated, in memory (package simulate has their scripts).
//   - Discard and Error deliver nothing.
//
// A Mailer gets a Job (one message, one host, some of its recipients) and gives an mta.Status for each recipient. It
// keeps no queue and decides nothing about what may leave: where it may connect to is up to the Dial that SMTP is given, and
// when to try again is the caller's. A delivery that broke off without an answer is a temporary status, so a
// message may arrive twice, and is never lost.
//
// The SMTP client is our own rather than go-smtp's, because the dialogue is what a user of sendmail looks at. That one has no
// PIPELINING, sets BODY=8BITMIME unasked, knows keywords in upper case only, says "EHLO localhost" before STARTTLS and hangs up
// where STARTTLS is not offered, rewrites replies into errors, and hands each octet of the text through a state
// machine. What is left of it after working round these is less than the pages here.
//
// The text goes out as it is, with three changes that RFC 5321 asks for: a bare LF becomes CR LF (§2.3.8), a line that begins with a
// dot gets another (§4.5.2), a last line without an end gets one. A fourth is sendmail's: lines over 990 octets are cut.
// For a host without 8BITMIME, MIME messages with 8-bit text are encoded as sendmail does it (package sevenbit). Bare CR stays. A text with
// BODY=BINARYMIME goes out octet by octet, in one BDAT; for a host without CHUNKING and BINARYMIME its binary parts become base64 (RFC 3030).
//
// Limits: 64 lines and 32 KiB of a reply are kept, 12 KiB of a line, more is read and dropped, 1,000 lines or 64 KiB in a line end the
// connection; 100 recipients a transaction, 100 hosts an MX list, 32 addresses a host. Memory does not grow with the message.
//
// Left to others: routing and the decision to let mail leave (route), schedule and reports (daemon, dsn), DNS
// itself (Resolver; net.Resolver is one), where passwords come from (Options.Login).
package deliver

import (
	"context"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/maillog"
)

// Mailer delivers.
type Mailer interface {
	// Deliver tries each of j.Rcpts once and gives a Status for each, in their order. It blocks until all is said, or
	// ctx ends; what had no final answer by then has a temporary status. It may be called from many goroutines.
	Deliver(ctx context.Context, j Job) []mta.Status
}

// Job is one message for one host.
type Job struct {
	Envelope *mta.Envelope // read only
	Rcpts    []int         // indexes into Envelope.Recipients, all for the same mailer and host
	// Host is where to: "example.com" (its MX hosts), "[mx.example.com]", "[192.0.2.1]", "[IPv6:2001:db8::1]" (no MX
	// lookup), each with ":port" behind it (which means no MX lookup either), or several with ":" between. "" for Local.
	Host    string
	Content mta.Content       // the whole message as it is to be sent: header, empty line, body; LF or CRLF; with BODY=BINARYMIME exactly as it is
	Verbose func(line string) // what sendmail -v prints: "Connecting to …", ">>> MAIL From:…", "250 …"; may be nil
}

func (j *Job) say(line string) {
	if j.Verbose != nil {
		j.Verbose(line)
	}
}

// who names some of a job's recipients as sendmail -v does.
func (j *Job) who(rcpts []int) string {
	var names []string
	for _, i := range rcpts {
		names = append(names, j.Envelope.Recipients[i].Address.Path())
	}
	return strings.Join(names, ",")
}

// result prints what became of each recipient.
func (j *Job) result(got []mta.Status) {
	if j.Verbose == nil {
		return
	}
	for n, i := range j.Rcpts {
		j.Verbose(j.Envelope.Recipients[i].Address.Path() + "... " + maillog.Stat(got[n]))
	}
}

// Discard takes every message and throws it away.
type Discard struct{}

// Deliver says 250.
func (Discard) Deliver(_ context.Context, j Job) []mta.Status {
	return everyone(j, mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}})
}

// Error refuses every recipient with its status, as sendmail's error mailer does.
type Error struct{ Status mta.Status }

// Deliver gives e.Status.
func (e Error) Deliver(_ context.Context, j Job) []mta.Status { return everyone(j, e.Status) }

func everyone(j Job, s mta.Status) []mta.Status {
	got := make([]mta.Status, len(j.Rcpts))
	for n := range got {
		got[n] = s
	}
	j.result(got)
	return got
}
