package deliver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	smtp "github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"postroom.dev/mta"
	"postroom.dev/mta/smtpd"
)

// shelf is the policy of an smtpd, and a backend of go-smtp, that keeps what comes, or with drop does not.
type shelf struct {
	drop bool
	mu   sync.Mutex
	got  []string
	rcpt []mta.Recipient
	tls  bool
}

func (*shelf) Connect(context.Context, *mta.Origin) error  { return nil }
func (*shelf) Mail(context.Context, *mta.Envelope) error   { return nil }
func (*shelf) Verify(context.Context, string) mta.Status   { return mta.Status{Code: 252} }
func (*shelf) Expand(context.Context, string) mta.Status   { return mta.Status{Code: 252} }
func (*shelf) RunQueue(context.Context, string) mta.Status { return mta.Status{Code: 250} }
func (*shelf) Closed(mta.Session)                          {}
func (s *shelf) Data(context.Context, *mta.Envelope) (smtpd.Message, error) {
	return &page{shelf: s}, nil
}

func (s *shelf) Rcpt(_ context.Context, _ *mta.Envelope, r *mta.Recipient) error {
	if r.Address.Local == "nobody" {
		return mta.Status{Code: 550, Enhanced: mta.Enhanced{5, 1, 1}, Text: "User unknown"}
	}
	return nil
}

func (s *shelf) keep(text string, rcpts []mta.Recipient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.rcpt = append(s.got, text), append(s.rcpt, rcpts...)
}

type page struct {
	shelf *shelf
	b     strings.Builder
}

func (p *page) Write(b []byte) (int, error) {
	if p.shelf.drop {
		return len(b), nil
	}
	return p.b.Write(b)
}

func (p *page) Commit(_ context.Context, env *mta.Envelope) error {
	if !p.shelf.drop {
		p.shelf.keep(p.b.String(), env.Recipients)
	}
	return nil
}
func (p *page) Abort() {}

// NewSession makes a shelf a go-smtp backend.
func (s *shelf) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, secure := c.TLSConnectionState()
	s.mu.Lock()
	s.tls = s.tls || secure
	s.mu.Unlock()
	return &visit{shelf: s}, nil
}

type visit struct {
	shelf *shelf
	rcpts []mta.Recipient
}

func (v *visit) Mail(string, *smtp.MailOptions) error { v.rcpts = nil; return nil }
func (v *visit) Rcpt(to string, o *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "User unknown"}
	}
	v.rcpts = append(v.rcpts, mta.Recipient{Original: o.OriginalRecipient})
	return nil
}
func (v *visit) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	v.shelf.keep(string(b), v.rcpts)
	return err
}
func (*visit) Reset()        {}
func (*visit) Logout() error { return nil }

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func hostOf(l net.Listener) string {
	return "[127.0.0.1]" + strings.TrimPrefix(l.Addr().String(), "127.0.0.1")
}

// ours starts mta/smtpd.
func ours(t testing.TB, s *shelf) string {
	t.Helper()
	l, server := listen(t), smtpd.New(smtpd.Config{Hostname: "mx.example", Strict: true}, s)
	var done sync.WaitGroup
	done.Go(func() {
		if err := server.Serve(context.Background(), l); !errors.Is(err, smtpd.ErrClosed) {
			t.Error(err)
		}
	})
	t.Cleanup(func() { _ = server.Shutdown(context.Background()); done.Wait() })
	return hostOf(l)
}

// theirs starts go-smtp.
func theirs(t testing.TB, s *shelf, config *tls.Config) string {
	t.Helper()
	l, server := listen(t), smtp.NewServer(s)
	server.Domain, server.EnableDSN, server.TLSConfig, server.MaxLineLength = "mx.example", true, config, 1<<20
	var done sync.WaitGroup
	done.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() { _ = server.Close(); done.Wait() })
	return hostOf(l)
}

