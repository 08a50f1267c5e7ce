// Package address parses and prints RFC 5321 paths and mailboxes, and the
// address lists of RFC 5322 header fields.
//
// Three readers, one grammar below them (scan.go, mailbox.go):
//
//   - Parse reads one mailbox as sendmail's -f and command line do:
//     user, user@host, "a b"@host, Name <user@host> (comment).
//   - ParsePath reads the path of MAIL and RCPT, and gives what follows it.
//   - ParseList reads To, Cc and Bcc fields, and goes on after a bad entry.
//
// It takes what sendmail takes: a..b@host, :include:/file, host!user, |program, raw
// UTF-8; source routes are read and dropped (RFC 5321 §3.3, appendix C). It refuses
// control characters, so that what it gives can be printed and sent. Limits: local
// part 255 octets, domain 255, path 1,024, list 1 MiB and 50,000 entries. Whether a
// user, host or program exists or may be mailed to is the caller's to decide.
package address

import (
	"strings"
	"unicode/utf8"
)

// Limits in octets, and of ParseList's entries. RFC 5321 §4.5.3.1 asks for less; sendmail takes this much.
const (
	MaxLocal   = 255
	MaxDomain  = 255
	MaxPath    = 1024
	MaxList    = 1 << 20
	MaxEntries = 50_000
)

// Address is a mailbox. Local is decoded (no quotes, no backslashes); the null
// path is the zero value.
type Address struct{ Local, Domain string }

// Named is a mailbox with its display name, as in a From field.
type Named struct {
	Name string // decoded; "" when there is none
	Address
}

// IsNull says that a is the null path, "<>".
func (a Address) IsNull() bool { return a == Address{} }

// String prints a as RFC 5321's Mailbox, the local part quoted where it must be;
// Parse reads it back. The null path is "".
func (a Address) String() string {
	if a.IsNull() {
		return ""
	}
	local := a.Local
	if !isDotString(local) {
		local = quote(local)
	}
	if a.Domain == "" {
		return local
	}
	return local + "@" + a.Domain
}

// Path prints a between angle brackets, as MAIL and RCPT want it: "<a@b>", "<>".
func (a Address) Path() string { return "<" + a.String() + ">" }

// Qualify gives a with domain where it has none. The null path stays null.
func (a Address) Qualify(domain string) Address {
	if a.Domain == "" && !a.IsNull() {
		a.Domain = domain
	}
	return a
}

// Fold gives a as a key for look-ups: the domain in lower case and without a
// final dot. The local part is its host's own (RFC 5321 §2.4) and stays.
func (a Address) Fold() Address {
	d := strings.TrimSuffix(a.Domain, ".")
	if utf8.ValidString(d) { // ToLower would change what is not
		d = strings.ToLower(d)
	}
	a.Domain = d
	return a
}

// Equal says that a and b are one mailbox: Fold gives the same.
func (a Address) Equal(b Address) bool { return a.Fold() == b.Fold() }

// String prints n for people, "Ada Lovelace <ada@example.com>": the name is
// quoted where it must be for ParseList to read it back, but not encoded for a header.
func (n Named) String() string {
	if n.Name == "" {
		return n.Address.String()
	}
	name := n.Name
	if strings.ContainsAny(name, `"(),:;<>@[\]`) || strings.Contains(name, "=?") || strings.TrimSpace(name) != name ||
		strings.Contains(name, "  ") {
		name = quote(name)
	}
	return name + " " + n.Path()
}

// isDotString says that s stands without quotes: RFC 5321 §4.1.2 Dot-string, with RFC 6531's octets.
func isDotString(s string) bool {
	dot := true // a dot here would be first or second in a row
	for i := 0; i < len(s); i++ {
		if s[i] == '.' {
			if dot {
				return false
			}
			dot = true
			continue
		}
		if !isAtext(s[i]) {
			return false
		}
		dot = false
	}
	return !dot
}

// isAtext is RFC 5322 §3.2.3 with RFC 6532's octets.
func isAtext(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80 ||
		c != 0 && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// quote gives s as a quoted string.
func quote(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
	return b.String()
}
