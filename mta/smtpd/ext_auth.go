package smtpd

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode"

	"postroom.dev/mta"
)

// maxAuthLine is how long a line with a response may be, RFC 4954 §4, with its end.
const maxAuthLine = 12288

// hidden stands in the transcript for what has, or may have, a password in it.
const hidden = "<hidden>"

// auth is RFC 4954: the mechanisms on offer, and MAIL's AUTH parameter, which is read and has no effect.
func auth() extension {
	return extension{
		keyword:  "AUTH",
		offered:  func(s *session) bool { return len(s.mechanisms()) > 0 },
		argument: func(s *session) string { return strings.Join(s.mechanisms(), " ") },
		mail: []parameter[mta.Envelope]{{name: "AUTH", set: func(_ *session, _ *mta.Envelope, value string, given bool) error {
			if !given || value == "" {
				return needsValue("AUTH")
			}
			if text, ok := decodeXtext(value); !ok || strings.ContainsFunc(text, unicode.IsControl) {
				return syntaxOf("AUTH")
			}
			return nil
		}}},
	}
}

// mechanisms are what the client can log in with, none when it cannot.
func (s *session) mechanisms() []string {
	if !s.has("AUTH") {
		return nil
	}
	all := s.server.config.Logins().Mechanisms()
	if s.origin.TLS == "" && (s.server.config.AuthNeedsTLS || s.demands("c")) {
		all = slices.DeleteFunc(slices.Clone(all), func(m string) bool { return m == "PLAIN" || m == "LOGIN" })
	}
	return all
}

// auth is RFC 4954 §4, in sendmail's words. The mechanism's own dialogue runs inside.
func (s *session) auth(arg string) mta.Status {
	offered := s.mechanisms()
	mechanism, initial := cutBlank(arg)
	switch {
	case len(offered) == 0:
		return status(503, mta.Enhanced{5, 3, 3}, "AUTH not available")
	case s.mechanism != "":
		return status(503, mta.Enhanced{5, 5, 0}, "Already Authenticated")
	case s.env != nil:
		return status(503, mta.Enhanced{5, 5, 0}, "AUTH not permitted during a mail transaction")
	case mechanism == "":
		return status(501, mta.Enhanced{5, 5, 2}, "AUTH mechanism must be specified")
	case !slices.ContainsFunc(offered, func(m string) bool { return strings.EqualFold(m, mechanism) }):
		return status(504, mta.Enhanced{5, 3, 3}, "AUTH mechanism "+shorten(mechanism)+" not available")
	}
	mechanism = strings.ToUpper(mechanism)
	var response []byte // nil: none
	if initial != "" {
		var err error
		if response, err = decodeResponse(initial); err != nil {
			return s.replyHiding("cannot BASE64 decode '", initial, "'")
		}
	}
	c := &s.server.config
	x := c.Logins().Begin(mechanism, c.Hostname, c.Nonce)
	if x == nil { // the users were changed since we asked
		return status(503, mta.Enhanced{5, 3, 3}, "AUTH not available")
	}
	for {
		challenge, done, err := x.Next(response)
		switch {
		case err != nil:
			s.log.note("AUTH failure (" + mechanism + "): " + err.Error() + ", relay=" + s.who + who(x.User()))
			return status(535, mta.Enhanced{5, 7, 0}, "authentication failed")
		case done:
			s.loggedIn(mechanism, x.User())
			return status(235, mta.Enhanced{2, 0, 0}, "OK Authenticated")
		}
		s.reply(status(334, mta.Enhanced{}, base64.StdEncoding.EncodeToString(challenge)))
		line, err := s.wire.lineUpTo(maxAuthLine)
		if err != nil {
			s.broken(nil, err)
			return mta.Status{}
		}
		if string(line) == "*" {
			s.log.client(line)
			return status(501, mta.Enhanced{5, 0, 0}, "AUTH aborted")
		}
		s.log.client([]byte(hidden))
		text := string(line) // line is good until the next read only
		if response, err = decodeResponse(text); err != nil {
			return s.replyHiding("cannot decode AUTH parameter ", text, "")
		}
	}
}

func who(user string) string {
	if user == "" {
		return ""
	}
	return ", authid=" + shorten(user)
}

// decodeResponse reads base64; "=" is a response of no octets, RFC 4954 §4. It is never nil without an error.
func decodeResponse(text string) ([]byte, error) {
	if text == "=" {
		return []byte{}, nil
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if b == nil {
		b = []byte{}
	}
	return b, err
}

// loggedIn notes who the client is, from now to the session's end.
func (s *session) loggedIn(mechanism, user string) {
	s.mechanism = mechanism
	s.origin.User = user
	s.origin.Protocol = s.protocol()
	s.log.note("AUTH=server, relay=" + s.who + ", authid=" + user + ", mech=" + mechanism + ", bits=0")
	s.greeted = true
}

// replyHiding answers 501 with the client's own words in it, as sendmail does, and keeps those out of the transcript: they may be
// a password that was not encoded.
func (s *session) replyHiding(before, words, after string) mta.Status {
	st := status(501, mta.Enhanced{5, 5, 4}, before+shorten(words)+after)
	s.noteRefusal("AUTH", status(501, mta.Enhanced{5, 5, 4}, before+hidden+after))
	s.wire.out = s.appendReply(s.wire.out, st, st.Text, false)
	s.log.server([]byte("501 5.5.4 " + before + hidden + after))
	return mta.Status{}
}

// hideResponse is an AUTH command for the transcript.
func hideResponse(arg string) []byte {
	mechanism, response := cutBlank(arg)
	line := strings.TrimSpace("AUTH " + mechanism)
	if response != "" {
		line += " " + hidden
	}
	return []byte(line)
}

// cutBlank cuts at the first blanks.
func cutBlank(arg string) (word, rest string) {
	if i := strings.IndexAny(arg, " \t"); i >= 0 {
		return arg[:i], strings.Trim(arg[i:], " \t")
	}
	return arg, ""
}
