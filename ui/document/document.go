// Package document is a text that is being edited: its lines, the cursor and what is selected, and what can be taken back. It is the
// half of kit.Editor that knows nothing of pixels.
//
// A text is any bytes. Lines end in LF; where every line of it ends in CRLF the ends are kept out of sight and come back in Bytes, in all
// other texts a CR is a character like any other. Bytes of New(b) is b. A place is a line, from 0, and an offset in its bytes; the cursor
// stands between characters, where a character is a rune with the marks that join it, or one byte that is not UTF-8.
//
// Changes that follow one another while somebody types, or deletes with one key, are one step of Undo. Limits: MaxUndo steps, and of
// texts in them MaxUndoSize octets; older steps are forgotten. A change costs as much as the line is long, a line's end as much as there
// are lines: a move of 16 octets each.
package document

import (
	"slices"
	"strings"
)

// Limits of what can be taken back.
const (
	MaxUndo     = 10_000   // steps
	MaxUndoSize = 64 << 20 // octets
)

// Pos is a place in the text.
type Pos struct {
	Line int // from 0
	Off  int // bytes in the line
}

// Before says that p stands before q.
func (p Pos) Before(q Pos) bool { return p.Line < q.Line || p.Line == q.Line && p.Off < q.Off }

// Text is a text with a cursor. It belongs to one goroutine.
type Text struct {
	lines        []string // at least one
	crlf         bool
	anchor, head Pos // the selection in the order in which it was made; head is the cursor
	undo, redo   []step
	size         int  // of the texts in undo
	kind         kind // of the last change, while the next one may join it
}

// New takes a text in; the cursor stands at its start.
func New(text []byte) *Text {
	s := string(text)
	n := strings.Count(s, "\n")
	t := &Text{crlf: n > 0 && strings.Count(s, "\r\n") == n}
	if t.crlf {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	t.lines = strings.Split(s, "\n")
	return t
}

// Bytes gives the whole text.
func (t *Text) Bytes() []byte {
	end := t.end()
	n := len(end) * (len(t.lines) - 1)
	for _, l := range t.lines {
		n += len(l)
	}
	b := make([]byte, 0, n)
	for i, l := range t.lines {
		if i > 0 {
			b = append(b, end...)
		}
		b = append(b, l...)
	}
	return b
}

// end is how lines end in Bytes.
func (t *Text) end() string {
	if t.crlf {
		return "\r\n"
	}
	return "\n"
}

// Lines is how many lines there are, at least one: behind the last line's end an empty one begins.
func (t *Text) Lines() int { return len(t.lines) }

// Line gives a line without its end.
func (t *Text) Line(i int) string { return t.lines[i] }

// Cursor is where the cursor stands.
func (t *Text) Cursor() Pos { return t.head }

// Anchor is where the selection was begun; it is the cursor where nothing is selected.
func (t *Text) Anchor() Pos { return t.anchor }

// Selection is what is selected, in the order of the text.
func (t *Text) Selection() (from, to Pos) {
	if t.head.Before(t.anchor) {
		return t.head, t.anchor
	}
	return t.anchor, t.head
}

// Selected gives the selected text, lines ended by LF.
func (t *Text) Selected() string { return t.between(t.Selection()) }

func (t *Text) between(from, to Pos) string {
	if from.Line == to.Line {
		return t.lines[from.Line][from.Off:to.Off]
	}
	var b strings.Builder
	b.WriteString(t.lines[from.Line][from.Off:])
	for _, l := range t.lines[from.Line+1 : to.Line] {
		b.WriteByte('\n')
		b.WriteString(l)
	}
	b.WriteByte('\n')
	b.WriteString(t.lines[to.Line][:to.Off])
	return b.String()
}

// Select selects from anchor to head, where the cursor is then. Places outside are moved to the nearest there is.
func (t *Text) Select(anchor, head Pos) {
	t.anchor, t.head = t.clamp(anchor), t.clamp(head)
	t.kind = none
}

// SelectAll selects the whole text.
func (t *Text) SelectAll() { t.Select(Pos{}, t.last()) }

func (t *Text) last() Pos {
	i := len(t.lines) - 1
	return Pos{i, len(t.lines[i])}
}

// clamp gives the nearest place that a cursor can have.
func (t *Text) clamp(p Pos) Pos {
	switch {
	case p.Line < 0:
		return Pos{}
	case p.Line >= len(t.lines):
		return t.last()
	}
	l := t.lines[p.Line]
	p.Off = max(0, min(p.Off, len(l)))
	return Pos{p.Line, start(l, p.Off)}
}

// replace puts a text in the place of another one, and gives its end. Nothing else is touched.
func (t *Text) replace(from, to Pos, with string) (end Pos) {
	before, after := t.lines[from.Line][:from.Off], t.lines[to.Line][to.Off:]
	parts := strings.Split(with, "\n")
	end = Pos{from.Line + len(parts) - 1, len(parts[len(parts)-1])}
	if len(parts) == 1 {
		end.Off += from.Off
	}
	parts[0] = before + parts[0]
	parts[len(parts)-1] += after
	if len(parts) == 1 && from.Line == to.Line {
		t.lines[from.Line] = parts[0]
	} else {
		t.lines = slices.Replace(t.lines, from.Line, to.Line+1, parts...)
	}
	return end
}
