package mailq

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"postroom.dev/spool/queue"
)

// Widths of the columns, without and with -v. An escaped character counts as it is printed.
const (
	senderWidth, senderWidthV       = 39, 78
	recipientWidth, recipientWidthV = 38, 71
	statusWidth, statusWidthV       = 60, 100
	controllingWidth                = 64
)

// printer prints messages into b.
type printer struct {
	*Command
	b []byte
}

func (p *printer) text(parts ...string) {
	for _, s := range parts {
		p.b = append(p.b, s...)
	}
}

// message prints one message. A line ends before the next begins, so that what stands behind the last
// recipient of an incomplete file is on its line.
func (p *printer) message(m *queue.Message) {
	p.right(Neutral(m.ID), 13)
	var errno syscall.Errno
	if errors.As(m.Problem, &errno) { // could not be opened
		p.text(" (", sentence(errno), ")\n")
		return
	}
	if m.Size < 0 {
		p.text("readqf: cannot open ", Neutral(p.data(m)), ": No such file or directory\n")
	}
	p.b = append(p.b, p.state(m))
	s := &m.Summary
	submitted := s.Time
	if submitted.IsZero() {
		submitted = time.Unix(0, 0)
	}
	submitted = submitted.In(p.Zone)
	if s.HasSender {
		p.number(m.Size, 8)
		if p.Verbose {
			p.text(" ")
			p.number(s.Priority, 10)
			mark := " "
			if strings.Contains(s.Flags, "w") {
				mark = "+"
			}
			p.text(mark)
			p.b = submitted.AppendFormat(p.b, "Jan _2 15:04 ")
		} else {
			p.text(" ")
			p.b = submitted.AppendFormat(p.b, "Mon Jan _2 15:04 ")
		}
		p.cut(s.Sender, p.width(senderWidth, senderWidthV))
		p.status(m)
	}
	p.recipients(m)
	if s.Time.IsZero() {
		p.text(" (no control file)")
	}
	p.text("\n")
}

// data gives the name of a df as sendmail, which works in the queue directory, calls it.
func (p *printer) data(m *queue.Message) string {
	if m.Queue.DataDir() != m.Queue.Dir() {
		return "df/df" + m.ID
	}
	return "./df" + m.ID
}

// state gives the character behind the id.
func (p *printer) state(m *queue.Message) byte {
	age := p.Now.Sub(m.Summary.LastTry)
	switch {
	case m.Locked:
		return '*'
	case m.Kind == "Qf":
		return '?'
	case m.Summary.Tries > 0 && !m.Summary.LastTry.IsZero() && age >= 0 && age < p.MinAge:
		return '-'
	case p.QueueLA > 0 && p.Load >= p.QueueLA && m.Summary.Priority > int64(p.QueueFactor/(p.Load-p.QueueLA+1)):
		return 'X'
	}
	return ' '
}

// status prints the line of the message as a whole, if there is something to say.
func (p *printer) status(m *queue.Message) {
	s, width := &m.Summary, p.width(statusWidth, statusWidthV)
	if s.Quarantine != "" {
		p.text("\n     QUARANTINE: ", Neutral(s.Quarantine[:min(len(s.Quarantine), width)]))
	}
	if s.Status == "" && s.Body == "" {
		return
	}
	p.text("\n    ")
	p.right(Neutral(s.Body[:min(len(s.Body), 10)]), 10)
	if s.Status != "" {
		p.text("   (", Neutral(s.Status[:min(len(s.Status), width)]), ")")
	}
}

func (p *printer) recipients(m *queue.Message) {
	for i := range m.Summary.Recipients {
		r := &m.Summary.Recipients[i]
		if !p.Verbose {
			p.text("\n\t\t\t\t\t ")
			p.cut(r.Address, recipientWidth)
			continue
		}
		const indent = "\n\t\t\t\t\t\t"
		if r.Controlling != "" {
			p.text(indent, "(---", Neutral(r.Controlling[:min(len(r.Controlling), controllingWidth)]), "---)")
		}
		p.text(indent)
		p.cut(r.Address, recipientWidthV)
		if r.Status != "" {
			p.text("\n\t\t (", Neutral(r.Status[:min(len(r.Status), statusWidthV)]), ")")
		}
	}
}

func (p *printer) width(short, verbose int) int {
	if p.Verbose {
		return verbose
	}
	return short
}

// right prints s at the right of a column.
func (p *printer) right(s string, width int) {
	for range width - len(s) {
		p.b = append(p.b, ' ')
	}
	p.b = append(p.b, s...)
}

func (p *printer) number(n int64, width int) {
	var b [20]byte
	digits := strconv.AppendInt(b[:0], n, 10)
	for range width - len(digits) {
		p.b = append(p.b, ' ')
	}
	p.b = append(p.b, digits...)
}

// Neutral gives text with everything in octal that a terminal could take for a command, as addresses have it. sendmail prints
// ids and statuses as they are, so nothing else is changed.
func Neutral(s string) string {
	begin := strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f })
	if begin < 0 {
		return s
	}
	b := []byte(s[:begin])
	for s = s[begin:]; s != ""; {
		r, n := utf8.DecodeRuneInString(s)
		if n == 1 && r == utf8.RuneError {
			r = rune(s[0]) // an octet of another character set, or a control character of such a one
		}
		if r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 {
			for i := range n {
				b = fmt.Appendf(b, "\\%03o", s[i])
			}
		} else {
			b = append(b, s[:n]...)
		}
		s = s[n:]
	}
	return string(b)
}

// cut prints an address in at most width characters: backslashes twice, octets that are not printable
// US-ASCII in octal, and none of them by half. An octet that has no room ends the address.
func (p *printer) cut(s string, width int) {
	for i := 0; i < len(s) && width > 0; i++ {
		switch c := s[i]; {
		case c == '\\':
			if width -= 2; width >= 0 {
				p.b = append(p.b, c, c)
			}
		case c >= ' ' && c < 0x7f:
			p.b = append(p.b, c)
			width--
		default:
			if width -= 4; width > 0 {
				p.b = fmt.Appendf(p.b, "\\%03o", c)
			}
		}
	}
}
