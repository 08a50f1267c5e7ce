package alias

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lines reads logical lines: those that begin with a blank belong to the one before, and so does what follows a "\" at a line's end.
type lines struct {
	r     *bufio.Reader
	last  int // number of the last line read
	text  []byte
	long  bool
	err   error
	limit int
}

func newLines(r io.Reader, limit int) *lines {
	return &lines{r: bufio.NewReaderSize(r, 16<<10), limit: limit}
}

// next reads a logical line into text; false at the end. A line over the limit has long set and its text is cut.
func (l *lines) next() bool {
	l.text, l.long = l.text[:0], false
	if !l.physical() {
		return false
	}
	for {
		if n := len(l.text); n > 0 && l.text[n-1] == '\\' {
			l.text = l.text[:n-1]
			if l.physical() {
				continue
			}
			return true
		}
		if c, err := l.r.Peek(1); err != nil || c[0] != ' ' && c[0] != '\t' {
			return true
		}
		if !l.physical() {
			return true
		}
	}
}

// physical adds the next line of the file, without its end.
func (l *lines) physical() bool {
	if l.err != nil {
		return false
	}
	any := false
	for {
		part, err := l.r.ReadSlice('\n')
		any = any || len(part) > 0
		end := err == nil
		if end {
			part = bytes.TrimSuffix(part[:len(part)-1], []byte("\r"))
		}
		if room := l.limit - len(l.text); len(part) > room {
			part, l.long = part[:room], true
		}
		l.text = append(l.text, part...)
		switch {
		case end:
			l.last++
			return true
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case any:
			l.last++
		}
		l.err = err
		return any
	}
}
