// Package mailfile reads files in which other programs keep mail: a single message (.eml), or many of them one behind the other (mbox).
//
//	mbox     = *( From_ *line empty )
//	From_    = "From " sender " " date CRLF      ; "From ada@example.com Mon Nov 23 04:05:06 2026"
//
// A file is an mbox when its first line begins with "From " and is no header field. A message ends before an empty line behind which a line
// stands that begins with "From " and has a time of day: mail in which somebody wrote "From here on" stays in one piece. The empty
// line belongs to the mbox. One ">" is taken from lines of ">"s before "From ", as mboxrd writes them and mutt and Postroom's own
// mailboxes are read; Content-Length is not believed.
//
// Everything else is passed on as it stands, octet for octet, with the line ends that the file has, however long a line is. Memory does not
// grow with the file. Nothing is decoded, and no message is refused for what it says; only a file that does not begin like mail is, ErrNotMail.
package mailfile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"
)

// ErrNotMail says that a file begins neither with a header field nor with a line of an mbox.
var ErrNotMail = errors.New("not a file of mail: its first line is no header field and no \"From \" line")

// Message is what a file says of a message beside the message.
type Message struct {
	Sender string    // of the From_ line, as it stands there; "" where there is none
	When   time.Time // of the From_ line; zero where there is none, or none that can be read
}

// Reader gives the messages of a file one after the other, as archive/tar does those of an archive.
type Reader struct {
	lines   *bufio.Reader
	mbox    bool
	begun   bool
	next    []byte // the From_ line of the message that Next gives
	held    []byte // an empty line that may belong to the mbox
	out     []byte // of the message, not yet read
	middle  bool   // the last piece was not the end of its line
	over    bool   // of this message
	nothing bool   // at the end of the file
	err     error
}

// bufferSize is how much of a line is looked at: enough for a From_ line.
const bufferSize = 32 << 10

// NewReader reads the file r.
func NewReader(r io.Reader) *Reader { return &Reader{lines: bufio.NewReaderSize(r, bufferSize)} }

// Next goes to the next message, past what was not read of this one. io.EOF behind the last, ErrNotMail at the first.
func (r *Reader) Next() (Message, error) {
	if !r.begun {
		if err := r.begin(); err != nil {
			return Message{}, err
		}
	} else if _, err := io.Copy(io.Discard, r); err != nil {
		return Message{}, err
	}
	if r.mbox && r.next == nil || !r.mbox && r.over {
		return Message{}, io.EOF
	}
	var m Message
	if r.mbox {
		m = fromLine(string(r.next))
	}
	r.next, r.over = nil, false
	return m, nil
}

func (r *Reader) begin() error {
	start, err := r.lines.Peek(bufferSize)
	if len(start) == 0 {
		return err
	}
	r.begun = true
	switch line, _, _ := bytes.Cut(start, []byte("\n")); {
	case bytes.HasPrefix(line, []byte("From ")) && !fieldName.Match(line):
		r.mbox = true
		from, err := r.lines.ReadSlice('\n')
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return err
		}
		r.next = bytes.Clone(from)
	case !fieldName.Match(line):
		return ErrNotMail
	}
	return nil
}

var (
	fieldName = regexp.MustCompile(`^[!-9;-~]+[ \t]*:`) // RFC 5322 §3.6.8, with the space of §4.5
	fromTime  = regexp.MustCompile(`^From \S.*\d:\d\d`)
	quoted    = regexp.MustCompile(`^>+From `)
)

// Read gives the octets of the message; io.EOF at its end.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.out) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if r.over || !r.begun {
			return 0, io.EOF
		}
		r.line()
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// line takes the next line, or a piece of one that is longer than the buffer.
func (r *Reader) line() {
	if r.nothing {
		r.over = true
		return
	}
	line, err := r.lines.ReadSlice('\n')
	first := !r.middle
	r.middle = err == bufio.ErrBufferFull
	switch {
	case err == io.EOF:
		r.nothing = true
	case err != nil && !r.middle:
		r.err = err
	}
	if !r.mbox {
		r.out = append(r.out[:0], line...)
		return
	}
	if first && r.held != nil && fromTime.Match(line) {
		r.next, r.held, r.over = bytes.Clone(line), nil, true
		return
	}
	if r.nothing && len(line) == 0 {
		return // and what is held was the mbox's
	}
	r.out = append(r.out[:0], r.held...)
	r.held = nil
	switch {
	case first && isEmpty(line):
		r.held = bytes.Clone(line)
	case first && quoted.Match(line):
		r.out = append(r.out, line[1:]...)
	default:
		r.out = append(r.out, line...)
	}
}

func isEmpty(line []byte) bool { return string(line) == "\n" || string(line) == "\r\n" }

// fromLine reads "From SENDER DATE". Dates have come in many forms; those of asctime and with a zone are read.
func fromLine(line string) Message {
	sender, date, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "From ")), " ")
	m := Message{Sender: sender}
	date = strings.Join(strings.Fields(date), " ")
	for _, layout := range []string{"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 -0700 2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 15:04 2006", time.RFC1123Z} {
		if t, err := time.Parse(layout, date); err == nil {
			m.When = t
			break
		}
	}
	return m
}
