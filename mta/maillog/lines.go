package maillog

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"postroom.dev/mta"
)

// The limits of a line, in octets.
const (
	maxText = 8 << 10 // of a free line's text
	maxWord = 200     // of an address or a name, as in sendmail
	maxStat = 1000    // of a reply or a stat
	maxLine = 1024    // beyond which sendmail spreads a To's recipients over several lines
)

// From is the line for a message that was accepted. Fields that are empty are left out, save From, which is "<>" then.
type From struct {
	From       string // the sender as it was given: "<alice@example.com>", "alice"
	Size       int64  // octets as received
	Class      int    // from the Precedence field: -60 for bulk
	Recipients int    // nrcpts=
	MessageID  string // with its angle brackets
	BodyType   mta.BodyType
	Protocol   string // "ESMTP"; "" from the command line
	Daemon     string // "MTA", "MSA"
	Relay      string // "localhost [127.0.0.1]", "alice@localhost"
}

// To is the line for an attempt, or for a message that was queued without one.
type To struct {
	To       []string      // "<bob@example.com>" by SMTP, "bob" from the command line
	Ctladdr  string        // "alice@example.com (2001/2001)" where the sender is a local user
	Delay    time.Duration // since the message came in
	Tried    bool          // there was an attempt: xdelay= is printed
	XDelay   time.Duration // how long the attempt took
	Mailer   string        // "esmtp"
	Priority int64         // of the message in the queue; one below 0 prints as 9223372036854775807, as in sendmail
	Relay    string        // "mx.example.com. [127.0.0.21]"
	Enhanced mta.Enhanced  // dsn=
	Reply    string        // "451 4.7.1 Greylisted, try again later"
	Stat     string        // "Sent (accepted)", "Deferred: …", "queued", "User unknown"
}

// Notice says what kind of report a message caused.
type Notice string

// The notices that sendmail logs.
const (
	DSN              Notice = "DSN"
	SenderNotify     Notice = "sender notify"
	PostmasterNotify Notice = "postmaster notify"
	Clone            Notice = "clone"            // a copy with another sender, "owner=…"
	ReturnToSender   Notice = "return to sender" // a bounce bounced
)

// From logs that message id was accepted.
func (l *Log) From(id string, f From) {
	if l == nil {
		return
	}
	var b strings.Builder
	from := f.From
	if from == "" {
		from = "<>"
	}
	fmt.Fprintf(&b, "from=%s, size=%d, class=%d, nrcpts=%d", word(from), f.Size, f.Class, f.Recipients)
	put(&b, "msgid", word(f.MessageID))
	put(&b, "bodytype", word(string(f.BodyType)))
	put(&b, "proto", word(f.Protocol))
	put(&b, "daemon", word(f.Daemon))
	put(&b, "relay", word(f.Relay))
	l.write(queueID(id) + ": " + b.String())
}

// To logs what became of recipients of message id.
func (l *Log) To(id string, t To) {
	if l == nil {
		return
	}
	var b strings.Builder
	put(&b, "ctladdr", word(t.Ctladdr))
	put(&b, "delay", Interval(t.Delay))
	if t.Tried {
		put(&b, "xdelay", Interval(t.XDelay))
	}
	put(&b, "mailer", word(t.Mailer))
	put(&b, "pri", priority(t.Priority))
	put(&b, "relay", word(t.Relay))
	put(&b, "dsn", t.Enhanced.String())
	put(&b, "reply", short(t.Reply, maxStat))
	put(&b, "stat", short(t.Stat, maxStat))
	var lines []string
	for _, to := range spread(t.To, b.Len()) {
		lines = append(lines, queueID(id)+": to="+to+b.String())
	}
	l.write(lines...)
}

// Notify logs that message id caused the report with the id report: "DSN: User unknown".
func (l *Log) Notify(id, report string, n Notice, text string) {
	l.Line(id, queueID(report)+": "+string(n)+": "+text)
}

// Line logs any text about message id; "" is "NOQUEUE". Control characters in it are written as \n, \t, \r or three octal
// digits, a backslash as two: no text can begin a line of its own.
func (l *Log) Line(id, text string) {
	if l == nil {
		return
	}
	l.write(queueID(id) + ": " + short(text, maxText))
}

// Free logs text without a queue id: "starting daemon (8.17.1.9): SMTP+queueing@00:15:00".
func (l *Log) Free(text string) {
	if l == nil {
		return
	}
	l.write(short(text, maxText))
}

// Interval prints a duration as sendmail's delay= does: "00:00:07", "6+00:00:00". One below 0 is "00:00:00".
func Interval(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	clock := fmt.Sprintf("%02d:%02d:%02d", s/3600%24, s/60%60, s%60)
	if days := s / 86400; days > 0 {
		return strconv.FormatInt(days, 10) + "+" + clock
	}
	return clock
}

// put adds ", name=value" where there is a value.
func put(b *strings.Builder, name, value string) {
	if value != "" {
		b.WriteString(", " + name + "=" + value)
	}
}

func priority(p int64) string {
	if p < 0 {
		p = math.MaxInt64
	}
	return strconv.FormatInt(p, 10)
}

func queueID(id string) string {
	if id == "" {
		return "NOQUEUE"
	}
	return word(id)
}

// spread joins recipients with commas, into as many pieces as fit beside rest octets of other fields. Each but
// the last says "[more]".
func spread(to []string, rest int) []string {
	room := max(maxLine-100-rest, 20)
	var pieces []string
	var b strings.Builder
	for i, a := range to {
		if b.Len() > room {
			pieces = append(pieces, b.String()+" [more]")
			b.Reset()
		}
		b.WriteString(word(a))
		if i < len(to)-1 {
			b.WriteByte(',')
		}
	}
	return append(pieces, b.String())
}
