package smtpd

import (
	"context"
	"strings"

	"postroom.dev/mta"
)

// vrfy is RFC 5321 §4.1.1.6.
func (s *session) vrfy(ctx context.Context, arg string) mta.Status {
	switch {
	case s.private(NoVRFY):
		return status(252, mta.Enhanced{2, 5, 2}, "Cannot VRFY user; try RCPT to attempt delivery (or try finger)")
	case s.private(NeedVRFYHELO) && s.origin.HELO == "":
		return introduce()
	}
	return s.query(ctx, arg, s.server.policy.Verify)
}

// expn is RFC 5321 §4.1.1.7.
func (s *session) expn(ctx context.Context, arg string) mta.Status {
	switch {
	case !s.has("EXPN"):
		return notAllowed()
	case s.private(NeedEXPNHELO) && s.origin.HELO == "":
		return introduce()
	}
	return s.query(ctx, arg, s.server.policy.Expand)
}

func (s *session) query(ctx context.Context, arg string, ask func(context.Context, string) mta.Status) mta.Status {
	if rest, is := cutLast(arg, "SMTPUTF8"); is && s.has("SMTPUTF8") { // RFC 6531 §3.7.4.1: the answer may be UTF-8
		arg, s.utf8 = rest, true
	}
	if arg == "" {
		return status(501, mta.Enhanced{5, 5, 2}, "Argument required")
	}
	st := ask(ctx, arg)
	if st.Code < 200 || st.Code > 999 {
		return refusal(st)
	}
	return st
}

// cutLast cuts a word, in any case, from the end of an argument.
func cutLast(arg, word string) (rest string, is bool) {
	i := strings.LastIndexAny(arg, " \t")
	if i < 0 || !strings.EqualFold(arg[i+1:], word) {
		return arg, false
	}
	return strings.TrimRight(arg[:i], " \t"), true
}

func introduce() mta.Status {
	return status(503, mta.Enhanced{5, 0, 0}, "I demand that you introduce yourself first")
}

func notAllowed() mta.Status {
	return status(502, mta.Enhanced{5, 7, 0}, "Sorry, we do not allow this operation")
}

// etrn is RFC 1985: the queue is run for a host ("example.com"), a host and all below it ("@example.com"), or a queue group ("#mqueue").
// The run goes on when the session has ended.
func (s *session) etrn(ctx context.Context, arg string) mta.Status {
	switch {
	case !s.has("ETRN"):
		return notAllowed()
	case arg == "":
		return status(500, mta.Enhanced{5, 5, 2}, "Parameter required")
	}
	return s.server.policy.RunQueue(ctx, arg)
}

// verb is sendmail's own: what becomes of the messages that follow is told in lines of code 050 before their 250.
func (s *session) verb() mta.Status {
	if !s.has("EXPN") || !s.has("VERB") { // it would give out the same
		return status(502, mta.Enhanced{5, 7, 0}, "Verbose unavailable")
	}
	s.verbose = true
	return status(250, mta.Enhanced{2, 0, 0}, "Verbose mode")
}

// tell gives the lines of VERB for a message that was accepted.
func (s *session) tell(m Message) {
	fates, is := m.(Teller)
	if !is || !s.verbose {
		return
	}
	for _, line := range fates.Fates() {
		s.reply(status(50, mta.Enhanced{}, strings.ReplaceAll(line, "\n", " ")))
	}
}
