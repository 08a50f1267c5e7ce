//go:build !nogui

package kit

import (
	"math"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/say"
)

// Scrolled implements fyne.Scrollable. With Shift the wheel goes sideways.
func (l *Lines) Scrolled(e *fyne.ScrollEvent) {
	dx, dy := e.Scrolled.DX, e.Scrolled.DY
	if l.Held()&fyne.KeyModifierShift != 0 && dx == 0 {
		dx, dy = dy, 0
	}
	l.scroll(l.offset-wheel(dy, l.rowHeight), l.side-wheel(dx, l.rowHeight))
}

// posAt gives the place in the text nearest to a point of the view.
func (l *Lines) posAt(p fyne.Position) textPos {
	n := l.rowCount()
	if n == 0 {
		return textPos{}
	}
	i := int(math.Floor((l.offset - float64(linesTop) + float64(p.Y)) / float64(l.rowHeight)))
	if i < 0 {
		return textPos{}
	}
	if i >= n {
		last := l.src.Lines() - 1
		return textPos{last, len(l.text(last))}
	}
	row := l.row(i)
	return textPos{int(row.line), l.offAt(row, float64(p.X-l.inset())+l.side)}
}

// offAt gives the offset in its line that is nearest to pixel x of a row.
func (l *Lines) offAt(row rowRef, x float64) int {
	s := l.text(int(row.line))
	end := len(s)
	if row.to >= 0 {
		end = int(row.to)
	}
	left := 0.0
	if end-int(row.from) > shapedBytes {
		left = x
	}
	ps, _ := l.pieces(row, left, x)
	switch {
	case x <= 0 || end == int(row.from):
		return int(row.from)
	case len(ps) == 0:
		return end
	}
	return l.face.offAt(ps, s, x)
}

// xOf gives the pixel of a row at which an offset in its line stands.
func (l *Lines) xOf(row rowRef, off int) float64 {
	s := l.text(int(row.line))
	if off-int(row.from) <= shapedBytes {
		ps, _ := l.pieces(row, 0, math.Inf(1))
		return l.face.xOf(ps, s, off)
	}
	x, w := float64(row.indent), l.face.widths()
	for _, r := range s[row.from:off] {
		x += float64(advance(w, r, x))
	}
	return x
}

// MouseDown implements desktop.Mouseable.
func (l *Lines) MouseDown(e *desktop.MouseEvent) {
	focus(l.self.(fyne.Focusable))
	if l.bar.press(e.Position, l.Size(), l.total(), l.offset) {
		l.scroll(l.bar.offset(e.Position.Y, l.Size(), l.total()), l.side)
		return
	}
	if e.Button == desktop.MouseButtonSecondary {
		l.menu(e)
		return
	}
	at := l.posAt(e.Position)
	l.selecting = true
	switch again := l.click.pressed(at.line); {
	case e.Modifier&fyne.KeyModifierShift != 0:
		l.head = at
	case again:
		l.selectWord(at)
		l.selecting = false
	default:
		l.anchor, l.head = at, at
	}
	l.reflow()
}

// MouseUp implements desktop.Mouseable.
func (l *Lines) MouseUp(e *desktop.MouseEvent) {
	clicked := l.selecting && l.anchor == l.head
	l.DragEnd()
	if link := ""; clicked && l.OnLink != nil {
		if link = l.linkAt(e.Position); link != "" {
			l.OnLink(link)
		}
	}
}

// Dragged implements fyne.Draggable: it moves the scroll bar or the end of the selection, scrolling where that leaves the view.
func (l *Lines) Dragged(e *fyne.DragEvent) {
	switch {
	case l.bar.held:
		l.scroll(l.bar.offset(e.Position.Y, l.Size(), l.total()), l.side)
	case l.selecting:
		l.head = l.posAt(e.Position)
		offset, side := l.offset, l.side
		if e.Position.Y < 0 {
			offset -= float64(l.rowHeight)
		} else if e.Position.Y > l.Size().Height {
			offset += float64(l.rowHeight)
		}
		if e.Position.X < 0 {
			side -= float64(l.rowHeight)
		} else if e.Position.X > l.Size().Width {
			side += float64(l.rowHeight)
		}
		l.scroll(offset, side)
	}
}

