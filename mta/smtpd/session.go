package smtpd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/simulate"
	"postroom.dev/mta/starttls"
)

// session is one client's connection: what RFC 5321 §4.1.4 calls a session, with
// at most one mail transaction at a time. It belongs to one goroutine; only wire.interrupt and cancel may be called by others.
type session struct {
	server *Server
	wire   wire
	log    transcript
	cancel context.CancelFunc

	stopped func() error // not nil once cancel was called

	origin   mta.Origin
	who      string     // "localhost [127.0.0.1]"
	tooMany  bool       // more than MaxConns
	rejected mta.Status // what each command for a message gets, when Code is not 0
	steps    []mta.Step // what is noted of the session in each message

	mechanism string // the client has logged in with it; "" when it has not
	extended  bool   // the client said EHLO
	verbose   bool   // and VERB
	utf8      bool   // the command that runs may be answered in UTF-8
	features  string // letters of Config.Features for the client
	tls       starttls.Facts

	env *mta.Envelope // the transaction's; nil outside of one
	in  *incoming     // the text, from DATA or the first BDAT on

	finished []mta.Recipient // of LMTP: whose text the command that runs has ended

	last     string // the last verb known
	greeted  bool   // the verb that runs says who we or the client are: it ends the transcript's prelude
	bad      int    // bad commands
	badRcpts int    // refused recipients of the transaction
	repeats  repeats
	accepted int // messages
	done     bool
	cut      bool   // the connection ends without another word
	sending  bool   // the client is in the middle of sending when we close
	reason   string // how it ended, when not by QUIT

	refused int    // answers of 4yz and 5yz
	refusal string // the first of them, with what it answered
	asked   bool   // Policy.Connect was called
	aborted bool   // ended in a transaction, by a timeout or at our end
}

func newSession(ctx context.Context, s *Server, conn net.Conn, cancel context.CancelFunc) *session {
	x := &session{
		server:  s,
		cancel:  cancel,
		stopped: ctx.Err,
		wire:    wire{conn: conn, block: s.blocks.get(), limit: s.config.Timeout, clock: s.config.Clock, auth: s.has("AUTH")},
		log:     newTranscript(s.config.Now),
	}
	if t, ok := conn.(*net.TCPConn); ok {
		x.wire.raw, _ = t.SyscallConn()
	}
	return x
}

// serve runs the session up to its last reply.
func (s *session) serve(ctx context.Context) {
	s.identify(ctx)
	if s.server.config.Implicit {
		config := s.tlsConfig()
		if config == nil {
			s.end("no certificate: TLS is not possible")
			return
		}
		if !s.handshake(ctx, config) {
			return
		}
	}
	s.greet(ctx)
	for !s.done {
		line, err := s.wire.line()
		if err != nil {
			s.broken(line, err)
			return
		}
		s.command(ctx, line)
	}
}

// identify finds out who the client is.
func (s *session) identify(ctx context.Context) {
	c := &s.server.config
	o := &s.origin
	o.UID = -1
	o.Protocol = s.protocol()
	if !c.Local {
		o.Strict = &c.Strict
	}
	if c.SessionID != nil {
		o.Session = c.SessionID()
	}
	conn := s.wire.conn
	switch a := conn.LocalAddr().(type) {
	case *net.TCPAddr, *net.UnixAddr:
		o.Listener = a.String()
	}
	var ip netip.Addr
	if a, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		o.Client = a.String()
		ip = a.AddrPort().Addr().Unmap()
	}
	if c.Identify != nil {
		c.Identify(conn, o)
	}
	switch {
	case !ip.IsValid():
		s.who = "localhost"
		if o.User != "" {
			s.who = o.User + "@localhost"
		}
	case ip == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || ip == netip.IPv6Loopback():
		o.Name = "localhost"
	case c.Lookup != nil && !c.Local:
		o.Name = c.Lookup(ctx, ip)
	}
	if ip.IsValid() {
		s.who = strings.TrimLeft(o.Name+" "+literal(ip), " ")
	}
	if c.Features != nil {
		s.features = c.Features(o)
	}
	s.log.connect(o.Client, o.Listener)
}

