package smtpd

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"postroom.dev/mta"
)

// Limits keep a client from taking more than its part. The zero value has sendmail's, where sendmail has some.
type Limits struct {
	// Bad is how many bad commands a session may have before the one that closes it; 0 means 25, sendmail's MAXBADCOMMANDS.
	Bad int
	// BadRcpts is sendmail's BadRcptThrottle: once a transaction has so many refused recipients, each RCPT waits a second. 0: never.
	BadRcpts int
	// Header is sendmail's MaxHeadersLength, in octets without line ends; 0 means no limit. Off Config.Strict a longer header is only noted.
	Header int64
	// Line is how long a line of a message's text may be, in octets without its end; 0 means no limit. RFC 5321 §4.5.3.1.6 has 998.
	Line int64
	// Repeats slows a client down as sendmail does that repeats itself: NOOP and VERB 20 times, HELO 3, VRFY and EXPN 6, ETRN 8, AUTH once
	// more than there are mechanisms. Each further one waits longer, up to four minutes.
	Repeats bool
	// Bare says what a bare CR or LF in a text gets; "" is BareRefuse with Config.Strict, else BareAccept.
	Bare Bare
}

// Bare says what a bare CR or LF in a message's text gets.
type Bare string

// The values of Limits.Bare. Neither ever ends the text.
const (
	BareRefuse Bare = "refuse" // sendmail's 421, and the end of the connection
	BareAccept Bare = "accept" // it is kept as it is, and noted
)

func (c *Config) refusesBare() bool {
	return c.Limits.Bare == BareRefuse || c.Limits.Bare == "" && c.Strict
}

// maxWait is how long the answer to a repeated command waits at most; sendmail's MAXTIMEOUT.
const maxWait = 4 * time.Minute

// repeats counts the commands that sendmail has a limit for.
type repeats struct{ hello, noop, verify, etrn, auth int }

// slow counts a command and waits where the client repeats itself.
func (s *session) slow(ctx context.Context, name string) {
	if !s.server.config.Limits.Repeats {
		return
	}
	count, most := (*int)(nil), 0
	switch name {
	case "HELO", "EHLO":
		count, most = &s.repeats.hello, 3
	case "NOOP", "VERB":
		count, most = &s.repeats.noop, 20
	case "VRFY", "EXPN":
		count, most = &s.repeats.verify, 6
	case "ETRN":
		count, most = &s.repeats.etrn, 8
	case "AUTH":
		count, most = &s.repeats.auth, len(s.mechanisms())+1
	default:
		return
	}
	*count++
	if *count < most {
		return
	}
	if *count == most {
		s.logLine(fmt.Sprintf("%s: possible SMTP attack: command=%s, count=%d", s.who, name, *count))
	}
	s.pause(ctx, min(time.Second<<min(*count-most, 8), maxWait))
}

// throttle is BadRcptThrottle.
func (s *session) throttle(ctx context.Context) {
	limit := s.server.config.Limits.BadRcpts
	if limit <= 0 || s.badRcpts < limit {
		return
	}
	if s.badRcpts == limit {
		s.logLine(s.who + ": Possible SMTP RCPT flood, throttling.")
		s.badRcpts++ // said once
	}
	s.pause(ctx, time.Second)
}

// pause keeps the next answer back. What was answered before goes out first.
func (s *session) pause(ctx context.Context, d time.Duration) {
	_ = s.wire.flush() // the next read gives its error
	if wait := s.server.config.Wait; wait != nil {
		wait(ctx, d)
		return
	}
	s.wait(ctx, d)
}

// measure looks at the lengths of header and lines.
type measure struct {
	body   bool  // the header has ended
	header int64 // octets of it, without line ends
	line   int64 // octets of the line that goes on
	colon  bool  // it has one, or continues a field
	cr     bool  // its last octet so far is CR
	told   bool
}

// look adds b, and says whether it makes the header too long, and a line.
func (m *measure) look(b []byte, maxHeader, maxLine int64) (longHeader, longLine bool) {
	for len(b) > 0 && (maxLine > 0 || !m.body) {
		n := bytes.IndexByte(b, '\n')
		ends := n >= 0
		part := b
		if ends {
			part, b = b[:n], b[n+1:]
		} else {
			b = nil
		}
		if !m.body && m.line == 0 {
			m.colon = len(part) > 0 && (part[0] == ' ' || part[0] == '\t')
		}
		m.colon = m.colon || !m.body && bytes.IndexByte(part, ':') >= 0
		m.line += int64(len(part))
		if len(part) > 0 {
			m.cr = part[len(part)-1] == '\r'
		}
		octets := m.line
		if m.cr {
			octets-- // of the line's end, or of one that is seen with the next octets
		}
		if !m.body && m.header+octets > maxHeader && maxHeader > 0 && m.colon {
			longHeader = true
		}
		longLine = longLine || maxLine > 0 && octets > maxLine
		if ends {
			m.header += octets
			m.body = m.body || octets <= 0 || !m.colon
			m.line, m.cr = 0, false
		}
	}
	return longHeader, longLine
}

// measured refuses a header or a line that is too long, or notes it.
func (in *incoming) measured(b []byte) {
	c := &in.session.server.config
	if c.Local || c.Limits.Header <= 0 && c.Limits.Line <= 0 {
		return
	}
	header, line := in.lengths.look(b, c.Limits.Header, c.Limits.Line)
	if header && !in.lengths.told {
		in.lengths.told = true
		st := status(552, mta.Enhanced{5, 6, 0}, "Headers too large ("+strconv.FormatInt(c.Limits.Header, 10)+" max)")
		if c.Strict {
			in.refuse(st)
		} else {
			in.tell(production(st, "the header is very long"))
		}
	}
	if line {
		in.refuse(status(552, mta.Enhanced{5, 6, 0}, "Line too long ("+strconv.FormatInt(c.Limits.Line, 10)+" max)"))
	}
}

// tell puts a step into the envelope and the transcript.
func (in *incoming) tell(step mta.Step) {
	in.session.env.Steps = append(in.session.env.Steps, step)
	in.session.log.note(step.Note)
}
