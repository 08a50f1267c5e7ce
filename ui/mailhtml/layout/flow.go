package layout

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/segmenter"

	"postroom.dev/ui/mailhtml/style"
)

// flow is an inline formatting context before it is broken into lines: one text, in which each box that is not text stands as
// U+FFFC, and the spans that say what each piece of it is.
type flow struct {
	text   string
	spans  []span
	breaks []int   // octets before which a line may begin, ascending
	levels []uint8 // of each octet, for text of both directions; nil for left to right alone
	right  bool    // the lines run from right to left
}

type spanKind uint8

const (
	textSpan  spanKind = iota
	openSpan           // an inline box begins
	closeSpan          // and ends
	atomSpan           // a box that stands on the line as a whole
	breakSpan          // a forced end of the line
	asideSpan          // a box out of the flow, anchored here
)

// span is a piece of a flow.
type span struct {
	kind     spanKind
	box      *box
	from, to int       // octets of the flow's text
	x        []float32 // of a text: where each of its octets and its end stand, in pixels
}

const object = "\ufffc"

// flowMaker collects the text of a flow.
type flowMaker struct {
	l     *layouter
	f     *flow
	text  strings.Builder
	space bool // what was written last was a space that swallows others, or nothing was written yet on the line
	full  bool // there is something to see
}

// newFlow makes the flow of these boxes inside an element of style s; nil where it would be empty.
func (l *layouter) newFlow(s *style.Style, run []*box) *flow {
	m := &flowMaker{l: l, f: &flow{right: s.RightToLeft}, space: true}
	for _, b := range run {
		m.add(b)
	}
	if !m.full {
		return nil
	}
	m.f.text = m.text.String()
	m.f.findLevels()
	m.f.findBreaks()
	m.shape()
	return m.f
}

func (m *flowMaker) span(k spanKind, b *box, from int) {
	m.f.spans = append(m.f.spans, span{kind: k, box: b, from: from, to: m.text.Len()})
}

func (m *flowMaker) add(b *box) {
	m.l.step()
	at := m.text.Len()
	switch {
	case b.outOfFlow():
		m.span(asideSpan, b, at)
	case b.kind == textBox:
		m.addText(b)
	case b.kind == breakBox:
		m.full, m.space = true, true
		m.text.WriteString("\n")
		m.span(breakSpan, b, at)
	case b.kind == inlineBox:
		if b.style.Sides(0) > 0 || b.style.Margin[style.LeftEdge].Px+b.style.Margin[style.RightEdge].Px != 0 {
			m.full = true
		}
		m.span(openSpan, b, at)
		for _, k := range b.kids {
			m.add(k)
		}
		m.span(closeSpan, b, m.text.Len())
	default:
		m.full, m.space = true, false
		m.text.WriteString(object)
		m.span(atomSpan, b, at)
	}
}

// addText writes a text with its spaces collapsed (CSS Text 3, section 4.1.1), cut at forced line ends.
func (m *flowMaker) addText(b *box) {
	s := b.style
	text := transformed(b.text, s.Case)
	if !s.White.KeepsLines() && s.White.Collapses() && m.space && strings.Trim(text, " \t\r\n\f") == "" {
		return
	}
	at := m.text.Len()
	flush := func() {
		if m.text.Len() > at {
			m.span(textSpan, b, at)
		}
		at = m.text.Len()
	}
	for _, r := range text {
		switch {
		case r == '\r' || r == '\u00ad' || r == '\ufeff': // soft hyphens are not hyphens unless a line breaks there
			continue
		case r == '\n' && s.White.KeepsLines():
			flush()
			m.text.WriteByte('\n')
			m.f.spans = append(m.f.spans, span{kind: breakSpan, box: b, from: at, to: m.text.Len()})
			at = m.text.Len()
			m.space, m.full = true, true
		case r == ' ' || r == '\t' || r == '\n' || r == '\f':
			if !s.White.Collapses() {
				if r == '\t' {
					m.text.WriteString("        ")
				} else {
					m.text.WriteByte(' ')
				}
				m.full, m.space = true, false
			} else if !m.space {
				m.text.WriteByte(' ')
				m.space = true
			}
		default:
			m.text.WriteRune(r)
			m.full, m.space = true, false
		}
	}
	flush()
}

func transformed(s string, c style.Case) string {
	switch c {
	case style.Upper:
		return strings.ToUpper(s)
	case style.Lower:
		return strings.ToLower(s)
	case style.Capitalize:
		start := true
		return strings.Map(func(r rune) rune {
			was := start
			start = !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' && r != '’'
			if was {
				return unicode.ToTitle(r)
			}
			return r
		}, s)
	}
	return s
}

