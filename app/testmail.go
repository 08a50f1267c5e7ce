package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"postroom.dev/app/config"
	"postroom.dev/ui/model"
)

// testTime is how long a test message may take.
const testTime = 10 * time.Second

// SendTest sends a message to one of our own listeners, as an application would that does what the listener asks for: TLS, with the
// certificate believed by the CAs that we believe ourselves, and AUTH.
func (r *Room) SendTest(ctx context.Context, address, name, password string) (subject string, err error) {
	r.mu.Lock()
	i := slices.IndexFunc(r.ports, func(p *port) bool { return p.shown.Address == address && p.shown.Err == "" })
	var l config.Listener
	if i >= 0 {
		l = r.ports[i].config
	}
	r.mu.Unlock()
	switch {
	case i < 0:
		return "", fmt.Errorf("%s is none of our listeners", address)
	case name == "" && l.RequireAuth && l.Auth == config.AuthAny:
		name, password = "test", "test" // it takes anybody
	case name == "" && l.RequireAuth:
		return "", model.ErrLoginNeeded
	}
	conn, host, err := dialPort(ctx, l, address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(testTime)); err != nil {
		return "", err
	}
	c, err := r.testClient(ctx, conn, l, host)
	if err != nil {
		return "", err
	}
	c.CommandTimeout, c.SubmissionTimeout = testTime, testTime
	now := time.Now()
	subject = "Test from Postroom, " + now.Format("15:04:05.000")
	err = sendTest(c, testMail{subject: subject, address: address, protocol: protocolName(l), name: name, password: password, now: now})
	return subject, errors.Join(err, c.Close())
}

// dialPort connects to a listener; host is what its certificate should be for.
func dialPort(ctx context.Context, l config.Listener, address string) (conn net.Conn, host string, err error) {
	if l.IsUnix() {
		conn, err = dialUnix(ctx, address)
		return conn, "localhost", err
	}
	host, number, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	d := net.Dialer{Timeout: testTime}
	conn, err = d.DialContext(ctx, "tcp", net.JoinHostPort(host, number))
	return conn, host, err
}

// testClient begins a session as the listener asks for it.
func (r *Room) testClient(ctx context.Context, conn net.Conn, l config.Listener, host string) (*smtp.Client, error) {
	security := &tls.Config{ServerName: host, RootCAs: r.certificates.trusted()}
	if x := r.certificates.inForce.Load(); x != nil && x.about.CA == nil && len(x.about.Info.Names) > 0 {
		security.ServerName = x.about.Info.Names[0] // the user's own certificate may not be for our address
	}
	switch {
	case l.TLS == config.TLSImplicit:
		t := tls.Client(conn, security)
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn = t
	case l.Protocol == config.ProtocolLMTP && l.TLS != config.TLSNone && r.certificates.inForce.Load() != nil:
		t, err := startLMTP(ctx, conn, security)
		if err != nil {
			return nil, err
		}
		conn = t
	case l.Protocol == config.ProtocolLMTP:
	case l.TLS != config.TLSNone && r.certificates.inForce.Load() != nil:
		return smtp.NewClientStartTLS(conn, security)
	}
	if l.Protocol == config.ProtocolLMTP {
		return smtp.NewClientLMTP(conn), nil
	}
	return smtp.NewClient(conn), nil
}

// startLMTP says LHLO and STARTTLS, which go-smtp says in SMTP alone, and does the handshake. Who speaks next is greeted once more, as a client
// of go-smtp has to be.
func startLMTP(ctx context.Context, conn net.Conn, security *tls.Config) (net.Conn, error) {
	text := textproto.NewConn(conn)
	_, greeting, err := text.ReadResponse(220)
	for _, step := range []struct {
		line string
		code int
	}{{"LHLO localhost", 250}, {"STARTTLS", 220}} {
		if err != nil {
			return nil, err
		}
		if _, err = text.Cmd("%s", step.line); err == nil {
			_, _, err = text.ReadResponse(step.code)
		}
	}
	if err != nil {
		return nil, err
	}
	t := tls.Client(conn, security)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return &greeted{Conn: t, greeting: strings.NewReader("220 " + greeting + "\r\n")}, nil
}

// greeted is a connection whose greeting is read once more.
type greeted struct {
	net.Conn
	greeting *strings.Reader
}

func (c *greeted) Read(b []byte) (int, error) {
	if c.greeting.Len() > 0 {
		return c.greeting.Read(b)
	}
	return c.Conn.Read(b)
}

// testMail is what a test message tells.
type testMail struct {
	subject, address, protocol string
	name, password             string // name "" does not log in
	now                        time.Time
}

func sendTest(c *smtp.Client, m testMail) error {
	if m.name != "" {
		if err := c.Auth(sasl.NewPlainClient("", m.name, m.password)); err != nil {
			return fmt.Errorf("AUTH: %w", err)
		}
	}
	if err := c.Mail("test@localhost", nil); err != nil {
		return err
	}
	if err := c.Rcpt("you@localhost", nil); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "From: Postroom <test@localhost>\r\nTo: you@localhost\r\nSubject: %s\r\nDate: %s\r\n\r\nThis message came by %s to %s.\r\nYour application can do the same.\r\n",
		m.subject, m.now.Format(time.RFC1123Z), m.protocol, m.address)
	return errors.Join(err, w.Close())
}
