package sevenbit

import (
	"bytes"
	"encoding/base64"
	"io"
)

// encoder writes a body.
type encoder interface {
	text(b []byte) error
	eol() error
	end(more bool) error // with more, what follows begins on a new line
}

// stripper writes a body as it is, without the top bits of its octets unless eight says that they may stay.
type stripper struct {
	w     io.Writer
	eight bool
}

func (s *stripper) text(b []byte) error {
	if !s.eight && bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 }) >= 0 {
		b = bytes.Clone(b)
		for i := range b {
			b[i] &= 0x7f
		}
	}
	_, err := s.w.Write(b)
	return err
}

func (s *stripper) eol() error { _, err := io.WriteString(s.w, "\n"); return err }

func (s *stripper) end(more bool) error {
	if more {
		return s.eol()
	}
	return nil
}

// base64Encoder is RFC 2045 §6.8; line ends count as CR LF.
type base64Encoder struct {
	w    io.Writer
	left []byte
}

// base64Line is how many octets sendmail puts into a line: 72 characters.
const base64Line = 54

func (e *base64Encoder) text(b []byte) error {
	e.left = append(e.left, b...)
	return e.write(base64Line)
}

func (e *base64Encoder) eol() error { return e.text([]byte("\r\n")) }

// write writes lines while there are at least so many octets.
func (e *base64Encoder) write(least int) error {
	at := 0
	for len(e.left)-at >= least {
		n := min(len(e.left)-at, base64Line)
		if _, err := io.WriteString(e.w, base64.StdEncoding.EncodeToString(e.left[at:at+n])+"\n"); err != nil {
			return err
		}
		at += n
	}
	e.left = append(e.left[:0], e.left[at:]...)
	return nil
}

func (e *base64Encoder) end(bool) error {
	if err := e.write(base64Line); err != nil || len(e.left) == 0 {
		return err
	}
	return e.write(len(e.left))
}

// quotedEncoder is RFC 2045 §6.7, with sendmail's lines: broken where 72 characters are full.
type quotedEncoder struct {
	w    io.Writer
	line []byte
	held byte // a blank or tab that may be the line's last, 0 for none
}

const quotedLine = 72

func (q *quotedEncoder) text(b []byte) error {
	for _, c := range b {
		if q.held != 0 {
			q.line = append(q.line, q.held)
			q.held = 0
		}
		if len(q.line) > quotedLine {
			if err := q.put("="); err != nil {
				return err
			}
		}
		switch {
		case c == ' ' || c == '\t':
			q.held = c
		case c < ' ' || c >= 0x7f || c == '=':
			q.hex(c)
		default:
			q.line = append(q.line, c)
		}
	}
	return nil
}

func (q *quotedEncoder) hex(c byte) {
	const digits = "0123456789ABCDEF"
	q.line = append(q.line, '=', digits[c>>4], digits[c&15])
}

// put writes the line, and how it ends.
func (q *quotedEncoder) put(tail string) error {
	q.line = append(append(q.line, tail...), '\n')
	_, err := q.w.Write(q.line)
	q.line = q.line[:0]
	return err
}

func (q *quotedEncoder) eol() error {
	if q.held != 0 {
		q.hex(q.held)
		q.held = 0
	}
	return q.put("")
}

func (q *quotedEncoder) end(more bool) error {
	if more || len(q.line) > 0 || q.held != 0 {
		return q.eol()
	}
	return nil
}
