package mimetree

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Parse reads a message. It never refuses: the root is never nil, and an error of r
// is a Problem like others. r is read once, forward, in blocks.
func Parse(r io.ReaderAt, size int64) (*Part, []Problem) {
	p := &parser{w: window{r: r, size: max(size, 0)}}
	root := &Part{}
	if p.w.at(0, 1) == nil {
		p.problem(root, 0, "empty message", false)
	}
	pos := p.begin(root, 0, "")
	p.walk(pos)
	p.end(0, p.w.size)
	if p.w.err != nil {
		p.problem(root, p.w.size, "reading stopped: "+p.w.err.Error(), true)
	}
	slices.SortStableFunc(p.problems, func(a, b found) int { return cmp.Compare(a.at, b.at) })
	problems := make([]Problem, 0, len(p.problems)+1)
	for _, f := range p.problems {
		problems = append(problems, Problem{f.at, f.part.Number, f.text, f.lost})
	}
	if p.unlisted > 0 {
		problems = append(problems, Problem{p.w.size, root.Number, strconv.Itoa(p.unlisted) + " more problems", p.losses > MaxProblems})
	}
	if len(problems) == 0 {
		problems = nil
	}
	return root, problems
}

// frame is one open part on the way from the root to where we are.
type frame struct {
	part   *Part
	prefix string // of its children's numbers
	delim  string // "--boundary" of a multipart
	guess  bool   // a multipart that named no boundary
	closed bool   // the final boundary was seen
}

// found is a Problem whose part has no number yet.
type found struct {
	at   int64
	part *Part
	text string
	lost bool
}

type parser struct {
	w        window
	stack    []frame
	parts    int
	headers  int64 // octets kept
	full     bool  // MaxParts was told
	problems []found
	losses   int // problems with Lost set
	flaws    int // others: they must not crowd out losses
	unlisted int
}

func (p *parser) problem(part *Part, at int64, text string, lost bool) {
	kept := &p.flaws
	if lost {
		kept = &p.losses
	}
	if *kept++; *kept > MaxProblems {
		p.unlisted++
		return
	}
	p.problems = append(p.problems, found{at, part, text, lost})
}

// begin reads the header at off into part, numbers it, opens what it contains and
// says where to go on. number is the part's own; "" for a message's root.
func (p *parser) begin(part *Part, off int64, number string) int64 {
	kind := "text/plain"
	prefix := number
	message := number == "" // the root, or the root of an enclosed message
	if n := len(p.stack); n > 0 {
		parent := p.stack[n-1]
		message = parent.part.isMessage()
		if message {
			prefix = parent.prefix
		} else if parent.part.Type == "multipart/digest" {
			kind = "message/rfc822" // RFC 2046 §5.1.5
		}
	}
	p.parts++
	part.Header = off
	p.readHeader(part, message)
	for _, text := range part.interpret(kind) {
		p.problem(part, off, text, false)
	}
	part.Number = number
	if message {
		part.Number = rootNumber(prefix, part.isMultipart())
		if !part.isMultipart() {
			prefix = part.Number
		}
	}
	p.stack = append(p.stack, frame{part: part, prefix: prefix})
	return p.open(part)
}

// rootNumber is the number of the root of a message in the part with that number.
func rootNumber(of string, multipart bool) string {
	switch {
	case multipart && of == "":
		return ""
	case multipart:
		return of + ".TEXT"
	}
	return child(of, 1)
}

// child is the number of the nth child.
func child(of string, n int) string {
	if of == "" {
		return strconv.Itoa(n)
	}
	return of + "." + strconv.Itoa(n)
}

