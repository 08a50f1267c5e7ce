package qf

import (
	"fmt"
	"net"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// angle and plain print an address as SMTP and as the sendmail command leave it in a control file.
func angle(a address.Address) string {
	if a.IsNull() {
		return "<>"
	}
	return "<" + plain(a) + ">"
}

func plain(a address.Address) string {
	switch {
	case a.IsNull():
		return "<>"
	case a.Domain == "":
		return quote(a.Local)
	}
	return quote(a.Local) + "@" + a.Domain
}

// quote prints a local part as RFC 5321 §4.1.2 has it.
func quote(local string) string {
	special := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`()<>[]:;@\,"`, r) }
	if local != "" && !strings.ContainsFunc(local, special) &&
		!strings.HasPrefix(local, ".") && !strings.HasSuffix(local, ".") && !strings.Contains(local, "..") {
		return local
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"`
}

// mailbox reads an address of a control file: a@b, <a@b>, Name <a@b>, a@b (comment), <@relay:a@b>.
func mailbox(s string) address.Address {
	s = strings.TrimSpace(bare(s))
	if strings.HasPrefix(s, "@") { // source route, RFC 5321 appendix C
		if _, rest, found := strings.Cut(s, ":"); found {
			s = rest
		}
	}
	at := lastAt(s)
	if at < 0 {
		return address.Address{Local: unquote(s)}
	}
	return address.Address{Local: unquote(s[:at]), Domain: s[at+1:]}
}

// bare takes off comments, and everything outside angle brackets.
func bare(s string) string {
	var out []byte
	quoted, depth := false, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			if i++; depth == 0 {
				out = append(out, c, s[i])
			}
			continue
		}
		switch {
		case c == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
			continue
		case c == ')' && depth > 0:
			depth--
			continue
		case depth > 0:
			continue
		case c == '<':
			out = out[:0]
			continue
		case c == '>':
			return string(out)
		}
		if depth == 0 {
			out = append(out, c)
		}
	}
	return string(out)
}

// lastAt finds the @ before the domain: the last one outside quotes.
func lastAt(s string) int {
	at, quoted := -1, false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case '@':
			if !quoted {
				at = i
			}
		}
	}
	return at
}

// unquote takes quotes and backslashes off a local part.
func unquote(s string) string {
	if !strings.ContainsAny(s, `"\`) {
		return s
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			out = append(out, s[i])
		case s[i] != '"':
			out = append(out, s[i])
		}
	}
	return string(out)
}

// The letters of NOTIFY. N says that the parameter was given; without it F and D hold.
func notifyFlags(n mta.Notify) string {
	switch {
	case n == 0:
		return "FD"
	case n&mta.NotifyNever != 0:
		return "N"
	}
	flags := "N"
	if n&mta.NotifySuccess != 0 {
		flags += "S"
	}
	if n&mta.NotifyFailure != 0 {
		flags += "F"
	}
	if n&mta.NotifyDelay != 0 {
		flags += "D"
	}
	return flags
}

func notify(flags string) mta.Notify {
	if !strings.Contains(flags, "N") {
		return 0
	}
	var n mta.Notify
	for letter, bit := range map[string]mta.Notify{"S": mta.NotifySuccess, "F": mta.NotifyFailure, "D": mta.NotifyDelay} {
		if strings.Contains(flags, letter) {
			n |= bit
		}
	}
	if n == 0 {
		return mta.NotifyNever
	}
	return n
}

// xtext encodes as RFC 3461 §4: printable US-ASCII except + and =, the rest as +XX.
func xtext(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < '!' || c > '~' || c == '+' || c == '=' {
			fmt.Fprintf(&b, "+%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unxtext decodes; a + that begins no code stays.
func unxtext(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '+' && i+2 < len(s) {
			hi, lo := strings.IndexByte(hex, s[i+1]), strings.IndexByte(hex, s[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// client prints the $_ macro of an SMTP client: "host [1.2.3.4]".
func client(o mta.Origin) string {
	host, _, err := net.SplitHostPort(o.Client)
	if err != nil {
		host = o.Client
	}
	return strings.TrimSpace(o.Name + " [" + host + "]")
}
