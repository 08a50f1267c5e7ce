package deliver

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// peer is an SMTP server that answers from a table. A command's answers are those of the longest key that it begins with; they are
// given in turn, the last one for ever. "=close" closes the connection, "=hang" says nothing; "=close" behind an answer
// ("421 bye=close") does both.
type peer struct {
	t       testing.TB
	l       net.Listener
	answers map[string][]string

	mu    sync.Mutex
	said  []string // all commands, in their order; "(connect)" for each connection
	texts []string // as sent, with stuffed dots, without the final one
	conns []net.Conn
	done  sync.WaitGroup
}

// offers gives an EHLO answer.
func offers(keywords ...string) string {
	lines := append([]string{"peer.example"}, keywords...)
	for i := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		lines[i] = "250" + sep + lines[i]
	}
	return strings.Join(lines, "\r\n")
}

func newPeer(t testing.TB, answers map[string][]string) *peer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, l: l, answers: map[string][]string{
		"(connect)": {"220 peer.example ESMTP"},
		"EHLO":      {offers("PIPELINING", "SIZE 0", "8BITMIME", "DSN", "ENHANCEDSTATUSCODES")},
		"MAIL":      {"250 2.1.0 ok"}, "RCPT": {"250 2.1.5 ok"}, "DATA": {"354 go"},
		".": {"250 2.0.0 accepted"}, "RSET": {"250 2.0.0 ok"}, "QUIT": {"221 2.0.0 bye=close"}, "HELO": {"250 peer.example"},
		"STARTTLS": {"220 go"}, "BDAT": {"250 2.0.0 accepted"}, "": {"500 what?"},
	}}
	for k, v := range answers {
		p.answers[k] = v
	}
	p.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.conns = append(p.conns, c)
			p.mu.Unlock()
			p.done.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		p.done.Wait()
	})
	return p
}

func (p *peer) addr() string { return p.l.Addr().String() }

// host is a Job.Host that means p.
func (p *peer) host() string { return "[127.0.0.1]:" + p.port() }

func (p *peer) port() string { return p.addr()[strings.LastIndexByte(p.addr(), ':')+1:] }

func (p *peer) answer(cmd string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(p.said, cmd)
	best := ""
	for k := range p.answers {
		if strings.HasPrefix(cmd, k) && len(k) > len(best) {
			best = k
		}
	}
	a := p.answers[best]
	if len(a) > 1 {
		p.answers[best] = a[1:]
	}
	return a[0]
}

func (p *peer) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(cmd string) (string, bool) {
		a, end := strings.CutSuffix(p.answer(cmd), "=close")
		if a == "=hang" {
			_, _ = io.Copy(io.Discard, in)
			return a, false
		}
		if a != "" {
			_, _ = io.WriteString(c, a+"\r\n")
		}
		return a, !end
	}
	if _, ok := say("(connect)"); !ok {
		return
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if !strings.HasSuffix(line, "\r\n") {
			p.t.Errorf("command without CR LF: %q", line)
		}
		if size, chunk := strings.CutPrefix(line, "BDAT "); chunk {
			n, _ := strconv.Atoi(strings.TrimSuffix(size, " LAST\r\n"))
			text := make([]byte, n)
			if _, err := io.ReadFull(in, text); err != nil {
				return
			}
			p.mu.Lock()
			p.texts = append(p.texts, string(text))
			p.mu.Unlock()
		}
		a, ok := say(strings.TrimSuffix(line, "\r\n"))
		if !ok {
			return
		}
		if !strings.HasPrefix(line, "DATA") || !strings.HasPrefix(a, "354") {
			continue
		}
		var text bytes.Buffer
		for !bytes.HasSuffix(text.Bytes(), []byte("\r\n.\r\n")) && text.String() != ".\r\n" {
			b, err := in.ReadBytes('\n')
			if text.Write(b); err != nil {
				return
			}
		}
		p.mu.Lock()
		p.texts = append(p.texts, strings.TrimSuffix(text.String(), ".\r\n"))
		p.mu.Unlock()
		if _, ok := say("."); !ok {
			return
		}
	}
}

func (p *peer) commands() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.said...)
}

func (p *peer) kept() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.texts...)
}

// text is a message in memory.
type text string

type textReader struct{ *strings.Reader }

func (textReader) Close() error { return nil }

func (c text) Open() (mta.Reader, error)      { return textReader{strings.NewReader(string(c))}, nil }
func (c text) opened() (io.ReadCloser, error) { return c.Open() }
func (c text) Size() int64                    { return int64(len(c)) }

// zone is DNS. Names in slow answer with a temporary error.
type zone struct {
	mx   map[string][]*net.MX
	a    map[string][]string
	slow map[string]bool
}

func (z zone) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	name = strings.TrimSuffix(name, ".")
	if z.slow[name] {
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
	}
	if m, ok := z.mx[name]; ok {
		return m, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (z zone) LookupNetIP(_ context.Context, network, name string) ([]netip.Addr, error) {
	name = strings.TrimSuffix(name, ".")
	if z.slow[name] {
		return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTimeout: true}
	}
	var all []netip.Addr
	for _, a := range z.a[name] {
		all = append(all, netip.MustParseAddr(a))
	}
	if len(all) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return all, nil
}

// options are those of a mailer that cannot leave the loopback, and is not patient.
func options(t testing.TB) Options {
	const soon = 30 * time.Second
	return Options{
		Hostname: "mail.example.com",
		Resolver: zone{},
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if a, err := netip.ParseAddrPort(addr); err != nil || !a.Addr().IsLoopback() {
				t.Errorf("dial of %s", addr)
			}
			var d net.Dialer
			return d.DialContext(ctx, network, addr)
		},
		Timeout: Timeouts{soon, soon, soon, soon, soon, soon, soon, soon},
	}
}

func mailer(t testing.TB, o Options) *SMTP {
	m := NewSMTP(o)
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func addr(t testing.TB, s string) address.Address {
	t.Helper()
	a, err := address.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// job is a message from alice@example.com.
func job(t testing.TB, host string, content string, to ...string) Job {
	t.Helper()
	env := &mta.Envelope{ID: "6AM800AA000001", Sender: addr(t, "alice@example.com")}
	j := Job{Envelope: env, Host: host, Content: text(content)}
	for i, a := range to {
		env.Recipients = append(env.Recipients, mta.Recipient{Address: addr(t, a)})
		j.Rcpts = append(j.Rcpts, i)
	}
	return j
}

// results prints statuses for comparison, without Err.
func results(got []mta.Status) []string {
	var all []string
	for _, s := range got {
		line := s.Error()
		if s.RemoteMTA != "" {
			line += " (" + s.RemoteMTA + ")"
		}
		all = append(all, line)
	}
	return all
}
