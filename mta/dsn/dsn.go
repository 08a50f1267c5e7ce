// Package dsn writes delivery reports as sendmail 8 writes them: the failure notice, the "could not send for
// past 4 hours" warning, the return receipt and the notice to the postmaster.
//
// A report is a multipart/report (RFC 6522) of three parts: words for people, a message/delivery-status
// for programs (RFC 3464, with the parameters of RFC 3461), and the original message or its header.
// Lines end in CRLF.
//
// Nothing in the original, an address or a remote host's reply can break a report: control characters are replaced,
// fields are folded, and the boundary is one that the quoted bytes do not hold. Limits: 800 octets for a
// field's value, 64 KiB of transcript, 1 MiB of quoted header. Text beyond ASCII: the words for people are UTF-8 and
// say so; in the status part an address is utf-8-addr-xtext (RFC 6533 §3).
//
// Who gets which report, when, and with the null reverse-path, is the caller's to decide (RFC 3461 §5, §6).
package dsn

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// Kind says which report it is: it decides the subject and what introduces the text.
type Kind string

// The kinds of reports; the values are what Auto-Submitted says (RFC 3834 §5).
const (
	Failure    Kind = "failure"                 // "Returned mail: see transcript for details"
	Warning    Kind = "warning-timeout"         // "Warning: could not send message for past 4 hours"
	Receipt    Kind = "return-receipt"          // "Return receipt"
	Postmaster Kind = "postmaster-notification" // "Postmaster notify: see transcript for details"; for a bounce that bounced, or a copy
)

// Action is the Action field of a recipient, RFC 3464 §2.3.3, with sendmail's comment.
type Action string

// The actions of RFC 3464.
const (
	Failed    Action = "failed"
	Delayed   Action = "delayed"
	Delivered Action = "delivered (to mailbox)"
	ToList    Action = "delivered (to mailing list)"
	Relayed   Action = "relayed (to non-DSN-aware mailer)"
	Expanded  Action = "expanded (to multi-recipient alias)"
	Untimed   Action = "relayed (Deliver-By notify mode)" // to a host that does not offer DELIVERBY
	Traced    Action = "relayed (Deliver-By trace mode)"
)

// Errors that Compose gives for a Report that cannot be written.
var (
	ErrNoRecipient = errors.New("dsn: a report needs a recipient to report about")
	ErrNoEnvelope  = errors.New("dsn: a report needs the original's envelope")
	ErrUnknown     = errors.New("dsn: no such kind or action")
)

// Report is all that stands in a report. Times are printed in the zone that they carry.
type Report struct {
	ID       string    // the report's own queue id
	Time     time.Time // when it is written
	Host     string    // the reporting MTA: our host name
	Software string    // "8.17.1.9/8.17.1.9": for a Received field; "" leaves that field to the caller
	Kind     Kind
	To       []address.Address // who gets the report, in its To field

	Envelope *mta.Envelope // of the original: read only
	// Content are the original's bytes; Envelope.Added stands before them. nil when there is nothing to quote.
	Content mta.Content
	// HeaderOnly quotes only the header, for a negative Precedence. RET=HDRS and Kind Receipt do so by themselves.
	HeaderOnly bool
	Recipients []Recipient // those whom the report is about; at least one
	// Transcript is what the session said, LF or CRLF at line ends ("... while talking to …", ">>> DATA", "<<< 550 …").
	// Empty: made from what each recipient's status says.
	Transcript []byte

	Late   bool          // Warning: because the time of Envelope.By has passed. Failure: it was given up for that
	Waited time.Duration // Warning: the time after which one is warned (4 h). Failure: after which the message was given up, 0 when that was not why
	GiveUp time.Duration // Warning: the age at which the message will be returned (5 days)
}

// Recipient is one recipient of the original and what became of it: Address is where it went, Via[0] what was asked
// for when an alias led there, Last the reply. Of Last, RemoteMTA tells sendmail's Remote-MTA.
type Recipient struct {
	mta.Recipient
	Action  Action
	Attempt time.Time // Last-Attempt-Date; zero: the time of the report
	Until   time.Time // Will-Retry-Until of a delayed one; zero leaves the field out
}

