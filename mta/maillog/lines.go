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

// From logs that message id was accepted, and what became of recipients that did not have to wait.
func (l *Log) From(id string, f From, settled ...To) {
	if l == nil {
		return
	}
	from := f.From
	if from == "" {
		from = "<>"
	}
	b := make(line, 0, 256)
	b = append(append(b, queueID(id)...), ": from="...)
	b = append(append(b, word(from)...), ", size="...)
	b = append(strconv.AppendInt(b, f.Size, 10), ", class="...)
	b = append(strconv.AppendInt(b, int64(f.Class), 10), ", nrcpts="...)
	b = strconv.AppendInt(b, int64(f.Recipients), 10)
	b.put("msgid", word(f.MessageID))
	b.put("bodytype", word(string(f.BodyType)))
	b.put("proto", word(f.Protocol))
	b.put("daemon", word(f.Daemon))
	b.put("relay", word(f.Relay))
	lines := append(make([]string, 0, 1+len(settled)), string(b))
	for _, t := range settled {
		lines = t.appendLines(lines, id)
	}
	l.write(lines...)
}

// To logs what became of recipients of message id.
func (l *Log) To(id string, t To) {
	if l == nil {
		return
	}
	l.write(t.appendLines(nil, id)...)
}

// appendLines prints t: one line, or several where there are many recipients.
func (t *To) appendLines(lines []string, id string) []string {
	b := make(line, 0, 256)
	b.put("ctladdr", word(t.Ctladdr))
	b.put("delay", Interval(t.Delay))
	if t.Tried {
		b.put("xdelay", Interval(t.XDelay))
	}
	b.put("mailer", word(t.Mailer))
	b.put("pri", priority(t.Priority))
	b.put("relay", word(t.Relay))
	b.put("dsn", t.Enhanced.String())
	b.put("reply", short(t.Reply, maxStat))
	b.put("stat", short(t.Stat, maxStat))
	if len(t.To) == 1 {
		return append(lines, queueID(id)+": to="+word(t.To[0])+string(b))
	}
	for _, to := range spread(t.To, len(b)) {
		lines = append(lines, queueID(id)+": to="+to+string(b))
	}
	return lines
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
	if s == 0 {
		return "00:00:00"
	}
	clock := fmt.Sprintf("%02d:%02d:%02d", s/3600%24, s/60%60, s%60)
	if days := s / 86400; days > 0 {
		return strconv.FormatInt(days, 10) + "+" + clock
	}
	return clock
}

// line is one that is being written.
type line []byte

// put adds ", name=value" where there is a value.
func (b *line) put(name, value string) {
	if value != "" {
		*b = append(append(append(append(*b, ", "...), name...), '='), value...)
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
