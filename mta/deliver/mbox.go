package deliver

import (
	"bytes"
	"io"
	"time"

	"postroom.dev/mta"
)

const fromWord = "From "

// quoter writes a message as mboxrd: LF ends, one more ">" before each line of ">"s and "From ", a last line that ends, and an
// empty line behind it. Taking one ">" off each line of that form gives the message back. (For "From " alone it is what
// sendmail writes.)
type quoter struct {
	w     io.Writer
	begun bool // the line has octets already written
	inner bool // past the place where "From " could stand
	match int  // octets of "From " seen and held
	cr    bool // a CR is held
	err   error
}

func (q *quoter) put(p []byte) {
	if q.err == nil && len(p) > 0 {
		_, q.err = q.w.Write(p)
		q.begun = true
	}
}

func (q *quoter) putWord(s string) { q.put([]byte(s)) }

// Write takes the next octets of the message.
func (q *quoter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && q.err == nil {
		if q.cr {
			if q.cr = false; p[0] != '\n' {
				q.putWord("\r")
			}
		}
		if !q.inner {
			p = q.lead(p)
			continue
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			if q.cr = p[len(p)-1] == '\r'; q.cr {
				p = p[:len(p)-1]
			}
			q.put(p)
			break
		}
		q.put(bytes.TrimSuffix(p[:i], []byte("\r")))
		q.putWord("\n")
		p = p[i+1:]
		q.begun, q.inner = false, false
	}
	return n, q.err
}

// lead reads the start of a line, and gives what it leaves.
func (q *quoter) lead(p []byte) []byte {
	for len(p) > 0 {
		switch {
		case q.match == 0 && p[0] == '>':
			q.put(p[:1])
		case p[0] == fromWord[q.match]:
			if q.match++; q.match == len(fromWord) {
				q.putWord(">" + fromWord)
				q.match, q.inner = 0, true
				return p[1:]
			}
		default:
			q.putWord(fromWord[:q.match])
			q.match, q.inner = 0, true
			return p
		}
		p = p[1:]
	}
	return p
}

// end ends the message.
func (q *quoter) end() error {
	q.putWord(fromWord[:q.match])
	if q.cr {
		q.putWord("\r")
	}
	if q.begun {
		q.putWord("\n")
	}
	q.putWord("\n")
	return q.err
}

// fromLine is the line that begins a message in an mbox. Readers take the sender for one word; Return-Path
// has it as it is.
func fromLine(env *mta.Envelope, now time.Time) string {
	sender := env.Sender.String()
	if sender == "" {
		sender = "MAILER-DAEMON"
	}
	return fromWord + clean(sender, '_') + " " + now.Format(time.ANSIC) + "\n"
}

// clean replaces controls, and blanks as well when they are replaced by something other than a blank.
func clean(s string, by byte) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c == 0x7f || c == ' ' && by != ' ' {
			b[i] = by
		}
	}
	return string(b)
}

// writeMbox writes a whole mbox entry.
func writeMbox(w io.Writer, from string, env *mta.Envelope, c mta.Content) error {
	if _, err := io.WriteString(w, from+"Return-Path: <"+clean(env.Sender.String(), ' ')+">\n"); err != nil {
		return err
	}
	in, err := openLines(c, env)
	if err != nil {
		return err
	}
	defer in.Close()
	q := quoter{w: w}
	if _, err := io.CopyBuffer(&q, struct{ io.Reader }{in}, make([]byte, 32<<10)); err != nil {
		return err
	}
	return q.end()
}
