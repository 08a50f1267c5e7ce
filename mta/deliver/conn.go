package deliver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/starttls"
)

// phaseData is the only phase beside phaseAuth in which 3yz is an answer.
const phaseData = "client DATA 354"

// conn is one connection to a host, greeted. It belongs to one goroutine.
type conn struct {
	net      net.Conn
	in       *bufio.Reader
	out      *bufio.Writer
	host     string // as sendmail prints it: "mx.example.com.", "[192.0.2.1]"
	limit    Timeouts
	plain    bool // HELO will do where the greeting does not say ESMTP
	ip       netip.Addr
	addr     string            // what was dialled
	greeting string            // its words
	ext      map[string]string // what EHLO offered, keywords in upper case
	say      func(string)
	ctx      context.Context // of the Deliver that uses it
	stop     func() bool     // ends the watch over ctx
	facts    starttls.Facts  // of its TLS
	name     string          // of the host, "" when only its address is known
	needs    func(address.Address) (starttls.Requirement, error)
	user     string // whom AUTH was for, "" for nobody
	phase    string // what is waited for, for the log
	lost     bool   // no further use: broken, or closed by 421
}

func newConn(c net.Conn, host string, limit Timeouts) *conn {
	x := &conn{net: c, host: host, limit: limit, say: func(string) {}}
	x.in = bufio.NewReaderSize(reader{x}, 4<<10)
	x.out = bufio.NewWriterSize(writer{x}, 32<<10)
	return x
}

// reader and writer let the connection change under their buffers when TLS begins. The writer has its own time limit, for each block.
type reader struct{ c *conn }

func (r reader) Read(p []byte) (int, error) { return r.c.net.Read(p) }

type writer struct{ c *conn }

func (w writer) Write(p []byte) (int, error) {
	if err := w.c.net.SetWriteDeadline(time.Now().Add(w.c.limit.Block)); err != nil {
		return 0, err
	}
	return w.c.net.Write(p)
}

// watch ties c to a Deliver: when ctx ends the connection is cut.
func (c *conn) watch(ctx context.Context, say func(string)) {
	c.ctx, c.say = ctx, say
	n := c.net
	c.stop = context.AfterFunc(ctx, func() { _ = n.Close() })
}

// unwatch says whether c is still whole.
func (c *conn) unwatch() bool {
	whole := c.stop()
	c.ctx, c.say = context.Background(), func(string) {}
	return whole && !c.lost
}

func (c *conn) close() { _ = c.net.Close() }

// put buffers a command.
func (c *conn) put(line string) {
	c.say(">>> " + line)
	_, _ = c.out.WriteString(line) // an error stays until Flush
	_, _ = c.out.WriteString("\r\n")
}

// get sends what is buffered and reads a reply. An error is the connection's end.
func (c *conn) get(phase string, wait time.Duration) (reply, error) {
	c.phase = phase
	if c.out.Buffered() > 0 {
		if err := c.out.Flush(); err != nil {
			return c.afterwards(err)
		}
	}
	r, err := c.read(wait)
	if r.class() == 3 && phase != phaseData && phase != phaseAuth {
		c.lost = true // answers no longer fit their commands
	}
	return r, err
}

func (c *conn) read(wait time.Duration) (reply, error) {
	if err := c.net.SetReadDeadline(time.Now().Add(wait)); err != nil {
		c.lost = true
		return reply{}, err
	}
	_, enhanced := c.ext["ENHANCEDSTATUSCODES"]
	r, err := readReply(c.in, enhanced, c.say)
	if err != nil || r.code == 421 {
		c.lost = true
	}
	return r, err
}

// afterwards reads what a peer said before it stopped listening: its refusal is worth more than "broken pipe".
func (c *conn) afterwards(broken error) (reply, error) {
	c.lost = true
	if c.ctx.Err() == nil {
		if r, err := c.read(min(c.limit.Dot, 5*time.Second)); err == nil && r.class() > 3 {
			return r, nil
		}
	}
	return reply{}, broken
}

