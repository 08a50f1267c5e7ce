package deliver

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom.dev/mta/address"
	"postroom.dev/mta/cert"
	"postroom.dev/mta/starttls"
)

// certified gives a server's TLS for mx.example, and the CA behind it.
func certified(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s, err := cert.Load(cert.Options{Dir: t.TempDir(), Names: []string{"mx.example"}, Owner: "the tests", Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(s.Certificate.Certificate[1])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	return &tls.Config{Certificates: []tls.Certificate{s.Certificate}}, roots
}

// What the access table asks of a host, and what becomes of mail for it.
func TestTLSIsAsGoodAsTheAccessTableAsks(t *testing.T) {
	config, roots := certified(t)
	need := func(value string) Security {
		r, _ := starttls.ParseRequirement(value)
		return Security{Need: r, Roots: roots}
	}
	other := func(value string) Security {
		s := need(value)
		s.Roots = x509.NewCertPool()
		return s
	}
	off := func(value string) Security {
		s := need(value)
		s.Off = true
		return s
	}
	for _, tt := range []struct {
		name     string
		server   *tls.Config
		security Security
		rcpt     string // TLS_Rcpt:
		want     string // the status; "" for taken
		secure   bool   // it came with TLS
		log      string
	}{
		{"nothing is asked", config, Security{Roots: roots}, "", "", true, ", version=TLSv1.3, verify=OK, cipher="},
		{"nothing is asked of somebody unknown", config, other(""), "", "", true, "verify=FAIL"},
		{"nothing is asked of a host without TLS", nil, Security{}, "", "", false, ""},
		{"Try_TLS: NO", config, off(""), "", "", false, ""},
		{"Try_TLS: NO against TLS_Srv:", config, off("VERIFY"), "", "454 4.7.0 STARTTLS disabled locally", false, ""},
		{"VERIFY", config, need("VERIFY"), "", "", true, "verify=OK"},
		{"VERIFY of the name", config, need("PERM+VERIFY:128+CN"), "", "", true, "verify=OK"},
		{"VERIFY of another name", config, need("PERM+VERIFY:128+CN:mail.example"), "", "503 5.7.0 CN mx.example does not match mail.example", false, "verify=OK"},
		{"VERIFY of somebody unknown", config, other("VERIFY"), "", "454 4.7.0 authentication failed", false, "verify=FAIL"},
		{"VERIFY of a host without TLS", nil, need("TEMP+VERIFY"), "", "403 4.7.0 other side does not support STARTTLS", false, ""},
		{"ENCR of a host without TLS", nil, need("ENCR:112"), "", "454 4.7.0 encryption too weak 0 less than 112", false, ""},
		{"more bits than there are", config, need("ENCR:512"), "", "454 4.7.0 encryption too weak * less than 512", false, "verify=OK"},
		{"TLS_Rcpt:", config, Security{Roots: roots}, "VERIFY", "", true, "verify=OK"},
		{"TLS_Rcpt: of a host without TLS", nil, Security{}, "PERM+ENCR:1", "503 5.7.0 encryption too weak 0 less than 1", false, ""},
		{"TLS_Rcpt: of somebody unknown", config, other(""), "VERIFY", "454 4.7.0 authentication failed", false, "verify=FAIL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &shelf{}
			host := theirs(t, s, tt.server)
			_, port, _ := strings.Cut(host, "]:")
			o := options(t)
			o.Resolver = zone{a: map[string][]string{"mx.example": {"127.0.0.1"}}}
			o.TLS = &tls.Config{InsecureSkipVerify: true}
			o.Security = func(name string, ip netip.Addr) (Security, error) {
				if name != "mx.example" || !ip.IsLoopback() {
					t.Errorf("asked for %q %v", name, ip)
				}
				return tt.security, nil
			}
			o.RcptNeeds = func(to address.Address) (starttls.Requirement, error) {
				if to.String() != "bob@example.net" {
					t.Errorf("asked for %s", to)
				}
				r, _ := starttls.ParseRequirement(tt.rcpt)
				return r, nil
			}
			var log []string
			o.MailLog = func(line string) { log = append(log, line) }
			got := mailer(t, o).Deliver(t.Context(), job(t, "mx.example:"+port, "Subject: x\r\n\r\nHello\r\n", "bob@example.net"))[0]
			said := got.Error()
			if before, after, ok := strings.Cut(tt.want, "*"); ok && strings.HasPrefix(said, before) && strings.HasSuffix(said, after) {
				said = tt.want
			}
			if got.OK() {
				said = ""
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if said != tt.want || len(s.got) == 1 != (tt.want == "") || tt.want == "" && s.tls != tt.secure {
				t.Errorf("%s, %d messages, TLS %v, want %q, %v", said, len(s.got), s.tls, tt.want, tt.secure)
			}
			if all := strings.Join(log, "\n"); !strings.Contains(all, tt.log) || tt.log == "" && all != "" {
				t.Errorf("log %q, want %q", all, tt.log)
			}
		})
	}
}

func TestAHandshakeThatGoesWrong(t *testing.T) {
	needs, _ := starttls.ParseRequirement("PERM+ENCR:1")
	for _, tt := range []struct {
		name     string
		security Security
		want     string // "" for delivered in the clear
	}{
		{"goes on in the clear", Security{}, ""},
		{"is a temporary failure, as in sendmail without TLSFallbacktoClear", Security{NoClear: true}, "454 4.7.0 TLS handshake failed."},
		{"never goes on in the clear where TLS is asked for", Security{Need: needs}, "503 5.7.0 TLS handshake failed."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &shelf{}
			host := theirs(t, s, &tls.Config{}) // offers STARTTLS, and has no certificate for it
			o := options(t)
			o.Timeout.Mail = time.Second
			o.TLS = &tls.Config{InsecureSkipVerify: true}
			o.Security = func(string, netip.Addr) (Security, error) { return tt.security, nil }
			var mu sync.Mutex
			var log []string
			o.MailLog = func(line string) { mu.Lock(); defer mu.Unlock(); log = append(log, line) }
			got := mailer(t, o).Deliver(t.Context(), job(t, host, "Subject: x\r\n\r\nHello\r\n", "bob@example.net"))[0]
			if got.OK() != (tt.want == "") || tt.want != "" && got.Error() != tt.want {
				t.Errorf("%s, want %q", got.Error(), tt.want)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if n := len(s.got); n == 1 != (tt.want == "") {
				t.Errorf("%d messages", n)
			}
			mu.Lock()
			defer mu.Unlock()
			if all := strings.Join(log, "\n"); !strings.HasPrefix(all, "STARTTLS=client, error: connect failed=-1, reason=") {
				t.Errorf("log %q", all)
			}
		})
	}
}

// What is asked may change while a connection is kept for the next message.
func TestAKeptConnectionIsUsedOnlyWhileItIsGoodEnough(t *testing.T) {
	config, roots := certified(t)
	s := &shelf{}
	host := theirs(t, s, config)
	o := options(t)
	o.TLS = &tls.Config{InsecureSkipVerify: true}
	asked := Security{Roots: roots}
	o.Security = func(string, netip.Addr) (Security, error) { return asked, nil }
	m := mailer(t, o)
	var said []string
	deliver := func() string {
		j := job(t, host, "Subject: x\r\n\r\nHello\r\n", "bob@example.net")
		said = nil
		j.Verbose = func(line string) { said = append(said, line) }
		got := m.Deliver(t.Context(), j)[0]
		how := "new"
		if strings.Contains(strings.Join(said, "\n"), "Using cached ESMTP connection") {
			how = "kept"
		}
		if !got.OK() {
			how += " " + got.Error()
		}
		return how
	}
	want := func(name, how string) {
		t.Helper()
		if got := deliver(); got != how {
			t.Errorf("%s: %s, want %s", name, got, how)
		}
	}
	want("the first", "new")
	want("the second", "kept")
	asked.Off = true
	want("TLS is not wanted any more", "new")
	want("again", "kept")
	asked = Security{Roots: roots}
	asked.Need, _ = starttls.ParseRequirement("VERIFY")
	want("TLS is a must", "new")
	want("again", "kept")
	asked.Need, _ = starttls.ParseRequirement("VERIFY+CN:other.example")
	want("a name is a must", "new 454 4.7.0 CN mx.example does not match other.example")
}
