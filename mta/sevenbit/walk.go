package sevenbit

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// visitor hears what a walker meets.
type visitor interface {
	header(h header) error
	text(b []byte) error         // a piece of a line, without its end
	eol() error                  // the end of a line
	end(leaf, more bool) error   // of a body, or of the text before or behind parts; with more a delimiter follows on a new line
	delimiter(line []byte) error // a line between parts, without its end
}

// walker reads a message part by part, without knowing it as a whole.
type walker struct {
	in     *bufio.Reader
	v      visitor
	bounds []string
	exact  bool // only CR LF ends a line

	line  []byte // the piece that was read, without its end
	ended bool   // it has the line's end
	start bool   // it is at the start of a line
	fresh bool   // the next one is
	err   error  // io.EOF after the last
}

func newWalker(r io.Reader, v visitor) *walker {
	return &walker{in: bufio.NewReaderSize(r, 32<<10), v: v, fresh: true}
}

func (w *walker) run() error {
	_, _, err := w.entity(false, 0)
	return err
}

// next reads the next piece of a line. It is good until the next one.
func (w *walker) next() bool {
	if w.err != nil {
		return false
	}
	b, err := w.in.ReadSlice('\n')
	w.start = w.fresh
	switch {
	case err == nil && w.exact && !bytes.HasSuffix(b, []byte("\r\n")):
		w.line, w.ended = b, false
	case err == nil:
		w.line, w.ended = bytes.TrimSuffix(b[:len(b)-1], []byte("\r")), true
	case errors.Is(err, bufio.ErrBufferFull):
		w.line, w.ended = b, false
		if b[len(b)-1] == '\r' { // its LF may be next
			w.line = b[:len(b)-1]
			_ = w.in.UnreadByte()
		}
	default:
		w.line, w.ended, w.err = b, false, err
	}
	w.fresh = w.ended
	return len(b) > 0
}

// failed is what reading ended with that is not the end.
func (w *walker) failed() error {
	if w.err != nil && !errors.Is(w.err, io.EOF) {
		return w.err
	}
	return nil
}

// delimiter says which boundary the line that was read is, by its depth from 0, -1 for none; last says that no part follows it.
func (w *walker) delimiter() (depth int, last bool) {
	if !w.start || !bytes.HasPrefix(w.line, []byte("--")) {
		return -1, false
	}
	text := bytes.TrimRight(w.line[2:], " \t")
	for i := len(w.bounds) - 1; i >= 0; i-- {
		rest, ok := bytes.CutPrefix(text, []byte(w.bounds[i]))
		if ok && (len(rest) == 0 || string(rest) == "--") {
			return i, len(rest) > 0
		}
	}
	return -1, false
}

// entity reads a message or a part up to a delimiter or the end. It gives the delimiter, depth -1 for the end.
func (w *walker) entity(digest bool, depth int) (at int, last bool, err error) {
	h, at, last, cut := w.head()
	h.understand(digest, depth)
	if err := w.v.header(h); err != nil {
		return -1, false, err
	}
	if cut { // a delimiter stands within the header
		return at, last, w.v.end(h.leaf, false)
	}
	switch {
	case h.message:
		return w.entity(false, depth+1)
	case h.leaf:
		return w.body(true)
	}
	mine := len(w.bounds)
	w.bounds = append(w.bounds, h.boundary)
	defer func() { w.bounds = w.bounds[:mine] }()
	at, last, err = w.body(false)
	for err == nil && at == mine {
		if err = w.v.delimiter(w.delimiterLine(mine, last)); err != nil {
			break
		}
		if last {
			w.bounds = w.bounds[:mine]
			return w.body(false)
		}
		at, last, err = w.entity(h.digest, depth+1)
	}
	return at, last, err
}

func (w *walker) delimiterLine(i int, last bool) []byte {
	line := []byte("--" + w.bounds[i])
	if last {
		line = append(line, "--"...)
	}
	return line
}

// head reads a header. cut says that a delimiter ended it.
func (w *walker) head() (h header, at int, last, cut bool) {
	for w.next() {
		if at, last = w.delimiter(); at >= 0 {
			return h, at, last, true
		}
		if w.start && w.ended && len(w.line) == 0 {
			h.ended = true
			return h, -1, false, false
		}
		h.bare = h.bare || w.exact && !w.ended && bytes.HasSuffix(w.line, []byte("\n"))
		h.text = append(h.text, w.line...)
		if w.ended || w.err != nil {
			h.text = append(h.text, '\n')
		}
		if len(h.text) > maxHeader { // what follows is a body, whatever it looks like
			h.endless = true
			return h, -1, false, false
		}
	}
	return h, -1, false, false
}

// body reads up to a delimiter or the end. The line end before a delimiter belongs to it: RFC 2046 §5.1.1.
func (w *walker) body(leaf bool) (at int, last bool, err error) {
	eol := false
	for w.next() {
		if at, last = w.delimiter(); at >= 0 {
			return at, last, w.v.end(leaf, eol)
		}
		if eol {
			if err := w.v.eol(); err != nil {
				return -1, false, err
			}
		}
		if err := w.v.text(w.line); err != nil {
			return -1, false, err
		}
		eol = w.ended
	}
	if err := w.failed(); err != nil {
		return -1, false, err
	}
	if eol {
		if err := w.v.eol(); err != nil {
			return -1, false, err
		}
	}
	return -1, false, w.v.end(leaf, false)
}
