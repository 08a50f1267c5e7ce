package smtpd

import (
	"context"
	"slices"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/address"
	"postroom.dev/mta/simulate"
)

// mail is RFC 5321 §4.1.1.2: it begins a transaction.
func (s *session) mail(ctx context.Context, arg string) mta.Status {
	switch {
	case s.private(NeedMAILHELO) && s.origin.HELO == "":
		return status(503, mta.Enhanced{5, 0, 0}, "Polite people say HELO first")
	case s.env != nil:
		return status(503, mta.Enhanced{5, 5, 0}, "Sender already specified")
	}
	if s.mechanism == "" && (s.server.config.RequireAuth && !s.withheld("L") || s.demands("l")) {
		return status(530, mta.Enhanced{5, 7, 0}, "Authentication required")
	}
	words, bad := behind(arg, "FROM")
	if bad.Code != 0 {
		return bad
	}
	sender, typed, params, bad := path(words)
	if bad.Code != 0 {
		return bad
	}
	c := &s.server.config
	env := &mta.Envelope{
		Sender:  sender,
		Arrival: c.Now(),
		Origin:  s.origin,
		Steps:   slices.Clone(s.steps),
	}
	if err := s.setMail(env, params); err != nil {
		return refusal(err)
	}
	step, err := s.eightBits(sender, env.UTF8)
	if err != nil {
		return refuse(err, typed)
	}
	if step.Rule != "" {
		env.Steps = append(env.Steps, step)
		s.log.steps([]mta.Step{step})
	}
	if c.QueueID != nil {
		env.ID = c.QueueID()
	}
	if st := s.scripted(ctx, simulate.Event{Stage: simulate.Mail, Envelope: env}); st.Code != 0 {
		return st
	}
	told := len(env.Steps)
	if c.CheckTLS != nil {
		err = c.CheckTLS(env, s.tls)
	}
	if err == nil {
		err = s.server.policy.Mail(ctx, env)
	}
	s.log.steps(env.Steps[min(told, len(env.Steps)):])
	if err != nil {
		return refuse(err, typed)
	}
	s.env, s.badRcpts = env, 0
	if limit := c.Timeout.Transaction; limit > 0 {
		s.wire.by = c.Clock().Add(limit)
	}
	return status(250, mta.Enhanced{2, 1, 0}, shorten(typed)+"... Sender ok")
}

// rcpt is RFC 5321 §4.1.1.3: it adds a recipient.
func (s *session) rcpt(ctx context.Context, arg string) mta.Status {
	switch limit := s.server.config.MaxRecipients; {
	case s.env == nil:
		return status(503, mta.Enhanced{5, 0, 0}, "Need MAIL before RCPT")
	case s.in != nil:
		return inText()
	case limit > 0 && len(s.env.Recipients) >= limit:
		return status(452, mta.Enhanced{4, 5, 3}, "Too many recipients")
	}
	words, bad := behind(arg, "TO")
	if bad.Code != 0 {
		return bad
	}
	a, typed, params, bad := path(words)
	if bad.Code != 0 {
		return bad
	}
	if a.IsNull() {
		return named(status(553, mta.Enhanced{5, 0, 0}, "User address required"), typed)
	}
	r := mta.Recipient{Address: a}
	if err := s.setRcpt(&r, params); err != nil {
		return refusal(err)
	}
	step, err := s.eightBits(a, s.env.UTF8)
	if err != nil {
		return refuse(err, typed)
	}
	if step.Rule != "" {
		r.Steps = append(r.Steps, step)
	}
	if st := s.scripted(ctx, simulate.Event{Stage: simulate.Rcpt, Envelope: s.env, Rcpt: a}); st.Code != 0 {
		return st
	}
	err = s.server.policy.Rcpt(ctx, s.env, &r)
	s.log.steps(r.Steps)
	if err != nil {
		return refuse(err, typed)
	}
	s.env.Recipients = append(s.env.Recipients, r)
	return status(250, mta.Enhanced{2, 1, 5}, shorten(typed)+"... Recipient ok")
}

// behind gives what follows "FROM:" or "TO:" in any case and with blanks around
// the colon, all of which sendmail takes. bad is the reply when it is not there.
func behind(arg, word string) (words string, bad mta.Status) {
	n := strings.IndexAny(arg, ": \t")
	if n < 0 {
		n = len(arg)
	}
	found := arg[:n]
	rest, colon := strings.CutPrefix(strings.TrimLeft(arg[n:], " \t"), ":")
	rest = strings.TrimLeft(rest, " \t")
	if !colon || rest == "" || !strings.EqualFold(found, word) {
		return "", status(501, mta.Enhanced{5, 5, 2}, `Syntax error in parameters scanning "`+shorten(found)+`"`)
	}
	return rest, mta.Status{}
}

// path reads a reverse-path or forward-path, and gives it also as typed, for replies. bad is
// the reply when it is none.
func path(words string) (a address.Address, typed, params string, bad mta.Status) {
	a, params, err := address.ParsePath(words)
	if err != nil {
		enhanced, text := address.Complaint(err)
		return a, "", "", named(status(553, enhanced, text), words)
	}
	typed = strings.Trim(strings.TrimSuffix(words, params), " \t")
	return a, typed, params, mta.Status{}
}

// inText is the answer to a command that has no place between BDAT and its LAST: RFC 3030 §2.
func inText() mta.Status {
	return status(503, mta.Enhanced{5, 5, 1}, "Command not allowed while a message is being sent by BDAT")
}
