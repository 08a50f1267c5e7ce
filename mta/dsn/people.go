package dsn

import (
	"fmt"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
)

// people gives the first part, the words for people, and says whether they hold more than ASCII.
func (r *Report) people() (text string, eight bool) {
	var b strings.Builder
	put := func(s string) { b.WriteString(s + "\r\n") }
	if r.Kind == Warning {
		put("    **********************************************")
		put("    **      THIS IS A WARNING MESSAGE ONLY      **")
		put("    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **")
		put("    **********************************************")
		put("")
	}
	put("The original message was received at " + Date(r.Envelope.Arrival))
	put("from " + printable(from(&r.Envelope.Origin)))
	if r.Kind == Postmaster {
		put("with id " + printable(r.Envelope.ID))
	}
	put("")
	r.failures(put)
	r.late(put)
	r.successes(put)
	put("   ----- Transcript of session follows -----")
	r.transcript(put)
	return b.String(), !isASCII(b.String())
}

// failures lists the recipients that failed.
func (r *Report) failures(put func(string)) {
	found := false
	for i := range r.Recipients {
		rcpt := &r.Recipients[i]
		if rcpt.Action != Failed {
			continue
		}
		if !found {
			put("   ----- The following addresses had permanent fatal errors -----")
		}
		found = true
		put(r.shown(rcpt.Address))
		if isReply(rcpt) {
			put("    (reason: " + shorten(reply(&rcpt.Last)) + ")")
		}
		r.expandedFrom(put, rcpt)
	}
	if found {
		put("")
	}
}

// late lists the recipients of a message whose time has passed.
func (r *Report) late(put func(string)) {
	if r.Kind != Warning || !r.Late {
		return
	}
	put("   ----- The following addresses had transient non-fatal errors -----")
	for i := range r.Recipients {
		put(r.shown(r.Recipients[i].Address))
		r.expandedFrom(put, &r.Recipients[i])
	}
	put("")
}

// successes lists the recipients that have the message.
func (r *Report) successes(put func(string)) {
	found := false
	for i := range r.Recipients {
		rcpt := &r.Recipients[i]
		var words string
		switch rcpt.Action {
		case Delivered:
			words = "successfully delivered to mailbox"
		case ToList:
			words = "successfully delivered to mailing list"
		case Relayed:
			words = "relayed to non-DSN-aware mailer"
		case Expanded:
			words = "expanded by alias"
		case Untimed:
			words = "Deliver-By notify: relayed"
		case Traced:
			words = "Deliver-By trace: relayed"
		default:
			continue
		}
		if !found {
			put("   ----- The following addresses had successful delivery notifications -----")
		}
		found = true
		put(r.shown(rcpt.Address) + "  (" + words + ")")
		r.expandedFrom(put, rcpt)
	}
	if found {
		put("")
	}
}

func (r *Report) expandedFrom(put func(string), rcpt *Recipient) {
	if n := len(rcpt.Via); n > 0 {
		put("    (expanded from: " + r.shown(rcpt.Via[n-1]) + ")")
	}
}

// shown gives an address as the sender wrote it: in angle brackets when it came by SMTP.
func (r *Report) shown(a address.Address) string { return shorten(r.written(a)) }

func (r *Report) written(a address.Address) string {
	if r.Envelope.Origin.Client == "" && !a.IsNull() {
		return printable(a.String())
	}
	return printable(a.Path())
}

// from is sendmail's $_: "localhost [127.0.0.1]", "root@localhost" for a message from the command line.
func from(o *mta.Origin) string {
	if o.Client == "" {
		if o.User == "" {
			return "localhost" // one of our own: a report that bounced
		}
		return o.User + "@localhost"
	}
	if o.Name == "" {
		return literal(o.Client)
	}
	return o.Name + " " + literal(o.Client)
}

// literal gives the address literal of host:port, RFC 5321 §4.1.3.
func literal(client string) string {
	host := client
	if i := strings.LastIndexByte(client, ':'); i >= 0 {
		host = strings.Trim(client[:i], "[]")
	}
	if strings.Contains(host, ":") {
		return "[IPv6:" + host + "]"
	}
	return "[" + host + "]"
}

