package smtpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
)

func TestTwentySixthBadCommandCloses(t *testing.T) {
	d := newDesk()
	_, addr := start(t, testConfig(), d)
	c := dial(t, addr)
	c.want("220 *")
	for range 25 {
		c.say("foo bar", `500 5.5.1 Command unrecognized: "foo bar"`)
	}
	c.say("TURN", `502 5.5.1 Command not implemented: "TURN"`)
	c.say("bar", "421 4.7.0 mail.example.com Too many bad commands; closing connection", "")
	if s := d.session(t); s.Reason != "mail.example.com Too many bad commands; closing connection" {
		t.Errorf("reason %q", s.Reason)
	}
}

func TestCommandLineLimit(t *testing.T) {
	for _, tt := range []struct {
		name string
		line string
		want string
	}{
		{"2,048 octets are taken", "NOOP " + strings.Repeat("x", 2041) + "\r\n", "250 2.0.0 OK"},
		{"2,049 are not", "NOOP " + strings.Repeat("x", 2042) + "\r\n", "421 4.7.0 mail.example.com Command too long, possible attack localhost [127.0.0.1]"},
		{"no line end", strings.Repeat("x", 2048), "421 4.7.0 *"},
		{"a flood", strings.Repeat("x", 1<<20), "421 4.7.0 *"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk()
			_, addr := start(t, testConfig(), d)
			c := dial(t, addr)
			c.want("220 *")
			go func() { _, _ = c.conn.Write([]byte(tt.line)) }()
			c.want(tt.want)
			if strings.HasPrefix(tt.want, "421") {
				c.want("")
				if s := d.session(t); !strings.HasPrefix(s.Reason, "mail.example.com Command too long") {
					t.Errorf("reason %q", s.Reason)
				}
			}
		})
	}
}

func TestRepliesShortenLongArguments(t *testing.T) {
	_, addr := start(t, testConfig(), newDesk())
	c := dial(t, addr)
	c.want("220 *")
	c.send(strings.Repeat("y", 1000) + "\r\n")
	if got := c.line(); len(got) > 512 || !strings.Contains(got, "yyy...yyy") {
		t.Errorf("reply %q", got)
	}
}

func TestClientThatVanishesLeavesNothing(t *testing.T) {
	for _, tt := range []struct {
		name, say, reason string
		local             bool
	}{
		{"at startup", "", "startup", false},
		{"after RCPT", "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n", "rcpt", false},
		{"in the middle of a command", "HELO x\r\nMAIL FR", "helo", false},
		{"in DATA", opening + "Subject: x\r\n\r\nHel", "data", false},
		{"in DATA after a line", opening + "Subject: x\r\n\r\nHello\r\n", "data", false},
		{"in DATA at the dot", opening + "Hello\r\n.", "data", false},
		{"in DATA at the dot's CR", opening + "Hello\r\n.\r", "data", false},
		{"in a chunk", "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 9 LAST\r\nHello\r\n", "bdat", true},
		{"between chunks", "HELO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 2\r\nHe", "bdat", true},
		{"in a chunk that was not wanted", "HELO x\r\nBDAT 9 LAST\r\nHello\r\n", "bdat", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config, d := testConfig(), newDesk()
			config.Local = tt.local
			_, addr := start(t, config, d)
			c := dial(t, addr)
			c.send(tt.say)
			if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			s := d.session(t)
			if want := "lost input channel from localhost [127.0.0.1] to MTA after " + tt.reason; s.Reason != want {
				t.Errorf("reason %q, want %q", s.Reason, want)
			}
			if n := len(d.messages()); n != 0 || s.Messages != 0 {
				t.Errorf("%d messages kept", n)
			}
			d.check(t)
		})
	}
}

