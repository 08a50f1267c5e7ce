package smtpd

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"postroom.dev/mta"
)

// reply puts a reply into the transcript and behind those that wait to be sent.
// Its enhanced code stands on each line (RFC 2034 §4).
func (s *session) reply(st mta.Status) {
	if s.cut {
		return
	}
	text := st.Text
	for {
		line, rest, more := strings.Cut(text, "\n")
		at := len(s.wire.out)
		s.wire.out = s.appendReply(s.wire.out, st, line, more)
		s.log.server(s.wire.out[at:])
		if len(s.wire.out) > blockSize { // many commands in one block, each with a long reply
			_ = s.wire.flush() // the next read gives its error
		}
		if !more {
			return
		}
		text = rest
	}
}

// appendReply appends one reply line. No octet of the text can end it: sendmail takes the
// top bit off, and what is a control character then becomes "?".
func (s *session) appendReply(b []byte, st mta.Status, line string, more bool) []byte {
	if st.Code < 100 { // sendmail's 050
		b = append(b, '0')
	}
	b = strconv.AppendInt(b, int64(st.Code), 10)
	if more {
		b = append(b, '-')
	} else {
		b = append(b, ' ')
	}
	if st.Enhanced != (mta.Enhanced{}) && s.server.has("ENHANCEDSTATUSCODES") {
		for i, n := range st.Enhanced {
			if i > 0 {
				b = append(b, '.')
			}
			b = strconv.AppendInt(b, int64(n), 10)
		}
		b = append(b, ' ')
	}
	plain := (s.utf8 || s.env != nil && s.env.UTF8) && utf8.ValidString(line) // RFC 6531 §3.7.4.2
	for i := 0; i < len(line); i++ {
		c := line[i]
		if plain && c >= utf8.RuneSelf {
			b = append(b, c)
			continue
		}
		c &= 0x7f
		if c < ' ' && c != '\t' || c == 0x7f {
			c = '?'
		}
		b = append(b, c)
	}
	return append(b, '\r', '\n')
}

// refusal is the status of an error from the policy or a message. It is never one that says yes.
func refusal(err error) mta.Status {
	st := mta.StatusOf(err)
	if st.Code < 400 || st.Code > 999 {
		st = status(451, mta.Enhanced{4, 3, 0}, "Local system error; try again later")
		st.Err = err
	}
	return st
}

// refuse is refusal with the client's argument before the text, where sendmail puts it.
func refuse(err error, arg string) mta.Status {
	return named(refusal(err), arg)
}

func named(st mta.Status, arg string) mta.Status {
	if arg != "" && (st.Code == 450 || st.Code == 550 || st.Code == 553) {
		st.Text = shorten(arg) + "... " + st.Text
	}
	return st
}

// shorten cuts the middle out of what is too long to be repeated to the client.
func shorten(s string) string {
	if len(s) <= maxShort {
		return s
	}
	const half = (maxShort - 3) / 2
	return s[:half] + "..." + s[len(s)-half:]
}

func appendHex(b []byte, n uint64) []byte { return strconv.AppendUint(b, n, 16) }