// reply gives a status on one line, "" when there is none.
func reply(s *mta.Status) string {
	if s.Code == 0 {
		return ""
	}
	return oneLine((mta.Status{Code: s.Code, Enhanced: s.Enhanced, Text: s.Text}).Error())
}

// transcript writes the session's lines, and what became of the message for its age.
func (r *Report) transcript(put func(string)) {
	given := r.Transcript
	if len(given) > maxTranscript {
		given = given[:maxTranscript]
	}
	text := strings.TrimRight(string(given), "\r\n")
	if r.Kind == Failure && r.Late {
		put(fmt.Sprintf("Delivery time (%ds) expired", r.Envelope.By.Seconds))
		put("Message will be deleted from queue")
		return
	}
	if text == "" {
		r.made(put)
	} else {
		for l := range strings.SplitSeq(text, "\n") {
			put(cut(printable(strings.TrimRight(l, "\r")), maxLine))
		}
	}
	switch {
	case r.Kind == Warning:
		if r.Late {
			put(r.Subject())
		} else {
			put("Warning: message still undelivered after " + Interval(r.Waited))
		}
		put("Will keep trying until message is " + Interval(r.GiveUp) + " old")
	case r.Waited > 0:
		put("Message could not be delivered for " + Interval(r.Waited))
		put("Message will be deleted from queue")
	}
}

// made says what the statuses tell, where no transcript was kept.
func (r *Report) made(put func(string)) {
	talking := ""
	for i := range r.Recipients {
		rcpt := &r.Recipients[i]
		last := &rcpt.Last
		if host := strings.TrimSuffix(last.RemoteMTA, "."); host != "" && !last.OK() {
			if host != talking {
				dot := "."
				if strings.HasPrefix(host, "[") {
					dot = "" // an address literal
				}
				put("... while talking to " + cut(printable(host), maxValue) + dot + ":")
			}
			talking = host
			if last.Command != "" {
				put(">>> " + cut(printable(last.Command), maxLine))
			}
			said := lines(last.Text)
			for i, l := range said {
				between := " "
				if i < len(said)-1 {
					between = "-"
				}
				put("<<< " + cut(strings.Replace(code(last)+" "+printable(l), " ", between, 1), maxLine))
			}
		}
		for _, l := range lines(last.Output) {
			put(cut(printable(l), maxLine))
		}
		put(r.outcome(rcpt))
	}
}

// outcome says in sendmail's words what became of a recipient.
func (r *Report) outcome(rcpt *Recipient) string {
	who, last := r.shown(rcpt.Address), &rcpt.Last
	switch {
	case rcpt.Action == Expanded:
		return who + "... expanded to multiple addresses"
	case rcpt.Action == Relayed:
		return who + "... relayed; expect no further notifications"
	case rcpt.Action == Untimed:
		return who + "... Deliver-by notify: relayed"
	case rcpt.Action == Traced:
		return who + "... Deliver-By trace: relayed"
	case rcpt.Action == Delivered || rcpt.Action == ToList:
		return who + "... Successfully delivered"
	case last.Code == 0:
		return who + "... Deferred"
	case last.Temporary() && last.RemoteMTA == "":
		return who + "... Deferred: " + cut(oneLine(last.Text), maxValue)
	case last.Temporary():
		return who + "... Deferred: " + cut(reply(last), maxValue)
	}
	why := cut(oneLine(last.Text), maxLine/2)
	if last.RemoteMTA != "" { // its own words stand above
		why = "Service unavailable"
	}
	if last.Enhanced == (mta.Enhanced{5, 1, 1}) {
		why = "User unknown"
	}
	return code(last) + " " + who + "... " + why
}

// isReply says that a recipient's status is what a host or a local mailer answered. A host that could not be asked gave
// none: our own words about that stand in the transcript.
func isReply(rcpt *Recipient) bool {
	last := &rcpt.Last
	switch {
	case last.Code == 0:
		return false
	case last.RemoteMTA != "":
		return true
	}
	return !last.OK() && (isLocal(rcpt.Mailer) || !last.Temporary())
}

// code gives "550 5.1.1", or "" when there is no status.
func code(s *mta.Status) string {
	if s.Code == 0 {
		return ""
	}
	return strings.TrimSpace((mta.Status{Code: s.Code, Enhanced: s.Enhanced}).Error())
}
