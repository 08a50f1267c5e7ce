package starttls

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"net"
	"testing"
)

// What sendmail 8.17.1.9 answers to MAIL with TLS_Clt: entries, measured.
func TestRequirementsAreAnsweredAsSendmailDoes(t *testing.T) {
	clear := Facts{}
	plain := Facts{Version: "TLSv1.3", Bits: 256, Verify: No}
	verified := Facts{Version: "TLSv1.3", Bits: 256, Verify: OK, CN: "mail.example.com", Subject: "/CN=mail.example.com", Issuer: "/CN=CA", Names: []string{"localhost", "*.test"}}
	for _, tt := range []struct {
		value string
		facts Facts
		want  string // "" for yes
	}{
		{"VERIFY", clear, "454 4.7.0 authentication required"},
		{"VERIFY", plain, "454 4.7.0 not authenticated"},
		{"VERIFY", verified, ""},
		{"verify", plain, "454 4.7.0 not authenticated"},
		{"PERM+VERIFY", clear, "503 5.7.0 authentication required"},
		{"PERM+VERIFY", plain, "503 5.7.0 not authenticated"},
		{"PERM + VERIFY", verified, ""},
		{"TEMP+ENCR:128", clear, "403 4.7.0 encryption too weak 0 less than 128"},
		{"TEMP+ENCR:128", plain, ""},
		{"ENCR:512", verified, "454 4.7.0 encryption too weak 256 less than 512"},
		{"VERIFY:256+CN:foo.example", clear, "454 4.7.0 authentication required"},
		{"VERIFY:256+CN:foo.example", plain, "454 4.7.0 not authenticated"},
		{"VERIFY:256+CN:foo.example", verified, "454 4.7.0 CN mail.example.com does not match foo.example"},
		{"VERIFY:512", verified, "454 4.7.0 encryption too weak 256 less than 512"},
		{"VERIFY+CN", verified, ""},
		{"VERIFY+CN:localhost", verified, ""},
		{"VERIFY+CN:app.test", verified, ""},
		{"VERIFY+CN:a.app.test", verified, "454 4.7.0 CN mail.example.com does not match a.app.test"},
		{"VERIFY+CN:MAIL.example.com++CS:/CN=mail.example.com++CI:/CN=CA", verified, ""},
		{"VERIFY+CS:/CN=x", verified, "454 4.7.0 Cert Subject /CN=mail.example.com does not match /CN=x"},
		{"ENCR:1+CI:/CN=x", verified, "454 4.7.0 Cert Issuer /CN=CA does not match /CN=x"},
		{"VERIFY+FOO", verified, "454 4.7.0 requirement FOO is unknown"},
		{"foo", clear, ""},
		{"", clear, ""},
		{"ENCR", clear, ""},
		{"PERM+foo", clear, ""},
		{"ENCR:99999999", clear, ""},
		{"VERIFY", Facts{Verify: Fail}, "454 4.7.0 authentication failed"},
		{"VERIFY", Facts{Verify: Not}, "454 4.7.0 no authentication requested"},
		{"VERIFY", Facts{Verify: None}, "454 4.7.0 other side does not support STARTTLS"},
		{"VERIFY", Facts{Verify: Disabled}, "454 4.7.0 STARTTLS disabled locally"},
		{"PERM+VERIFY", Facts{Verify: Software}, "503 5.7.0 TLS handshake failed."},
		{"", Facts{Verify: Software}, "454 4.7.0 TLS handshake failed."},
		{"", Facts{Verify: Protocol}, "454 4.7.0 STARTTLS failed."},
	} {
		r, ok := ParseRequirement(tt.value)
		if ok != r.Needed() {
			t.Errorf("%q: %v, %+v", tt.value, ok, r)
		}
		got := ""
		if s := r.Check(tt.facts, "mail.example.com."); s.Code != 0 {
			got = s.Error()
		}
		if got != tt.want {
			t.Errorf("%q with verify=%s: %q, want %q", tt.value, tt.facts.Verify, got, tt.want)
		}
	}
}

func FuzzRequirement(f *testing.F) {
	for _, s := range []string{"PERM+VERIFY:128+CN:x++CI:/C=DE", "ENCR:1", "TEMP+", "+", "VERIFY+++", "VERIFY:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r, ok := ParseRequirement(value)
		s := r.Check(Facts{}, "x")
		if !ok && s.Code != 0 || ok && r.Verify && s.Code < 400 {
			t.Errorf("%q: %+v, %+v", value, r, s)
		}
	})
}

