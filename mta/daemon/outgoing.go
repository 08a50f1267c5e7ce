package daemon

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"postroom.dev/mta"
	"postroom.dev/mta/route"
	"postroom.dev/spool/qf"
)

// mailerFlags are the flags of sendmail's mailers that decide which header fields are sent: a field with flags goes
// only to a mailer that has one of them (reference: H lines).
var mailerFlags = map[string]string{
	route.Local: "lsDFMAw5:/|@qPrmn9",
	route.Prog:  "lsDFMoqeu9",
	route.File:  "lsDFMPEouq9",
	route.ESMTP: "mDFMuXa",
	route.Relay: "mDFMuXa8",
	route.Sim:   "mDFMuXa",
	route.SMTP:  "mDFMuX",
	route.SMTP8: "mDFMuX8",
	route.DSMTP: "mDFMuXa%",
}

// outgoing is a message as it is sent: its header with the fields that were added, an empty line, the body.
// Line ends are LF.
type outgoing struct {
	header []byte // with the empty line
	body   mta.Content
}

// newOutgoing puts together what a mailer is to send of a message in the queue. rewrite gives a field as it leaves; it may be nil.
func newOutgoing(c *qf.Control, mailer string, body mta.Content, rewrite func(qf.Header) (string, error)) (outgoing, error) {
	flags := mailerFlags[mailer]
	var b bytes.Buffer
	for _, h := range c.Header {
		name, _, _ := strings.Cut(h.Text, ":")
		name = strings.TrimRight(strings.ToLower(name), " \t")
		switch {
		case name == "return-path": // the mailer of a mailbox writes its own
			continue
		case h.Flags != "" && !strings.ContainsAny(h.Flags, flags):
			continue
		case h.Flags == "" && !goesOut(name, c.HasFlag('b'), flags):
			continue
		}
		text := h.Text
		if rewrite != nil {
			var err error
			if text, err = rewrite(h); err != nil {
				return outgoing{}, err
			}
		}
		b.WriteString(text)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return outgoing{b.Bytes(), body}, nil
}

// goesOut says whether a field that came with the message is sent on: no Bcc where the sender asked us to take it
// away, and none of those that only a mailbox has.
func goesOut(name string, dropBcc bool, flags string) bool {
	switch name {
	case "bcc":
		return !dropBcc
	case "full-name":
		return false
	case "content-length":
		return strings.Contains(flags, "l")
	}
	return true
}

// Size is in octets, with LF line ends.
func (o outgoing) Size() int64 { return int64(len(o.header)) + o.body.Size() }

// Open gives the bytes from the start.
func (o outgoing) Open() (mta.Reader, error) {
	body, err := o.body.Open()
	if err != nil {
		return nil, err
	}
	j := joined{o.header, body}
	return outgoingReader{io.NewSectionReader(j, 0, o.Size()), body}, nil
}

type outgoingReader struct {
	*io.SectionReader
	io.Closer
}

// joined reads a header and then a body.
type joined struct {
	header []byte
	body   io.ReaderAt
}

func (j joined) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	if at < int64(len(j.header)) {
		if n = copy(p, j.header[at:]); n == len(p) {
			return n, nil
		}
	}
	m, err := j.body.ReadAt(p[n:], at+int64(n)-int64(len(j.header)))
	return n + m, err
}

// crlfLines gives a header with CRLF at its lines' ends, before a body whose lines have them.
func crlfLines(header []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(header, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// errHeader says that a message's header is too large to go into a control file.
var errHeader = errors.New("the header is too large to wait in the queue")

// splitMessage cuts a message as received into its header, which has field lines only, and its body. A line
// that is no field ends the header, as it does for sendmail, and begins the body. With binary the body stays exactly as it is; else its lines end in LF.
func splitMessage(r mta.Reader, size int64, binary bool) (header []byte, body io.Reader, err error) {
	head := make([]byte, min(size, qf.MaxHeader+1))
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil, err
	}
	whole := int64(n) == size
	head = head[:n]
	end, body0 := 0, 0
	for {
		line, found := head[end:], false
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, found = line[:i+1], true
		}
		text := bytes.TrimRight(line, "\r\n")
		if len(text) == 0 {
			body0 = end + len(line)
			break
		}
		folded := end > 0 && (text[0] == ' ' || text[0] == '\t')
		if !folded && !qf.IsField(text) {
			body0 = end
			break
		}
		if end += len(line); !found {
			body0 = end
			break
		}
	}
	if !whole && body0 >= len(head) {
		return nil, nil, fmt.Errorf("%w: more than %d octets", errHeader, qf.MaxHeader)
	}
	if _, err := r.Seek(int64(body0), io.SeekStart); err != nil {
		return nil, nil, err
	}
	if binary {
		return head[:end], r, nil
	}
	return head[:end], unixLines{bufio.NewReaderSize(r, 32<<10)}, nil
}

// unixLines gives what it reads with LF for each CRLF, as a df has it.
type unixLines struct{ r *bufio.Reader }

func (u unixLines) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && (n == 0 || u.r.Buffered() > 0) {
		c, err := u.r.ReadByte()
		if err != nil {
			return n, err
		}
		if c == '\r' {
			if next, err := u.r.Peek(1); err == nil && next[0] == '\n' {
				continue
			}
		}
		p[n] = c
		n++
	}
	return n, nil
}
