package deliver

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

var crlf = []byte("\r\n")

// errContent is a message that could not be read: our own fault, not the peer's.
var errContent = errors.New("message not readable")

// maxText is the longest line that is sent, without its end: sendmail's L=990. RFC 5321 §4.5.3.1.6 allows 998.
const maxText = 990

// sendText writes a message as DATA wants it, with the final dot. It writes no dot when the message cannot be
// read to its end: half a message must not be taken for a whole one. Longer lines than maxText are cut as sendmail cuts them: a "!"
// ends each piece, a blank begins the next. cut is how many lines were.
func sendText(w io.Writer, open func() (io.ReadCloser, error)) (cut int, err error) {
	in, err := open()
	if err != nil {
		return 0, errors.Join(errContent, err)
	}
	defer in.Close()
	l := limiter{to: stuffer{w: w, start: true}}
	b := bufio.NewReaderSize(in, 32<<10)
	for {
		piece, err := b.ReadSlice('\n')
		more := false // the line goes on behind this piece
		if errors.Is(err, bufio.ErrBufferFull) {
			piece = bytes.Clone(piece) // Peek moves the buffer
			next, _ := b.Peek(2)
			more, err = !endOfLine(next), nil
		}
		if werr := l.write(piece, more); werr != nil {
			return l.cut, werr
		}
		if err == io.EOF {
			return l.cut, l.to.end()
		}
		if err != nil {
			return l.cut, errors.Join(errContent, err)
		}
	}
}

func endOfLine(next []byte) bool {
	return len(next) == 0 || next[0] == '\n' || len(next) == 2 && next[0] == '\r' && next[1] == '\n'
}

// limiter cuts lines.
type limiter struct {
	to    stuffer
	at    int  // octets of the line that were sent
	isCut bool // the line was
	cut   int
}

// write sends a piece of a line, or one to its end.
func (l *limiter) write(piece []byte, more bool) error {
	text := bytes.TrimSuffix(bytes.TrimSuffix(piece, crlf[1:]), crlf[:1])
	end := piece[len(text):]
	if len(end) == 1 && end[0] == '\r' { // a bare CR is text
		text, end = piece, nil
	}
	for room := maxText; ; {
		if room = maxText - l.at; more {
			room--
		}
		if len(text) <= room {
			break
		}
		n := maxText - 1 - l.at
		if err := l.to.write(append(text[:n:n], "!\n "...)); err != nil {
			return err
		}
		if !l.isCut {
			l.isCut = true
			l.cut++
		}
		text, l.at = text[n:], 1
	}
	l.at += len(text)
	if err := l.to.write(piece[len(piece)-len(end)-len(text):]); err != nil {
		return err
	}
	if len(end) > 0 {
		l.at, l.isCut = 0, false
	}
	return nil
}

// stuffer makes CR LF of bare LF and doubles the dot at the start of a line. No bare LF ever leaves it, so that no
// text can end the message early (RFC 5321 §4.5.2).
type stuffer struct {
	w     io.Writer
	start bool // at the start of a line
	cr    bool // the last octet was CR
}

func (t *stuffer) write(p []byte) error {
	for len(p) > 0 {
		if t.start && p[0] == '.' {
			if _, err := t.w.Write(p[:1]); err != nil {
				return err
			}
		}
		n := bytes.IndexByte(p, '\n')
		line, end := p, n >= 0
		if end {
			line = p[:n]
		}
		if len(line) > 0 {
			t.cr = line[len(line)-1] == '\r'
		}
		whole := end && t.cr
		if whole {
			line = p[:n+1]
		}
		if _, err := t.w.Write(line); err != nil {
			return err
		}
		t.start = end
		if !end {
			return nil
		}
		if !whole {
			if _, err := t.w.Write(crlf); err != nil {
				return err
			}
		}
		t.cr = false
		p = p[n+1:]
	}
	return nil
}

// end writes the dot.
func (t *stuffer) end() error {
	if !t.start {
		if _, err := t.w.Write(crlf); err != nil {
			return err
		}
	}
	_, err := io.WriteString(t.w, ".\r\n")
	return err
}
