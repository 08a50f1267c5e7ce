package smtpd

import (
	"strings"
	"unicode"

	"postroom.dev/mta"
)

// xname is our own: MAIL's XNAME=<xtext> parameter, by which the sendmail command hands on the full
// name of its option -F.
func xname() extension {
	return extension{
		keyword: "XNAME",
		mail: []parameter[mta.Envelope]{{name: "XNAME", set: func(_ *session, env *mta.Envelope, value string, given bool) error {
			if !given || value == "" {
				return needsValue("XNAME")
			}
			name, ok := decodeXtext(value)
			if !ok || strings.ContainsFunc(name, unicode.IsControl) { // it is to stand in a header field
				return status(501, mta.Enhanced{5, 5, 4}, "Syntax error in XNAME parameter value")
			}
			env.FullName = name
			return nil
		}}},
	}
}

// decodeXtext reads the xtext of RFC 3461 §4: "+2B" stands for "+". ok is false
// for a "+" without two hexadecimal digits. Octets that should have been coded are taken as they are.
func decodeXtext(s string) (text string, ok bool) {
	if !strings.Contains(s, "+") {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '+' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		hi, lo := unhex(s[i+1]), unhex(s[i+2])
		if hi < 0 || lo < 0 {
			return "", false
		}
		b = append(b, byte(hi<<4|lo))
		i += 2
	}
	return string(b), true
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
