package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Syntax is how a source is read: makemap's options. The zero value is how sendmail's tables are written.
type Syntax struct {
	Separator  byte // -t: ends the key; 0 for blanks
	Comment    byte // -D: begins a comment line; 0 for "#"
	KeepCase   bool // -f: keys are not folded
	AllowEmpty bool // -e: a key may stand without a value
	Duplicates bool // -d: equal keys are kept side by side
	Replace    bool // -r: the last of equal keys counts
}

// Scanner reads the lines of a source. After Scan either Problem gives what is wrong with
// the line or Key and Value are its entry.
type Scanner struct {
	r          *bufio.Reader
	syntax     Syntax
	line       int
	key, value []byte
	problem    *Problem
	err        error
}

// NewScanner reads from r.
func NewScanner(r io.Reader, s Syntax) *Scanner {
	if s.Comment == 0 {
		s.Comment = '#'
	}
	return &Scanner{r: bufio.NewReaderSize(r, 64<<10), syntax: s}
}

// Line is the number of the line that was read, from 1.
func (s *Scanner) Line() int { return s.line }

// Key is the line's key, folded unless Syntax says otherwise. It is good until the next Scan.
func (s *Scanner) Key() []byte { return s.key }

// Value is the line's value. It is good until the next Scan.
func (s *Scanner) Value() []byte { return s.value }

// Problem says what is wrong with the line, nil for an entry. Its File is empty.
func (s *Scanner) Problem() *Problem { return s.problem }

// Err is why reading ended, nil at the end of the source.
func (s *Scanner) Err() error { return s.err }

// Scan goes to the next line that is neither empty nor a comment; false at the end.
func (s *Scanner) Scan() bool {
	for {
		text, tooLong, more := s.next()
		if !more {
			return false
		}
		s.key, s.value, s.problem = nil, nil, nil
		switch {
		case tooLong:
			s.complain(fmt.Sprintf("line too long (%d bytes max)", MaxLine+1), "cut it, or name a shorter value")
		case len(text) == 0 || text[0] == s.syntax.Comment:
			continue
		case isSpace(text[0]) && s.syntax.Separator == 0:
			s.complain("syntax error (leading space)", "begin the key at the line's start; a value is never continued on the next line")
		default:
			s.split(text)
		}
		return true
	}
}

func (s *Scanner) complain(text, cure string) {
	s.problem = &Problem{Line: s.line, Text: text, Cure: cure}
}

// next gives the next line without its end, and whether there was one. A line that is too long is passed over, and so
// is one with a NUL, which ends a line for sendmail.
func (s *Scanner) next() (text []byte, tooLong, more bool) {
	if s.err != nil {
		return nil, false, false
	}
	text, err := s.r.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		tooLong = true
		_, err = s.r.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
		return nil, false, false
	}
	if len(text) == 0 && !tooLong {
		return nil, false, false
	}
	s.line++
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r"))
	return text, tooLong || len(text) > MaxLine || bytes.IndexByte(text, 0) >= 0, true
}

// split cuts a line into key and value.
func (s *Scanner) split(text []byte) {
	end := 0
	if sep := s.syntax.Separator; sep != 0 {
		if end = bytes.IndexByte(text, sep); end < 0 {
			end = len(text)
		}
		s.value = text[min(end+1, len(text)):]
	} else {
		for end < len(text) && !isSpace(text[end]) {
			end++
		}
		value := end
		for value < len(text) && isSpace(text[value]) {
			value++
		}
		s.value = text[value:]
	}
	s.key = text[:end]
	if !s.syntax.KeepCase {
		fold(s.key)
	}
	if len(s.value) == 0 && !s.syntax.AllowEmpty {
		s.complain(fmt.Sprintf("no RHS for LHS %s", s.key), "write the value behind the key, blanks or a tab between them")
	}
}

// isSpace is C's isspace.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// fold makes ASCII letters small, in place. Other octets stay, as sendmail has it.
func fold(b []byte) {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
}

// Parse reads a whole source. A line with a problem is left out, as makemap leaves it out; an
// error of r is a problem, too, and the entries before it are kept. name stands in entries and problems.
func Parse(name string, r io.Reader, syntax Syntax) (*Map, []Problem) {
	b := NewBuilder(name, syntax)
	s := NewScanner(r, syntax)
	var problems []Problem
	untold := 0
	tell := func(p Problem) {
		if len(problems) == MaxProblems {
			untold++
			return
		}
		p.File = name
		problems = append(problems, p)
	}
	for s.Scan() {
		if p := s.Problem(); p != nil {
			tell(*p)
			continue
		}
		err := b.Add(s.Key(), s.Value(), s.Line())
		switch {
		case errors.Is(err, ErrDuplicate):
			first, _ := b.Find(s.Key())
			tell(Problem{Line: s.Line(), Text: fmt.Sprintf("key %s: duplicate key", s.Key()),
				Cure: fmt.Sprintf("remove it, or line %d, which is in force", first.Line), Warning: true})
		case err != nil:
			tell(Problem{Line: s.Line(), Text: err.Error(), Cure: "this line and what follows is not read; split the table"})
			return b.Map(), problems
		}
	}
	if err := s.Err(); err != nil {
		tell(Problem{Line: s.Line(), Text: err.Error(), Cure: "what follows is not read"})
	}
	if untold > 0 {
		problems = append(problems, Problem{File: name, Text: fmt.Sprintf("%d more problems", untold), Cure: "mend those above first", Warning: true})
	}
	return b.Map(), problems
}
