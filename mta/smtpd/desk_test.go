package smtpd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"postroom.dev/mta"
)

// desk is a policy that keeps what it accepts in memory, and refuses by what an address says.
type desk struct {
	connect mta.Status // the answer to Connect, when Code is not 0
	closed  chan mta.Session
	ended   *mta.Session // of the transcript that a dialogue asks for
	users   string       // a file of package authusers
	script  string       // of package simulate

	clock  atomic.Int64 // of Config.Clock, in nanoseconds
	waited atomic.Int64 // how long a client was kept waiting, a time.Duration

	mu     sync.Mutex
	kept   []kept
	lines  []string // of the mail log
	open   int      // messages that had neither Commit nor Abort
	wrong  []string
	widest int // octets of the longest Write
}

type kept struct {
	env  *mta.Envelope
	text []byte
}

func newDesk() *desk { return &desk{closed: make(chan mta.Session, 100)} }

func (d *desk) Connect(context.Context, *mta.Origin) error {
	if d.connect.Code != 0 {
		return fmt.Errorf("connect: %w", d.connect)
	}
	return nil
}

func (d *desk) Mail(_ context.Context, env *mta.Envelope) error {
	if env.Sender.Local == "blocked" {
		return status(553, mta.Enhanced{5, 1, 8}, "Domain of sender address "+env.Sender.String()+" does not exist")
	}
	return nil
}

func (d *desk) Rcpt(_ context.Context, _ *mta.Envelope, r *mta.Recipient) error {
	switch r.Address.Local {
	case "nobodyx":
		return fmt.Errorf("alias lookup: %w", status(550, mta.Enhanced{5, 1, 1}, "User unknown"))
	case "later":
		return status(451, mta.Enhanced{4, 7, 1}, "Greylisted, try again later")
	case "private":
		return errors.New("open /secret: no such file")
	case "goodbye":
		return status(421, mta.Enhanced{4, 7, 0}, "Go away")
	case "panic":
		panic("the policy broke")
	}
	return nil
}

func (d *desk) Data(_ context.Context, env *mta.Envelope) (Message, error) {
	if env.Sender.Local == "nospace" {
		return nil, status(452, mta.Enhanced{4, 4, 5}, "Insufficient disk space; try again later")
	}
	d.mu.Lock()
	d.open++
	d.mu.Unlock()
	return &draft{desk: d, sender: env.Sender.Local}, nil
}

func (d *desk) Verify(_ context.Context, arg string) mta.Status {
	switch arg {
	case "alice":
		return status(250, mta.Enhanced{2, 1, 5}, "Alice Example <alice@mail.example.com>")
	case "team":
		return status(250, mta.Enhanced{2, 1, 5}, "<bob@mail.example.com>\n<alice@mail.example.com>")
	case "u@ok.example":
		return status(252, mta.Enhanced{2, 1, 5}, "<u@ok.example>")
	}
	return status(550, mta.Enhanced{5, 1, 1}, arg+"... User unknown")
}

func (d *desk) Expand(_ context.Context, arg string) mta.Status {
	if arg == "team" {
		return status(250, mta.Enhanced{2, 1, 5}, "Bob Example <bob@mail.example.com>\nAlice Example <alice@mail.example.com>")
	}
	return status(550, mta.Enhanced{5, 1, 1}, arg+"... User unknown")
}

func (d *desk) RunQueue(_ context.Context, node string) mta.Status {
	if node == "#nosuchgroup" {
		return status(459, mta.Enhanced{4, 5, 4}, "Queue nosuchgroup unknown")
	}
	return status(250, mta.Enhanced{2, 0, 0}, "Queuing for node "+node+" started")
}

func (d *desk) Closed(s mta.Session) { d.closed <- s }

func (d *desk) messages() []kept {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.kept)
}

// check fails the test when a message was ended twice or not at all.
func (d *desk) check(t testing.TB) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open != 0 || len(d.wrong) > 0 {
		t.Errorf("%d messages with neither Commit nor Abort; %v", d.open, d.wrong)
	}
}

type draft struct {
	desk   *desk
	sender string
	b      bytes.Buffer
	ended  string
}

func (m *draft) Write(p []byte) (int, error) {
	if m.ended != "" {
		m.end("Write")
	}
	m.desk.mu.Lock()
	m.desk.widest = max(m.desk.widest, len(p))
	m.desk.mu.Unlock()
	if m.sender == "full" {
		return 0, fmt.Errorf("write: %w", status(452, mta.Enhanced{4, 4, 5}, "Insufficient disk space; try again later"))
	}
	if m.sender == "big" {
		return len(p), nil
	}
	return m.b.Write(p)
}

