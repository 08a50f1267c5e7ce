package address

import (
	"strings"

	"postroom.dev/spool/mimetree/charset"
)

// ParseList reads the body of a To, Cc or Bcc field, folded or not: RFC 5322
// §3.4 address-list. Members of groups are entries like others; a
// comment is the name where there is no other; encoded words in names are decoded
// (RFC 2047 §5). Semicolons separate, too.
//
// A list without any of , : ; < ( " is old style: blanks separate, as sendmail has it.
// One bad entry costs only itself: it is among the problems, as is a group without
// members (ErrGroup), which a reader of mail ignores and sendmail -t complains of.
func ParseList(field string) ([]Named, []*EntryError) {
	var l list
	if len(field) > MaxList {
		l.problem(field[MaxList:], ErrTooLong)
		field = field[:MaxList]
	}
	if !strings.ContainsAny(field, ",:;<(\"") {
		for _, f := range strings.Fields(field) {
			l.add(f)
		}
		return l.named, l.problems
	}
	l.read(field)
	return l.named, l.problems
}

type list struct {
	named    []Named
	problems []*EntryError
	failed   int  // entries that are not balanced
	full     bool // ErrTooMany was told
}

// maxFailed is how many unbalanced entries are looked into: each may be searched to
// the end of the list, so more would take time with the square of its length.
const maxFailed = 20

// read cuts the list at its separators.
func (l *list) read(s string) {
	group, start, members := false, "", 0 // the open group: its text from the name on, entries so far
	for s != "" {
		n, sep := entryEnd(s, l.failed > maxFailed)
		if n < 0 {
			l.failed++
			n, sep = entryEnd(s, true)
		}
		entry := s[:n]
		whole := s
		s = s[min(n+1, len(s)):]
		if sep == ':' {
			group, start, members = true, whole, 0
			continue
		}
		if strings.TrimSpace(entry) != "" {
			l.add(entry)
			members++
		}
		if group && (sep == ';' || s == "") {
			if members == 0 {
				l.problem(start[:len(start)-len(s)], ErrGroup)
			}
			group = false
		}
	}
}

// entryEnd says where the first entry of s ends and by which separator: ',', ';', ':' behind a group's
// name, 0 at the end. -1 when a quote or bracket stays open. Told to be plain, it knows neither.
func entryEnd(s string, plain bool) (int, byte) {
	if plain {
		if n := strings.IndexAny(s, ",;"); n >= 0 {
			return n, s[n]
		}
		return len(s), 0
	}
	depth, angle, literal, route := 0, false, false, false
	bare := true // only a phrase so far: a colon makes it a group's name
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\':
			i++
		case depth > 0 && c != '(' && c != ')':
		case c == '(':
			depth++
		case c == ')':
			depth = max(depth-1, 0)
		case c == '"':
			n := quoteEnd(s[i+1:])
			if n < 0 {
				return -1, 0
			}
			i += n + 1
		case c == '<':
			angle, bare = true, false
		case c == '>':
			angle = false
		case c == '[':
			literal = i > 0 && s[i-1] == '@'
		case c == ']':
			literal = false
		case angle || literal:
		case c == '@':
			route = strings.TrimSpace(s[:min(i, 100)]) == "" || route
			bare = false
		case c == ':' && route:
			route = false
		case c == ':' && bare && strings.TrimSpace(s[:i]) != "":
			return i, ':'
		case c == ':':
			bare = false
		case c == ',' && route && strings.HasPrefix(strings.TrimLeft(s[i+1:], " \t\r\n"), "@"):
		case c == ',' || c == ';':
			return i, c
		}
	}
	if depth > 0 || angle {
		return -1, 0
	}
	return len(s), 0
}

// quoteEnd finds the closing quote, -1 when there is none.
func quoteEnd(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// add reads one entry.
func (l *list) add(entry string) {
	if len(l.named) >= MaxEntries {
		if !l.full {
			l.full = true
			l.problem(entry, ErrTooMany)
		}
		return
	}
	toks, err := scan(entry)
	if err != nil {
		l.problem(entry, err)
		return
	}
	name, spec := cutAngle(toks)
	a, err := mailbox(spec)
	if err == nil && a.IsNull() {
		err = ErrUserRequired
		if len(trim(toks)) == 0 {
			return // a comment alone
		}
	}
	if err != nil {
		l.problem(entry, err)
		return
	}
	l.named = append(l.named, Named{Name: display(name, toks), Address: a})
}

// problem notes a bad entry.
func (l *list) problem(entry string, err error) {
	entry = strings.TrimSpace(entry)
	if len(l.problems) < MaxEntries {
		l.problems = append(l.problems, &EntryError{Entry: entry[:min(len(entry), MaxPath)], Err: err})
	}
}

// display makes the display name of the words before the bracket, else of the first comment.
func display(name, toks []token) string {
	var s strings.Builder
	for _, t := range name {
		s.WriteString(t.text)
	}
	text := s.String()
	if text == "" {
		if i := index(toks, comment); i >= 0 {
			text = toks[i].text
		}
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, charset.DecodeWords(text))
	return strings.TrimSpace(text)
}
