package qf

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxProblems is how many problems are told of one file.
const maxProblems = 100

// Parse reads a control file. There is always a Control, holding what could be read.
func Parse(r io.Reader) (*Control, []Problem) {
	p := parser{c: new(Control)}
	source, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		p.stop(1+bytes.Count(source, []byte("\n")), "reading stopped: "+err.Error())
	}
	if len(source) > MaxSize {
		source = source[:MaxSize]
		p.stop(1+bytes.Count(source, []byte("\n")), fmt.Sprintf("longer than %d octets; the rest was not read", MaxSize))
	}
	p.c.source = source
	p.lines(source)
	p.finish()
	return p.c, p.problems
}

// parser is the state between lines.
type parser struct {
	c          *Control
	problems   []Problem
	line       int // number of the line in hand
	header     int // octets of H lines
	sender     bool
	next       Recipient // lines that wait for their R
	waiting    int       // number of the first such line, 0 for none
	controller string    // C line in force
	unknown    int       // lines in Unknown whose place is not known yet begin here
}

func (p *parser) problem(format string, a ...any) {
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, Problem{p.line, fmt.Sprintf(format, a...)})
	}
}

func (p *parser) stop(line int, text string) {
	p.c.truncated = true
	p.problems = append(p.problems, Problem{line, text})
}