func (c *conn) cmd(line, phase string, wait time.Duration) (reply, error) {
	c.put(line)
	return c.get(phase, wait)
}

// greet reads the greeting and says EHLO, or HELO where EHLO is not known. Whatever is not a
// welcome comes back as the second result, its Code not 0.
func (c *conn) greet(name string) (mta.Status, error) {
	r, err := c.get("client greeting", c.limit.Greeting)
	if err == nil && r.class() == 2 {
		c.greeting = strings.Join(r.lines, " ")
		return c.hello(name)
	}
	return c.verdict(r, err), err
}

// hello introduces us, RFC 5321 §4.1.1.1. The zero Status means that we are welcome.
func (c *conn) hello(name string) (mta.Status, error) {
	c.ext = nil
	r, err := reply{code: 500}, error(nil)
	if !c.plain || strings.Contains(strings.ToUpper(c.greeting), "ESMTP") {
		r, err = c.cmd("EHLO "+name, "client EHLO", c.limit.Mail)
	}
	if err == nil && r.class() == 5 && !c.lost {
		r, err = c.cmd("HELO "+name, "client HELO", c.limit.Mail)
		if err == nil && r.class() == 2 {
			return c.loops(name, r.lines[0]), nil
		}
		return c.verdict(r, err), err
	}
	if err != nil || r.class() != 2 {
		return c.verdict(r, err), err
	}
	if s := c.loops(name, r.lines[0]); s.Code != 0 {
		return s, nil
	}
	c.ext = make(map[string]string)
	for _, l := range r.lines[1:] {
		keyword, args, _ := strings.Cut(strings.TrimSpace(l), " ")
		c.ext[strings.ToUpper(keyword)] = args
	}
	return mta.Status{}, nil
}

// loops says that the host is ourselves, as it answers by our name: its mail would go round in circles. On this machine another server may
// well have our name, so there it must also greet as we do.
func (c *conn) loops(name, answer string) mta.Status {
	theirs, _, _ := strings.Cut(answer, " ")
	if !strings.EqualFold(strings.TrimSuffix(theirs, "."), strings.TrimSuffix(name, ".")) {
		return mta.Status{}
	}
	if a, ok := c.net.RemoteAddr().(*net.TCPAddr); ok && a.IP.IsLoopback() && !strings.Contains(c.greeting, " Postroom") {
		return mta.Status{}
	}
	return mta.Status{Code: 553, Enhanced: mta.Enhanced{5, 3, 5}, Text: c.host + " config error: mail loops back to me (MX problem?)"}
}

// verdict makes a Status of a reply that was read, or of why none was.
func (c *conn) verdict(r reply, err error) mta.Status {
	if err != nil {
		return c.broken(err)
	}
	return r.status(c.peer())
}

// peer is the host as RemoteMTA has it.
func (c *conn) peer() string { return strings.TrimSuffix(c.host, ".") }

// broken is the status of a conversation that ended in its middle.
func (c *conn) broken(err error) mta.Status {
	c.lost = true
	s := mta.Status{Code: 451, Enhanced: mta.Enhanced{4, 4, 2}, Err: fmt.Errorf("%s: %w", c.phase, err)}
	switch {
	case errors.Is(err, errContent):
		s.Enhanced, s.Text = mta.Enhanced{4, 3, 0}, "the message could not be read; try again later"
	case c.ctx.Err() != nil:
		s.Enhanced, s.Text = mta.Enhanced{4, 3, 2}, "delivery was interrupted"
	case errors.Is(err, errReply):
		s.Enhanced, s.Text = mta.Enhanced{4, 5, 0}, c.host+" does not speak SMTP"
	case isTimeout(err):
		s.Text = "Connection timed out with " + c.host
	default:
		s.Text = "Connection reset by " + c.host
	}
	return s
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// quit ends a conversation politely and without waiting long.
func (c *conn) quit() {
	defer c.close()
	if c.lost {
		return
	}
	c.put("QUIT")
	_, _ = c.get("client QUIT", c.limit.Quit) // gone or not: nothing was under way
}
