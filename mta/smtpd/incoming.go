package smtpd

import (
	"strconv"

	"postroom.dev/mta"
)

// incoming is a text on its way to a Message.
type incoming struct {
	session *session
	msg     Message // nil once it was aborted or is being committed
	size    int64   // octets of text so far
	fault   error   // why the message will be refused; the text is thrown away from then on
	close   bool    // the fault is to be answered at once, and the connection closed
	lines   inspector
	lengths measure

	within   int64 // not 0: the connection ends once the text is longer, as a script says
	keepHead bool
	head     []byte // the start of the text, for a script
}

// take handles the next octets of text. binary text has no lines to inspect.
func (in *incoming) take(b []byte, binary bool) {
	if len(b) == 0 || in.close {
		return
	}
	if !binary {
		in.inspect(in.lines.look(b))
	}
	in.measured(b)
	in.size += int64(len(b))
	if limit := in.session.server.config.MaxSize; limit > 0 && in.size > limit {
		in.refuse(status(552, mta.Enhanced{5, 2, 3}, "Message exceeds maximum fixed size ("+strconv.FormatInt(limit, 10)+")"))
	}
	if in.keepHead {
		in.head = append(in.head, b[:min(len(b), maxHead-len(in.head))]...)
	}
	if in.within > 0 && in.size > in.within && in.fault == nil {
		in.close = true
		in.refuse(in.session.disconnect("disconnected in the middle of the text, as a script says"))
	}
	if in.fault == nil {
		if _, err := in.msg.Write(b); err != nil {
			in.refuse(err)
		}
	}
}

// inspect refuses what was found, or notes it.
func (in *incoming) inspect(found []flaw) {
	for _, f := range found {
		st, why := f.answer()
		c := &in.session.server.config
		switch {
		case f != nul && c.refusesBare():
			in.refuse(st)
			in.close = true
			return
		case f == nul && c.Strict:
			in.refuse(st)
		default:
			in.tell(production(st, why))
		}
	}
}

// answer is what sendmail says to a flaw.
func (f flaw) answer() (st mta.Status, why string) {
	switch f {
	case bareLF:
		return status(421, mta.Enhanced{4, 5, 0}, "Bare linefeed (LF) not allowed"), "the text has a bare LF"
	case bareCR:
		return status(421, mta.Enhanced{4, 5, 0}, "Bare carriage return (CR) not allowed"), "the text has a bare CR"
	}
	return status(554, mta.Enhanced{5, 6, 1}, "NUL byte not allowed"), "the text has a NUL byte"
}

// finished looks at the text's end: a CR there stands alone. Only BDAT can bring one.
func (in *incoming) finished(binary bool) {
	if !binary && in.lines.cr && !in.lines.seen[bareCR] {
		in.inspect([]flaw{bareCR})
	}
}

// refuse keeps the first reason, and lets go of what was written.
func (in *incoming) refuse(err error) {
	if in.fault == nil {
		in.fault = err
		in.abort()
	}
}

func (in *incoming) abort() {
	if m := in.msg; m != nil {
		in.msg = nil
		m.Abort()
	}
}

// note puts the text into the transcript, by its length.
func (in *incoming) note(tail string) {
	in.session.log.note(strconv.FormatInt(in.size, 10) + " octets of text" + tail)
}
