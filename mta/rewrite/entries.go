package rewrite

import "strings"

// entry is where an address stands in a field's value: within the angle brackets, or from its first word to its last.
type entry struct{ from, to int }

// entries finds the addresses in the value of a field, RFC 5322 §3.4 address-list and group, folded as it came. It judges nothing:
// what it finds may be no address. Where a quote, comment or bracket stays open it stops, and what follows is left alone.
func entries(v string) []entry {
	s := entryScan{v: v}
	s.begin()
	for i := 0; i < len(v); {
		n := s.next(i)
		if n < 0 {
			return s.all
		}
		i += n
	}
	s.end()
	return s.all
}

// entryScan reads one value.
type entryScan struct {
	v        string
	all      []entry
	from, to int  // the words of the entry so far; from is -1 before the first
	angle    int  // where the text within its brackets begins, -1 without
	angleEnd int  // and ends
	at       bool // an "@" stood among the words
}

func (s *entryScan) begin() { s.from, s.to, s.angle, s.at = -1, -1, -1, false }

// end takes the entry that was read.
func (s *entryScan) end() {
	from, to := s.from, s.to
	if s.angle >= 0 {
		text := s.v[s.angle:s.angleEnd]
		from = s.angle + len(text) - len(strings.TrimLeft(text, " \t\r\n"))
		to = s.angle + len(strings.TrimRight(text, " \t\r\n"))
	}
	if from >= 0 && from < to {
		s.all = append(s.all, entry{from, to})
	}
	s.begin()
}

// word adds n octets at i to the entry.
func (s *entryScan) word(i, n int) int {
	if s.from < 0 {
		s.from = i
	}
	s.to = i + n
	return n
}

// next reads what stands at i, and gives its length; -1 when it has no end.
func (s *entryScan) next(i int) int {
	rest := s.v[i:]
	switch c := rest[0]; c {
	case ' ', '\t', '\r', '\n':
		return 1
	case '(':
		return commentEnd(rest)
	case '"':
		n := closing(rest, '"')
		if n < 0 {
			return -1
		}
		return s.word(i, n+1)
	case '<':
		from, to := brackets(rest)
		if to < 0 {
			return -1
		}
		if s.angle < 0 {
			s.angle, s.angleEnd = i+from, i+to
		}
		n := to + 1
		for n < len(rest) && rest[n] == '>' {
			n++
		}
		return n
	case ',', ';':
		if c == ',' && s.at && s.angle < 0 && s.v[s.from] == '@' && strings.HasPrefix(strings.TrimLeft(rest[1:], " \t\r\n"), "@") {
			return s.word(i, 1) // a source route without brackets
		}
		s.end()
		return 1
	case ':':
		if !s.at && s.angle < 0 && s.from >= 0 {
			s.begin() // what stood before is a group's name
			return 1
		}
		return s.word(i, 1)
	case '[':
		if !s.at {
			return s.word(i, 1)
		}
		n := strings.IndexByte(rest, ']')
		if n < 0 {
			return -1
		}
		return s.word(i, n+1)
	case '\\':
		return s.word(i, min(2, len(rest)))
	case '@':
		s.at = true
		return s.word(i, 1)
	}
	return s.word(i, 1)
}

// brackets gives the text within the innermost angle brackets at the start of s; -1, -1 without an end.
func brackets(s string) (from, to int) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			n := closing(s[i:], '"')
			if n < 0 {
				return -1, -1
			}
			i += n
		case '(':
			n := commentEnd(s[i:])
			if n < 0 {
				return -1, -1
			}
			i += n - 1
		case '<':
			from = i + 1
		case '>':
			return from, i
		}
	}
	return -1, -1
}

// closing finds the octet that closes what s begins with; -1 when there is none.
func closing(s string, c byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case c:
			return i
		}
	}
	return -1
}

// commentEnd is the length of the comment that s begins with, RFC 5322 §3.2.2; -1 when it has no end.
func commentEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
