package smtpd

import (
	"strings"

	"postroom.dev/mta"
)

// extension is a service extension of RFC 5321 §2.2: its EHLO line, and the
// parameters that it brings to MAIL and RCPT. Its verbs stand in session.dispatch.
type extension struct {
	keyword  string                // ehlo-keyword, in capitals
	offered  func(*session) bool   // says whether it is announced; nil for always
	argument func(*session) string // ehlo-param; nil for none
	mail     []parameter[mta.Envelope]
	rcpt     []parameter[mta.Recipient]
}

// parameter is an esmtp-param of RFC 5321 §4.1.2. set puts its value where it
// belongs; given is false when no "=" follows the name. Its error is an mta.Status.
type parameter[T any] struct {
	name string // esmtp-keyword, in capitals
	set  func(s *session, to *T, value string, given bool) error
}

// extensions gives what Config asks for, in the order in which sendmail announces them.
func extensions(c *Config) []extension {
	all := []extension{
		enhancedStatusCodes(), pipelining(), {keyword: "EXPN"}, {keyword: "VERB"}, chunking(), eightBitMIME(), binaryMIME(), smtpUTF8(),
		size(), dsn(), {keyword: "ETRN"},
	}
	if c.Logins != nil && !c.Local {
		all = append(all, auth())
	}
	if c.TLS != nil && !c.Implicit {
		all = append(all, startTLS())
	}
	all = append(all, deliverBy(), limits())
	if c.Local {
		all = append(all, xname())
	}
	all = append(all, extension{keyword: "HELP"})
	kept := all[:0]
	for _, x := range all {
		if !c.hides(x.keyword) && !c.closed(x.keyword) {
			kept = append(kept, x)
		}
	}
	return kept
}

func (c *Config) hides(keyword string) bool {
	for _, h := range c.Hide {
		if strings.EqualFold(h, keyword) {
			return true
		}
	}
	return false
}

// has says whether an extension is there to be used.
func (s *Server) has(keyword string) bool {
	for i := range s.extensions {
		if s.extensions[i].keyword == keyword {
			return true
		}
	}
	return false
}

// has says whether an extension is there for this client.
func (s *session) has(keyword string) bool {
	return s.server.has(keyword) && (s.features == "" || !s.withheld(featureLetter(keyword)))
}

// featureLetter is the letter by which Srv_Features: in the access table withholds an extension, as sendmail's srv_features has it.
func featureLetter(keyword string) string {
	switch keyword {
	case "AUTH":
		return "A"
	case "VERB":
		return "B"
	case "DSN":
		return "D"
	case "ETRN":
		return "E"
	case "PIPELINING":
		return "P"
	case "STARTTLS":
		return "S"
	case "EXPN":
		return "X"
	}
	return ""
}

// withheld says that a capital letter is among the client's features.
func (s *session) withheld(letter string) bool {
	return letter != "" && strings.Contains(s.features, letter)
}

// demands says that a small letter is among them.
func (s *session) demands(letter string) bool { return strings.Contains(s.features, letter) }

// protocol is what the session speaks, as RFC 3848 names it.
func (s *session) protocol() string {
	c := &s.server.config
	name := "SMTP"
	switch {
	case c.Local:
		return "sendmail"
	case c.LMTP:
		name = "LMTP"
	case s.extended:
		name = "ESMTP"
	default:
		return name
	}
	if s.origin.TLS != "" {
		name += "S"
	}
	if s.mechanism != "" {
		name += "A"
	}
	return name
}

// setMail applies the parameters of MAIL to env.
func (s *session) setMail(env *mta.Envelope, params string) error {
	return setParameters(s, env, params, func(x *extension) []parameter[mta.Envelope] { return x.mail })
}

// setRcpt applies the parameters of RCPT to r.
func (s *session) setRcpt(r *mta.Recipient, params string) error {
	return setParameters(s, r, params, func(x *extension) []parameter[mta.Recipient] { return x.rcpt })
}

func setParameters[T any](s *session, to *T, params string, of func(*extension) []parameter[T]) error {
	for params != "" {
		var word string
		params = strings.TrimLeft(params, " \t")
		if i := strings.IndexAny(params, " \t"); i >= 0 {
			word, params = params[:i], params[i+1:]
		} else {
			word, params = params, ""
		}
		if word == "" {
			continue
		}
		name, value, given := strings.Cut(word, "=")
		p := findParameter(s.server.extensions, name, of)
		if p == nil {
			return s.unknown(name)
		}
		if err := p.set(s, to, value, given); err != nil {
			return err
		}
	}
	return nil
}

// unknown is the answer to a parameter that there is not.
func (s *session) unknown(name string) error {
	switch up := strings.ToUpper(name); up {
	case "RET", "ENVID", "NOTIFY", "ORCPT":
		if s.private(NoReceipts) {
			return status(504, mta.Enhanced{5, 7, 0}, "Sorry, "+up+" not supported, we do not allow DSN")
		}
	}
	return status(555, mta.Enhanced{5, 5, 4}, shorten(name)+" parameter unrecognized")
}

func findParameter[T any](all []extension, name string, of func(*extension) []parameter[T]) *parameter[T] {
	for i := range all {
		params := of(&all[i])
		for j := range params {
			if strings.EqualFold(params[j].name, name) {
				return &params[j]
			}
		}
	}
	return nil
}

// needsValue is the answer to a parameter that has no value and must have one.
func needsValue(name string) error {
	return status(501, mta.Enhanced{5, 5, 2}, name+" requires a value")
}
