package deliver

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/sevenbit"
)

// transaction is one MAIL, its RCPTs and its DATA (RFC 5321 §3.3) or BDAT (RFC 3030).
type transaction struct {
	job        *Job
	conn       *conn
	rcpts      []int        // indexes into the envelope
	got        []mta.Status // one for each of rcpts; Code 0 means not known yet, 2yz that RCPT was accepted
	utf8       bool
	by         string // who encodes, for its header: "mail.example.com id 6AN4MjC8021292"
	turnedAway bool   // nothing was said of any recipient, and another host may do better
	now        func() time.Time
	eightBit   bool           // 8-bit text goes out as it is
	plan       *sevenbit.Plan // how the text is encoded for a host that does not take it as it is; nil for as it is
	chunks     bool           // the text is binary, and goes by BDAT
}

// unanswered says that the n-th recipient has no final answer.
func (t *transaction) unanswered(n int) bool { return t.got[n].Code == 0 || t.got[n].OK() }

// settle gives s to all that have no final answer.
func (t *transaction) settle(s mta.Status) {
	for n := range t.got {
		if t.unanswered(n) {
			t.got[n] = s
		}
	}
}

func (t *transaction) accepted() bool {
	for _, s := range t.got {
		if s.OK() {
			return true
		}
	}
	return false
}

// wanted says that there is still a recipient to ask for.
func (t *transaction) wanted() bool {
	for n := range t.got {
		if t.got[n].Code == 0 {
			return true
		}
	}
	return false
}

// run delivers. Afterwards the connection is ready for RSET, or lost.
func (t *transaction) run() {
	c := t.conn
	if s := t.inTime(); s.Code != 0 {
		t.settle(s)
		return
	}
	if t.prepare(); !t.wanted() {
		return
	}
	if err := t.recode(); err != nil {
		t.settle(mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "the message could not be read; try again later", Err: err})
		return
	}
	if t.plan != nil && t.plan.Stuck {
		return
	}
	mail := t.mail()
	r, err := c.cmd(mail, "client MAIL", c.limit.Mail)
	if err != nil || r.class() != 2 {
		t.turnedAway = err != nil || r.class() == 4
		t.settle(to(mail, c.verdict(r, err)))
		return
	}
	_, pipelining := c.ext["PIPELINING"]
	var data reply
	if pipelining {
		data, err = t.together()
	} else {
		data, err = t.oneByOne()
	}
	switch {
	case err != nil:
		t.settle(c.broken(err))
	case c.lost: // 421
		t.settle(to("DATA", data.status(c.peer())))
	case !t.accepted() && data.code == 354:
		// RFC 2920 §3.1: the server must now be given an empty text, and its answer means nothing.
		c.put(".")
		_, _ = c.get("client DATA status", c.limit.Dot)
	case !t.accepted():
	case t.chunks:
		t.text()
	case data.class() == 2: // yes to what cannot have been done: nothing of it may count as delivered
		data.code = 354
		c.lost = true
		t.settle(to("DATA", data.status(c.peer())))
	case data.code != 354:
		t.settle(to("DATA", data.status(c.peer())))
	default:
		t.text()
	}
}

// to is a refusal of the host with the command that it is of.
func to(command string, s mta.Status) mta.Status {
	if s.RemoteMTA != "" && !s.OK() {
		s.Command = command
	}
	return s
}

// together sends all RCPTs and DATA without waiting in between, RFC 2920.
func (t *transaction) together() (reply, error) {
	c := t.conn
	var asked []int
	for n := range t.rcpts {
		if t.got[n].Code == 0 {
			c.put(t.rcpt(n))
			asked = append(asked, n)
		}
	}
	if !t.chunks {
		c.put("DATA")
	}
	for _, n := range asked {
		if r, err := t.answer(n); err != nil || c.lost {
			return r, err
		}
	}
	if t.chunks { // nothing says yes to a chunk before it is sent: who is accepted must be known
		return reply{}, nil
	}
	return c.get(phaseData, c.limit.Data)
}

// oneByOne waits for each answer, and says DATA only when somebody was accepted.
func (t *transaction) oneByOne() (reply, error) {
	c := t.conn
	for n := range t.rcpts {
		if t.got[n].Code != 0 {
			continue
		}
		c.put(t.rcpt(n))
		if r, err := t.answer(n); err != nil || c.lost {
			return r, err
		}
	}
	if !t.accepted() || t.chunks {
		return reply{}, nil
	}
	return c.cmd("DATA", phaseData, c.limit.Data)
}

// answer reads the reply to the n-th RCPT.
func (t *transaction) answer(n int) (reply, error) {
	r, err := t.conn.get("client RCPT", t.conn.limit.Rcpt)
	if err == nil {
		t.got[n] = to(t.rcpt(n), r.status(t.conn.peer()))
	}
	return r, err
}

// text sends the message. Its answer is that of all whose RCPT was accepted.
func (t *transaction) text() {
	c := t.conn
	c.phase = "client DATA"
	var cut int
	var err error
	if t.chunks {
		err = t.chunk()
	} else {
		cut, err = sendText(c.out, t.open)
	}
	if errors.Is(err, errContent) {
		t.settle(c.broken(err)) // no dot was sent, or not the whole chunk: the host throws away what it has
		return
	}
	var r reply
	if err == nil {
		if !t.chunks {
			t.job.say(">>> .")
		}
		r, err = c.get("client DATA status", c.limit.Dot)
	} else {
		r, err = c.afterwards(err)
	}
	// Without an answer the host may have the message or not. It is tried again: twice is better than never (RFC 5321 §4.2.5, §6.1).
	s := to("DATA", c.verdict(r, err))
	if s.OK() {
		_, s.DSN = c.ext["DSN"]
		_, s.By = c.ext["DELIVERBY"]
		if s.Cut = cut; t.plan != nil {
			s.Recoded = t.plan.Encoded()
		}
	}
	t.settle(s)
}

