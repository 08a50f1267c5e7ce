package config

import (
	"fmt"
	"path/filepath"
	"slices"
)

// TLS is the [tls] section: who we are to others, and whom we believe.
type TLS struct {
	CertFile string   `toml:"cert_file"`
	KeyFile  string   `toml:"key_file"`
	Names    []string `toml:"names"`
	CAFile   string   `toml:"ca_file"`
	Client   string   `toml:"client"`
	Fallback bool     `toml:"fallback_to_clear"`
}

// The values of [tls] client.
const (
	ClientNone    = "none"    // never
	ClientMay     = "may"     // where the host offers it
	ClientEncrypt = "encrypt" // always, whoever the host is
	ClientVerify  = "verify"  // always, and its certificate must verify and have its name
)

const exampleTLS = `
[tls]
# The server's certificate and key, PEM files. Without them a CA of this home's own makes
# one: postroom setup tls shows it, and what an application needs to believe it.
#cert_file = ""
#key_file = ""

# More names that the certificate made here is for, beside localhost, 127.0.0.1, ::1 and the host's name.
#names = []

# Whose certificates verify; "" for the system's CAs and our own.
#ca_file = ""

# Mail that leaves: "may" takes TLS where it is offered, "encrypt" always, "verify" with a
# certificate that verifies, "none" never. Try_TLS:, TLS_Srv: and TLS_Rcpt: in access say more for single hosts.
#client = "may"

# Where a handshake goes wrong the message goes in the clear, unless more is asked for; sendmail's TLSFallbacktoClear.
#fallback_to_clear = true
`

func defaultTLS() TLS { return TLS{Names: []string{}, Client: ClientMay, Fallback: true} }

// wrong gives the key whose value makes no sense, and why.
func (t TLS) wrong() (key, why string) {
	for _, f := range []struct{ key, path string }{{"cert_file", t.CertFile}, {"key_file", t.KeyFile}, {"ca_file", t.CAFile}} {
		if f.path != "" && !filepath.IsAbs(f.path) {
			return f.key, fmt.Sprintf("%q is not an absolute path", f.path)
		}
	}
	switch {
	case t.CertFile != "" && t.KeyFile == "":
		return "cert_file", "there is no key_file with it; set both, or neither"
	case t.CertFile == "" && t.KeyFile != "":
		return "key_file", "there is no cert_file with it; set both, or neither"
	}
	if known := []string{ClientNone, ClientMay, ClientEncrypt, ClientVerify}; !slices.Contains(known, t.Client) {
		return "client", fmt.Sprintf("%q is unknown; write one of %q", t.Client, known)
	}
	return "", ""
}

// TLS is the directory of the CA of our own.
func (h Home) TLS() string { return h.path("etc", "tls") }