// DragEnd implements fyne.Draggable.
func (l *Lines) DragEnd() { l.bar.held, l.selecting = false, false }

// selectWord selects the run of letters and digits, or of anything else, at a place.
func (l *Lines) selectWord(at textPos) {
	if at.line >= l.src.Lines() {
		return
	}
	from, to := wordAt(l.text(at.line), at.off)
	l.anchor, l.head = textPos{at.line, from}, textPos{at.line, to}
}

// wordAt gives the word of s round off: characters of an address or name stay together.
func wordAt(s string, off int) (from, to int) {
	from, to = min(off, len(s)), min(off, len(s))
	if to == len(s) && to > 0 {
		_, n := utf8.DecodeLastRuneInString(s)
		from -= n
	}
	first, n := utf8.DecodeRuneInString(s[from:])
	same := func(r rune) bool { return inWord(r) == inWord(first) && unicode.IsSpace(r) == unicode.IsSpace(first) }
	to = from + n
	for from > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:from])
		if !same(r) {
			break
		}
		from -= n
	}
	for to < len(s) {
		r, n := utf8.DecodeRuneInString(s[to:])
		if !same(r) {
			break
		}
		to += n
	}
	return from, to
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }

func (l *Lines) menu(e *desktop.MouseEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(l.self)
	if c == nil {
		return
	}
	copyIt := fyne.NewMenuItem(say.T("Copy"), l.Copy)
	from, to := l.selection()
	copyIt.Disabled = from == to
	all := fyne.NewMenuItem(say.T("Select all"), l.SelectAll)
	var items []*fyne.MenuItem
	if l.OnMenu != nil {
		items = l.OnMenu(l.linkAt(e.Position))
	}
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", append(items, copyIt, all)...), c, e.AbsolutePosition)
}

// FocusGained implements fyne.Focusable.
func (l *Lines) FocusGained() {
	l.focused = true
	l.reflow()
}

// FocusLost implements fyne.Focusable.
func (l *Lines) FocusLost() {
	l.focused = false
	l.reflow()
}

// TypedRune implements fyne.Focusable.
func (l *Lines) TypedRune(r rune) { l.Keys.rune(r) }

// TypedShortcut implements fyne.Shortcutable.
func (l *Lines) TypedShortcut(s fyne.Shortcut) {
	switch s.(type) {
	case *fyne.ShortcutSelectAll:
		l.SelectAll()
	case *fyne.ShortcutCopy:
		l.Copy()
	default:
		l.Keys.shortcut(s)
	}
}

// TypedKey implements fyne.Focusable.
func (l *Lines) TypedKey(e *fyne.KeyEvent) {
	row, page := float64(l.rowHeight), float64(l.Size().Height-l.rowHeight)
	switch e.Name {
	case fyne.KeyDown:
		l.scroll(l.offset+row, l.side)
	case fyne.KeyUp:
		l.scroll(l.offset-row, l.side)
	case fyne.KeyPageDown, fyne.KeySpace:
		l.scroll(l.offset+page, l.side)
	case fyne.KeyPageUp:
		l.scroll(l.offset-page, l.side)
	case fyne.KeyHome:
		l.scroll(0, 0)
	case fyne.KeyEnd:
		l.scroll(l.total(), l.side)
	case fyne.KeyLeft:
		l.scroll(l.offset, l.side-4*row)
	case fyne.KeyRight:
		l.scroll(l.offset, l.side+4*row)
	default:
		l.Keys.key(e)
	}
}

// Cursor implements desktop.Cursorable.
func (l *Lines) Cursor() desktop.Cursor {
	if l.overLink {
		return desktop.PointerCursor
	}
	return desktop.TextCursor
}