func (m *draft) Commit(_ context.Context, env *mta.Envelope) error {
	m.end("Commit")
	switch m.sender {
	case "nocommit":
		return errors.New("fsync /secret: input/output error")
	case "yes":
		return status(250, mta.Enhanced{2, 0, 0}, "a refusal that says yes")
	}
	m.desk.mu.Lock()
	m.desk.kept = append(m.desk.kept, kept{env, m.b.Bytes()})
	m.desk.mu.Unlock()
	return nil
}

func (m *draft) Fates() []string { return []string{"<alice@example.com>... kept"} }

func (m *draft) Abort() { m.end("Abort") }

func (m *draft) end(how string) {
	m.desk.mu.Lock()
	defer m.desk.mu.Unlock()
	if m.ended != "" {
		m.desk.wrong = append(m.desk.wrong, how+" after "+m.ended)
		return
	}
	if how == "Write" {
		return
	}
	m.ended = how
	m.desk.open--
}

// noon is the time at which all tests run.
func noon() time.Time { return time.Date(2026, 11, 22, 9, 4, 32, 0, time.UTC) }

func testConfig() Config {
	n := 0
	var mu sync.Mutex
	next := func() int {
		mu.Lock()
		defer mu.Unlock()
		n++
		return n
	}
	return Config{
		Hostname:  "mail.example.com",
		Software:  "Postroom 0.1.0",
		Now:       noon,
		QueueID:   func() string { return fmt.Sprintf("6AM94W%08d", next()) },
		SessionID: func() string { return fmt.Sprintf("s%d", next()) },
	}
}

// start runs a server on a port of its own until the test ends.
func start(t testing.TB, c Config, d Policy) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(c, d)
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; !errors.Is(err, ErrClosed) {
			t.Errorf("Serve: %v, want ErrClosed", err)
		}
	})
	return s, l.Addr().String()
}

// client is the other end, as plain as can be.
type client struct {
	t    testing.TB
	conn net.Conn
	buf  []byte
}

func dial(t testing.TB, addr string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{t: t, conn: conn}
}

func (c *client) send(s string) {
	c.t.Helper()
	if _, err := c.conn.Write([]byte(s)); err != nil {
		c.t.Fatalf("send %.60q: %v", s, err)
	}
}

// line gives the next reply line, or "" at the connection's end.
func (c *client) line() string {
	c.t.Helper()
	for {
		if i := bytes.IndexByte(c.buf, '\n'); i >= 0 {
			s := string(c.buf[:i+1])
			c.buf = c.buf[i+1:]
			if !strings.HasSuffix(s, "\r\n") {
				c.t.Fatalf("reply line %q does not end in CR LF", s)
			}
			return strings.TrimSuffix(s, "\r\n")
		}
		if err := c.conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			c.t.Fatal(err)
		}
		var b [4096]byte
		n, err := c.conn.Read(b[:])
		c.buf = append(c.buf, b[:n]...)
		var ne net.Error
		if errors.As(err, &ne) && ne.Timeout() {
			c.t.Fatal("no reply in 30 s")
		}
		if err != nil && n == 0 {
			if len(c.buf) > 0 {
				c.t.Fatalf("connection ends in the middle of a reply: %q", c.buf)
			}
			return ""
		}
	}
}

// want reads reply lines; each must match its pattern, in which * stands for anything.
func (c *client) want(patterns ...string) {
	c.t.Helper()
	for _, p := range patterns {
		if got := c.line(); !match(p, got) {
			c.t.Fatalf("reply %q, want %q", got, p)
		}
	}
}

// say sends one command and reads its reply.
func (c *client) say(line string, patterns ...string) {
	c.t.Helper()
	c.send(line + "\r\n")
	c.want(patterns...)
}

func match(pattern, s string) bool {
	head, tail, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	rest, ok := strings.CutPrefix(s, head)
	if !ok {
		return false
	}
	for i := 0; i <= len(rest); i++ {
		if match(tail, rest[i:]) {
			return true
		}
	}
	return false
}

// begin brings a session to where DATA may come.
func (c *client) begin(sender string) {
	c.t.Helper()
	c.want("220 *")
	c.say("HELO x", "250 *")
	c.say("MAIL FROM:<"+sender+">", "250 *")
	c.say("RCPT TO:<alice@example.com>", "250 *")
}

func (d *desk) session(t testing.TB) mta.Session {
	t.Helper()
	select {
	case s := <-d.closed:
		return s
	case <-time.After(30 * time.Second):
		t.Fatal("the session does not end")
		panic("not reached")
	}
}