func TestACommandThatComesOctetByOctetHasNoMoreTime(t *testing.T) {
	config, d := testConfig(), newDesk()
	config.Timeout = Timeout{Command: 200 * time.Millisecond, Data: time.Minute}
	_, addr := start(t, config, d)
	c := dial(t, addr)
	c.want("220 *")
	for range 100 {
		if _, err := c.conn.Write([]byte("x")); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if s := d.session(t); s.Reason != "timeout waiting for input from localhost [127.0.0.1] during server cmd read" || s.Outcome != mta.Aborted {
		t.Errorf("%s: reason %q", s.Outcome, s.Reason)
	}
}

func TestTimeoutInTextEndsTheSession(t *testing.T) {
	config, d := testConfig(), newDesk()
	config.Timeout = Timeout{Command: time.Minute, Data: 500 * time.Millisecond}
	_, addr := start(t, config, d)
	c := dial(t, addr)
	c.begin("a@ok.example")
	c.say("DATA", "354 *")
	_, _ = c.conn.Write([]byte("Hello\r\n")) // the time may be over already
	s := d.session(t)
	if s.Reason != "timeout waiting for input from localhost [127.0.0.1] during message collect" {
		t.Errorf("reason %q", s.Reason)
	}
	c.want("421 4.4.1 collect: relay=localhost, from=<a@ok.example>, info=read timeout")
	// What comes later is never read as commands: the connection is closed without another reply.
	_, _ = c.conn.Write([]byte("\r\n.\r\nMAIL FROM:<x@y>\r\nRCPT TO:<c@d>\r\nDATA\r\nevil\r\n.\r\n"))
	var b [100]byte
	if n, _ := c.conn.Read(b[:]); n > 0 {
		t.Errorf("reply %q after the timeout", b[:n])
	}
	if n := len(d.messages()); n != 0 {
		t.Errorf("%d messages kept", n)
	}
	d.check(t)
}

func TestTimeoutForCommandClosesWithoutReply(t *testing.T) {
	config, d := testConfig(), newDesk()
	config.Timeout.Command = 50 * time.Millisecond
	_, addr := start(t, config, d)
	c := dial(t, addr)
	c.want("220 *", "")
	if s := d.session(t); s.Reason != "timeout waiting for input from localhost [127.0.0.1] during server cmd read" {
		t.Errorf("reason %q", s.Reason)
	}
}

func TestTooManyConnections(t *testing.T) {
	config, d := testConfig(), newDesk()
	config.MaxConns = 1
	_, addr := start(t, config, d)
	first := dial(t, addr)
	first.want("220 *")
	dial(t, addr).want("421 4.3.2 Too many open connections.", "")
	if s := d.session(t); s.Reason != "Too many open connections." || !strings.Contains(string(s.Transcript), "S: 421 4.3.2") {
		t.Errorf("%+v", s)
	}
	first.say("QUIT", "221 *", "")
	d.session(t)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) { // it is free soon after
		c := dial(t, addr)
		if strings.HasPrefix(c.line(), "220 ") {
			return
		}
		d.session(t) // one that was refused
	}
	t.Error("the place of the first session is not given back")
}

func TestPanicEndsOneSession(t *testing.T) {
	d := newDesk()
	_, addr := start(t, testConfig(), d)
	c := dial(t, addr)
	c.begin("a@ok.example")
	c.say("RCPT TO:<panic@example.com>", "")
	s := d.session(t)
	if s.Reason != "panic in session: the policy broke" || !strings.Contains(string(s.Transcript), "desk_test.go") {
		t.Errorf("reason %q\n%s", s.Reason, s.Transcript)
	}
	dial(t, addr).begin("a@ok.example")
	d.check(t)
}

