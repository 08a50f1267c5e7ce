// Package starttls has sendmail's words for TLS: what is known of a connection's handshake (Facts), and what the access
// table asks of one (Requirement).
//
//	TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NO      in Origin.TLS and, behind "version=", in Received
//	STARTTLS=server, relay=…, version=…, verify=…, cipher=…, bits=256/256      in the mail log
//	TLS_Srv:mail.example.com    PERM+VERIFY:256+CN                in the access table
//
// Names of ciphers are OpenSSL's, so that lines compare with those of production. It dials nothing and reads no clock. Limits: a
// value of the access table may name 20 extensions.
//
// Left to others: the handshake itself (smtpd, deliver), where certificates come from (app/cert), which entry counts (route).
package starttls

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"time"
)

// Verify is sendmail's ${verify}: what is known of who is at the other end.
type Verify string

// The values of ${verify}.
const (
	Clear    Verify = ""         // no TLS
	OK       Verify = "OK"       // a certificate that leads to a CA that we trust
	No       Verify = "NO"       // the peer showed none
	Not      Verify = "NOT"      // and was not asked for one
	Fail     Verify = "FAIL"     // it could not be verified
	None     Verify = "NONE"     // the server does not offer STARTTLS
	Disabled Verify = "CLEAR"    // we did not want to (Try_TLS: NO)
	Software Verify = "SOFTWARE" // the handshake went wrong
	Protocol Verify = "PROTOCOL" // STARTTLS was refused
)

// Facts are what is known of a connection's TLS. The zero value is one in the clear.
type Facts struct {
	Version         string // "TLSv1.3", "" in the clear
	Cipher          string // OpenSSL's name: "ECDHE-ECDSA-AES128-GCM-SHA256"
	Bits            int    // of the cipher's key
	Verify          Verify
	Subject, Issuer string   // of the peer's certificate: "/C=DE/CN=mail.example.com"
	CN              string   // the subject's common name
	Names           []string // the host names that the certificate is for
}

// Of gives the facts of a connection after its handshake. asked says that the peer was asked for a certificate; roots are who is
// believed, nil for the system's; usage is what the certificate must be for.
func Of(s tls.ConnectionState, asked bool, roots *x509.CertPool, usage x509.ExtKeyUsage, now time.Time) Facts {
	f := Facts{Version: version(s.Version), Cipher: cipher(s.CipherSuite), Bits: bits(s.CipherSuite)}
	switch {
	case len(s.PeerCertificates) > 0:
		f.Verify = verify(s.PeerCertificates, roots, usage, now)
		leaf := s.PeerCertificates[0]
		f.Subject, f.Issuer = oneLine(leaf.Subject), oneLine(leaf.Issuer)
		f.CN, f.Names = xtext(leaf.Subject.CommonName), leaf.DNSNames
	case asked:
		f.Verify = No
	default:
		f.Verify = Not
	}
	return f
}

// verify follows the chain. Like sendmail it does not compare names: the access table's CN does.
func verify(chain []*x509.Certificate, roots *x509.CertPool, usage x509.ExtKeyUsage, now time.Time) Verify {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{usage}})
	if err != nil {
		return Fail
	}
	return OK
}

// String is how mta.Origin.TLS has it; "" in the clear.
func (f Facts) String() string {
	if f.Version == "" {
		return ""
	}
	return fmt.Sprintf("%s cipher=%s bits=%d verify=%s", f.Version, f.Cipher, f.Bits, f.Verify)
}

// Log is the line of the mail log. side is "server" where the other end began, else "client".
func (f Facts) Log(side, relay string) string {
	return fmt.Sprintf("STARTTLS=%s, relay=%s, version=%s, verify=%s, cipher=%s, bits=%d/%d", side, relay, f.Version, f.Verify, f.Cipher, f.Bits, f.Bits)
}

// LogFailure is the mail log's line for a handshake that did not succeed.
func LogFailure(side, relay string, err error) string {
	what := "accept"
	if side == "client" {
		what = "connect"
	}
	reason := strings.TrimPrefix(err.Error(), "tls: ")
	return fmt.Sprintf("STARTTLS=%s, error: %s failed=-1, reason=%s, relay=%s", side, what, reason, relay)
}

func version(v uint16) string {
	switch v {
	case tls.VersionTLS10:
		return "TLSv1"
	case tls.VersionTLS11:
		return "TLSv1.1"
	case tls.VersionTLS12:
		return "TLSv1.2"
	case tls.VersionTLS13:
		return "TLSv1.3"
	}
	return fmt.Sprintf("0x%04x", v)
}

// cipher gives OpenSSL's name of a cipher suite: those of TLS 1.3 have the registry's, the others their own.
func cipher(id uint16) string {
	name := tls.CipherSuiteName(id)
	exchange, rest, old := strings.Cut(strings.TrimPrefix(name, "TLS_"), "_WITH_")
	if !old {
		return name
	}
	switch {
	case strings.HasPrefix(rest, "CHACHA20_POLY1305"):
		rest = "CHACHA20_POLY1305"
	case strings.HasPrefix(rest, "3DES_EDE_CBC"):
		rest = "DES_CBC3_SHA"
	}
	rest = strings.Replace(strings.Replace(rest, "AES_", "AES", 1), "_CBC_SHA", "_SHA", 1)
	if exchange != "RSA" {
		rest = exchange + "_" + rest
	}
	return strings.ReplaceAll(rest, "_", "-")
}

func bits(id uint16) int {
	switch name := tls.CipherSuiteName(id); {
	case strings.Contains(name, "_256_"), strings.Contains(name, "CHACHA20"):
		return 256
	case strings.Contains(name, "3DES"):
		return 112
	}
	return 128
}

// shortNames are the names of the attributes that certificates commonly have, RFC 4514 §3.
var shortNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "street",
	"2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.17": "postalCode", "1.2.840.113549.1.9.1": "emailAddress", "0.9.2342.19200300.100.1.25": "DC",
}

// oneLine is a name as sendmail has it: "/C=DE/O=Example+20Ltd/CN=mail.example.com".
func oneLine(n pkix.Name) string {
	var b strings.Builder
	for _, a := range n.Names {
		key, ok := shortNames[a.Type.String()]
		if !ok {
			key = a.Type.String()
		}
		b.WriteString("/" + key + "=" + xtext(fmt.Sprint(a.Value)))
	}
	return b.String()
}

// xtext writes what could break a line or an access key as +XX, as sendmail does with names out of certificates.
func xtext(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || strings.IndexByte(`+\()<>"`, c) >= 0 {
			fmt.Fprintf(&b, "+%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
