package mc

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// readAll reads to the end; what is text makes lines of the sendmail.cf.
func (r *reader) readAll() {
	for {
		var out strings.Builder
		if !r.next(&out) {
			break
		}
		for line := range strings.Lines(out.String()) {
			r.copyOut(line)
		}
	}
	r.copyOut("\n")
	r.exhausted()
}

// copyOut takes text, at most to a line's end, into the sendmail.cf.
func (r *reader) copyOut(text string) {
	if r.divert >= 0 {
		if r.text.Len() == 0 {
			r.textFile, r.textLine = r.file, r.line
		}
		r.text.WriteString(text)
	}
	if !strings.HasSuffix(text, "\n") {
		return
	}
	line := strings.TrimRight(r.text.String(), " \t\r\n")
	r.text.Reset()
	if strings.TrimSpace(line) != "" && line[0] != '#' {
		r.add(Statement{File: r.textFile, Line: r.textLine, Args: []string{line}, Section: r.section})
	}
}

func (r *reader) add(s Statement) {
	switch {
	case r.bare:
	case len(r.statements) < MaxStatements:
		r.statements = append(r.statements, s)
	case len(r.statements) == MaxStatements:
		r.complain(fmt.Sprintf("more than %d statements", MaxStatements), "what follows is not read", false)
		r.read = tooMuch
	}
}

// statement is a call of name that began where r stands. The arguments are read once more, as m4 does when it puts them into the macro.
func (r *reader) statement(name string, args []string) {
	if r.bare {
		return
	}
	settled := slices.Clone(args)
	for i := range settled {
		if i > 0 || name != "define" && name != "undefine" { // their first argument is a name
			settled[i] = r.settle(settled[i])
		}
	}
	r.add(Statement{File: r.file, Line: r.line, Name: name, Args: settled, Section: r.section})
}

// settle puts macros into a text that was quoted, and takes the quotes inside it away.
func (r *reader) settle(text string) string {
	if !strings.ContainsAny(text, r.open) && !r.namesMacro(text) {
		return text
	}
	file, line, frames, bare := r.file, r.line, r.frames, r.bare
	r.frames, r.bare = []frame{{text: text, file: file, line: line}}, true
	var out strings.Builder
	for r.next(&out) {
	}
	r.file, r.line, r.frames, r.bare = file, line, frames, bare
	return out.String()
}

func (r *reader) namesMacro(text string) bool {
	for i := 0; i < len(text); {
		if !isWord(text[i], true) {
			i++
			continue
		}
		end := i
		for end < len(text) && isWord(text[end], false) {
			end++
		}
		if _, ok := r.macros[text[i:end]]; ok || builtin(text[i:end]) {
			return true
		}
		i = end
	}
	return false
}

// word is a name that was read: a macro, or text.
func (r *reader) word(name string, out *strings.Builder) {
	called := strings.HasPrefix(r.rest(), "(")
	if body, ok := r.macros[name]; ok {
		args := r.arguments(name)
		if r.calls++; r.calls == MaxCalls {
			r.complain(fmt.Sprintf("its macros are put in more than %d times", MaxCalls), "look for one that names itself", false)
			r.read = tooMuch
		}
		r.push(frame{text: r.substitute(body, name, args), file: r.file, line: r.line})
		return
	}
	switch {
	case name == "dnl":
		r.toLineEnd()
	case name == "divert":
		r.divertTo(r.arguments(name))
	case name == "undivert":
		r.arguments(name)
	case name == "changequote":
		r.changeQuote(r.arguments(name))
	case name == "changecom":
		args := r.arguments(name)
		r.comments = len(args) > 0 && args[0] == "#"
	case builtin(name) && called:
		r.builtin(name, r.arguments(name))
	case section(name) && !r.bare:
		r.section = name
		r.statement(name, r.arguments(name))
	case called && !r.bare && (known(name) || r.divert >= 0 && capitals(name)):
		r.statement(name, r.arguments(name))
		if endsLine(name) {
			r.swallow(name)
		}
	default:
		out.WriteString(name)
	}
}

// toLineEnd is dnl. It gives what disappears.
func (r *reader) toLineEnd() string {
	gone := ""
	for {
		rest := r.rest()
		if rest == "" {
			return gone
		}
		if end := strings.IndexByte(rest, '\n'); end >= 0 {
			return gone + r.take(end+1)
		}
		gone += r.take(len(rest))
	}
}

