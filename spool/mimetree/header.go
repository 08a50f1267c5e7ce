package mimetree

import (
	"bytes"
	"strings"

	"postroom.dev/spool/mimetree/charset"
)

// ParseHeader reads the header at the start of head and says where the body
// begins; len(head) when there is none. Offsets count from head's start. It has no limit of its
// own but MaxFields: the caller's is the length of head.
func ParseHeader(head []byte) (fields []Field, bodyOffset int64, problems []Problem) {
	h := headerScan{lines: lines{b: head, eof: true}, root: true}
	h.run()
	return h.fields(), int64(h.body), h.problems
}

// Get gives the first field of that name, compared without regard to case.
func Get(fields []Field, name string) (Field, bool) {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return Field{}, false
}

// Text gives the field's body unfolded and decoded (RFC 2047): one line of valid UTF-8 without control
// characters. Octets over 127 that nothing declares are UTF-8 where they can be, else windows-1252.
func (f Field) Text() string { return f.TextIn("") }

// TextIn is Text with the charset of octets that nothing in the field declares and that are not
// UTF-8: programs that write raw GBK into Subject name it in Content-Type. "" is windows-1252.
func (f Field) TextIn(name string) string {
	return oneLine(charset.DecodeWordsIn(name, unfold(f.Body)))
}

// unfold takes the line ends out: RFC 5322 §2.2.3.
func unfold(s string) string {
	if !strings.ContainsAny(s, "\r\n") {
		return s
	}
	b := make([]byte, 0, len(s)) // not strings.Map: it would change octets that are not UTF-8
	for i := range len(s) {
		if s[i] != '\r' && s[i] != '\n' {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// oneLine makes control characters blanks and trims.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s))
}

// lines finds line ends in a buffer that may not be all there yet.
type lines struct {
	b   []byte
	eof bool // nothing follows b
	lf  int  // the LF found last
}

// next gives the end of the line at pos and the start of the one after. More of the buffer is needed when it is not ok.
func (l *lines) next(pos int) (end, next int, ok bool) {
	if l.lf < pos || l.lf == 0 {
		l.lf = len(l.b)
		if k := bytes.IndexByte(l.b[pos:], '\n'); k >= 0 {
			l.lf = pos + k
		}
	}
	cr := bytes.IndexByte(l.b[pos:l.lf], '\r')
	if cr < 0 {
		if l.lf == len(l.b) {
			return l.lf, l.lf, l.eof
		}
		return l.lf, l.lf + 1, true
	}
	end = pos + cr
	q := end + 1
	for q < len(l.b) && l.b[q] == '\r' {
		q++
	}
	if q == len(l.b) {
		return end, end + 1, l.eof
	}
	if l.b[q] == '\n' {
		return end, q + 1, true
	}
	return end, end + 1, true // a bare CR
}

// span is one field by its places in the buffer.
type span struct{ name, colon, end int }

// headerScan reads one header.
type headerScan struct {
	lines
	root     bool                   // of a message: a header is expected
	stop     func(line []byte) bool // says that a line is a boundary of ours
	spans    []span
	problems []Problem // offsets in the buffer
	body     int       // where the body begins
	at       int       // the line being read
	open     bool      // the last span may be continued
	full     bool      // MaxFields was told
}

// run reads to the body, and says false when the buffer ends before the header does.
// Then what was read up to h.at stands.
func (h *headerScan) run() bool {
	for h.at < len(h.b) {
		end, next, ok := h.next(h.at)
		if !ok {
			return false
		}
		line := h.b[h.at:end]
		if len(line) == 0 {
			if h.at == 0 && h.root {
				h.problem(0, "blank line first: the message has no header", false)
			}
			h.body = next
			return true
		}
		if h.stop != nil && line[0] == '-' && h.stop(line) {
			h.body = h.at
			return true
		}
		done, ok := h.line(line, end, next)
		if !ok {
			return false
		}
		if done {
			return true
		}
		h.at = next
	}
	h.body = len(h.b)
	return h.eof
}

// line takes one line that is neither empty nor a boundary; done says that the body began.
func (h *headerScan) line(line []byte, end, next int) (done, ok bool) {
	blank := line[0] == ' ' || line[0] == '\t'
	colon := fieldColon(line)
	switch {
	case blank && h.open:
		if len(bytes.Trim(line, " \t")) == 0 {
			follows, ok := h.headerFollows(next)
			if !ok {
				return false, false
			}
			if !follows {
				h.problem(h.at, "blanks in the blank line after the header", false)
				h.body = next
				return true, true
			}
		}
		h.spans[len(h.spans)-1].end = end
		return false, true
	case blank && h.full:
		return false, true
	case !blank && h.open && h.isParameter(line, colon):
		h.problem(h.at, "header line not indented: a parameter of the field before it", false)
		h.spans[len(h.spans)-1].end = end
		return false, true
	case colon > 0:
		h.field(colon, end)
		return false, true
	case h.at == 0 && (bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))):
		h.problem(h.at, "mbox From line before the header", false)
		return false, true
	}
	follows, ok := h.headerFollows(next)
	if !ok {
		return false, false
	}
	if follows {
		h.open = false
		if blank {
			h.problem(h.at, "header line that continues nothing", true)
		} else {
			h.problem(h.at, "header line without a colon", true)
		}
		return false, true
	}
	if h.at == 0 && h.root {
		h.problem(h.at, "no header: the message begins with its body", false)
	} else {
		h.problem(h.at, "no blank line after the header", false)
	}
	h.body = h.at
	return true, true
}

