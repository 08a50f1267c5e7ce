package dsn

import (
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/simulate"
)

// status gives the message/delivery-status part, RFC 3464 §2.
func (r *Report) status() string {
	var b strings.Builder
	env := r.Envelope
	if env.EnvID != "" {
		field(&b, "Original-Envelope-Id", "", env.EnvID)
	}
	field(&b, "Reporting-MTA", "dns; ", r.Host)
	if o := &env.Origin; o.Client != "" {
		name := o.Name
		if name == "" {
			name = literal(o.Client)
		}
		field(&b, "Received-From-MTA", "DNS; ", name)
	}
	field(&b, "Arrival-Date", "", Date(env.Arrival))
	if env.By.Mode != "" { // RFC 2852 §5
		field(&b, "Deliver-By-Date", "", Date(env.Arrival.Add(time.Duration(env.By.Seconds)*time.Second)))
	}
	for i := range r.Recipients {
		b.WriteString("\r\n")
		r.recipient(&b, &r.Recipients[i])
	}
	return b.String()
}

// recipient writes the fields of one recipient, RFC 3464 §2.3.
func (r *Report) recipient(b *strings.Builder, rcpt *Recipient) {
	if kind, name, ok := strings.Cut(rcpt.Original, ";"); ok {
		field(b, "Original-Recipient", cut(ascii(oneLine(kind)), 100)+";", name)
	}
	final := rcpt.Address
	if len(rcpt.Via) > 0 {
		final = rcpt.Via[0]
	}
	r.address(b, "Final-Recipient", "RFC822", final)
	r.address(b, "X-Actual-Recipient", "rfc822", rcpt.Address)
	field(b, "Action", "", string(rcpt.Action))
	field(b, "Status", "", Enhanced(rcpt.Action, rcpt.Last).String())
	host := rcpt.Last.RemoteMTA
	if host == "" && !isLocal(rcpt.Mailer) {
		host = rcpt.Host // it did not answer
		if rcpt.Mailer == "sim" {
			host = simulate.HostName(host)
		}
	}
	if host = strings.TrimSuffix(host, "."); host != "" {
		field(b, "Remote-MTA", "DNS; ", host)
	}
	if isReply(rcpt) {
		kind := "SMTP; "
		if isLocal(rcpt.Mailer) {
			kind = "X-Unix; "
		}
		field(b, "Diagnostic-Code", kind, code(&rcpt.Last)+" "+rcpt.Last.Text)
	}
	attempt := rcpt.Attempt
	if attempt.IsZero() {
		attempt = r.Time
	}
	field(b, "Last-Attempt-Date", "", Date(attempt))
	if rcpt.Action == Delayed && !rcpt.Until.IsZero() {
		field(b, "Will-Retry-Until", "", Date(rcpt.Until))
	}
}

// address writes a field whose value is an address with its type; one without a domain is at our host.
func (r *Report) address(b *strings.Builder, name, kind string, a address.Address) {
	text := a.Qualify(r.Host).String()
	if !isASCII(text) {
		kind = "utf-8" // RFC 6533 §3
	}
	field(b, name, kind+"; ", text)
}

// isLocal says that a mailer speaks in exit codes and not in SMTP replies.
func isLocal(mailer string) bool {
	switch mailer {
	case "", "local", "prog", "*file*", "*include*", "catch", "discard":
		return true
	}
	return false
}

// field writes one field of the status part. A value of several lines is folded; nothing in it can end the field.
// One longer than 800 octets is cut, as in sendmail.
func field(b *strings.Builder, name, kind, value string) {
	b.WriteString(name + ": " + kind)
	left, width := maxValue, len(name)+len(": ")+len(kind)
	for i, l := range lines(value) {
		if left <= 0 {
			break
		}
		if i > 0 {
			b.WriteString("\r\n\t")
			width = 8
		}
		l = cut(ascii(printable(l)), left)
		left -= len(l)
		for {
			at := fold(l, width)
			b.WriteString(l[:at])
			if l = strings.TrimLeft(l[at:], " "); l == "" {
				break
			}
			b.WriteString("\r\n\t")
			width = 8
		}
	}
	b.WriteString("\r\n")
}

// fold says where to break a line that begins in column width: at a blank before the 998 octets of RFC 5322 §2.1.1
// are full. Values are short, so that sendmail's one line stays one line.
func fold(l string, width int) int {
	const full = 990
	if width+len(l) <= full {
		return len(l)
	}
	if i := strings.LastIndexByte(l[:full-width], ' '); i > 0 {
		return i
	}
	return full - width
}

// Enhanced is the Status field of a recipient: the code that came with the reply, or the one that sendmail takes for the
// reply's number. A message that failed for its age, its last reply being a temporary one, has 4.4.7.
func Enhanced(action Action, s mta.Status) mta.Enhanced {
	if action == Failed && (s.Temporary() || s.Code == 0) {
		return mta.Enhanced{4, 4, 7}
	}
	if s.Enhanced != (mta.Enhanced{}) {
		return s.Enhanced
	}
	switch s.Code {
	case 450:
		return mta.Enhanced{4, 2, 0}
	case 451:
		return mta.Enhanced{4, 3, 0}
	case 452:
		return mta.Enhanced{4, 3, 1}
	case 500:
		return mta.Enhanced{5, 5, 2}
	case 501, 504:
		return mta.Enhanced{5, 5, 4}
	case 502, 503:
		return mta.Enhanced{5, 5, 1}
	case 550:
		return mta.Enhanced{5, 2, 0}
	case 551:
		return mta.Enhanced{5, 1, 6}
	case 552:
		return mta.Enhanced{5, 2, 2}
	case 553:
		return mta.Enhanced{5, 1, 0}
	}
	switch {
	case action == Delivered:
		return mta.Enhanced{2, 1, 5}
	case action == Failed:
		return mta.Enhanced{5, 0, 0}
	case action == Delayed:
		return mta.Enhanced{4, 0, 0}
	}
	return mta.Enhanced{2, 0, 0}
}
