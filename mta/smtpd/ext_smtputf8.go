package smtpd

import (
	"unicode/utf8"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// smtpUTF8 is RFC 6531: MAIL's SMTPUTF8 parameter, which lets addresses and the header be UTF-8.
func smtpUTF8() extension {
	return extension{keyword: "SMTPUTF8", mail: []parameter[mta.Envelope]{{name: "SMTPUTF8", set: func(_ *session, env *mta.Envelope, _ string, given bool) error {
		if given { // RFC 6531 §3.4: it has no value
			return syntaxOf("SMTPUTF8")
		}
		env.UTF8 = true
		return nil
	}}}}
}

// eightBits judges an address that is not ASCII. What is no UTF-8 has no meaning at all; UTF-8 without SMTPUTF8 is what programs send
// that were never tried: strict mode refuses both, otherwise step tells of it.
func (s *session) eightBits(a address.Address, asked bool) (step mta.Step, err error) {
	text := a.String()
	var refused mta.Status
	var why string
	switch {
	case isASCII(text) || asked && utf8.ValidString(text):
		return mta.Step{}, nil
	case !utf8.ValidString(text):
		refused, why = status(553, mta.Enhanced{5, 6, 7}, "Address is not UTF-8"), "an address has octets that are neither ASCII nor UTF-8"
	default:
		refused, why = status(553, mta.Enhanced{5, 6, 7}, "Address requires SMTPUTF8"), "an address is not ASCII, and MAIL has no SMTPUTF8 parameter"
	}
	if s.server.config.Strict {
		return mta.Step{}, refused
	}
	return mta.Step{Rule: "smtp", In: text, Note: why + ": RFC 6531 §3.5 has the server answer " + refused.Error()}, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