// Compose writes r to w. Its errors are those of w, of reading Content, and the Err values above.
func Compose(w io.Writer, r Report) error {
	if err := r.check(); err != nil {
		return err
	}
	people, eight := r.people()
	status := r.status()
	q, err := examine(&r, people+status)
	if err != nil {
		return fmt.Errorf("dsn: original %s: %w", r.Envelope.ID, err)
	}
	b := bufio.NewWriterSize(w, 32<<10)
	r.header(b, q, eight)
	line(b, "This is a MIME-encapsulated message")
	line(b, "")
	line(b, "--"+q.boundary)
	if eight {
		line(b, "Content-Type: text/plain; charset=utf-8")
		line(b, "Content-Transfer-Encoding: 8bit")
	}
	line(b, "")
	b.WriteString(people)
	line(b, "")
	line(b, "--"+q.boundary)
	line(b, "Content-Type: message/delivery-status")
	line(b, "")
	b.WriteString(status)
	line(b, "")
	if r.Content != nil {
		if err := r.quote(b, q); err != nil {
			return fmt.Errorf("dsn: original %s: %w", r.Envelope.ID, err)
		}
		line(b, "")
	}
	line(b, "--"+q.boundary+"--")
	line(b, "")
	return b.Flush()
}

func (r *Report) check() error {
	if r.Envelope == nil {
		return ErrNoEnvelope
	}
	if len(r.Recipients) == 0 {
		return ErrNoRecipient
	}
	switch r.Kind {
	case Failure, Warning, Receipt, Postmaster:
	default:
		return fmt.Errorf("%w: kind %q", ErrUnknown, r.Kind)
	}
	for _, rcpt := range r.Recipients {
		switch rcpt.Action {
		case Failed, Delayed, Delivered, ToList, Relayed, Expanded, Untimed, Traced:
		default:
			return fmt.Errorf("%w: action %q", ErrUnknown, rcpt.Action)
		}
	}
	return nil
}

// Subject is the report's Subject, which is also what sendmail logs and keeps as the message's state for a Warning.
func (r *Report) Subject() string {
	switch r.Kind {
	case Warning:
		if r.Late {
			return fmt.Sprintf("Warning: Delivery time (%ds) exceeded", r.Envelope.By.Seconds)
		}
		return "Warning: could not send message for past " + Interval(r.Waited)
	case Receipt:
		return "Return receipt"
	case Postmaster:
		return "Postmaster notify: see transcript for details"
	}
	return "Returned mail: see transcript for details"
}

// header writes the report's own header in sendmail's order.
func (r *Report) header(b *bufio.Writer, q quoted, eight bool) {
	host, date := printable(r.Host), Date(r.Time)
	if r.Software != "" {
		line(b, "Received: from localhost (localhost)")
		line(b, "\tby "+host+" ("+printable(r.Software)+") id "+printable(r.ID)+";")
		line(b, "\t"+date)
	}
	line(b, "Date: "+date)
	line(b, "From: Mail Delivery Subsystem <MAILER-DAEMON@"+host+">")
	line(b, "Message-Id: <"+r.Time.UTC().Format("200601021504")+"."+printable(r.ID)+"@"+host+">")
	for i, to := range r.To { // one field, an address a line: RFC 5322 §3.6 allows one To
		text := r.written(to)
		if r.Kind == Postmaster {
			text = printable(to.String())
		}
		if i == 0 {
			text = "To: " + text
		} else {
			text = "\t" + text
		}
		if i < len(r.To)-1 {
			text += ","
		}
		line(b, text)
	}
	line(b, "MIME-Version: 1.0")
	line(b, "Content-Type: multipart/report; report-type=delivery-status;")
	line(b, "\tboundary=\""+q.boundary+"\"")
	if q.eight || eight {
		line(b, "Content-Transfer-Encoding: 8bit")
	}
	line(b, "Subject: "+r.Subject())
	line(b, "Auto-Submitted: auto-generated ("+string(r.Kind)+")")
	line(b, "")
}
