package smtpd

import (
	"context"
	"strconv"
	"strings"

	"postroom.dev/mta"
)

// bdat is RFC 3030 §2: a chunk of the text, counted in octets, that follows the command at
// once. A chunk that is not wanted is read all the same; a count that cannot be read leaves no way to
// tell text from commands, so it ends the session.
func (s *session) bdat(ctx context.Context, arg string) mta.Status {
	size, last, ok := chunk(arg)
	if !ok {
		st := status(501, mta.Enhanced{5, 5, 4}, "Syntax error in BDAT parameters")
		s.sending = true
		s.end(st.Text)
		return st
	}
	st := s.ready()
	if st.Code == 0 && s.in == nil {
		st = s.open(ctx)
	}
	if err := s.readChunk(size, st.Code == 0); err != nil {
		if s.in != nil {
			s.lostText(err)
		} else {
			s.lost()
		}
		return mta.Status{}
	}
	switch {
	case st.Code != 0:
		return st
	case s.in.close || last:
		return s.accept(ctx)
	case s.in.fault != nil:
		// The transaction is over; chunks still to come find none.
		st = refusal(s.in.fault)
		s.in.note(", thrown away")
		s.reset()
		return st
	}
	return status(250, mta.Enhanced{2, 0, 0}, strconv.FormatInt(size, 10)+" octets received")
}

// chunk reads BDAT's argument: chunk-size [ SP "LAST" ].
func chunk(arg string) (size int64, last, ok bool) {
	number, rest, _ := strings.Cut(arg, " ")
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil {
		return 0, false, false
	}
	rest = strings.TrimSpace(rest)
	last = strings.EqualFold(rest, "LAST")
	return int64(n), last, last || rest == ""
}

// readChunk reads size octets, and puts them into the text when they are wanted.
func (s *session) readChunk(size int64, wanted bool) error {
	binary := wanted && s.env.Body == mta.BodyBinaryMIME
	for first := true; size > 0; first = false {
		b := s.wire.unread()
		if len(b) == 0 {
			if err := s.wire.fillText(first); err != nil {
				return err
			}
			continue
		}
		b = b[:min(int64(len(b)), size)]
		if wanted {
			s.in.take(b, binary)
		}
		s.wire.r += len(b)
		size -= int64(len(b))
	}
	return nil
}