// literal prints an address as sendmail does: [127.0.0.1], [IPv6:0:0:0:0:0:0:0:1].
func literal(ip netip.Addr) string {
	if ip.Is4() {
		return "[" + ip.String() + "]"
	}
	b := []byte("[IPv6")
	a := ip.As16()
	for i := 0; i < 16; i += 2 {
		b = append(b, ':')
		n := uint64(a[i])<<8 | uint64(a[i+1])
		b = appendHex(b, n)
	}
	return string(append(b, ']'))
}

// greet asks the policy and sends the greeting.
func (s *session) greet(ctx context.Context) {
	c := &s.server.config
	if s.tooMany {
		st := status(421, mta.Enhanced{4, 3, 2}, "Too many open connections.")
		s.noteRefusal("connection", st)
		s.hangUp(st)
		return
	}
	s.asked = true
	if err := s.server.policy.Connect(ctx, &s.origin); err != nil {
		s.rejected = refusal(err)
		s.noteRefusal("connection", s.rejected)
		if s.rejected.Code == 421 {
			s.hangUp(s.rejected)
			return
		}
		s.log.note("connection rejected: " + s.rejected.Error())
	}
	if st := s.scripted(ctx, simulate.Event{Stage: simulate.Connect}); st.Code != 0 {
		s.rejected = st // RFC 5321 §3.1: the refusal stands in place of the greeting
		s.noteRefusal("connection", st)
		s.reply(st)
		if st.Code == 421 && !s.done {
			s.end(st.Text)
		}
		return
	}
	if c.Pause != nil && s.rejected.Code == 0 && s.wire.early(c.Pause(&s.origin)) {
		s.rejected = status(550, mta.Enhanced{5, 0, 0}, "Command rejected")
		s.log.note("rejecting commands from " + s.who + " due to pre-greeting traffic")
		st := status(554, mta.Enhanced{}, c.Hostname+" ESMTP not accepting messages")
		s.noteRefusal("connection (the client talked before the greeting)", st)
		s.reply(st)
		return
	}
	s.reply(status(220, mta.Enhanced{}, c.Hostname+" ESMTP "+c.Software+"; "+date(c.Now())))
}

// date is sendmail's form: "Sun, 22 Nov 2026 09:04:32 GMT".
func date(t time.Time) string {
	if _, off := t.Zone(); off == 0 {
		return t.Format("Mon, 2 Jan 2006 15:04:05") + " GMT"
	}
	return t.Format("Mon, 2 Jan 2006 15:04:05 -0700")
}

// command runs one command and answers it.
func (s *session) command(ctx context.Context, line []byte) {
	name, arg := split(line)
	switch {
	case s.isHello(name):
		s.log.end()
	case name == "MAIL" && s.env == nil:
		s.log.begin()
	}
	s.logCommand(line)
	s.utf8 = false
	words := string(bytes.TrimLeft(line, " \t"))
	st := s.dispatch(ctx, name, arg, words)
	switch {
	case st.Code == 0:
	case s.finished != nil && !s.done:
		for _, st := range forEach(s.finished, st) {
			s.reply(st)
			s.count(name, words, st)
		}
	default:
		s.reply(st)
		s.count(name, words, st)
	}
	s.finished = nil
	if st.Code == 421 && !s.done { // a policy's: RFC 5321 §4.2.3 has 421 close the connection
		s.end(st.Text)
	}
	if s.greeted {
		s.log.greeted()
		s.greeted = false
	}
	if s.env == nil {
		s.log.end()
	}
}

// logCommand puts a command, or what came of one, into the transcript.
func (s *session) logCommand(line []byte) {
	if name, arg := split(line); name == "AUTH" {
		line = hideResponse(arg)
	}
	s.log.client(line)
}

// split cuts a command line into its verb in capitals and its argument.
func split(line []byte) (name, arg string) {
	line = bytes.TrimSpace(line)
	n := bytes.IndexAny(line, " \t\v\f\r")
	if n < 0 {
		n = len(line)
	}
	var up [12]byte // longer than any verb
	verb := up[:copy(up[:], line[:n])]
	for i, c := range verb {
		if 'a' <= c && c <= 'z' {
			verb[i] = c - 'a' + 'A'
		}
	}
	return string(verb), string(bytes.TrimLeft(line[n:], " \t\v\f\r"))
}

