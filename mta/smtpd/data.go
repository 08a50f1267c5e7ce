package smtpd

import (
	"context"
	"errors"
	"net"
	"time"

	"postroom.dev/mta"
	"postroom.dev/mta/simulate"
)

// data is RFC 5321 §4.1.1.4: it takes the text and ends the transaction.
func (s *session) data(ctx context.Context) mta.Status {
	if st := s.ready(); st.Code != 0 {
		return st
	}
	if s.in != nil {
		return inText()
	}
	if s.env.Body == mta.BodyBinaryMIME { // RFC 3030 §3
		return status(503, mta.Enhanced{5, 5, 1}, "BODY=BINARYMIME requires BDAT")
	}
	if st := s.open(ctx); st.Code != 0 {
		return st
	}
	s.reply(status(354, mta.Enhanced{}, "End data with <CR><LF>.<CR><LF>"))
	if err := s.collect(); err != nil {
		s.lostText(err)
		return mta.Status{}
	}
	return s.accept(ctx)
}

// ready says no when there is nothing that a text could belong to.
func (s *session) ready() mta.Status {
	switch {
	case s.env == nil:
		return status(503, mta.Enhanced{5, 0, 0}, "Need MAIL command")
	case len(s.env.Recipients) == 0:
		return status(503, mta.Enhanced{5, 0, 0}, "Need RCPT (recipient)")
	}
	return mta.Status{}
}

// open asks the policy for what takes the text. When it has none the transaction is over.
func (s *session) open(ctx context.Context) mta.Status {
	a, _ := s.ask(ctx, simulate.Event{Stage: simulate.Data, Envelope: s.env})
	switch {
	case a.Disconnect:
		return s.disconnect(asScripted(a))
	case a.Status.Code != 0:
		s.reset()
		return a.Status
	}
	m, err := s.server.policy.Data(ctx, s.env)
	if err != nil {
		s.reset()
		return refusal(err)
	}
	s.in = &incoming{session: s, msg: m, within: a.Within, keepHead: s.scriptsText()}
	return mta.Status{}
}

// collect reads the text up to its end, or up to a fault that is to be answered at once.
func (s *session) collect() error {
	u := newUnstuffer()
	for first := true; ; first = false {
		text, used, end := u.next(s.wire.unread())
		s.in.take(text, false)
		s.wire.r += used
		if end || s.in.close {
			return nil
		}
		if err := s.wire.fillText(first); err != nil {
			return err
		}
	}
}

// lostText ends a session whose text stops in the middle, by a client that has gone, waits too
// long, or takes too long over it all: nothing of it is kept, and nothing that follows is read, least of all as commands.
func (s *session) lostText(err error) {
	s.in.note(", not complete")
	s.aborted = true
	var timeout net.Error
	total := errors.Is(err, errTransaction)
	if total || errors.As(err, &timeout) && timeout.Timeout() {
		relay := s.origin.Name
		if relay == "" {
			relay = s.who
		}
		info, reason := "read timeout", "timeout waiting for input from "+s.who+" during message collect"
		if total {
			info, reason = "transaction timeout", s.tooSlow()
			s.sending = true
		}
		st := status(421, mta.Enhanced{4, 4, 1}, "collect: relay="+relay+", from="+s.env.Sender.Path()+", info="+info)
		s.noteRefusal("DATA", st)
		s.reply(st)
		s.end(reason)
	} else {
		s.lost()
	}
	s.reset()
}

// accept makes the message durable and answers for it. The transaction is over.
func (s *session) accept(ctx context.Context) mta.Status {
	in, env := s.in, s.env
	in.finished(env.Body == mta.BodyBinaryMIME)
	s.in, s.env, s.wire.by = nil, nil, time.Time{}
	if s.server.config.LMTP {
		s.finished = env.Recipients
	}
	if in.fault != nil {
		in.note(", thrown away")
		st := refusal(in.fault)
		if in.close && !s.cut {
			s.sending = true
			s.end(st.Text)
		}
		return st
	}
	in.note("")
	a, _ := s.ask(ctx, simulate.Event{Stage: simulate.Dot, Envelope: env, Header: in.head, Size: in.size})
	if !a.Passes() && !a.Keep {
		in.abort()
		if a.Disconnect {
			return s.disconnect(asScripted(a) + "; the message is not kept")
		}
		return a.Status
	}
	yes := status(250, mta.Enhanced{2, 0, 0}, env.ID+" Message accepted for delivery")
	var line [96]byte
	last := s.appendReply(line[:0], yes, yes.Text, false)
	for i, st := range forEach(s.finished, yes) {
		if i == 0 {
			last = last[:0]
		}
		last = s.appendReply(last, st, st.Text, false)
	}
	if a.Keep {
		env.Transcript = s.log.message("* ", append([]byte(keptUnsaid), last...))
	} else {
		env.Transcript = s.log.message("S: ", last)
	}
	m := in.msg
	in.msg = nil
	if err := m.Commit(ctx, env); err != nil {
		return refusal(err)
	}
	s.accepted++
	s.tell(m)
	if a.Keep {
		return s.disconnect(keptUnsaid + env.ID + " Message accepted for delivery")
	}
	return yes
}
