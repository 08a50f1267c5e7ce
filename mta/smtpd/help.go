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
			"\tHELO\tEHLO\tMAIL\tRCPT\tDATA\tBDAT\n\tRSET\tNOOP\tQUIT\tHELP\tVRFY\n\tEXPN\tETRN\tVERB\tAUTH\tSTARTTLS\n\tDSN\tBY\n" +
			`For more info use "HELP <topic>".`
	case text == "":
		return status(504, mta.Enhanced{5, 3, 0}, `HELP topic "`+shorten(strings.ToLower(arg))+`" unknown`)
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
		return "VRFY <recipient>\n\tVerify an address. Aliases are not followed."
	case "EXPN":
		return "EXPN <recipient>\n\tSay who gets the mail for an alias."
	case "ETRN":
		return "ETRN <host> | @<domain> | #<queue group>\n\tRun the queue for a host, a domain and all below it, or a group."
	case "VERB":
		return "VERB\n\tTell what becomes of each recipient before a message is accepted."
	case "BDAT":
		return "BDAT <octets> [ LAST ]\n\tThat many octets of the message follow at once."
	case "AUTH":
		return "AUTH <mechanism> [ <initial response> ]\n\tLog in."
	case "STARTTLS":
		return "STARTTLS\n\tGo on with TLS."
	case "DSN":
		return "MAIL FROM: <sender> [ RET=FULL | RET=HDRS ] [ ENVID=<id> ]\n" +
			"RCPT TO: <recipient> [ NOTIFY=NEVER | NOTIFY=SUCCESS,FAILURE,DELAY ] [ ORCPT=<type>;<address> ]\n" +
			"\tSay which delivery reports are wanted, and what they show."
	case "BY":
		return "MAIL FROM: <sender> BY=<seconds>;N | BY=<seconds>;R\n\tTell the sender of a message that is later, or send it back."
	}
	return ""
}