// shape measures the texts, cut where the direction changes.
func (m *flowMaker) shape() {
	f := m.f
	var out []span
	for _, sp := range f.spans {
		if sp.kind != textSpan {
			out = append(out, sp)
			continue
		}
		for sp.from < sp.to {
			part := sp
			for part.to = sp.from + 1; part.to < sp.to && f.level(part.to) == f.level(sp.from); {
				part.to++
			}
			s := sp.box.style
			text := f.text[part.from:part.to]
			prefix := m.l.options.Measurer.Prefix(text, s.Font, f.level(part.from)%2 == 1)
			part.x = make([]float32, len(prefix))
			extra := float32(0)
			for i := range prefix {
				if i > 0 && (s.Letter != 0 || s.Word != 0) {
					if i == len(text) || utf8.RuneStart(text[i]) {
						extra += s.Letter
					}
					if text[i-1] == ' ' {
						extra += s.Word
					}
				}
				part.x[i] = prefix[i]*s.Font.Size + extra
			}
			out = append(out, part)
			sp.from = part.to
		}
	}
	f.spans = out
}

func (f *flow) level(i int) uint8 {
	if f.levels == nil {
		return 0
	}
	return f.levels[i]
}

// width gives the width of the text of a span from one octet to another.
func (s *span) width(from, to int) float32 { return s.x[to-s.from] - s.x[from-s.from] }

// breakAt says that a line may begin before an octet.
func (f *flow) breakAt(i int) bool {
	k := sort.SearchInts(f.breaks, i)
	return k < len(f.breaks) && f.breaks[k] == i
}

// nextBreak gives the first octet after i before which a line may begin, the end of the text for none.
func (f *flow) nextBreak(i int) int {
	k := sort.SearchInts(f.breaks, i+1)
	if k < len(f.breaks) {
		return f.breaks[k]
	}
	return len(f.text)
}

// findBreaks finds where lines may be broken: by the rules of browsers between characters of ASCII, by UAX 14 between others.
func (f *flow) findBreaks() {
	wraps := f.wrapping()
	if wraps == nil {
		return
	}
	ascii := true
	for i := 0; i < len(f.text) && ascii; i++ {
		ascii = f.text[i] < 0x80
	}
	var others map[int]bool
	if !ascii {
		others = f.unicodeBreaks()
	}
	before := rune(0)
	older := rune(0)
	for i, r := range f.text {
		if i > 0 {
			ok := false
			switch {
			case r == '\n' || before == '\n':
				ok = before == '\n'
			case before < 0x80 && r < 0x80:
				ok = asciiBreak(older, before, r)
			case r == '\ufffc' || before == '\ufffc':
				ok = r != '\u00a0' && before != '\u00a0' || r == ' '
				ok = ok && r != ' '
			default:
				ok = others[i]
			}
			if ok && (wraps(i-1) || wraps(i)) {
				f.breaks = append(f.breaks, i)
			}
		}
		older, before = before, r
	}
}

// asciiBreak says whether a line may be broken between two characters, where older stands before both.
func asciiBreak(older, before, r rune) bool {
	switch {
	case r == ' ':
		return false
	case before == ' ':
		return true
	case before == '-':
		digit := r >= '0' && r <= '9'
		letter := r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		if digit { // a minus sign stays with its number
			return older >= '0' && older <= '9' || older >= 'A' && older <= 'Z' || older >= 'a' && older <= 'z'
		}
		return letter && older != ' ' && older != 0 || r == '(' || r == '<' || r == '['
	case before == '?':
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '#' || r == '('
	}
	return false
}

func (f *flow) unicodeBreaks() map[int]bool {
	runes := []rune(f.text)
	at := make([]int, 0, len(runes)+1)
	for i := range f.text {
		at = append(at, i)
	}
	at = append(at, len(f.text))
	var seg segmenter.Segmenter
	seg.Init(runes)
	out := map[int]bool{}
	for it := seg.LineIterator(); it.Next(); {
		line := it.Line()
		out[at[line.Offset]] = true
	}
	return out
}

// wrapping gives a function that tells whether lines may be broken at an octet, by the style there; nil where they never may.
func (f *flow) wrapping() func(i int) bool {
	all, none := true, true
	for _, s := range f.spans {
		w := s.box.style.White.Wraps()
		if s.kind == textSpan || s.kind == atomSpan {
			all, none = all && w, none && !w
		}
	}
	if all {
		return func(int) bool { return true }
	}
	off := make([]bool, len(f.text)+1)
	for _, s := range f.spans {
		if s.kind == textSpan && !s.box.style.White.Wraps() {
			for i := s.from; i < s.to; i++ {
				off[i] = true
			}
		}
		if s.kind == atomSpan && none {
			for i := s.from; i < s.to; i++ {
				off[i] = true
			}
		}
	}
	return func(i int) bool { return !off[max(0, i)] }
}