func TestCiphersHaveTheNamesOfOpenSSL(t *testing.T) {
	for id, want := range map[uint16]struct {
		name string
		bits int
	}{
		tls.TLS_AES_128_GCM_SHA256:                        {"TLS_AES_128_GCM_SHA256", 128},
		tls.TLS_AES_256_GCM_SHA384:                        {"TLS_AES_256_GCM_SHA384", 256},
		tls.TLS_CHACHA20_POLY1305_SHA256:                  {"TLS_CHACHA20_POLY1305_SHA256", 256},
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256:       {"ECDHE-ECDSA-AES128-GCM-SHA256", 128},
		tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:         {"ECDHE-RSA-AES256-GCM-SHA384", 256},
		tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256:   {"ECDHE-RSA-CHACHA20-POLY1305", 256},
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: {"ECDHE-ECDSA-CHACHA20-POLY1305", 256},
		tls.TLS_RSA_WITH_AES_128_CBC_SHA:                  {"AES128-SHA", 128},
		tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA:                 {"DES-CBC3-SHA", 112},
		tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA:            {"ECDHE-RSA-AES256-SHA", 256},
		tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256:         {"ECDHE-RSA-AES128-SHA256", 128},
	} {
		if got := cipher(id); got != want.name || bits(id) != want.bits {
			t.Errorf("%s: %s with %d bits, want %v", tls.CipherSuiteName(id), got, bits(id), want)
		}
	}
}

func TestNamesOutOfCertificatesEndNoLine(t *testing.T) {
	n := pkix.Name{Names: []pkix.AttributeTypeAndValue{
		{Type: asn1.ObjectIdentifier{2, 5, 4, 6}, Value: "DE"}, {Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: "Example (Ltd)\r\nX: y"},
		{Type: asn1.ObjectIdentifier{1, 2, 3}, Value: "+"}}}
	if got, want := oneLine(n), "/C=DE/O=Example+20+28Ltd+29+0D+0AX:+20y/1.2.3=+2B"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestLogLines(t *testing.T) {
	f := Facts{Version: "TLSv1.3", Cipher: "TLS_AES_256_GCM_SHA384", Bits: 256, Verify: No}
	if got, want := f.Log("server", "localhost [127.0.0.1]"), "STARTTLS=server, relay=localhost [127.0.0.1], version=TLSv1.3, verify=NO, cipher=TLS_AES_256_GCM_SHA384, bits=256/256"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := LogFailure("client", "mx.", errors.New("tls: handshake failure")), "STARTTLS=client, error: connect failed=-1, reason=handshake failure, relay=mx."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if (Facts{}).String() != "" {
		t.Error("TLS facts in the clear")
	}
}

// pieces is a connection from which reads give one piece each.
type pieces struct {
	net.Conn
	left []string
}

func (p *pieces) Read(b []byte) (int, error) {
	n := copy(b, p.left[0])
	p.left = p.left[1:]
	return n, nil
}

func TestAnAlertInTheClearExplainsTheFailure(t *testing.T) {
	mac := errors.New("local error: tls: bad record MAC")
	for _, tt := range []struct {
		name  string
		reads []string
		err   error
		want  string
	}{
		{"OpenSSL, TLS 1.3", []string{"\x15\x03\x03\x00\x02\x02\x30"}, mac, "remote error: tls: unknown certificate authority: it does not believe our certificate"},
		{"behind another record", []string{"\x14\x03\x03\x00\x01\x01\x15\x03\x03\x00\x02\x02\x30"}, mac, "remote error: tls: unknown certificate authority: it does not believe our certificate"},
		{"in two pieces", []string{"\x15\x03\x03\x00\x02", "\x02\x2a"}, mac, "remote error: tls: bad certificate: it does not believe our certificate"},
		{"another reason", []string{"\x15\x03\x03\x00\x02\x02\x46"}, mac, "remote error: tls: protocol version not supported"},
		{"a reason without a name", []string{"\x15\x03\x03\x00\x02\x02\x77"}, mac, "remote error: tls: alert 119"},
		{"no alert", []string{"hello, world", "x", ""}, mac, mac.Error()},
		{"one that crypto/tls understood", []string{"..."}, errors.New("remote error: tls: bad certificate"), "remote error: tls: bad certificate: it does not believe our certificate"},
	} {
		c := &Conn{Conn: &pieces{left: tt.reads}}
		for range tt.reads {
			var b [100]byte
			_, _ = c.Read(b[:])
		}
		if got := c.Explain(tt.err).Error(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
