package sendmail

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/spool/qf"
	"postroom.dev/spool/queue"
)

// idTries is how many ids are tried: another process may have had our process id in the same second.
const idTries = 5

// enqueue puts the message into the client queue, in a form that sendmail itself could run. As in
// sendmail's queue, line ends are LF there, and a Unix "From " line is gone.
func (j *job) enqueue(ctx context.Context) error {
	if !j.headed() {
		return errHeaderTooLarge
	}
	q, err := queue.Open(j.Home.ClientQueue)
	if err != nil {
		return fmt.Errorf("client queue: %w", err)
	}
	j.env.Origin = mta.Origin{Protocol: "sendmail", User: j.caller().Name, UID: j.UID}
	if j.CalledBy != nil {
		j.env.Origin.PID, j.env.Origin.Argv = j.CalledBy()
	}
	for range idTries {
		if err = j.create(ctx, q, j.QueueID()); !errors.Is(err, queue.ErrExists) {
			break
		}
	}
	if errors.Is(err, qf.ErrHeader) || errors.Is(err, qf.ErrTooLarge) || errors.Is(err, qf.ErrLineBreak) {
		return &Exit{exDataErr, "sendmail: the message cannot wait in the client queue: " + printable(err.Error())}
	}
	if err != nil {
		return fmt.Errorf("client queue %s: %w", j.Home.ClientQueue, err)
	}
	return nil
}

func (j *job) create(ctx context.Context, q *queue.Queue, id string) error {
	env, head := j.env, j.text.head
	env.ID = id
	env.Added = j.added(id)
	start := j.head.end
	if len(j.head.fields) > 0 {
		start = j.head.fields[0].start
	}
	fields := append([]byte(j.warning()), head[start:j.head.end]...)
	c, err := qf.FromEnvelope(&env, fields)
	if err != nil {
		return err
	}
	j.setPeer(c)
	body := j.bodyStart()
	if body > j.head.end {
		c.Priority++ // sendmail counts the empty line
	}
	return q.Create(ctx, c, id, c.Measure(newLFReader(j.text.from(body))))
}

// bodyStart is where the body begins: behind the empty line, where there is one.
func (j *job) bodyStart() int {
	for _, empty := range []string{"\n", "\r\n"} {
		if bytes.HasPrefix(j.text.head[j.head.end:], []byte(empty)) {
			return j.head.end + len(empty)
		}
	}
	return j.head.end
}

// setPeer hands on -p: the macros r and s.
func (j *job) setPeer(c *qf.Control) {
	var macros []qf.Macro
	for _, m := range c.Macros {
		if m.Name == "{daemon_flags}" {
			if j.protocol != "" {
				macros = append(macros, qf.Macro{Name: "r", Value: printable(j.protocol)})
			}
			if j.peer != "" {
				macros = append(macros, qf.Macro{Name: "s", Value: printable(j.peer)})
			}
		}
		macros = append(macros, m)
	}
	c.Macros = macros
}

// added makes the fields that the message lacks, as sendmail's submission does: Received always; Date, From and Message-Id
// where there is none, and the same for a message that was resent (RFC 5322 §3.6.6).
func (j *job) added(id string) []byte {
	var b bytes.Buffer
	now, host := j.env.Arrival, j.hostname()
	field := func(name, value string) {
		if !j.head.has(name) {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	b.WriteString("Received: " + j.received(id) + "\r\n")
	resent := j.head.has("Resent-To") || j.head.has("Resent-From")
	if resent {
		field("Resent-Date", date(now))
	}
	field("Date", date(j.written(now)))
	author := address.Named{Name: printable(j.env.FullName), Address: j.env.Sender}
	if author.IsNull() {
		author.Address = address.Address{Local: "MAILER-DAEMON", Domain: host}
	}
	if resent {
		field("Resent-From", author.String())
	}
	field("From", author.String())
	messageID := "<" + now.UTC().Format("200601021504") + "." + id + "@" + host + ">"
	if resent {
		field("Resent-Message-Id", messageID)
	}
	field("Message-Id", messageID)
	return b.Bytes()
}

// received makes the body of the Received field: RFC 5321 §4.4 in sendmail's layout. "for" stands only when the command
// line names one recipient: those of -t may be blind copies.
func (j *job) received(id string) string {
	var b strings.Builder
	from, by := "("+j.caller().Name+"@localhost)", j.hostname()+" ("+j.Software+"/Submit)"
	if j.peer != "" {
		from = "from " + word(j.peer) + " " + from
	} else {
		from = "(from " + from[1:]
	}
	if j.protocol != "" {
		by += " with " + word(j.protocol)
	}
	fmt.Fprintf(&b, "%s\r\n\tby %s id %s", from, by, id)
	if j.for1 != "" {
		fmt.Fprintf(&b, "\r\n\tfor %s; %s", j.for1, date(j.env.Arrival))
	} else {
		fmt.Fprintf(&b, ";\r\n\t%s", date(j.env.Arrival))
	}
	return b.String()
}

// word makes what -p said fit to stand in a field: it may not end the field or open a comment.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || r == '(' || r == ')' {
			return '?'
		}
		return r
	}, s)
}

// written is when the message says it was written: the date of its Unix "From " line, when it begins with one.
func (j *job) written(now time.Time) time.Time {
	line, _, _ := bytes.Cut(j.text.head, []byte("\n"))
	text := strings.TrimRight(string(line), " \r")
	if !strings.HasPrefix(text, "From ") || len(text) < len(time.ANSIC) {
		return now
	}
	t, err := time.ParseInLocation(time.ANSIC, text[len(text)-len(time.ANSIC):], now.Location())
	if err != nil {
		return now
	}
	return t
}

// date prints a time as sendmail does: RFC 5322 §3.3, with GMT for the zone that is UTC.
func date(t time.Time) string {
	if _, offset := t.Zone(); offset == 0 {
		return t.Format("Mon, 2 Jan 2006 15:04:05 GMT")
	}
	return t.Format("Mon, 2 Jan 2006 15:04:05 -0700")
}

// lfReader makes CRLF into LF: the form of a df.
type lfReader struct {
	r       *bufio.Reader
	pending []byte
	tail    []byte // follows pending: the LF whose CR was cut off
}

func newLFReader(r io.Reader) *lfReader { return &lfReader{r: bufio.NewReaderSize(r, 16<<10)} }

func (l *lfReader) Read(b []byte) (int, error) {
	for len(l.pending) == 0 {
		if l.pending, l.tail = l.tail, nil; len(l.pending) > 0 {
			break
		}
		line, err := l.r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull && (err != io.EOF || len(line) == 0) {
			return 0, err
		}
		switch {
		case bytes.HasSuffix(line, []byte("\r\n")):
			line, l.tail = line[:len(line)-2], line[len(line)-1:]
		case err == bufio.ErrBufferFull && line[len(line)-1] == '\r':
			// Its LF may be the next octet: see both at once.
			if err := l.r.UnreadByte(); err == nil {
				line = line[:len(line)-1]
			}
		}
		l.pending = line
	}
	n := copy(b, l.pending)
	l.pending = l.pending[n:]
	return n, nil
}
