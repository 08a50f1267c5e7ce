package maillog

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// neutral makes text safe for a line, the way sendmail does: nothing in it ends a line or moves a terminal's cursor.
// Letters beyond ASCII stay.
func neutral(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f && s[i] != '\\'
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError && n == 1 || !unicode.IsPrint(r):
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// word is neutral for a name or an address, and short.
func word(s string) string { return short(s, maxWord) }

// short gives s neutral and cut: at most n octets, whole characters.
func short(s string, n int) string { return cut(neutral(cut(s, n)), n) }

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for back := 0; back < utf8.UTFMax && n > 0 && !utf8.RuneStart(s[n]); back++ {
		n--
	}
	return s[:n]
}

// shortHost is what syslog prints of a host's name.
func shortHost(host string) string {
	if host == "" {
		return "localhost"
	}
	name, _, _ := strings.Cut(host, ".")
	return name
}