// lines cuts the file into logical lines: each with its continuations.
func (p *parser) lines(b []byte) {
	// A carriage return belongs to the line end only where the whole file has them: a header field
	// may end in one of its own.
	crlf := bytes.Count(b, []byte("\r\n")) == bytes.Count(b, []byte("\n"))
	next := 1
	for len(b) > 0 {
		text, rest := logicalLine(b)
		start := next
		next += 1 + bytes.Count(text, []byte("\n"))
		b = rest
		if crlf {
			text = bytes.TrimSuffix(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"))
		}
		p.line = start
		switch {
		case next-1 > MaxLines:
			p.stop(start, fmt.Sprintf("more than %d lines; the rest was not read", MaxLines))
			return
		case p.c.Ended:
			p.problem("text after the final dot")
			p.keep(text, 0)
			p.unknown = len(p.c.Unknown)
		case strings.TrimSuffix(string(text), "\r") == ".":
			p.c.Ended = true
			p.place('.')
		case !p.take(text):
			return
		}
	}
	p.line = max(next-1, 1)
}

// logicalLine cuts off the first line with its continuations; inside it keeps the line ends.
func logicalLine(b []byte) (text, rest []byte) {
	end := 0
	for {
		n := bytes.IndexByte(b[end:], '\n')
		if n < 0 {
			return b, nil
		}
		end += n
		if end+1 == len(b) || b[end+1] != ' ' && b[end+1] != '\t' {
			return b[:end], b[end+1:]
		}
		end++
	}
}

// keep keeps a line that is not understood.
func (p *parser) keep(text []byte, before byte) {
	p.c.Unknown = append(p.c.Unknown, Line{p.line, before, strings.TrimRight(string(text), "\r")})
}

// place tells the lines kept so far that they stand before code.
func (p *parser) place(code byte) {
	if strings.IndexByte("CQr", code) >= 0 || code == 'M' && !p.message() {
		code = 'R' // a recipient's lines stay together
	}
	for ; p.unknown < len(p.c.Unknown); p.unknown++ {
		p.c.Unknown[p.unknown].Before = code
	}
}

// take reads one logical line; false when reading has to stop.
func (p *parser) take(text []byte) bool {
	if bytes.IndexByte(text, 0) >= 0 {
		p.problem("octet 0 in the line; sendmail reads up to there")
	}
	code := byte(0)
	if len(text) > 0 {
		code = text[0]
	}
	if code == 'H' {
		p.place(code)
		return p.field(string(text[1:]))
	}
	if strings.IndexByte(order, code) >= 0 && code != 0 {
		p.place(code)
		return p.value(code, strings.TrimRight(string(text[1:]), "\r"))
	}
	switch code {
	case 'D', 'E', 'L': // obsolete: sendmail ignores them
	case 0, '\r':
		p.problem("empty line")
	case ' ', '\t': // only the first line of a file can be this
		p.problem("continues no line")
		p.keep(text, 'V')
		p.unknown = len(p.c.Unknown)
		return true
	default:
		p.problem("unknown code %q", string(rune(code)))
	}
	p.keep(text, '.')
	return true
}

// value reads a line that is not a header field.
func (p *parser) value(code byte, v string) bool {
	c := p.c
	switch code {
	case 'V':
		c.Version = int(p.number(v))
		if c.Version > 8 {
			p.problem("version %s is newer than 8", v)
		}
	case 'T':
		c.Time = time.Unix(p.seconds(v), 0).UTC()
	case 'K':
		c.LastTry = time.Time{}
		if s := p.seconds(v); s != 0 {
			c.LastTry = time.Unix(s, 0).UTC()
		}
	case 'N':
		c.Tries = int(p.number(v))
	case 'P':
		c.Priority = p.number(v)
	case 'I':
		c.DataFile = v
	case 'B':
		if c.Body = v; v != "7BIT" && v != "8BITMIME" {
			p.problem("body type %q is neither 7BIT nor 8BITMIME", v)
		}
	case 'd':
		c.DataDir = v
	case 'q':
		c.Quarantine = v
	case 'F':
		c.Flags = v
	case '$':
		name, value := cutMacro(v)
		c.Macros = append(c.Macros, Macro{name, value})
	case 'S':
		p.sender = true
		if c.Sender = v; v == "" {
			c.Sender = "<>"
		}
	case 'Z':
		c.EnvID = v
	case 'A':
		c.Auth = v
	case '!':
		c.DeliverBy = v
	default:
		return p.recipient(code, v)
	}
	return true
}

// recipient reads the lines M, C, Q, r and R.
func (p *parser) recipient(code byte, v string) bool {
	if code == 'M' && p.message() {
		p.c.Status = v
		return true
	}
	if code != 'R' && p.waiting == 0 && code != 'C' {
		p.waiting = p.line
	}
	switch code {
	case 'M':
		p.next.Status = v
	case 'C':
		p.controller = v
	case 'Q':
		p.next.Original = v
	case 'r':
		p.next.Final = v
	case 'R':
		if len(p.c.Recipients) == MaxRecipients {
			p.stop(p.line, fmt.Sprintf("more than %d recipients; the rest was not read", MaxRecipients))
			return false
		}
		r := p.next
		r.Controlling = p.controller
		r.Flags, r.Address = "PFD", v // what sendmail makes of a line without flags
		if p.c.Version > 0 {
			flags, address, found := strings.Cut(v, ":")
			if found {
				r.Flags, r.Address = flags, address
			} else {
				p.problem("recipient without flags and colon; sendmail loses it")
			}
		}
		if strings.TrimSpace(r.Address) == "" {
			p.problem("recipient without an address")
		}
		p.c.Recipients = append(p.c.Recipients, r)
		p.next, p.waiting = Recipient{}, 0
	}
	return true
}

// message says that an M line here is the message's own: it stands before S, in the oldest files
// anywhere before the recipients.
func (p *parser) message() bool {
	return len(p.c.Recipients) == 0 && p.waiting == 0 && (!p.sender || p.c.Version == 0 && p.c.Status == "")
}

// field reads an H line.
func (p *parser) field(v string) bool {
	if p.header += len(v); p.header > MaxHeader {
		p.stop(p.line, fmt.Sprintf("more than %d octets of header; the rest was not read", MaxHeader))
		return false
	}
	var h Header
	if h.Text = v; strings.HasPrefix(v, "?") {
		if flags, text, found := strings.Cut(v[1:], "?"); found {
			h.Flags, h.Text = flags, text
		} else {
			p.problem("flags of the header field do not end")
		}
	}
	if !IsField([]byte(h.Text)) {
		p.problem("header field without a colon")
	}
	p.c.Header = append(p.c.Header, h)
	return true
}

// finish tells what the file as a whole lacks.
func (p *parser) finish() {
	c := p.c
	if c.truncated {
		return
	}
	switch {
	case len(c.source) == 0:
		p.line = 1
		p.problem("empty file")
		return
	case !c.Ended:
		p.problem("the final dot is missing; sendmail does not run this file")
	}
	if p.waiting > 0 {
		p.problem("line %d belongs to no recipient", p.waiting)
	}
	if c.Sender == "" {
		p.problem("no sender; a queue run of sendmail stops at this file")
	}
	if len(c.Recipients) == 0 {
		p.problem("no recipient; sendmail would delete this message")
	}
}

func (p *parser) number(v string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil || int64(int(n)) != n {
		p.problem("%q is not a number", v)
		return 0
	}
	return n
}

// seconds reads Unix seconds up to the year 9999.
func (p *parser) seconds(v string) int64 {
	n := p.number(v)
	if n < 0 || n > 253402300799 {
		p.problem("%q is not a time", v)
		return 0
	}
	return n
}

// cutMacro parts "{name}value" and "rvalue".
func cutMacro(v string) (name, value string) {
	n := min(len(v), 1)
	if strings.HasPrefix(v, "{") {
		if end := strings.IndexByte(v, '}'); end > 0 {
			n = end + 1
		}
	}
	return v[:n], v[n:]
}

// IsField says that line begins a header field, as sendmail decides it: a name of
// printable US-ASCII characters, perhaps white space, and a colon. "--" begins a MIME boundary. The
// first line of a message that neither is a field nor continues one is not header any more.
func IsField(line []byte) bool {
	if bytes.HasPrefix(line, []byte("--")) {
		return false
	}
	n := 0
	for n < len(line) && line[n] > ' ' && line[n] < 0x7f && line[n] != ':' {
		n++
	}
	if n == 0 {
		return false
	}
	for n < len(line) && (line[n] == ' ' || line[n] == '\t') {
		n++
	}
	return n < len(line) && line[n] == ':'
}
