package starttls

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"postroom.dev/mta"
)

// maxExtensions is how many extensions of a requirement are looked at; more is no requirement that can be met.
const maxExtensions = 20

// Requirement is a value of TLS_Srv:, TLS_Clt: or TLS_Rcpt: in the access table:
//
//	[PERM+|TEMP+] ( VERIFY[:bits] | ENCR:bits ) [+extension[++extension…]]
//
// Extensions are CN, which wants the certificate to be for the name of the other side, CN:name, CS:subject, CI:issuer.
// The zero value asks for nothing.
type Requirement struct {
	Verify     bool // the certificate must lead to a CA that we trust
	Bits       int  // the least that the cipher's key must have
	Extensions []string
	code       int
	enhanced   mta.Enhanced
}

// ParseRequirement reads a value. ok is false for other text, which asks for nothing in sendmail, too.
func ParseRequirement(value string) (r Requirement, ok bool) {
	r.code, r.enhanced = 454, mta.Enhanced{4, 7, 0}
	value = strings.TrimSpace(value)
	if word, rest, found := strings.Cut(value, "+"); found {
		switch strings.ToUpper(strings.TrimSpace(word)) {
		case "PERM":
			r.code, r.enhanced, value = 503, mta.Enhanced{5, 7, 0}, strings.TrimSpace(rest)
		case "TEMP":
			r.code, r.enhanced, value = 403, mta.Enhanced{4, 7, 0}, strings.TrimSpace(rest)
		}
	}
	level, extensions, _ := strings.Cut(value, "+")
	word, number, counted := strings.Cut(strings.TrimSpace(level), ":")
	switch strings.ToUpper(word) {
	case "VERIFY":
		r.Verify = true
	case "ENCR":
		if !counted {
			return Requirement{}, false
		}
	default:
		return Requirement{}, false
	}
	if counted {
		n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 16)
		if err != nil {
			return Requirement{}, false
		}
		r.Bits = int(n)
	}
	if extensions = strings.TrimSpace(extensions); extensions != "" {
		r.Extensions = strings.SplitN(extensions, "++", maxExtensions+1)
	}
	return r, true
}

// Needed says that r asks for something.
func (r Requirement) Needed() bool { return r.code != 0 }

// Check says in sendmail's words why a connection with these facts does not do; Code 0 when it does. name is the host name of the
// other side.
func (r Requirement) Check(f Facts, name string) mta.Status {
	switch f.Verify {
	case Software:
		return r.refuse("TLS handshake failed.")
	case Protocol:
		return r.refuse("STARTTLS failed.")
	}
	switch {
	case !r.Needed():
		return mta.Status{}
	case r.Verify && f.Verify != OK:
		return r.refuse(unverified(f.Verify))
	case f.Bits < r.Bits:
		return r.refuse(fmt.Sprintf("encryption too weak %d less than %d", f.Bits, r.Bits))
	case len(r.Extensions) > maxExtensions:
		return r.refuse("too many requirements")
	}
	for _, e := range r.Extensions {
		if why := extension(strings.TrimSpace(e), f, name); why != "" {
			return r.refuse(why)
		}
	}
	return mta.Status{}
}

func (r Requirement) refuse(text string) mta.Status {
	if !r.Needed() {
		return mta.Status{Code: 454, Enhanced: mta.Enhanced{4, 7, 0}, Text: text}
	}
	return mta.Status{Code: r.code, Enhanced: r.enhanced, Text: text}
}

func unverified(v Verify) string {
	switch v {
	case Clear:
		return "authentication required"
	case Fail:
		return "authentication failed"
	case No:
		return "not authenticated"
	case Not:
		return "no authentication requested"
	case None:
		return "other side does not support STARTTLS"
	case Disabled:
		return "STARTTLS disabled locally"
	}
	return "authentication failure " + string(v)
}

// extension gives what is wrong with the certificate, "" for nothing. A name among those that the certificate is for does as well as its CN.
func extension(e string, f Facts, name string) string {
	key, want, given := strings.Cut(e, ":")
	switch strings.ToUpper(key) {
	case "CN":
		if !given {
			want = name
		}
		want = strings.TrimSuffix(want, ".")
		if strings.EqualFold(f.CN, want) || slices.ContainsFunc(f.Names, func(n string) bool { return matches(n, want) }) {
			return ""
		}
		return "CN " + f.CN + " does not match " + want
	case "CS":
		if f.Subject == want {
			return ""
		}
		return "Cert Subject " + f.Subject + " does not match " + want
	case "CI":
		if f.Issuer == want {
			return ""
		}
		return "Cert Issuer " + f.Issuer + " does not match " + want
	}
	return "requirement " + key + " is unknown"
}

// matches compares a name of a certificate, which may begin with "*.", with a host's: RFC 6125 §6.4.3.
func matches(pattern, host string) bool {
	if rest, ok := strings.CutPrefix(pattern, "*."); ok {
		_, parent, found := strings.Cut(host, ".")
		return found && strings.EqualFold(rest, parent)
	}
	return strings.EqualFold(pattern, host)
}
