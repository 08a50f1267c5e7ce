package sendmail

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"postroom.dev/mta"
)

const (
	// pipelined is how many RCPT commands are sent before their answers are read. More could fill the buffers of
	// both sides while each waits for the other: RFC 2920 §3.1.
	pipelined = 100
	// together is the size up to which a message is sent along with its envelope, before anybody has said that the
	// recipients are right: one round trip less, and little wasted when they are not.
	together = 64 << 10
)

// transaction sends one message.
type transaction struct {
	*session
	env    *mta.Envelope
	text   *text
	status []mta.Status // of each recipient
	sent   bool         // the text went along with the recipients
}

// send gives the fate of each recipient: 2xx when the server has taken the message for it, 5xx
// refused, 4xx or code 0 when it is still ours. With an error nothing has been taken, as far as anybody can know.
// sender says that a refusal was the answer to MAIL.
func (s *session) send(env *mta.Envelope, t *text) (status []mta.Status, sender bool, err error) {
	x := &transaction{session: s, env: env, text: t, status: make([]mta.Status, len(env.Recipients))}
	s.conn.SetDeadline(time.Now().Add(replyTime))
	mail, err := x.envelope()
	if err == nil && !mail.OK() {
		for i := range x.status {
			x.status[i] = mail
		}
		x.talk.results(env.Recipients, x.status, nil)
		x.quit()
		return x.status, true, nil
	}
	if err == nil {
		err = x.message()
	}
	if err == nil {
		x.talk.results(env.Recipients, x.status, nil)
		x.quit()
	} else {
		defer func() { x.talk.results(env.Recipients, x.status, err) }()
		for i := range x.status {
			if x.status[i].OK() {
				x.status[i] = mta.Status{}
			}
		}
	}
	return x.status, false, err
}

// envelope sends MAIL and RCPT and reads their answers. A refused MAIL is no error.
func (x *transaction) envelope() (mail mta.Status, err error) {
	group := 1
	if x.ext.pipelining {
		group = pipelined
	}
	x.command("%s", x.mailCommand(x.env, x.text.size))
	for at := 0; at < len(x.status); at += group {
		if at == 0 && !x.ext.pipelining {
			if mail, err = x.answer(); err != nil || !mail.OK() {
				return mail, err
			}
		}
		end := min(at+group, len(x.status))
		for _, r := range x.env.Recipients[at:end] {
			x.command("%s", x.rcptCommand(r))
		}
		if end == len(x.status) && x.exact && x.ext.pipelining && x.text.size <= together {
			x.sent = true
			if err := x.chunk(); err != nil {
				return mail, err
			}
			x.command("QUIT")
		}
		x.w.Flush()
		if mail.Code == 0 {
			if mail, err = x.reply(); err != nil || !mail.OK() {
				return mail, err
			}
		}
		for i := at; i < end; i++ {
			if x.status[i], err = x.reply(); err != nil {
				return mail, err
			}
		}
	}
	return mail, nil
}

// accepted says whether the server wants the message for somebody.
func (x *transaction) accepted() bool {
	for _, s := range x.status {
		if s.OK() {
			return true
		}
	}
	return false
}

// message sends the text, if it is not on its way, and gives the server's last word on it to
// every recipient that was accepted so far.
func (x *transaction) message() error {
	if !x.accepted() {
		return nil
	}
	final, err := x.final()
	if err != nil {
		return err
	}
	for i := range x.status {
		if x.status[i].OK() {
			x.status[i] = final
		}
	}
	return nil
}

// final sends the text by BDAT or DATA and gives the answer to its end, or to DATA when that was refused.
func (x *transaction) final() (mta.Status, error) {
	switch {
	case x.sent:
	case x.exact:
		if err := x.chunk(); err != nil {
			return mta.Status{}, err
		}
	default:
		x.command("DATA")
		ready, err := x.answer()
		if err != nil {
			return ready, err
		}
		if ready.Code != 354 {
			if ready.Code < 400 {
				return ready, fmt.Errorf("answer to DATA: %w", ready)
			}
			return ready, nil
		}
		if err := x.lines(); err != nil {
			return mta.Status{}, err
		}
	}
	x.conn.SetDeadline(time.Now().Add(finalTime))
	final, err := x.answer()
	if err == nil && final.Code/100 == 3 {
		err = fmt.Errorf("answer to the message: %w", final)
	}
	return final, err
}

// quit ends the session. What became of the message is known by then: how the goodbye goes changes nothing.
func (x *transaction) quit() {
	if !x.sent {
		x.talk.say("Closing connection to %s", x.peer)
		x.conn.SetDeadline(time.Now().Add(quitTime))
		x.command("QUIT")
		x.answer()
	}
}

// chunk sends the text as one chunk: RFC 3030 §2.
func (x *transaction) chunk() error {
	x.command("BDAT %d LAST", x.text.size)
	return x.copy(x.w)
}

// copy writes the text. A server that hung up is not an error here, the answer tells; a text that cannot be
// read any more is, and then the server must not get the end of it.
func (x *transaction) copy(w io.Writer) error {
	text, done := x.talk.recorded(">>>", x.text.from(0))
	defer done()
	in := &source{r: text}
	if _, err := io.Copy(w, &patient{x, in}); err != nil && in.err != nil {
		return errors.Join(errors.New("temporary file for a large message"), in.err)
	}
	return nil
}

// patient puts off the deadline for as long as the text moves.
type patient struct {
	x *transaction
	r io.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	p.x.conn.SetDeadline(time.Now().Add(replyTime))
	return p.r.Read(b)
}

// lines sends the text as RFC 5321 §4.1.1.4 and §4.5.2 want it: lines that end in CRLF, another dot before one that begins a
// line, and a line with a dot at the end.
func (x *transaction) lines() error {
	d := &dotWriter{w: x.w, begin: true}
	if err := x.copy(d); err != nil {
		return err
	}
	if !d.begin {
		x.w.WriteString("\r\n")
	}
	x.command(".")
	return nil
}

// dotWriter writes lines for DATA. LF becomes CRLF; a bare CR stays what it is.
type dotWriter struct {
	w     *bufio.Writer
	begin bool // the next octet begins a line
	cr    bool // the last octet was CR
}

func (d *dotWriter) Write(b []byte) (int, error) {
	var err error
	for _, c := range b {
		if d.begin && c == '.' {
			d.w.WriteByte('.')
		}
		if c == '\n' && !d.cr {
			d.w.WriteByte('\r')
		}
		err = d.w.WriteByte(c)
		d.begin, d.cr = c == '\n', c == '\r'
	}
	return len(b), err
}
