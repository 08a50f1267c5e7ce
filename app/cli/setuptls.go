package cli

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"postroom.dev/mta/cert"
)

// TLS is what setup tls shows: the certificate in force, and what an application needs to believe it.
type TLS struct {
	Certificate cert.Info  `json:"certificate"`
	CA          *cert.Info `json:"ca"`        // null where the user's own certificate is in force
	Listeners   []string   `json:"listeners"` // "127.0.0.1:1025 starttls"
}

// setupTLS shows the certificate that listeners have, or prints the CA behind it.
func (r *run) setupTLS(words []string) error {
	onlyCA, asJSON := false, false
	rest, err := r.flags("setup", words, func(f *flag.FlagSet) {
		f.BoolVar(&onlyCA, "ca", false, "print the certificate of the CA alone")
		f.BoolVar(&asJSON, "json", false, "print one JSON object a line")
	})
	switch {
	case err != nil:
		return err
	case len(rest) != 1:
		return usagef("setup tls: unexpected %q", rest[1])
	}
	t, err := r.TLS(r.home)
	switch {
	case err != nil:
		return Status{ExitConfig, fmt.Errorf("setup: %w", err)}
	case onlyCA && t.CA == nil:
		return Status{ExitFailure, fmt.Errorf("setup: %s is your own certificate; the CA behind it is %s", t.Certificate.File, printable(t.Certificate.Issuer))}
	case onlyCA:
		return copyFile(r.Stdout, t.CA.File)
	case asJSON:
		return printJSON(r.Stdout, t)
	}
	_, err = io.WriteString(r.Stdout, TLSText(t))
	return err
}

func copyFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// TLSText is what setup tls prints for people.
func TLSText(t TLS) string {
	var b strings.Builder
	about := func(title string, c cert.Info) {
		fmt.Fprintf(&b, "%-12s %s\n", title, printable(c.File))
		fmt.Fprintf(&b, "  subject    %s\n", printable(c.Subject))
		if len(c.Names) > 0 {
			fmt.Fprintf(&b, "  names      %s\n", printable(strings.Join(c.Names, ", ")))
		}
		if c.Issuer != c.Subject {
			fmt.Fprintf(&b, "  issuer     %s\n", printable(c.Issuer))
		}
		fmt.Fprintf(&b, "  good until %s\n", c.NotAfter.Format(time.DateOnly))
		fmt.Fprintf(&b, "  SHA-256    %s\n", c.Fingerprint)
	}
	about("certificate", t.Certificate)
	if t.CA != nil {
		about("CA", *t.CA)
	}
	if len(t.Listeners) == 0 {
		b.WriteString("\nNo listener has TLS: set [smtp] tls = \"starttls\", or a [[listener]], in etc/postroom.toml.\n")
	} else {
		b.WriteString("\nListeners with TLS:\n")
		for _, l := range t.Listeners {
			b.WriteString("  " + printable(l) + "\n")
		}
	}
	if t.CA != nil {
		b.WriteString("\nAn application believes it with one of these:\n")
		ca := printable(t.CA.File)
		for _, line := range []struct{ who, what string }{
			{"curl", "curl --cacert " + ca + " …"},
			{"Node.js", "NODE_EXTRA_CA_CERTS=" + ca},
			{"PHP", "php -d openssl.cafile=" + ca + " …, or openssl.cafile in php.ini"},
			{"Go, Python, Ruby, Perl", "SSL_CERT_FILE=" + ca + "  (in place of the system's)"},
			{"Java", "keytool -importcert -cacerts -alias postroom -file " + ca},
			{"msmtp", "tls_trust_file " + ca},
			{"swaks", "swaks --tls-verify --tls-ca-path " + ca + " …"},
			{"all of Debian", "cp " + ca + " /usr/local/share/ca-certificates/postroom.crt; update-ca-certificates"},
		} {
			fmt.Fprintf(&b, "  %-22s %s\n", line.who, line.what)
		}
	}
	return b.String()
}
