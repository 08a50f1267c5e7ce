package sendmail

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"postroom.dev/mta"
)

// Limits on what a server may say, and on how long we wait for it (RFC 5321 §4.5.3.2 asks for these times).
const (
	maxReplyLine  = 4 << 10 // octets
	maxReplyLines = 100
	greetingTime  = 3 * time.Second // up to the answer to EHLO, of a server on this machine: the client queue waits behind it
	replyTime     = 5 * time.Minute
	finalTime     = 10 * time.Minute
	quitTime      = 5 * time.Second
)

// session is one conversation with an SMTP server.
type session struct {
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
	ext  extensions
	// exact says that the server keeps the octets of BDAT as they come: it is ours. Elsewhere they would have
	// to be lines with CRLF, RFC 3030 §2.
	exact bool

	talk  talk
	peer  string // who the server is, for talk
	verbs bool   // VERB was said: lines with 05x may come, which are no replies
}

// extensions are the EHLO keywords that matter to us.
type extensions struct{ pipelining, chunking, binary, size, eightBit, dsn, utf8, xname, verb bool }

// openSession waits for the greeting and says EHLO, or HELO to a server that does not know it.
func openSession(conn net.Conn, hostname string, t talk) (*session, error) {
	s := &session{conn: conn, talk: t, r: bufio.NewReaderSize(conn, maxReplyLine), w: bufio.NewWriterSize(conn, 16<<10)}
	conn.SetDeadline(time.Now().Add(greetingTime))
	greeting, err := s.reply()
	if err == nil && !greeting.OK() {
		err = greeting
	}
	if err != nil {
		return nil, fmt.Errorf("greeting: %w", err)
	}
	s.command("EHLO %s", hostname)
	hello, err := s.answer()
	if err == nil && hello.Code/100 == 5 {
		s.command("HELO %s", hostname)
		hello, err = s.answer()
	}
	if err == nil && !hello.OK() {
		err = hello
	}
	if err != nil {
		return nil, fmt.Errorf("EHLO: %w", err)
	}
	_, lines, _ := strings.Cut(hello.Text, "\n")
	for line := range strings.SplitSeq(lines, "\n") {
		keyword, _, _ := strings.Cut(line, " ")
		switch strings.ToUpper(keyword) {
		case "PIPELINING":
			s.ext.pipelining = true
		case "CHUNKING":
			s.ext.chunking = true
		case "BINARYMIME":
			s.ext.binary = true
		case "SIZE":
			s.ext.size = true
		case "8BITMIME":
			s.ext.eightBit = true
		case "DSN":
			s.ext.dsn = true
		case "SMTPUTF8":
			s.ext.utf8 = true
		case "XNAME":
			s.ext.xname = true
		case "VERB":
			s.ext.verb = true
		}
	}
	s.exact = s.ext.chunking && s.ext.xname
	if t.watcher != nil {
		return s, s.watch()
	}
	return s, nil
}

// watch makes a session one that can be watched: each command waits for the answer to the one before, and the server
// is asked to tell what it does.
func (s *session) watch() error {
	s.ext.pipelining = false
	if !s.ext.verb {
		return nil
	}
	s.verbs = true
	s.command("VERB")
	if _, err := s.answer(); err != nil {
		return fmt.Errorf("VERB: %w", err)
	}
	return nil
}

// command puts a command into the buffer. Errors of writing show when the answer is read: a server that
// hung up may have said why.
func (s *session) command(format string, a ...any) {
	line := fmt.Sprintf(format, a...)
	s.talk.sent(line)
	s.w.WriteString(line + "\r\n")
}

// answer sends what is in the buffer and reads one reply.
func (s *session) answer() (mta.Status, error) {
	s.w.Flush()
	return s.reply()
}

// reply reads one reply: RFC 5321 §4.2. Text has the lines without codes, separated by "\n".
func (s *session) reply() (mta.Status, error) {
	var st mta.Status
	var lines []string
	for {
		raw, err := s.r.ReadSlice('\n')
		if err != nil {
			if err == io.EOF {
				err = errClosed
			}
			return mta.Status{}, err
		}
		s.talk.got(string(raw))
		line := strings.TrimRight(string(raw), "\r\n")
		if s.verbs && strings.HasPrefix(line, "05") {
			continue
		}
		code, err := strconv.Atoi(line[:min(3, len(line))])
		if err != nil || code < 200 || code > 599 || len(line) > 3 && line[3] != '-' && line[3] != ' ' ||
			st.Code != 0 && st.Code != code || len(lines) == maxReplyLines {
			return mta.Status{}, fmt.Errorf("not an SMTP reply: %q", line)
		}
		st.Code = code
		last := len(line) == 3 || line[3] == ' '
		if len(line) > 3 {
			line = line[4:]
		} else {
			line = ""
		}
		if e, rest, ok := cutEnhanced(line, code); ok {
			st.Enhanced, line = e, rest
		}
		if lines = append(lines, line); last {
			st.Text = strings.Join(lines, "\n")
			return st, nil
		}
	}
}

var errClosed = errors.New("the server closed the connection")

// cutEnhanced cuts the enhanced status code off a reply's text: RFC 2034 §4.
func cutEnhanced(text string, code int) (e mta.Enhanced, rest string, ok bool) {
	word, rest, _ := strings.Cut(text, " ")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || parts[0] != strconv.Itoa(code/100) {
		return e, text, false
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 999 || len(p) > 3 {
			return mta.Enhanced{}, text, false
		}
		e[i] = n
	}
	return e, rest, true
}

// mailCommand gives the MAIL command: RFC 5321 §4.1.1.2, with the parameters that the server knows.
func (s *session) mailCommand(env *mta.Envelope, size int64) string {
	var b strings.Builder
	b.WriteString("MAIL From:" + env.Sender.Path())
	if s.ext.size {
		fmt.Fprintf(&b, " SIZE=%d", size)
	}
	switch {
	case s.exact && s.ext.binary:
		b.WriteString(" BODY=" + string(mta.BodyBinaryMIME)) // LF ends lines here: RFC 3030 §3 wants that said
	case s.ext.eightBit && env.Body != "":
		b.WriteString(" BODY=" + string(env.Body))
	}
	if s.ext.utf8 && env.UTF8 {
		b.WriteString(" SMTPUTF8")
	}
	if s.ext.dsn && env.Return != "" {
		b.WriteString(" RET=" + string(env.Return))
	}
	if s.ext.dsn && env.EnvID != "" {
		b.WriteString(" ENVID=" + xtext(env.EnvID))
	}
	if s.ext.xname && env.FullName != "" {
		b.WriteString(" XNAME=" + xtext(env.FullName))
	}
	return b.String()
}

// rcptCommand gives the RCPT command for a recipient.
func (s *session) rcptCommand(r mta.Recipient) string {
	line := "RCPT To:" + r.Address.Path()
	if s.ext.dsn && r.Notify != 0 {
		line += " NOTIFY=" + notifyWords(r.Notify)
	}
	return line
}

// notifyWords prints a NOTIFY value: RFC 3461 §4.1.
func notifyWords(n mta.Notify) string {
	var words []string
	for _, w := range []struct {
		bit  mta.Notify
		word string
	}{{mta.NotifyNever, "NEVER"}, {mta.NotifySuccess, "SUCCESS"}, {mta.NotifyFailure, "FAILURE"}, {mta.NotifyDelay, "DELAY"}} {
		if n&w.bit != 0 {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ",")
}