func TestShutdownTellsIdleSessionsAndWaitsForText(t *testing.T) {
	d := newDesk()
	s, addr := start(t, testConfig(), d)
	idle, busy := dial(t, addr), dial(t, addr)
	idle.want("220 *")
	busy.begin("a@ok.example")
	busy.say("DATA", "354 *")
	busy.send("Hel")
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	idle.want("421 4.3.2 mail.example.com Service shutting down, closing connection", "")
	select {
	case err := <-done:
		t.Fatalf("Shutdown came back with a text in flight: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	busy.send("lo\r\n.\r\n")
	busy.want("250 2.0.0 *", "421 4.3.2 *", "")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := len(d.messages()); n != 1 {
		t.Errorf("%d messages kept, want 1", n)
	}
	if err := s.ServeConn(context.Background(), busy.conn); !errors.Is(err, ErrClosed) {
		t.Errorf("ServeConn after Shutdown: %v", err)
	}
}

func TestShutdownCutsTextOffWhenItsTimeIsOver(t *testing.T) {
	d := newDesk()
	s, addr := start(t, testConfig(), d)
	c := dial(t, addr)
	c.begin("a@ok.example")
	c.say("DATA", "354 *")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	if x := d.session(t); x.Reason != "connection from localhost [127.0.0.1] closed at shutdown" {
		t.Errorf("reason %q", x.Reason)
	}
	d.check(t)
}

func TestServeEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- New(testConfig(), d).Serve(ctx, l) }()
	dial(t, l.Addr().String()).want("220 *")
	cancel()
	if err := <-served; !errors.Is(err, context.Canceled) {
		t.Errorf("Serve: %v", err)
	}
	d.session(t)
}

func TestRepliesOfAGroupGoOutTogether(t *testing.T) {
	d := newDesk()
	conn := &counted{scripted: scripted{wire: []byte(opening + "Hello\r\n.\r\nQUIT\r\n")}}
	if err := New(testConfig(), plain{d}).ServeConn(context.Background(), conn); err != nil {
		t.Fatal(err)
	}
	// The greeting, before the first read; all else was in one block.
	if len(conn.writes) != 2 || strings.Count(conn.writes[1], "\r\n") != 6 {
		t.Errorf("%d writes: %q", len(conn.writes), conn.writes)
	}
}

type counted struct {
	scripted
	writes []string
}

func (c *counted) Write(b []byte) (int, error) {
	c.writes = append(c.writes, string(b))
	return len(b), nil
}

func TestManyRepliesToOneBlockDoNotPileUp(t *testing.T) {
	conn := &counted{scripted: scripted{wire: []byte(strings.Repeat("HELP\n", 6000))}}
	_ = New(testConfig(), plain{newDesk()}).ServeConn(context.Background(), conn)
	for _, w := range conn.writes {
		if len(w) > 2*blockSize {
			t.Fatalf("a write of %d octets", len(w))
		}
	}
}

func TestClientNames(t *testing.T) {
	lookup := func(_ context.Context, ip netip.Addr) string {
		if ip == netip.MustParseAddr("192.0.2.1") {
			return "mx.example"
		}
		return ""
	}
	for _, tt := range []struct {
		addr, who, name string
		local           bool
	}{
		{"127.0.0.1", "localhost [127.0.0.1]", "localhost", false},
		{"::1", "localhost [IPv6:0:0:0:0:0:0:0:1]", "localhost", false},
		{"::ffff:127.0.0.1", "localhost [127.0.0.1]", "localhost", false},
		{"192.0.2.1", "mx.example [192.0.2.1]", "mx.example", false},
		{"192.0.2.1", "[192.0.2.1]", "", true},
		{"192.0.2.9", "[192.0.2.9]", "", false},
		{"2001:db8::25", "[IPv6:2001:db8:0:0:0:0:0:25]", "", false},
	} {
		c := testConfig()
		c.Lookup, c.Local = lookup, tt.local
		conn := &addressed{remote: &net.TCPAddr{IP: net.ParseIP(tt.addr), Port: 51413}}
		x := newSession(context.Background(), New(c, newDesk()), conn, func() {})
		x.identify(context.Background())
		if x.who != tt.who || x.origin.Name != tt.name || x.origin.Client != conn.remote.String() {
			t.Errorf("%s: %q, %+v", tt.addr, x.who, x.origin)
		}
	}
}

type addressed struct {
	scripted
	remote net.Addr
}

func (a *addressed) RemoteAddr() net.Addr { return a.remote }

