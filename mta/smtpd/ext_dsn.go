package smtpd

import (
	"strings"
	"unicode"

	"postroom.dev/mta"
)

// dsn is RFC 3461: MAIL's RET and ENVID, RCPT's NOTIFY and ORCPT. What they ask for is done by whoever reads the envelope.
func dsn() extension {
	return extension{
		keyword: "DSN",
		mail:    []parameter[mta.Envelope]{{name: "RET", set: setReturn}, {name: "ENVID", set: setEnvID}},
		rcpt:    []parameter[mta.Recipient]{{name: "NOTIFY", set: setNotify}, {name: "ORCPT", set: setOriginal}},
	}
}

// setReturn is RFC 3461 §4.3.
func setReturn(_ *session, env *mta.Envelope, value string, given bool) error {
	switch r := mta.Return(strings.ToUpper(value)); {
	case env.Return != "":
		return duplicate("RET")
	case !given:
		return needsValue("RET")
	case r != mta.ReturnFull && r != mta.ReturnHeaders:
		return status(501, mta.Enhanced{5, 5, 2}, `Bad argument "`+shorten(value)+`" to RET`)
	default:
		env.Return = r
		return nil
	}
}

// setEnvID is RFC 3461 §4.4.
func setEnvID(_ *session, env *mta.Envelope, value string, given bool) error {
	if env.EnvID != "" {
		return duplicate("ENVID")
	}
	return setXtext(&env.EnvID, "ENVID", value, given)
}

// setNotify is RFC 3461 §4.1: NEVER stands alone. As in sendmail, what is given twice adds up.
func setNotify(_ *session, r *mta.Recipient, value string, given bool) error {
	if !given {
		return needsValue("NOTIFY")
	}
	if strings.EqualFold(value, "NEVER") {
		r.Notify = mta.NotifyNever
		return nil
	}
	r.Notify &^= mta.NotifyNever
	for word := range strings.SplitSeq(value, ",") {
		switch strings.ToUpper(word) {
		case "SUCCESS":
			r.Notify |= mta.NotifySuccess
		case "FAILURE":
			r.Notify |= mta.NotifyFailure
		case "DELAY":
			r.Notify |= mta.NotifyDelay
		default:
			return status(501, mta.Enhanced{5, 5, 4}, `Bad argument "`+shorten(word)+`"  to NOTIFY`)
		}
	}
	return nil
}

// setOriginal is RFC 3461 §4.2: an address type, ";", and the address that the sender wrote.
func setOriginal(_ *session, r *mta.Recipient, value string, given bool) error {
	if r.Original != "" {
		return duplicate("ORCPT")
	}
	if given && strings.Index(value, ";") < 1 {
		return syntaxOf("ORCPT")
	}
	return setXtext(&r.Original, "ORCPT", value, given)
}

// setXtext reads a value that is to stand in a report's field: no octet of it may end that.
func setXtext(to *string, name, value string, given bool) error {
	if !given {
		return needsValue(name)
	}
	text, ok := decodeXtext(value)
	if !ok || strings.ContainsFunc(text, unicode.IsControl) {
		return syntaxOf(name)
	}
	*to = text
	return nil
}

func syntaxOf(name string) error {
	return status(501, mta.Enhanced{5, 5, 4}, "Syntax error in "+name+" parameter value")
}

func duplicate(name string) error {
	return status(501, mta.Enhanced{5, 5, 0}, "Duplicate "+name+" parameter")
}
