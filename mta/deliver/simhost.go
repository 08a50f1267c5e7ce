package deliver

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/simulate"
)

// maxSimHeader is how much of a message's start a script may look at.
const maxSimHeader = 64 << 10

// simSession is a simulated host's side of one connection: enough SMTP for our own client.
type simSession struct {
	sim    *Sim
	host   *simHost
	conn   net.Conn
	in     *bufio.Reader
	out    chan string // replies on their way: a pipe has no room, and our client sends many commands before it reads
	origin mta.Origin
	env    *mta.Envelope
	ended  bool
}

func newSimSession(s *Sim, h *simHost, c net.Conn) *simSession {
	return &simSession{sim: s, host: h, conn: c, in: bufio.NewReader(c), out: make(chan string, 2*maxRcpts),
		origin: mta.Origin{Client: "127.0.0.1:25", Name: s.o.Hostname}}
}

// serve talks until either side ends it.
func (s *simSession) serve(ctx context.Context) {
	written := make(chan struct{})
	go func() {
		defer close(written)
		for text := range s.out {
			_, _ = io.WriteString(s.conn, text) // who has gone hears nothing
		}
	}()
	defer func() { close(s.out); <-written; _ = s.conn.Close() }()
	if s.refused(ctx, simulate.Event{Stage: simulate.Connect}) {
		return // whatever a busy host says first, it says no more
	}
	s.say(mta.Status{Code: 220, Text: s.host.Name + " ESMTP simulated by Postroom"})
	for !s.ended {
		line, err := readLine(s.in)
		if err != nil {
			return
		}
		s.command(ctx, line)
	}
}

// refused asks the script, waits as it says, and gives its refusal if it has one.
func (s *simSession) refused(ctx context.Context, e simulate.Event) bool {
	e.Host, e.Origin, e.Envelope = s.host.Name, &s.origin, s.env
	a, ok := s.host.player.Ask(s.host.Script, e)
	if !ok {
		return false
	}
	if a.Delay > 0 && s.sim.o.Wait(ctx, a.Delay) != nil {
		s.ended = true
		return true
	}
	switch {
	case a.Disconnect:
		s.ended = true
	case a.Status.Code != 0:
		s.say(a.Status)
		s.ended = s.ended || a.Status.Code == 421
	}
	return !a.Passes()
}

// say gives a reply.
func (s *simSession) say(st mta.Status) {
	var b strings.Builder
	lines := strings.Split(st.Text, "\n")
	for i, l := range lines {
		fmt.Fprint(&b, st.Code)
		if i < len(lines)-1 {
			b.WriteByte('-')
		} else {
			b.WriteByte(' ')
		}
		if e := st.Enhanced.String(); e != "" {
			b.WriteString(e + " ")
		}
		b.WriteString(l + "\r\n")
	}
	s.out <- b.String()
}

func (s *simSession) command(ctx context.Context, line string) {
	verb, _, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		_, s.origin.HELO, _ = strings.Cut(line, " ")
		if s.env = nil; s.refused(ctx, simulate.Event{Stage: simulate.Helo}) {
			return
		}
		text := s.host.Name + "\nPIPELINING\nSIZE 52428800\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES"
		if s.host.BreaksTLS {
			text += "\nSTARTTLS"
		}
		s.say(mta.Status{Code: 250, Text: text})
	case "STARTTLS":
		s.say(mta.Status{Code: 220, Enhanced: mta.Enhanced{2, 0, 0}, Text: "Ready to start TLS"})
		s.breakTLS()
	case "MAIL":
		s.env = &mta.Envelope{Sender: simPath(line)}
		if s.refused(ctx, simulate.Event{Stage: simulate.Mail}) {
			s.env = nil
			return
		}
		s.say(mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 1, 0}, Text: "Ok"})
	case "RCPT":
		to := simPath(line)
		switch {
		case s.env == nil:
			s.say(mta.Status{Code: 503, Enhanced: mta.Enhanced{5, 5, 1}, Text: "Error: need MAIL command"})
		case !s.refused(ctx, simulate.Event{Stage: simulate.Rcpt, Rcpt: to}):
			s.env.Recipients = append(s.env.Recipients, mta.Recipient{Address: to})
			s.say(mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 1, 5}, Text: "Ok"})
		}
	case "DATA":
		s.data(ctx)
	case "RSET", "NOOP":
		s.env = nil
		s.say(mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: "Ok"})
	case "QUIT":
		s.say(mta.Status{Code: 221, Enhanced: mta.Enhanced{2, 0, 0}, Text: "Bye"})
		s.ended = true
	default:
		s.say(mta.Status{Code: 502, Enhanced: mta.Enhanced{5, 5, 2}, Text: "Error: command not recognized"})
	}
}

// data takes the text and throws it away.
func (s *simSession) data(ctx context.Context) {
	switch {
	case s.env == nil || len(s.env.Recipients) == 0:
		s.say(mta.Status{Code: 554, Enhanced: mta.Enhanced{5, 5, 1}, Text: "Error: no valid recipients"})
		return
	case s.refused(ctx, simulate.Event{Stage: simulate.Data}):
		return
	}
	s.say(mta.Status{Code: 354, Text: "End data with <CR><LF>.<CR><LF>"})
	e := simulate.Event{Stage: simulate.Dot}
	for start := true; ; {
		line, err := s.in.ReadSlice('\n')
		if start && err == nil && string(line) == ".\r\n" {
			break
		}
		if err != nil && err != bufio.ErrBufferFull {
			s.ended = true
			return
		}
		start = err == nil
		e.Size += int64(len(line))
		e.Header = append(e.Header, line[:min(len(line), maxSimHeader-len(e.Header))]...)
	}
	if i := bytes.Index(e.Header, []byte("\r\n\r\n")); i >= 0 {
		e.Header = e.Header[:i+2]
	}
	if s.refused(ctx, e) {
		s.env = nil
		return
	}
	s.env = nil
	s.host.mu.Lock()
	s.host.taken++
	n := s.host.taken
	s.host.mu.Unlock()
	s.say(mta.Status{Code: 250, Enhanced: mta.Enhanced{2, 0, 0}, Text: fmt.Sprintf("Ok: queued as SIM%06d, and thrown away", n)})
}

// breakTLS reads the client's first words of a TLS handshake and will have none of it: RFC 8446 §6, alert 40.
func (s *simSession) breakTLS() {
	s.ended = true
	_ = s.conn.SetReadDeadline(time.Now().Add(time.Minute))
	var head [5]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		return
	}
	if _, err := io.CopyN(io.Discard, s.in, int64(binary.BigEndian.Uint16(head[3:]))); err != nil {
		return
	}
	s.out <- "\x15\x03\x01\x00\x02\x02\x28"
}

// simPath is the address of a MAIL or RCPT command; our client sends no bad ones.
func simPath(line string) address.Address {
	_, path, _ := strings.Cut(line, ":")
	a, _, _ := address.ParsePath(path)
	return a
}
