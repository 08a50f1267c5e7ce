package smtpd

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/cert"
)

// authority is a CA with a certificate, made once for all tests.
var authority = sync.OnceValues(func() (*cert.Server, error) { return newAuthority("the tests") })

func newAuthority(owner string) (*cert.Server, error) {
	dir, err := os.MkdirTemp("", "postroom-ca-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	return cert.Load(cert.Options{Dir: dir, Owner: owner, Names: []string{"mail.example.com"}, Now: time.Now, Rand: rand.Reader})
}

func withTLS(c *Config, d *desk) {
	s, err := authority()
	if err != nil {
		panic(err)
	}
	ca, err := x509.ParseCertificate(s.Certificate.Certificate[1])
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	c.TLS = func() *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{s.Certificate}, ClientAuth: tls.RequestClientCert, ClientCAs: roots}
	}
	c.MailLog = func(text string) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.lines = append(d.lines, text)
	}
}

func (d *desk) logged() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.lines, "\n")
}

// handshake begins TLS on the client's side. It believes our own CA alone, and checks the server's name.
func (c *client) handshake(with string) {
	c.t.Helper()
	if len(c.buf) > 0 {
		c.t.Fatalf("the server says %q in the clear", c.buf)
	}
	s, err := authority()
	if err != nil {
		c.t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(s.Certificate.Certificate[1])
	if err != nil {
		c.t.Fatal(err)
	}
	config := &tls.Config{ServerName: "localhost", RootCAs: x509.NewCertPool()}
	config.RootCAs.AddCert(ca)
	switch strings.TrimSpace(with) {
	case "cert":
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &s.Certificate, nil }
	case "other":
		other, err := newAuthority("somebody else")
		if err != nil {
			c.t.Fatal(err)
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &other.Certificate, nil }
	case "1.2":
		config.MaxVersion = tls.VersionTLS12
	}
	secure := tls.Client(c.conn, config)
	_ = secure.SetDeadline(time.Now().Add(time.Minute))
	if err := secure.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	c.conn = secure
}

// What was pipelined behind STARTTLS never runs, in whatever pieces it comes: CVE-2011-0411.
func TestNothingSaidBeforeTheHandshakeCounts(t *testing.T) {
	for _, injected := range []string{
		"RSET\r\n", "MAIL FROM:<evil@example.com>\r\n", "MAIL FROM:<evil@example.com>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n", "x",
		strings.Repeat("NOOP\r\n", 1000),
	} {
		config, d := testConfig(), newDesk()
		withTLS(&config, d)
		_, addr := start(t, config, d)
		c := dial(t, addr)
		c.want("220 *")
		c.say("HELO x", "250 *")
		c.send("STARTTLS\r\n" + injected)
		c.want("220 2.0.0 Ready to start TLS")
		c.handshake("")
		c.say("RCPT TO:<alice@example.com>", "503 5.0.0 Need MAIL before RCPT")
		c.say("MAIL FROM:<a@ok.example>", "250 *")
		c.say("RCPT TO:<alice@example.com>", "250 *")
		c.say("DATA", "354 *")
		c.send("Hello\r\n.\r\n")
		c.want("250 *")
		c.say("QUIT", "221 *", "")
		all := d.messages()
		if len(all) != 1 || len(all[0].env.Steps) != 1 || !strings.Contains(all[0].env.Steps[0].Note, "sent in the clear behind STARTTLS") {
			t.Errorf("%.40q: %d messages kept, steps %v", injected, len(all), all[0].env.Steps)
		}
		if s := d.session(t); s.Reason != "" || strings.Contains(string(s.Transcript), "evil") {
			t.Errorf("%.40q: reason %q\n%s", injected, s.Reason, s.Transcript)
		}
	}
}

func TestWhatIsNoHandshakeEndsTheSession(t *testing.T) {
	for _, tt := range []struct {
		name     string
		implicit bool
		say      string
		reason   string
	}{
		{"commands after 220", false, "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\n", "first record does not look like a TLS handshake"},
		{"commands to an implicit listener", true, "EHLO x\r\n", "first record does not look like a TLS handshake"},
		{"nothing", false, "", "EOF"},
		{"nothing to an implicit listener", true, "", "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			config, d := testConfig(), newDesk()
			withTLS(&config, d)
			config.Implicit = tt.implicit
			_, addr := start(t, config, d)
			c := dial(t, addr)
			if !tt.implicit {
				c.want("220 *")
				c.say("STARTTLS", "220 *")
			}
			c.send(tt.say)
			if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			s := d.session(t)
			if want := "TLS handshake with localhost [127.0.0.1]: "; !strings.HasPrefix(s.Reason, want) || !strings.Contains(s.Reason, tt.reason) {
				t.Errorf("reason %q", s.Reason)
			}
			if !strings.Contains(d.logged(), "STARTTLS=server, error: accept failed=-1, reason=") {
				t.Errorf("mail log: %s", d.logged())
			}
			if n := len(d.messages()); n != 0 {
				t.Errorf("%d messages kept", n)
			}
		})
	}
}

func TestHandshakeThatIsNeverDoneTimesOut(t *testing.T) {
	config, d := testConfig(), newDesk()
	withTLS(&config, d)
	config.Timeout.Command = 50 * time.Millisecond
	config.Implicit = true
	_, addr := start(t, config, d)
	dial(t, addr)
	if s := d.session(t); s.Reason != "TLS handshake with localhost [127.0.0.1]: timeout" {
		t.Errorf("reason %q", s.Reason)
	}
}

func TestShutdownDoesNotWaitForHandshakes(t *testing.T) {
	config, d := testConfig(), newDesk()
	withTLS(&config, d)
	config.Implicit = true
	began := make(chan bool)
	config.Features = func(*mta.Origin) string { close(began); return "" }
	s, addr := start(t, config, d)
	dial(t, addr)
	<-began
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // a handshake may take longer
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if s := d.session(t); s.Reason != "connection from localhost [127.0.0.1] closed at shutdown" {
		t.Errorf("reason %q", s.Reason)
	}
}

func TestShutdownTellsClientsWithTLS(t *testing.T) {
	config, d := testConfig(), newDesk()
	withTLS(&config, d)
	s, addr := start(t, config, d)
	c := dial(t, addr)
	c.want("220 *")
	c.say("STARTTLS", "220 *")
	c.handshake("")
	c.say("NOOP", "250 *")
	go func() { _ = s.Shutdown(context.Background()) }()
	c.want("421 4.3.2 mail.example.com Service shutting down, closing connection", "")
}

func TestNoCertificateNoTLS(t *testing.T) {
	config, d := testConfig(), newDesk()
	config.TLS = func() *tls.Config { return nil }
	_, addr := start(t, config, d)
	c := dial(t, addr)
	c.want("220 *")
	c.say("EHLO x", "250-mail.example.com *", "250-ENHANCEDSTATUSCODES", "250-PIPELINING", "250-EXPN", "250-VERB", "250-CHUNKING", "250-8BITMIME",
		"250-BINARYMIME", "250-SMTPUTF8", "250-SIZE", "250-DSN", "250-ETRN", "250-DELIVERBY", "250 HELP")
	c.say("STARTTLS", "454 4.3.3 TLS not available after start")
	c.say("QUIT", "221 *", "")
	d.session(t)
	config.Implicit = true
	_, addr = start(t, config, d)
	dial(t, addr).want("")
	if s := d.session(t); s.Reason != "no certificate: TLS is not possible" {
		t.Errorf("reason %q", s.Reason)
	}
}
