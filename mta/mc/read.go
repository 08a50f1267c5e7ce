package mc

import (
	"fmt"
	"strings"

	"postroom.dev/mta/table"
)

// frame is a text that is being read: a file, or what a macro expanded to, which is read before what follows the call.
type frame struct {
	text   string
	pos    int
	file   string
	line   int
	source bool // a file: its lines are counted
}

// reader is m4.
type reader struct {
	frames     []frame
	macros     map[string]string // what the file defined
	open, shut string            // the quotes
	comments   bool              // "#" begins one
	divert     int               // below 0 text goes nowhere
	section    string

	include func(path string) (string, error)
	size    int  // octets of all files
	read    int  // octets looked at
	calls   int  // macros of the file's own that were put in
	depth   int  // calls inside each other
	bare    bool // an argument is read again: nothing in it is a statement of the file

	file string // where the token began that is being read
	line int

	text     strings.Builder // the line for the sendmail.cf so far
	textFile string
	textLine int

	statements []Statement
	problems   []table.Problem
}

func (r *reader) complain(text, cure string, warning bool) {
	if len(r.problems) < MaxProblems {
		r.problems = append(r.problems, table.Problem{File: r.file, Line: r.line, Text: text, Cure: cure, Warning: warning})
	}
}

// push lets f be read before anything else.
func (r *reader) push(f frame) {
	if len(r.frames) >= MaxDepth*4 {
		if r.read != tooMuch {
			r.read = tooMuch // a macro that is longer each time it is put in would cost more than its octets that are read
			r.complain("too many files and macros inside each other", "look for one that names itself", false)
		}
		return
	}
	r.frames = append(r.frames, f)
}

// top is the frame that the next octet comes from, nil at the end.
func (r *reader) top() *frame {
	for len(r.frames) > 0 {
		f := &r.frames[len(r.frames)-1]
		if f.pos < len(f.text) {
			return f
		}
		r.frames = r.frames[:len(r.frames)-1]
	}
	return nil
}

// rest is what the current frame still has, "" at the end of everything and when too much was read.
func (r *reader) rest() string {
	f := r.top()
	if f == nil || r.read > MaxRead {
		return ""
	}
	return f.text[f.pos:]
}

// take consumes n octets of the current frame.
func (r *reader) take(n int) string {
	f := r.top()
	s := f.text[f.pos : f.pos+n]
	f.pos += n
	if f.source {
		f.line += strings.Count(s, "\n")
	}
	r.read += n
	return s
}

// next reads one token and puts what it stands for into out: text as it is, quoted text without its quotes.
// Calls are run, and leave nothing. false at the end.
func (r *reader) next(out *strings.Builder) bool {
	rest := r.rest()
	if rest == "" {
		return false
	}
	f := r.top()
	r.file, r.line = f.file, f.line
	switch {
	case r.comments && rest[0] == '#':
		end := strings.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		out.WriteString(r.take(end))
	case r.open != "" && strings.HasPrefix(rest, r.open):
		r.quoted(out)
	case isWord(rest[0], true):
		n := 1
		for n < len(rest) && isWord(rest[n], false) {
			n++
		}
		r.word(r.take(n), out)
	default:
		n := 1 // text up to what may mean something
		for n < len(rest) && !isWord(rest[n], true) && !strings.ContainsRune("#(),\n", rune(rest[n])) &&
			!(r.open != "" && rest[n] == r.open[0]) && rest[n-1] != '\n' {
			n++
		}
		if strings.IndexByte("(),", rest[0]) >= 0 {
			n = 1
		}
		out.WriteString(r.take(n))
	}
	return true
}

// quoted reads a quoted text, whose inner quotes stay.
func (r *reader) quoted(out *strings.Builder) {
	file, line := r.file, r.line
	r.take(len(r.open))
	for depth := 1; ; {
		rest := r.rest()
		switch {
		case rest == "":
			r.file, r.line = file, line
			if !r.exhausted() {
				r.complain("a quote begins here that never ends", "close it with "+r.shut, false)
			}
			return
		case strings.HasPrefix(rest, r.shut):
			r.take(len(r.shut))
			if depth--; depth == 0 {
				return
			}
			out.WriteString(r.shut)
		case strings.HasPrefix(rest, r.open):
			r.take(len(r.open))
			out.WriteString(r.open)
			depth++
		default:
			n := 1
			for n < len(rest) && rest[n] != r.open[0] && rest[n] != r.shut[0] {
				n++
			}
			out.WriteString(r.take(n))
		}
	}
}

// exhausted says, once, that the limit of reading was met.
func (r *reader) exhausted() bool {
	if r.read <= MaxRead {
		return false
	}
	if r.read != tooMuch {
		r.read = tooMuch
		r.complain(fmt.Sprintf("more than %d octets when its macros are put in", MaxRead), "look for a macro that names itself", false)
	}
	return true
}

const tooMuch = 1 << 30

// arguments reads "(a, b)" behind a name, nil where there is none. Blanks before each argument disappear.
func (r *reader) arguments(name string) []string {
	if !strings.HasPrefix(r.rest(), "(") {
		return nil
	}
	file, line := r.file, r.line
	r.take(1)
	r.depth++
	defer func() { r.depth--; r.file, r.line = file, line }()
	if r.depth > MaxDepth {
		r.complain("too many calls inside each other", "look for a macro that names itself", false)
		r.read = tooMuch
		return nil
	}
	var args []string
	var arg strings.Builder
	for parens, fresh := 0, true; ; {
		rest := r.rest()
		if rest == "" {
			r.file, r.line = file, line
			if !r.exhausted() {
				r.complain(fmt.Sprintf("%s( is never closed", name), "close it with )", false)
			}
			return append(args, arg.String())
		}
		c := rest[0]
		switch {
		case fresh && (c == ' ' || c >= '\t' && c <= '\r'):
			r.take(1)
			continue
		case c == ',' && parens == 0:
			r.take(1)
			args, fresh = append(args, arg.String()), true
			arg.Reset()
			continue
		case c == ')' && parens == 0:
			r.take(1)
			return append(args, arg.String())
		case c == '(':
			parens++
		case c == ')':
			parens--
		}
		// A call that expands to nothing leaves the argument as fresh as it was: m4 skips the blanks behind it, too.
		quote := r.open != "" && strings.HasPrefix(rest, r.open)
		r.next(&arg)
		fresh = fresh && arg.Len() == 0 && !quote
	}
}

func isWord(c byte, first bool) bool {
	return c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || !first && c >= '0' && c <= '9'
}