// swallow is the dnl at the end of some of sendmail's macros. It tells of what disappears by it, unless that is nothing or a dnl itself.
func (r *reader) swallow(name string) {
	file, line := r.file, r.line
	gone := strings.TrimSpace(r.toLineEnd())
	if gone != "" && !strings.HasPrefix(gone, "dnl") {
		r.file, r.line = file, line
		r.complain(fmt.Sprintf("what stands behind %s(…) on its line disappears: %.40s", name, gone), "begin a new line for it", true)
	}
}

func (r *reader) divertTo(args []string) {
	r.divert = 0
	if len(args) > 0 && args[0] != "" {
		n, err := strconv.Atoi(strings.TrimSpace(args[0]))
		if err != nil {
			r.complain(fmt.Sprintf("divert(%s) is no number", args[0]), "write divert(-1) or divert(0)", true)
		}
		r.divert = n
	}
}

func (r *reader) changeQuote(args []string) {
	r.open, r.shut = "`", "'"
	if len(args) > 0 && args[0] != "" {
		r.open = args[0]
	}
	if len(args) > 1 && args[1] != "" {
		r.shut = args[1]
	}
}

func (r *reader) builtin(name string, args []string) {
	arg := func(n int) string {
		if n < len(args) {
			return args[n]
		}
		return ""
	}
	switch name {
	case "define", "pushdef":
		value := arg(1)
		r.statement("define", args)
		if arg(0) != "" {
			r.macros[arg(0)] = value
		}
	case "undefine", "popdef":
		r.statement("undefine", args)
		delete(r.macros, arg(0))
	case "ifdef":
		if _, ok := r.macros[arg(0)]; ok {
			r.expandTo(arg(1))
		} else {
			r.expandTo(arg(2))
		}
	case "ifelse":
		for len(args) >= 3 {
			if args[0] == args[1] {
				r.expandTo(args[2])
				return
			}
			if args = args[3:]; len(args) == 1 {
				r.expandTo(args[0])
			}
		}
	case "include", "sinclude":
		r.includeFile(name, arg(0))
	default:
		r.complain(fmt.Sprintf("m4's %s is not run", name), "write what it comes to", true)
	}
}

// expandTo lets text be read next; its line is that of the call.
func (r *reader) expandTo(text string) {
	if text != "" {
		r.push(frame{text: text, file: r.file, line: r.line})
	}
}

// includeFile reads a file at the place where it is named. sendmail's own cf.m4 ends the comments, and divert.
func (r *reader) includeFile(name, file string) {
	if file == "" {
		r.complain(name+" names no file", "name one, or take it out", true)
		return
	}
	r.statement("include", []string{file})
	if path.Base(file) == "cf.m4" {
		r.comments, r.divert = false, 0
		return
	}
	if r.include == nil {
		r.complain(fmt.Sprintf("%s is not read", file), "import it, too, if it has more than comments", true)
		return
	}
	text, err := r.include(file)
	if err != nil {
		if name == "include" {
			r.complain(err.Error(), "import the file where it is, or put its lines here", true)
		}
		return
	}
	if r.size += len(text); r.size > MaxSize {
		r.complain(fmt.Sprintf("%s: more than %d octets in all", file, MaxSize), "it is not read", false)
		return
	}
	r.push(frame{text: text, file: file, line: 1, source: true})
}

// substitute puts arguments into a macro's text: $0 its name, $1 … $9, $# how many, $* and $@ all of them.
func (r *reader) substitute(body, name string, args []string) string {
	if !strings.Contains(body, "$") {
		return body
	}
	var b strings.Builder
	for i := 0; i < len(body); i++ {
		c := byte(0)
		if i+1 < len(body) {
			c = body[i+1]
		}
		switch {
		case body[i] != '$':
			b.WriteByte(body[i])
			continue
		case c == '0':
			b.WriteString(name)
		case c >= '1' && c <= '9':
			if n := int(c - '1'); n < len(args) {
				b.WriteString(args[n])
			}
		case c == '#':
			b.WriteString(strconv.Itoa(len(args)))
		case c == '*':
			b.WriteString(strings.Join(args, ","))
		case c == '@':
			for n, a := range args {
				if n > 0 {
					b.WriteByte(',')
				}
				b.WriteString(r.open + a + r.shut)
			}
		default:
			b.WriteByte('$')
			continue
		}
		i++
		if b.Len() > MaxSize {
			r.complain(fmt.Sprintf("%s comes to more than %d octets", name, MaxSize), "look for a macro that names itself", false)
			r.read = tooMuch
			return ""
		}
	}
	return b.String()
}
