package smtpd

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/simulate"
)

// dispatch runs the verb's method and gives the reply; Code 0 is none. words is the whole command as typed.
func (s *session) dispatch(ctx context.Context, name, arg, words string) mta.Status {
	if s.rejected.Code != 0 && !s.allowed(name) {
		return s.badCommand(s.rejected)
	}
	if s.needsTLS(name) {
		return status(530, mta.Enhanced{5, 7, 0}, "Must issue a STARTTLS command first")
	}
	s.slow(ctx, name)
	known := s.last
	s.last = name
	if s.server.config.LMTP {
		name = asSMTP(name)
	}
	switch name {
	case "HELO":
		return s.helo(ctx, arg)
	case "EHLO":
		return s.ehlo(ctx, arg)
	case "MAIL":
		return s.mail(ctx, arg)
	case "RCPT":
		s.throttle(ctx)
		st := s.rcpt(ctx, arg)
		if st.Code >= 400 {
			s.badRcpts++
		}
		return st
	case "DATA":
		return s.data(ctx)
	case "RSET":
		return s.rset()
	case "NOOP":
		return s.noop()
	case "QUIT":
		return s.quit()
	case "VRFY":
		return s.vrfy(ctx, arg)
	case "EXPN":
		return s.expn(ctx, arg)
	case "ETRN":
		return s.etrn(ctx, arg)
	case "VERB":
		return s.verb()
	case "HELP":
		if s.server.has("HELP") {
			return s.help(arg)
		}
	case "BDAT":
		if s.has("CHUNKING") {
			return s.bdat(ctx, arg)
		}
	case "AUTH":
		return s.auth(arg)
	case "STARTTLS":
		return s.startTLS(ctx, arg)
	case "TURN", "SEND", "SOML", "SAML":
		return status(502, mta.Enhanced{5, 5, 1}, `Command not implemented: "`+shorten(words)+`"`)
	}
	s.last = known
	if known == "" && s.bad == 0 && otherProtocol(name) {
		st := status(421, mta.Enhanced{4, 7, 0}, s.server.config.Hostname+" Rejecting open proxy "+s.who)
		s.sending = true
		s.end(st.Text)
		return st
	}
	return s.badCommand(status(500, mta.Enhanced{5, 5, 1}, `Command unrecognized: "`+shorten(words)+`"`))
}

// allowed says which verbs a rejected client may use, as in sendmail.
func (s *session) allowed(name string) bool {
	switch name {
	case "QUIT", "HELO", "EHLO", "LHLO", "NOOP", "RSET", "HELP":
		return true
	}
	return false
}

// otherProtocol says that a first command is one of another protocol than SMTP: somebody has us do mail as part of something else.
func otherProtocol(name string) bool {
	switch name {
	case "GET", "POST", "CONNECT", "USER":
		return true
	}
	return false
}

// badCommand counts bad commands, and closes after too many.
func (s *session) badCommand(st mta.Status) mta.Status {
	s.bad++
	most := s.server.config.Limits.Bad
	if most <= 0 {
		most = maxBad
	}
	if s.bad <= most {
		return st
	}
	st = status(421, mta.Enhanced{4, 7, 0}, s.server.config.Hostname+" Too many bad commands; closing connection")
	s.end(st.Text)
	return st
}

// helo is RFC 5321 §4.1.1.1. Any argument is good; a transaction that is open is reset.
func (s *session) helo(ctx context.Context, arg string) mta.Status {
	return s.hello(ctx, "HELO", arg, false)
}

// ehlo is helo with the extensions listed.
func (s *session) ehlo(ctx context.Context, arg string) mta.Status {
	verb := "EHLO"
	if s.server.config.LMTP {
		verb = "LHLO"
	}
	st := s.hello(ctx, verb, arg, true)
	if st.Code != 250 {
		return st
	}
	var b strings.Builder
	b.WriteString(st.Text)
	for i := range s.server.extensions {
		x := &s.server.extensions[i]
		if s.rejected.Code != 0 && x.keyword != "ENHANCEDSTATUSCODES" || x.offered != nil && !x.offered(s) || !s.has(x.keyword) {
			continue
		}
		b.WriteString("\n" + x.keyword)
		if x.argument != nil {
			if a := x.argument(s); a != "" {
				b.WriteString(" " + a)
			}
		}
	}
	st.Text = b.String()
	return st
}

func (s *session) hello(ctx context.Context, verb, arg string, extended bool) mta.Status {
	if arg == "" {
		return status(501, mta.Enhanced{5, 0, 0}, verb+" requires domain address")
	}
	c := &s.server.config
	if !isHostName(arg) {
		bad := status(501, mta.Enhanced{5, 0, 0}, "Invalid domain name")
		if c.Strict {
			return bad
		}
		s.sessionStep(production(bad, "the client calls itself "+strconv.QuoteToASCII(shorten(arg))))
	}
	if len(s.wire.unread()) > 0 && !c.Local {
		if st := s.trafficBeforeResponse(verb); st.Code != 0 {
			return st
		}
	}
	s.reset()
	s.greeted = true
	s.origin.HELO = arg
	s.extended = extended
	s.origin.Protocol = s.protocol()
	if st := s.scripted(ctx, simulate.Event{Stage: simulate.Helo}); st.Code != 0 {
		return st
	}
	return status(250, mta.Enhanced{}, c.Hostname+" Hello "+s.who+", pleased to meet you")
}

// trafficBeforeResponse is for a client that goes on before it could know what we offer (RFC
// 5321 §4.1.4, RFC 2920 §3.1): strict refuses it from then on, as sendmail does, otherwise each message says so.
func (s *session) trafficBeforeResponse(verb string) mta.Status {
	refused := status(554, mta.Enhanced{5, 5, 0}, "SMTP protocol error")
	if s.server.config.Strict {
		s.reset()
		s.rejected = status(550, mta.Enhanced{5, 0, 0}, "Command rejected")
		s.log.note("rejecting server " + verb + " from " + s.who + " due to traffic before response")
		return refused
	}
	s.sessionStep(production(refused, "commands came before the answer to "+verb))
	return mta.Status{}
}

// sessionStep notes something of the session in each message, once.
func (s *session) sessionStep(step mta.Step) {
	const most = 10
	if len(s.steps) < most && !slices.Contains(s.steps, step) {
		s.steps = append(s.steps, step)
		s.log.note(step.Note)
	}
}

// isHostName says that sendmail takes a HELO's argument: letters, digits and the rest of names and address literals.
func isHostName(arg string) bool {
	return len(arg) <= maxHELO && strings.Trim(arg, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789[].-_#:") == ""
}

// production is the step that says what production sendmail would have answered, and why.
func production(st mta.Status, why string) mta.Step {
	return mta.Step{Rule: "smtp", Note: why + ": production sendmail would answer " + st.Error()}
}

// rset is RFC 5321 §4.1.1.5.
func (s *session) rset() mta.Status {
	s.reset()
	return status(250, mta.Enhanced{2, 0, 0}, "Reset state")
}

// noop is RFC 5321 §4.1.1.9.
func (s *session) noop() mta.Status { return status(250, mta.Enhanced{2, 0, 0}, "OK") }

// quit is RFC 5321 §4.1.1.10. A transaction that is open is forgotten, by finish.
func (s *session) quit() mta.Status {
	s.done = true
	return status(221, mta.Enhanced{2, 0, 0}, s.server.config.Hostname+" closing connection")
}
