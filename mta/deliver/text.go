package deliver

import (
	"bytes"
	"errors"
	"io"

	"postroom.dev/mta"
)

var crlf = []byte("\r\n")

// errContent is a message that could not be read: our own fault, not the peer's.
var errContent = errors.New("message not readable")

// sendText writes a message as DATA wants it, with the final dot. It writes no dot when the message cannot be
// read to its end: half a message must not be taken for a whole one.
func sendText(w io.Writer, c mta.Content, block []byte) error {
	in, err := c.Open()
	if err != nil {
		return errors.Join(errContent, err)
	}
	defer in.Close()
	t := stuffer{w: w, start: true}
	for {
		k, err := in.Read(block)
		if werr := t.write(block[:k]); werr != nil {
			return werr
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(errContent, err)
		}
	}
	return t.end()
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
