// Package css reads the style sheets of mail: rules with their media conditions and selectors, declarations, lengths and colours.
//
// It reads what CSS Syntax 3 calls a style sheet, leniently as a browser does: what it does not understand is left out and the
// rest is kept. @media is read and may be nested; every other at-rule (@import, @font-face, @keyframes …) is left out, so a sheet
// can never ask for anything. Selectors are those of cascadia without its own inventions (:contains, :has, regular expressions),
// joined by descendant, child and sibling combinators; see Selector for what a match costs.
//
// Limits: MaxRules rules of a sheet, MaxSelectors selectors of a rule, MaxParts compounds of a selector, MaxDeclarations of a
// block, MaxNesting of @media, MaxStops colours of a gradient. What goes beyond is left out and counted in Sheet.Dropped. Reading takes time linear in the length.
//
// What the properties mean is the business of package style.
package css

import (
	"strings"
)

// The limits of what is read.
const (
	MaxRules        = 5000
	MaxSelectors    = 100
	MaxParts        = 12
	MaxDeclarations = 200
	MaxNesting      = 8
)

// Declaration is a property with its value.
type Declaration struct {
	Name      string // in lower case
	Value     string // trimmed, without !important
	Important bool
}

// Rule is a block of declarations with the selectors that it is for.
type Rule struct {
	Media        []Media // all must hold
	Selectors    []Selector
	Declarations []Declaration
}

// Sheet is a style sheet.
type Sheet struct {
	Rules   []Rule
	Dropped int // rules, selectors and declarations that went beyond a limit
}

// Parse reads the text of style sheets, in order.
func Parse(texts ...string) *Sheet {
	s := &Sheet{}
	for _, t := range texts {
		s.read(cleaned(t), nil)
	}
	return s
}

// read adds the rules of a text that stands inside these media conditions.
func (s *Sheet) read(text string, media []Media) {
	for {
		text = strings.TrimLeft(text, " \t\r\n\f;}")
		if text == "" {
			return
		}
		stop := find(text, "{;")
		if stop < 0 {
			return
		}
		head := strings.TrimSpace(text[:stop])
		if text[stop] == ';' && strings.HasPrefix(head, "@") {
			text = text[stop+1:]
			continue
		}
		if text[stop] == ';' { // not a rule: a browser would read on to the block
			next := find(text, "{")
			if next < 0 {
				return
			}
			head, stop = "", next
		}
		body, rest := block(text[stop+1:])
		text = rest
		switch {
		case strings.HasPrefix(strings.ToLower(head), "@media"):
			if len(media) == MaxNesting {
				s.Dropped++
				continue
			}
			s.read(body, append(media[:len(media):len(media)], ParseMedia(head[len("@media"):])))
		case head != "" && head[0] != '@':
			s.add(head, body, media)
		}
	}
}

// add appends one rule.
func (s *Sheet) add(head, body string, media []Media) {
	if len(s.Rules) == MaxRules {
		s.Dropped++
		return
	}
	r := Rule{Media: media}
	for i, text := range split(head, ',') {
		if i == MaxSelectors {
			s.Dropped++
			break
		}
		if sel, ok := ParseSelector(text); ok {
			r.Selectors = append(r.Selectors, sel)
		}
	}
	if len(r.Selectors) == 0 {
		return
	}
	r.Declarations = declarations(body)
	if len(r.Declarations) == MaxDeclarations {
		s.Dropped++
	}
	if len(r.Declarations) > 0 {
		s.Rules = append(s.Rules, r)
	}
}

// ParseDeclarations reads the inside of a block, as in a style attribute.
func ParseDeclarations(text string) []Declaration { return declarations(cleaned(text)) }

func declarations(text string) []Declaration {
	var out []Declaration
	for _, part := range split(text, ';') {
		name, value, ok := strings.Cut(part, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" || strings.ContainsAny(name, " \t\n{}") {
			continue
		}
		d := Declaration{Name: name, Value: strings.TrimSpace(value)}
		if i := strings.LastIndexByte(d.Value, '!'); i >= 0 && strings.EqualFold(strings.TrimSpace(d.Value[i+1:]), "important") {
			d.Important, d.Value = true, strings.TrimSpace(d.Value[:i])
		}
		if d.Value == "" {
			continue
		}
		out = append(out, d)
		if len(out) == MaxDeclarations {
			break
		}
	}
	return out
}

// cleaned takes comments out, and the marks <!-- and --> that hide a sheet from ancient browsers.
func cleaned(s string) string {
	if !strings.Contains(s, "/*") && !strings.Contains(s, "--") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		switch {
		case s[i] == '"' || s[i] == '\'':
			end := i + quoted(s[i:])
			b.WriteString(s[i:end])
			i = end
		case strings.HasPrefix(s[i:], "/*"):
			end := strings.Index(s[i+2:], "*/")
			if end < 0 {
				return b.String()
			}
			b.WriteByte(' ')
			i += end + 4
		case strings.HasPrefix(s[i:], "<!--"):
			i += 4
		case strings.HasPrefix(s[i:], "-->"):
			i += 3
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// quoted gives the length of the string in quotes that s begins with. One that is not ended goes to the end of its line.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\n':
			return i
		case s[0]:
			return i + 1
		}
	}
	return len(s)
}

// find gives the place of the first of the stop characters that stands outside of strings and brackets, -1 for none.
func find(s, stops string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\'':
			i += quoted(s[i:]) - 1
		case c == '\\':
			i++
		case depth <= 0 && strings.IndexByte(stops, c) >= 0:
			return i
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == '{' || c == '}': // a bracket that is never closed ends with its block
			depth = 0
		}
	}
	return -1
}

// block cuts s after the brace that closes it.
func block(s string) (body, rest string) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"', '\'':
			i += quoted(s[i:]) - 1
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return s[:i], s[i+1:]
			}
			depth--
		}
	}
	return s, ""
}

// split cuts s at the separators outside of strings and brackets.
func split(s string, sep byte) []string {
	var out []string
	for {
		i := find(s, string(sep))
		if i < 0 {
			return append(out, s)
		}
		out = append(out, s[:i])
		s = s[i+1:]
	}
}

// Layers cuts a value at commas outside of strings and brackets.
func Layers(value string) []string { return split(value, ',') }

// Words cuts a value at spaces outside of strings and brackets: "1px solid rgb(0, 0, 0)" has three words. Slashes stand alone.
func Words(value string) []string {
	var out []string
	start, depth := -1, 0
	flush := func(end int) {
		if start >= 0 {
			out = append(out, value[start:end])
			start = -1
		}
	}
	for i := 0; i < len(value); i++ {
		c := value[i]
		if depth == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '/' || c == ',') {
			flush(i)
			if c == '/' || c == ',' {
				out = append(out, string(c))
			}
			continue
		}
		if start < 0 {
			start = i
		}
		switch c {
		case '"', '\'':
			i += quoted(value[i:]) - 1
		case '(':
			depth++
		case ')':
			depth = max(0, depth-1)
		}
	}
	flush(len(value))
	return out
}

// URL gives the address in a url(…) of a value; "" when there is none.
func URL(value string) string {
	i := 0
	for i+4 <= len(value) && !strings.EqualFold(value[i:i+4], "url(") {
		i++
	}
	if i+4 > len(value) {
		return ""
	}
	rest := strings.TrimLeft(value[i+4:], " \t\n\r")
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		n := quoted(rest)
		return strings.Trim(rest[1:n], string(rest[0]))
	}
	end := strings.IndexByte(rest, ')')
	if end < 0 {
		end = len(rest)
	}
	return strings.TrimSpace(rest[:end])
}