func TestUnixSocketIdentifiesItsPeer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "submit.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Skipf("no unix sockets here (%s): %v", runtime.GOOS, err)
	}
	config, d := testConfig(), newDesk()
	config.Local = true
	config.Identify = func(c net.Conn, o *mta.Origin) {
		if _, ok := c.(*net.UnixConn); ok {
			o.PID, o.UID, o.User, o.Argv = os.Getpid(), 1000, "ada", []string{"php", "mail.php"}
		}
	}
	s := New(config, d)
	go func() { _ = s.Serve(context.Background(), l) }()
	defer func() { _ = s.Shutdown(context.Background()) }()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := &client{t: t, conn: conn}
	c.want("220 *")
	c.say("HELO x", "250 mail.example.com Hello ada@localhost, pleased to meet you")
	c.say("QUIT", "221 *", "")
	want := mta.Origin{Session: "s1", Protocol: "sendmail", Listener: path, HELO: "x",
		PID: os.Getpid(), UID: 1000, User: "ada", Argv: []string{"php", "mail.php"}}
	if diff := cmp.Diff(want, d.session(t).Origin); diff != "" {
		t.Error(diff)
	}
}

func TestDateHasSendmailsForm(t *testing.T) {
	cet := time.FixedZone("CET", 3600)
	for want, at := range map[string]time.Time{
		"Sun, 22 Nov 2026 09:04:32 GMT":  noon(),
		"Sun, 1 Nov 2026 10:04:32 +0100": noon().AddDate(0, 0, -21).In(cet),
	} {
		if got := date(at); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestServeOutlivesALackOfDescriptors(t *testing.T) {
	broken := errors.New("the listener broke")
	l := &failing{errs: []error{temporaryError{}, temporaryError{}, broken}}
	if err := New(testConfig(), newDesk()).Serve(context.Background(), l); !errors.Is(err, broken) {
		t.Errorf("Serve: %v, want the error that is not temporary", err)
	}
	if len(l.errs) != 0 || !l.closed {
		t.Errorf("%d errors not met, closed %v", len(l.errs), l.closed)
	}
}

type temporaryError struct{}

func (temporaryError) Error() string   { return "too many open files" }
func (temporaryError) Temporary() bool { return true }

type failing struct {
	errs   []error
	closed bool
}

func (f *failing) Accept() (net.Conn, error) {
	err := f.errs[0]
	f.errs = f.errs[1:]
	return nil, err
}
func (f *failing) Close() error   { f.closed = true; return nil }
func (f *failing) Addr() net.Addr { return &net.TCPAddr{} }

func TestVerifyWithoutAnAnswerIsTemporary(t *testing.T) {
	_, addr := start(t, testConfig(), discard{})
	c := dial(t, addr)
	c.want("220 *")
	c.say("VRFY alice", "451 4.3.0 Local system error; try again later")
}

func TestPanicInClosedEndsOneSession(t *testing.T) {
	_, addr := start(t, testConfig(), badEnd{})
	for range 2 {
		c := dial(t, addr)
		c.want("220 *")
		c.say("QUIT", "221 *", "")
	}
}

type badEnd struct{ discard }

func (badEnd) Closed(mta.Session) { panic("closed") }

func TestAClientThatTalksBeforeItIsGreetedIsRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		pause time.Duration
		early bool
		want  []string
	}{
		{"a client that waits", 50 * time.Millisecond, false, []string{"220 ", "250 ", "250 2.1.0 "}},
		{"one that does not", time.Minute, true, []string{"554 mail.example.com ESMTP not accepting messages", "250 ", "550 5.0.0 Command rejected"}},
		{"no pause", 0, true, []string{"220 ", "250 ", "250 2.1.0 "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := New(Config{Hostname: "mail.example.com", Pause: func(*mta.Origin) time.Duration { return test.pause }}, newDesk())
			client, server := net.Pipe()
			defer client.Close()
			go s.ServeConn(t.Context(), server)
			c := textproto.NewConn(client)
			said := make(chan struct{})
			say := func() {
				defer close(said)
				fmt.Fprint(client, "HELO x\r\n")
				fmt.Fprint(client, "MAIL FROM:<a@example.com>\r\n")
			}
			if test.early {
				go say()
			}
			for i, want := range test.want {
				line, err := c.ReadLine()
				if err != nil || !strings.HasPrefix(line, want) {
					t.Fatalf("%q %v, want %q", line, err, want)
				}
				if i == 0 && !test.early {
					go say()
				}
			}
			<-said
		})
	}
}