// Every text arrives with each octet, at two servers that know nothing of each other.
func TestRealServersGetEveryOctet(t *testing.T) {
	texts := map[string]string{ // as sent, as it arrives
		"Subject: a\r\n\r\nbody\r\n":                     "Subject: a\r\n\r\nbody\r\n",
		"Subject: a\n\nbody\n":                           "Subject: a\r\n\r\nbody\r\n",
		"Subject: a\n\nno end":                           "Subject: a\r\n\r\nno end\r\n",
		"Subject: a\n\n.\n..\n.x\n.\r\n.":                "Subject: a\r\n\r\n.\r\n..\r\n.x\r\n.\r\n.\r\n",
		"Subject: a\n\n" + strings.Repeat("x", 990):      "Subject: a\r\n\r\n" + strings.Repeat("x", 990) + "\r\n",
		"Subject: a\n\n\xff\xfe 8 bit \t\n":              "Subject: a\r\n\r\n\xff\xfe 8 bit \t\r\n",
		"Subject: a\n\n" + strings.Repeat("ab\n", 1<<20): "Subject: a\r\n\r\n" + strings.Repeat("ab\r\n", 1<<20),
	}
	for name, start := range map[string]func(*shelf) string{
		"smtpd":   func(s *shelf) string { return ours(t, s) },
		"go-smtp": func(s *shelf) string { return theirs(t, s, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			s := new(shelf)
			host, m := start(s), mailer(t, options(t))
			var want []string
			for in, out := range texts {
				j := job(t, host, in, "a@x.example", "nobody@x.example", "b@x.example")
				j.Envelope.Recipients[0].Original = "rfc822;first@x.example"
				got := m.Deliver(t.Context(), j)
				if !got[0].OK() || !got[2].OK() || got[1].Enhanced != (mta.Enhanced{5, 1, 1}) {
					t.Fatal(results(got))
				}
				want = append(want, out)
			}
			if d := cmp.Diff(want, s.got); d != "" {
				t.Errorf("%.2000s", d)
			}
			if len(s.rcpt) != 2*len(texts) || name == "go-smtp" && !strings.HasSuffix(s.rcpt[0].Original, "first@x.example") {
				t.Errorf("%d recipients, first %+v", len(s.rcpt), s.rcpt[0])
			}
			_ = m.Close()
		})
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.example"},
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestSTARTTLS(t *testing.T) {
	deliver := func(t *testing.T, host string, config *tls.Config) {
		t.Helper()
		o := options(t)
		o.TLS = config
		m := mailer(t, o)
		for range 2 { // the second goes over the kept connection
			if got := m.Deliver(t.Context(), job(t, host, hello, "a@x.example")); !got[0].OK() {
				t.Fatal(results(got), got[0].Err)
			}
		}
		_ = m.Close()
	}
	server := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	t.Run("used when offered and wanted", func(t *testing.T) {
		s := new(shelf)
		deliver(t, theirs(t, s, server), &tls.Config{InsecureSkipVerify: true})
		if !s.tls || len(s.got) != 2 {
			t.Errorf("TLS %v, %d texts", s.tls, len(s.got))
		}
	})
	t.Run("not used when not wanted", func(t *testing.T) {
		s := new(shelf)
		deliver(t, theirs(t, s, server), nil)
		if s.tls || len(s.got) != 2 {
			t.Errorf("TLS %v, %d texts", s.tls, len(s.got))
		}
	})
	t.Run("in the clear when the handshake comes to nothing", func(t *testing.T) {
		s := new(shelf)
		deliver(t, theirs(t, s, server), new(tls.Config)) // does not trust the certificate
		if s.tls || len(s.got) != 2 {
			t.Errorf("TLS %v, %d texts", s.tls, len(s.got))
		}
	})
	t.Run("refused: go on", func(t *testing.T) {
		p := newPeer(t, map[string][]string{"EHLO": {offers("STARTTLS")}, "STARTTLS": {"454 4.7.0 not now"}})
		deliver(t, p.host(), new(tls.Config))
	})
	t.Run("words before the handshake are not believed", func(t *testing.T) {
		p := newPeer(t, map[string][]string{"EHLO": {offers("STARTTLS"), offers()}, "STARTTLS": {"220 go\r\n250 injected"}})
		deliver(t, p.host(), new(tls.Config))
		said := strings.Join(p.commands(), " ")
		if want := "(connect) EHLO mail.example.com STARTTLS (connect) EHLO mail.example.com MAIL"; !strings.HasPrefix(said, want) {
			t.Error(said)
		}
	})
}

// 2 KB messages over one connection, to our own server, which throws them away.
func BenchmarkDeliver(b *testing.B) {
	host, m := ours(b, &shelf{drop: true}), mailer(b, options(b))
	j := job(b, host, "Subject: x\n\n"+strings.Repeat("012345678901234567890123456789012345678901234567890123456789\n", 33), "a@x.example")
	b.SetBytes(j.Content.Size())
	b.ReportAllocs()
	for b.Loop() {
		if got := m.Deliver(b.Context(), j); !got[0].OK() {
			b.Fatal(got)
		}
	}
	_ = m.Close()
}
