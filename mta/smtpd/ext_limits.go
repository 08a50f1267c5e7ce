package smtpd

import "strconv"

// limits is RFC 9422: the number of recipients that a transaction may have, where there is a limit.
func limits() extension {
	return extension{
		keyword:  "LIMITS",
		offered:  func(s *session) bool { return s.server.config.MaxRecipients > 0 },
		argument: func(s *session) string { return "RCPTMAX=" + strconv.Itoa(s.server.config.MaxRecipients) },
	}
}