// open prepares for what part contains.
func (p *parser) open(part *Part) int64 {
	if !part.isMultipart() && !part.isMessage() {
		return part.Body
	}
	if len(p.stack) >= MaxDepth {
		p.problem(part, part.Header, "nested too deeply: not opened", true)
		return part.Body
	}
	top := &p.stack[len(p.stack)-1]
	if part.isMessage() {
		if part.isEncoded() {
			p.problem(part, part.Header, "encoded message: not opened", false)
			return part.Body
		}
		if p.parts >= MaxParts {
			p.tooMany(part, part.Body)
			return part.Body
		}
		inner := &Part{}
		part.Parts = []*Part{inner}
		return p.begin(inner, part.Body, "")
	}
	if part.isEncoded() {
		p.problem(part, part.Header, "multipart with Content-Transfer-Encoding "+clip(part.Encoding)+": read without", false)
	}
	boundary := strings.TrimRight(part.Params["boundary"], " \t")
	switch {
	case boundary == "":
		p.problem(part, part.Header, "multipart without a boundary parameter", false)
		top.guess = true
	case len(boundary) > MaxBoundary:
		p.problem(part, part.Header, "boundary too long", false)
		top.guess = true
	default:
		top.delim = "--" + boundary
	}
	return part.Body
}

// readHeader reads part's header, which a boundary may cut short.
func (p *parser) readHeader(part *Part, message bool) {
	off := part.Header
	limit := int(max(minHeader, min(MaxHeader, MaxHeaders-p.headers)))
	var h headerScan
	for n := 4 << 10; ; n = min(n*8, limit) {
		b := p.w.at(off, n)
		eof := off+int64(len(b)) >= p.w.size
		if len(b) > limit {
			b, eof = b[:limit], false
		}
		h = headerScan{lines: lines{b: b, eof: eof}, root: message, stop: p.isDelimiter}
		done := h.run()
		if !done && n < limit {
			continue
		}
		part.Fields = h.fields() // before the buffer is used again
		part.Body = off + int64(h.body)
		if !done {
			part.Body = p.skipHeader(off + int64(h.at))
			p.problem(part, off+int64(h.at), "header too long: the rest of its fields is left out", true)
		}
		break
	}
	p.headers += int64(h.at)
	for i := range part.Fields {
		part.Fields[i].Offset += off
	}
	for _, q := range h.problems {
		p.problem(part, off+q.Offset, q.Text, q.Lost)
	}
}

// skipHeader finds the end of a header that is too long.
func (p *parser) skipHeader(pos int64) int64 {
	begin := true // of a line
	for {
		b := p.w.at(pos, 4<<10)
		l := lines{b: b, eof: pos+int64(len(b)) >= p.w.size}
		at := 0
		for at < len(b) {
			end, next, ok := l.next(at)
			if !ok {
				break
			}
			if begin && end == at && next > at {
				return pos + int64(next)
			}
			if begin && b[at] == '-' && p.isDelimiter(b[at:end]) {
				return pos + int64(at)
			}
			begin, at = true, next
		}
		if l.eof {
			return p.w.size
		}
		if at == 0 { // a line longer than what is in memory: leave the room a line end needs
			begin, at = false, max(len(b)-8, 1)
		}
		pos += int64(at)
	}
}

func (p *parser) isDelimiter(line []byte) bool {
	i, _ := p.match(bytes.TrimRight(line, " \t"))
	return i >= 0
}

// match finds whose boundary a line is, the innermost first and open ones before closed ones; -1 for nobody's.
func (p *parser) match(line []byte) (i int, final bool) {
	closed := -1
	for i := len(p.stack) - 1; i >= 0; i-- {
		d := p.stack[i].delim
		if d == "" || len(line) < len(d) || string(line[:len(d)]) != d {
			continue
		}
		if tail := line[len(d):]; len(tail) != 0 && string(tail) != "--" {
			continue
		}
		if !p.stack[i].closed {
			return i, len(line) > len(d)
		}
		if closed < 0 && len(line) == len(d) {
			closed = i
		}
	}
	return closed, false
}

// walk goes from boundary to boundary.
func (p *parser) walk(pos int64) {
	for p.bounded() {
		d, ok := p.nextDelimiter(pos)
		if !ok {
			return
		}
		p.end(d.frame+1, d.at)
		f := &p.stack[d.frame]
		pos = d.next
		if d.final {
			f.closed = true
			continue
		}
		if p.ends(pos) {
			return // meant as the final boundary
		}
		if f.closed {
			f.closed = false
			p.problem(f.part, d.at, "part after the final boundary", false)
		}
		if p.parts >= MaxParts {
			p.tooMany(f.part, d.at)
			continue
		}
		part := &Part{}
		f.part.Parts = append(f.part.Parts, part)
		pos = p.begin(part, d.next, child(f.prefix, len(f.part.Parts)))
	}
}

