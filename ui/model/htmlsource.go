package model

import "strings"

// HTMLState is where in the source of HTML a line begins.
type HTMLState byte

// The states. A source begins in HTMLText.
const (
	HTMLText    HTMLState = iota // between tags
	HTMLName                     // behind "<", in the name of a tag
	HTMLTag                      // in a tag, behind its name
	HTMLDouble                   // in a value in double quotes
	HTMLSingle                   // in a value in single quotes
	HTMLComment                  // behind "<!--"
)

// HTMLSpans colours a line of the source of HTML: names of tags, values and comments are set off. It gives the state in which the next line
// begins. It is for the eye, not a parser: in a script or a style sheet it takes a sign for what it would be elsewhere.
func HTMLSpans(line string, state HTMLState) ([]Span, HTMLState) {
	var out []Span
	begin := 0 // of the last span
	for at := 0; at < len(line); {
		n, tone, next := htmlPiece(line[at:], state)
		if last := len(out) - 1; last >= 0 && out[last].Tone == tone {
			out[last].Text = line[begin : at+n]
		} else {
			begin = at
			out = append(out, Span{Text: line[at : at+n], Tone: tone})
		}
		at, state = at+n, next
	}
	if state == HTMLName { // the end of the line ends it
		state = HTMLTag
	}
	return out, state
}

// htmlPiece takes the next piece of a source, at least an octet: its length, tone, and the state behind it.
func htmlPiece(s string, state HTMLState) (int, Tone, HTMLState) {
	upTo := func(n, whole int) int { // n, or all where it was not found
		if n < 0 {
			return whole
		}
		return n
	}
	switch state {
	case HTMLName:
		if n := upTo(strings.IndexAny(s, " \t>"), len(s)); n > 0 {
			return n, Accent, HTMLName
		}
		return 1, Accent, afterTag(s[0])
	case HTMLTag:
		if n := upTo(strings.IndexAny(s, `>"'`), len(s)); n > 0 {
			return n, Dim, HTMLTag
		}
		switch s[0] {
		case '"':
			return 1, OK, HTMLDouble
		case '\'':
			return 1, OK, HTMLSingle
		}
		return 1, Accent, HTMLText
	case HTMLDouble, HTMLSingle:
		quote := `"`
		if state == HTMLSingle {
			quote = "'"
		}
		if n := strings.Index(s, quote); n >= 0 {
			return n + 1, OK, HTMLTag
		}
		return len(s), OK, state
	case HTMLComment:
		if n := strings.Index(s, "-->"); n >= 0 {
			return n + 3, Dim, HTMLText
		}
		return len(s), Dim, HTMLComment
	}
	switch n := upTo(strings.IndexByte(s, '<'), len(s)); {
	case n > 0:
		return n, Plain, HTMLText
	case strings.HasPrefix(s, "<!--"):
		return 4, Dim, HTMLComment
	case len(s) > 1 && (s[1] == '/' || s[1] == '!' || 'a' <= s[1]|0x20 && s[1]|0x20 <= 'z'):
		return 1, Accent, HTMLName
	}
	return 1, Plain, HTMLText
}

// afterTag is the state behind the sign that ends a tag's name.
func afterTag(sign byte) HTMLState {
	if sign == '>' {
		return HTMLText
	}
	return HTMLTag
}
