package smtpd

import (
	"strings"

	"postroom.dev/mta"
)

// help is RFC 5321 §4.1.1.8.
func (s *session) help(arg string) mta.Status {
	text := topic(strings.ToUpper(arg))
	switch {
	case arg == "":
		text = "This is " + s.server.config.Software + "\nTopics:\n" +
			"\tHELO\tEHLO\tMAIL\tRCPT\tDATA\n\tRSET\tNOOP\tQUIT\tHELP\tVRFY\n" +
			`For more info use "HELP <topic>".`
	case text == "":
		return status(504, mta.Enhanced{5, 3, 0}, `HELP topic "`+shorten(arg)+`" unknown`)
	}
	return status(214, mta.Enhanced{2, 0, 0}, text+"\nEnd of HELP info")
}

func topic(name string) string {
	switch name {
	case "HELO":
		return "HELO <hostname>\n\tIntroduce yourself."
	case "EHLO":
		return "EHLO <hostname>\n\tIntroduce yourself, and request extended SMTP mode."
	case "MAIL":
		return "MAIL FROM: <sender> [ <parameters> ]\n\tSpecifies the sender. Parameters are ESMTP extensions."
	case "RCPT":
		return "RCPT TO: <recipient> [ <parameters> ]\n\tSpecifies the recipient. Can be used any number of times."
	case "DATA":
		return "DATA\n\tFollowing text is collected as the message.\n\tEnd with a single dot."
	case "RSET":
		return "RSET\n\tResets the system."
	case "NOOP":
		return "NOOP\n\tDo nothing."
	case "QUIT":
		return "QUIT\n\tExit SMTP."
	case "HELP":
		return "HELP [ <topic> ]\n\tThe HELP command gives help info."
	case "VRFY":
		return "VRFY <recipient>\n\tVerify an address."
	}
	return ""
}