// ends says that nothing but a few line ends follows pos.
func (p *parser) ends(pos int64) bool {
	rest := p.w.at(pos, 16)
	return pos+int64(len(rest)) >= p.w.size && len(bytes.Trim(rest, " \t\r\n")) == 0
}

func (p *parser) tooMany(part *Part, at int64) {
	if !p.full {
		p.full = true
		p.problem(part, at, "too many parts: the rest is left out", true)
	}
}

// bounded says that a boundary may come.
func (p *parser) bounded() bool {
	for _, f := range p.stack {
		if f.delim != "" || f.guess {
			return true
		}
	}
	return false
}

// end closes the frames from i on before the boundary line at off, or at the message's end.
func (p *parser) end(i int, off int64) {
	for k := len(p.stack) - 1; k >= i; k-- {
		f := p.stack[k]
		f.part.End = max(off, f.part.Body)
		if i > 0 {
			f.part.End -= p.w.lineEndBefore(f.part.End, f.part.Body)
		}
		if n := len(f.part.Parts); n > 0 { // a last child without a body ends where the boundary begins
			f.part.End = max(f.part.End, f.part.Parts[n-1].End)
		}
		switch {
		case f.delim != "" && len(f.part.Parts) == 0:
			p.problem(f.part, f.part.Body, "boundary never appears: shown as text", false)
		case f.delim != "" && !f.closed:
			p.problem(f.part, off, "final boundary missing", false)
		}
	}
	p.stack = p.stack[:i]
}

// delimiter is a boundary line.
type delimiter struct {
	frame    int // whose
	final    bool
	at, next int64 // the line's first octet, the next line's
}

// maxLine is the longest line that is looked at: two dashes before and after, blanks, the line end.
const maxLine = MaxBoundary + 64

// nextDelimiter looks for a boundary line from pos, which begins a line.
func (p *parser) nextDelimiter(pos int64) (delimiter, bool) {
	begin := true // b[0] begins a line
	for {
		b := p.w.at(pos, 2*maxLine)
		last := pos+int64(len(b)) >= p.w.size
		i := 0
		for {
			j := bytes.Index(b[i:], []byte("--"))
			if j < 0 {
				i = len(b)
				break
			}
			i += j
			if !last && len(b)-i < 2*maxLine {
				break // come back with the whole line and the next
			}
			if i > 0 && b[i-1] != '\n' && b[i-1] != '\r' || i == 0 && !begin {
				for i < len(b) && b[i] == '-' {
					i++
				}
				continue
			}
			if d, ok := p.delimiterAt(b[i:]); ok {
				d.at, d.next = pos+int64(i), pos+int64(i)+d.next
				return d, true
			}
			i += 2
		}
		if last {
			return delimiter{}, false
		}
		if i == len(b) && b[i-1] == '-' {
			i--
		}
		if i > 0 {
			begin = b[i-1] == '\n' || b[i-1] == '\r'
		}
		pos += int64(i)
	}
}

// delimiterAt looks at the line at the start of b, which begins with two dashes.
func (p *parser) delimiterAt(b []byte) (delimiter, bool) {
	l := lines{b: b[:min(len(b), 2*maxLine)], eof: true}
	end, next, _ := l.next(0)
	if end == len(l.b) && len(b) > end {
		return delimiter{}, false // longer than any boundary
	}
	line := bytes.TrimRight(b[:end], " \t")
	if i, final := p.match(line); i >= 0 {
		return delimiter{frame: i, final: final, next: int64(next)}, true
	}
	top := len(p.stack) - 1
	if !p.stack[top].guess || len(line) < 3 || len(line) > MaxBoundary || next+8 > len(b) ||
		!strings.EqualFold(string(b[next:next+8]), "content-") {
		return delimiter{}, false
	}
	p.stack[top].guess, p.stack[top].delim = false, string(line)
	return delimiter{frame: top, next: int64(next)}, true
}
