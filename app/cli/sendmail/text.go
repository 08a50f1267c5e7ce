package sendmail

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
)

// keptInMemory is how many octets of a message stay in memory; what follows goes to a temporary file, so that
// memory is flat whatever arrives. A header must fit in it.
const keptInMemory = 1 << 20

// text is a whole message as it was read, kept until somebody else has it on stable storage:
// a server may die in the middle, and then it goes to the client queue.
type text struct {
	head []byte    // the first octets, at most keptInMemory
	rest *overflow // those that follow, nil when there are none
	size int64
}

// readText reads a message to its end. temp makes the temporary file, which is asked for only for a large
// message. Where reading breaks off there is no text: half a message is nobody's.
func readText(r io.Reader, temp func() (*overflow, error)) (*text, error) {
	t := &text{head: make([]byte, 0, 8<<10)}
	for {
		if len(t.head) == cap(t.head) {
			if cap(t.head) >= keptInMemory {
				break
			}
			grown := make([]byte, len(t.head), min(4*cap(t.head), keptInMemory))
			copy(grown, t.head)
			t.head = grown
		}
		n, err := r.Read(t.head[len(t.head):cap(t.head)])
		t.head = t.head[:len(t.head)+n]
		if err == io.EOF {
			t.size = int64(len(t.head))
			return t, nil
		}
		if err != nil {
			return nil, &Exit{exIOErr, "sendmail: reading standard input: " + printable(err.Error())}
		}
	}
	return t, t.readRest(r, temp)
}

func (t *text) readRest(r io.Reader, temp func() (*overflow, error)) (err error) {
	if t.rest, err = temp(); err != nil {
		return &Exit{exTempFail, "sendmail: temporary file for a large message: " + err.Error()}
	}
	in := &source{r: r}
	n, err := io.Copy(t.rest, in)
	t.size = int64(len(t.head)) + n
	switch {
	case in.err != nil:
		err = &Exit{exIOErr, "sendmail: reading standard input: " + printable(in.err.Error())}
	case err != nil:
		err = &Exit{exTempFail, "sendmail: temporary file for a large message: " + err.Error()}
	default:
		return nil
	}
	t.close()
	return err
}

// source remembers what reading said, so that a bad source and a full disk can be told apart.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// from reads the text from an offset within head to its end.
func (t *text) from(offset int) io.Reader {
	head := bytes.NewReader(t.head[offset:])
	if t.rest == nil {
		return head
	}
	return io.MultiReader(head, io.NewSectionReader(t.rest, 0, t.size-int64(len(t.head))))
}

// whole says that head is all of it.
func (t *text) whole() bool { return t.rest == nil }

func (t *text) close() {
	if t.rest != nil {
		t.rest.close()
		t.rest = nil
	}
}

// overflow is the temporary file of a large message. It vanishes with the process.
type overflow struct {
	*os.File
	named bool // it still has a name: Windows keeps that of an open file
}

// newOverflow makes one in the first directory that allows it.
func newOverflow(dirs ...string) (*overflow, error) {
	var errs []error
	for _, dir := range dirs {
		f, err := os.CreateTemp(dir, "sendmail-*")
		if err == nil {
			return &overflow{f, os.Remove(f.Name()) != nil}, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func (o *overflow) close() {
	o.Close()
	if o.named {
		os.Remove(o.Name())
	}
}

// dotReader ends at a line that holds only a dot, and takes the first of two dots off the start of a line:
// what sendmail does with standard input unless told -i. The line end may be CRLF, and missing at the end of the input.
type dotReader struct {
	r       *bufio.Reader
	pending []byte // read and not yet given
	inLine  bool   // the next octet does not begin a line
	ended   bool
}

func newDotReader(r io.Reader) *dotReader { return &dotReader{r: bufio.NewReaderSize(r, 16<<10)} }

func (d *dotReader) Read(b []byte) (int, error) {
	for len(d.pending) == 0 {
		if d.ended {
			return 0, io.EOF
		}
		line, err := d.r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull && (err != io.EOF || len(line) == 0) {
			return 0, err
		}
		start := !d.inLine
		d.inLine = err == bufio.ErrBufferFull
		if start && len(line) > 0 && line[0] == '.' {
			rest := bytes.TrimSuffix(bytes.TrimSuffix(line[1:], []byte("\n")), []byte("\r"))
			switch {
			case len(rest) == 0 && (len(line) == 1 || line[len(line)-1] == '\n'):
				d.ended = true
				return 0, io.EOF
			case line[1] == '.':
				line = line[1:]
			}
		}
		d.pending = line
	}
	n := copy(b, d.pending)
	d.pending = d.pending[n:]
	return n, nil
}