// chunk sends a binary text as one chunk, the last: RFC 3030 §2.
func (t *transaction) chunk() error {
	size := t.job.Content.Size()
	t.conn.put(fmt.Sprintf("BDAT %d LAST", size))
	in, err := t.job.Content.Open()
	if err != nil {
		return errors.Join(errContent, err)
	}
	defer in.Close()
	text := source{r: in}
	n, err := io.CopyBuffer(struct{ io.Writer }{t.conn.out}, io.LimitReader(&text, size), make([]byte, 32<<10))
	switch {
	case text.err != nil:
		return errors.Join(errContent, text.err)
	case err == nil && n < size:
		return errors.Join(errContent, io.ErrUnexpectedEOF)
	}
	return err
}

// source keeps apart why reading failed from why writing did.
type source struct {
	r   io.Reader
	err error
}

func (c *source) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// prepare finds out who cannot be sent to this host at all.
func (t *transaction) prepare() {
	env := t.job.Envelope
	if !sendable(env.Sender.String()) {
		t.settle(mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 1, 7}, Text: "sender address cannot be sent"})
		return
	}
	all := !isASCII(env.Sender.String()) // all need SMTPUTF8
	if env.UTF8 && !all {
		var err error
		if all, err = eightBitHeader(t.job.Content); err != nil {
			t.settle(mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 3, 0}, Text: "the message could not be read; try again later", Err: err})
			return
		}
	}
	_, offered := t.conn.ext["SMTPUTF8"]
	t.utf8 = all || env.UTF8
	for n, i := range t.rcpts {
		to := env.Recipients[i].Address.String()
		if weak := t.tooWeak(env.Recipients[i].Address); weak.Code != 0 {
			t.got[n] = weak
			continue
		}
		switch {
		case to == "" || !sendable(to):
			t.got[n] = mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 1, 3}, Text: "address cannot be sent"}
		case !offered && (all || !isASCII(to)): // RFC 6531 §3.5
			t.got[n] = mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 6, 7}, Text: "SMTPUTF8 is needed, and " + t.conn.host + " does not offer it"}
		case !isASCII(to):
			t.utf8 = true
		}
	}
	t.utf8 = t.utf8 && offered
}

// sendable says that an address is one line's worth of text.
func sendable(s string) bool {
	return len(s) <= 1024 && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}

// mail is the MAIL command, with the parameters that the host knows.
func (t *transaction) mail() string {
	env, ext := t.job.Envelope, t.conn.ext
	var b strings.Builder
	b.WriteString("MAIL From:" + env.Sender.Path())
	if _, ok := ext["SIZE"]; ok {
		fmt.Fprintf(&b, " SIZE=%d", t.job.Content.Size())
	}
	if body := t.bodyType(); body != "" {
		b.WriteString(" BODY=" + string(body))
	}
	if t.utf8 {
		b.WriteString(" SMTPUTF8")
	}
	if _, ok := ext["DSN"]; ok {
		if env.EnvID != "" {
			b.WriteString(" ENVID=" + xtext(env.EnvID))
		}
		if env.Return != "" {
			b.WriteString(" RET=" + string(env.Return))
		}
	}
	b.WriteString(t.deliverBy())
	return b.String()
}

// rcpt is the n-th RCPT command.
func (t *transaction) rcpt(n int) string {
	r := &t.job.Envelope.Recipients[t.rcpts[n]]
	line := "RCPT To:" + r.Address.Path()
	if _, ok := t.conn.ext["DSN"]; !ok {
		return line
	}
	if r.Notify != 0 {
		line += " NOTIFY=" + notify(r.Notify)
	}
	if kind, original, ok := strings.Cut(r.Original, ";"); ok && sendable(kind) && !strings.ContainsAny(kind, " +=") {
		if strings.EqualFold(kind, "utf-8") {
			line += " ORCPT=" + kind + ";" + utf8xtext(original)
		} else {
			line += " ORCPT=" + kind + ";" + xtext(original)
		}
	}
	return line
}

func notify(n mta.Notify) string {
	if n&mta.NotifyNever != 0 {
		return "NEVER"
	}
	var words []string
	for _, w := range []struct {
		bit  mta.Notify
		name string
	}{{mta.NotifySuccess, "SUCCESS"}, {mta.NotifyFailure, "FAILURE"}, {mta.NotifyDelay, "DELAY"}} {
		if n&w.bit != 0 {
			words = append(words, w.name)
		}
	}
	return strings.Join(words, ",")
}

// xtext is RFC 3461 §4.
func xtext(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < '!' || c > '~' || c == '+' || c == '=' {
			fmt.Fprintf(&b, "+%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// utf8xtext is RFC 6533 §3, the form that needs no SMTPUTF8.
func utf8xtext(s string) string {
	var b strings.Builder
	for _, c := range s {
		if c < '!' || c > '~' || c == '+' || c == '=' || c == '\\' {
			fmt.Fprintf(&b, `\x{%02X}`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// eightBitHeader looks for octets above 127 in the header, at most 64 KiB of it.
func eightBitHeader(c mta.Content) (bool, error) {
	in, err := c.Open()
	if err != nil {
		return false, err
	}
	defer in.Close()
	head, err := io.ReadAll(io.LimitReader(in, 64<<10))
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(string(head)) {
		if strings.TrimRight(line, "\r\n") == "" {
			break
		}
		if !isASCII(line) {
			return true, nil
		}
	}
	return false, nil
}
