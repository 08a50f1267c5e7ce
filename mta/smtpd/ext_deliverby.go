package smtpd

import (
	"strconv"
	"strings"

	"postroom.dev/mta"
)

// deliverBy is RFC 2852: MAIL's BY parameter. What it asks for is done by whoever reads the envelope.
func deliverBy() extension {
	return extension{keyword: "DELIVERBY", mail: []parameter[mta.Envelope]{{name: "BY", set: setBy}}}
}

// maxBy is RFC 2852 §4: nine digits of seconds.
const maxBy = 999_999_999

// setBy reads by-time ";" by-mode [by-trace], in any case, as RFC 2852 §4 has it and with the blanks and signs that sendmail takes.
func setBy(_ *session, env *mta.Envelope, value string, given bool) error {
	if !given {
		return needsValue("BY=")
	}
	digits := len(value) - len(strings.TrimLeft(value, "+-0123456789"))
	seconds, rest := value[:digits], value[digits:]
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		n = 0
		if len(strings.Trim(seconds, "+-")) > len("999999999") {
			n = maxBy + 1
		}
	}
	if n > maxBy || n < -maxBy {
		return status(501, mta.Enhanced{5, 5, 2}, "BY="+shorten(value)+" out of range")
	}
	rest, semicolon := strings.CutPrefix(rest, ";")
	if !semicolon {
		return status(501, mta.Enhanced{5, 5, 2}, "BY= missing ';'")
	}
	by := mta.DeliverBy{Seconds: n}
	switch mode := first(rest); mode {
	case 'N', 'R':
		by.Mode = mta.ByMode(string(mode))
	default:
		return status(501, mta.Enhanced{5, 5, 2}, "illegal by-mode '"+shown(rest)+"'")
	}
	if by.Mode == mta.ByReturn && n <= 0 {
		return status(501, mta.Enhanced{5, 5, 4}, "mode R requires BY time > 0")
	}
	switch rest = rest[1:]; first(rest) {
	case 'T':
		by.Trace = true
	case 0:
	default:
		return status(501, mta.Enhanced{5, 5, 2}, "illegal by-trace '"+shown(rest)+"'")
	}
	env.By = by
	return nil
}

// first gives the first octet as a capital, 0 for none.
func first(s string) byte {
	if s == "" {
		return 0
	}
	return strings.ToUpper(s[:1])[0]
}

// shown is the first octet as it is typed, "?" where that cannot be shown.
func shown(s string) string {
	if s == "" || s[0] < ' ' || s[0] > '~' {
		return "?"
	}
	return s[:1]
}
