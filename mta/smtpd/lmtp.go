package smtpd

import (
	"strings"

	"postroom.dev/mta"
)

// LMTP is RFC 2033: LHLO in the place of HELO and EHLO, and behind a message's text one reply for each recipient that was accepted, in
// their order. What becomes of a message is decided for all of them at once, so that these say the same.

// isHello says whether a verb is one by which clients of this listener introduce themselves.
func (s *session) isHello(name string) bool {
	if s.server.config.LMTP {
		return name == "LHLO"
	}
	return name == "HELO" || name == "EHLO"
}

// forEach is the answer to a message's text, for each of its recipients.
func forEach(to []mta.Recipient, st mta.Status) []mta.Status {
	all := make([]mta.Status, len(to))
	for i := range to {
		all[i] = st
		if st.OK() {
			all[i].Enhanced = mta.Enhanced{2, 1, 5}
		}
		text, _, _ := strings.Cut(st.Text, "\n") // more lines would look like more replies to some
		all[i].Text = shorten(to[i].Address.Path()) + "... " + text
	}
	return all
}

// asSMTP is the verb of SMTP that does what a verb of LMTP does; "" for those that LMTP has not.
func asSMTP(name string) string {
	switch name {
	case "LHLO":
		return "EHLO"
	case "HELO", "EHLO":
		return ""
	}
	return name
}