// field begins a field at h.at.
func (h *headerScan) field(colon, end int) {
	if h.open = len(h.spans) < MaxFields; h.open {
		h.spans = append(h.spans, span{h.at, h.at + colon, end})
	} else if !h.full {
		h.full = true
		h.problem(h.at, "too many header fields: the rest is left out", true)
	}
}

// headerFollows says whether the line at pos is a field.
func (h *headerScan) headerFollows(pos int) (follows, ok bool) {
	end, _, ok := h.next(pos)
	if !ok && end-pos < 1024 {
		return false, false
	}
	return fieldColon(h.b[pos:end]) > 0, true
}

// isParameter says that a line belongs to the field before it, which ends in
// a semicolon: name="x", go-message issue 130.
func (h *headerScan) isParameter(line []byte, colon int) bool {
	eq := bytes.IndexByte(line, '=')
	if eq < 1 || colon > 0 && colon < eq || bytes.ContainsAny(line[:eq], " \t\"") {
		return false
	}
	last := h.spans[len(h.spans)-1]
	return bytes.HasSuffix(bytes.TrimRight(h.b[last.colon:last.end], " \t\r\n"), []byte(";"))
}

// fieldColon gives the place of the colon behind a field name, 0 when the line is no field. RFC 5322 §3.6.8; blanks before the colon are §4.5.
func fieldColon(line []byte) int {
	colon := bytes.IndexByte(line, ':')
	if colon < 1 {
		return 0
	}
	name := bytes.TrimRight(line[:colon], " \t")
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return 0
		}
	}
	if len(name) == 0 {
		return 0
	}
	return colon
}

// fields copies the fields out of the buffer, all in one string.
func (h *headerScan) fields() []Field {
	if len(h.spans) == 0 {
		return nil
	}
	all := string(h.b[:h.spans[len(h.spans)-1].end])
	fields := make([]Field, len(h.spans))
	for i, s := range h.spans {
		fields[i] = Field{strings.TrimRight(all[s.name:s.colon], " \t"), all[s.colon+1 : s.end], int64(s.name)}
	}
	return fields
}

func (h *headerScan) problem(at int, text string, lost bool) {
	if len(h.problems) < MaxProblems {
		h.problems = append(h.problems, Problem{Offset: int64(at), Text: text, Lost: lost})
	}
}
