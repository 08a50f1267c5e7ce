package mimetree

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// StripHTML gives the readable text of an HTML page: entities decoded, blanks folded as a browser
// folds them, line breaks where blocks begin and end. Style sheets, scripts and comments are left out;
// of a picture its alt text stays. The work and the result are linear in s.
func StripHTML(s string) string {
	z := html.NewTokenizer(strings.NewReader(s))
	var w textWriter
	var skip atom.Atom // the element whose text is not shown
	pre := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return w.String()
		case html.TextToken:
			if skip == 0 {
				w.text(string(z.Text()), pre > 0)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := z.TagName()
			a := atom.Lookup(name)
			switch {
			case skip != 0:
			case a == atom.Style || a == atom.Script || a == atom.Title || a == atom.Noscript || a == atom.Template:
				skip = a
			case a == atom.Img && attrs:
				w.text(alt(z), false)
			case a == atom.Pre:
				pre++
			}
			w.tag(a)
		case html.EndTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if a == skip {
				skip = 0
			}
			if a == atom.Pre && pre > 0 {
				pre--
			}
			w.tag(a)
		}
	}
}

// alt gives the alternative text of the picture z stands at.
func alt(z *html.Tokenizer) string {
	for {
		key, val, more := z.TagAttr()
		if string(key) == "alt" {
			return string(val)
		}
		if !more {
			return ""
		}
	}
}

// textWriter gathers text with folded blanks and line breaks.
type textWriter struct {
	strings.Builder
	breaks int  // wanted before the next text
	blank  bool // wanted before the next text
}

// tag breaks the line where a browser would.
func (w *textWriter) tag(a atom.Atom) {
	switch a {
	case atom.Br:
		w.breaks = min(w.breaks+1, 2)
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Ul, atom.Ol, atom.Dl, atom.Blockquote, atom.Hr, atom.Pre:
		w.breaks = 2
	case atom.Div, atom.Tr, atom.Li, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center,
		atom.Address, atom.Form, atom.Fieldset, atom.Figure, atom.Figcaption, atom.Nav, atom.Main, atom.Aside, atom.Option, atom.Caption:
		w.breaks = max(w.breaks, 1)
	case atom.Td, atom.Th:
		w.blank = true
	}
}

// text writes s; blanks stay in preformatted text.
func (w *textWriter) text(s string, pre bool) {
	if pre {
		if s != "" {
			w.space()
			w.WriteString(strings.ToValidUTF8(s, "\uFFFD"))
		}
		return
	}
	for i, word := range strings.FieldsFunc(s, isBlank) {
		if i > 0 || isBlank(rune(s[0])) {
			w.blank = true
		}
		w.space()
		w.WriteString(strings.ToValidUTF8(word, "\uFFFD"))
	}
	if s != "" && isBlank(rune(s[len(s)-1])) {
		w.blank = true
	}
}

// space writes what is wanted before the next text.
func (w *textWriter) space() {
	switch {
	case w.Len() == 0:
	case w.breaks > 0:
		w.WriteString("\n\n"[:w.breaks])
	case w.blank:
		w.WriteByte(' ')
	}
	w.breaks, w.blank = 0, false
}

// isBlank is white space as HTML folds it.
func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' }

// maxSnippet is a snippet's length in letters.
const maxSnippet = 200

// Snippet gives the first words of a text on one line, at most 200 letters. Invisible
// characters with which newsletters pad their first line are left out.
func Snippet(text string) string {
	var b strings.Builder
	letters, blank := 0, false
	for _, r := range text {
		if unicode.IsSpace(r) || r == unicode.ReplacementChar || unicode.IsControl(r) {
			blank = true
			continue
		}
		if padding(r) && (blank || letters == 0) {
			continue
		}
		if blank && letters > 0 {
			if letters+2 > maxSnippet {
				break
			}
			b.WriteByte(' ')
			letters++
		}
		blank = false
		if letters == maxSnippet {
			break
		}
		b.WriteRune(r)
		letters++
	}
	return b.String()
}

// padding is a character that shows nothing by itself.
func padding(r rune) bool {
	switch r {
	case 0x00ad, 0x034f, 0x061c, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0xfeff:
		return true
	}
	return false
}
