package smtpd

import (
	"strings"

	"postroom.dev/mta"
)

// eightBitMIME is RFC 6152: MAIL's BODY parameter. Text goes through as it is, whatever was said.
func eightBitMIME() extension {
	return extension{
		keyword: "8BITMIME",
		mail:    []parameter[mta.Envelope]{{name: "BODY", set: setBody}},
	}
}

func setBody(s *session, env *mta.Envelope, value string, given bool) error {
	if !given {
		return needsValue("BODY")
	}
	switch t := mta.BodyType(strings.ToUpper(value)); {
	case t == mta.Body7Bit, t == mta.Body8BitMIME, t == mta.BodyBinaryMIME && s.server.has("BINARYMIME"):
		env.Body = t
		return nil
	}
	return status(501, mta.Enhanced{5, 5, 4}, "Unknown BODY type "+shorten(value))
}