// broken ends a session whose next command does not come. line is what came of it.
func (s *session) broken(line []byte, err error) {
	if len(line) > 0 {
		s.logCommand(line)
	}
	var timeout net.Error
	switch {
	case errors.Is(err, errLineTooLong):
		s.sending = true
		st := status(421, mta.Enhanced{4, 7, 0}, s.server.config.Hostname+" Command too long, possible attack "+s.who)
		s.noteRefusal("a command", st)
		s.hangUp(st)
	case errors.Is(err, errShutdown):
		s.hangUp(status(421, mta.Enhanced{4, 3, 2}, s.server.config.Hostname+" Service shutting down, closing connection"))
	case errors.Is(err, errTransaction):
		s.aborted = true
		s.sending = true
		st := status(421, mta.Enhanced{4, 4, 1}, s.server.config.Hostname+" transaction timeout, closing connection")
		s.noteRefusal("a command", st)
		s.reply(st)
		s.end(s.tooSlow())
	case errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, os.ErrDeadlineExceeded):
		s.aborted = true
		s.end("timeout waiting for input from " + s.who + " during server cmd read")
	default:
		s.lost()
	}
}

// tooSlow is why a transaction ends that lasts too long.
func (s *session) tooSlow() string {
	return fmt.Sprintf("the transaction of %s was not complete after %v", s.who, s.server.config.Timeout.Transaction)
}

// hangUp sends a last reply, which is also the reason.
func (s *session) hangUp(st mta.Status) {
	s.reply(st)
	s.end(st.Text)
}

// lost ends a session whose client has gone, or was cut off.
func (s *session) lost() {
	if s.stopped() != nil {
		s.end("connection from " + s.who + " closed at shutdown")
		return
	}
	verb := "startup"
	if s.last != "" {
		verb = strings.ToLower(s.last)
	}
	s.end("lost input channel from " + s.who + " to " + s.server.config.Daemon + " after " + verb)
}

func (s *session) end(reason string) {
	s.done = true
	s.reason = reason
}

// count keeps what the session's record says of an answer. To ask for something that is not there is no failure.
func (s *session) count(name, words string, st mta.Status) {
	switch {
	case st.Code < 400, name == "VRFY", name == "EXPN", name == "HELP":
		return
	case name == "AUTH":
		_, arg := split([]byte(words))
		words = string(hideResponse(arg))
	}
	s.noteRefusal(strings.TrimSpace(words), st)
}

// noteRefusal counts a refusal; the first one is kept in words.
func (s *session) noteRefusal(of string, st mta.Status) {
	s.refused++
	if s.refusal == "" {
		said := st.Error()
		if s.cut { // it was not said
			said = st.Text
		}
		s.refusal = string(escape(nil, []byte(shorten(of)+": "+strings.ReplaceAll(said, "\n", " "))))
	}
}

// outcome says in one word how the session went.
func (s *session) outcome() mta.Outcome {
	switch {
	case s.refused > 0:
		return mta.Denied
	case s.aborted:
		return mta.Aborted
	case s.accepted > 0:
		return mta.Accepted
	}
	return mta.Idle
}

// reset ends the transaction without a message.
func (s *session) reset() {
	if s.in != nil {
		s.in.abort()
		s.in = nil
	}
	s.env = nil
	s.wire.by = time.Time{}
}

// finish lets go of everything and tells the policy.
func (s *session) finish() {
	reason := s.reason
	if s.env != nil {
		s.aborted = true
		if reason == "" {
			reason = "the client quit in the middle of a transaction"
		}
	}
	s.guard("abort", s.reset)
	err := s.wire.flush()
	if err == nil && !s.cut && (s.sending || len(s.wire.unread()) > 0) {
		s.wire.linger()
	}
	_ = s.wire.conn.Close()
	end := reason
	if end == "" {
		end = "closed"
	}
	s.server.policy.Closed(mta.Session{
		ID:         s.origin.Session,
		Started:    s.log.start,
		Ended:      s.server.config.Now(),
		Origin:     s.origin,
		Asked:      s.asked,
		Messages:   s.accepted,
		Outcome:    s.outcome(),
		Refused:    s.refused,
		Refusal:    s.refusal,
		Reason:     reason,
		Transcript: s.log.session(end),
	})
}
