//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Scrolled implements fyne.Scrollable.
func (l *List) Scrolled(e *fyne.ScrollEvent) {
	if l.OnSide != nil {
		if l.Held()&fyne.KeyModifierShift != 0 {
			l.OnSide(-2 * (e.Scrolled.DX + e.Scrolled.DY))
			return
		}
		l.OnSide(-2 * e.Scrolled.DX)
	}
	l.ScrollTo(l.offset - wheel(e.Scrolled.DY, l.rowHeight))
}

// MouseIn implements desktop.Hoverable.
func (l *List) MouseIn(e *desktop.MouseEvent) { l.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (l *List) MouseMoved(e *desktop.MouseEvent) {
	before := l.rowAt(l.pointer)
	l.pointer = e.Position.Y
	if l.rowAt(l.pointer) != before {
		l.reflow()
	}
}

// MouseOut implements desktop.Hoverable.
func (l *List) MouseOut() {
	l.pointer = -1
	l.reflow()
}

// MouseDown implements desktop.Mouseable.
func (l *List) MouseDown(e *desktop.MouseEvent) {
	focus(l)
	if l.bar.press(e.Position, l.Size(), l.total(), l.offset) {
		l.ScrollTo(l.bar.offset(e.Position.Y, l.Size(), l.total()))
		return
	}
	i := l.rowAt(e.Position.Y)
	if i < 0 {
		return
	}
	if e.Button == desktop.MouseButtonSecondary {
		if !l.sel.Has(l.src.Key(i)) {
			l.choose(i, 0)
		}
		l.menu(i, e.AbsolutePosition)
		return
	}
	again := l.click.pressed(i)
	l.choose(i, e.Modifier)
	if e.Modifier == 0 && l.OnClick != nil {
		l.OnClick(i)
	}
	if again && e.Modifier == 0 && l.OnOpen != nil {
		l.OnOpen(i)
	}
}

// MouseUp implements desktop.Mouseable.
func (l *List) MouseUp(*desktop.MouseEvent) { l.bar.held = false }

// Dragged implements fyne.Draggable: it moves the scroll bar.
func (l *List) Dragged(e *fyne.DragEvent) {
	if l.bar.held {
		l.ScrollTo(l.bar.offset(e.Position.Y, l.Size(), l.total()))
	}
}

// DragEnd implements fyne.Draggable.
func (l *List) DragEnd() { l.bar.held = false }

// FocusGained implements fyne.Focusable.
func (l *List) FocusGained() { l.setFocused(true) }

// FocusLost implements fyne.Focusable.
func (l *List) FocusLost() { l.setFocused(false) }

func (l *List) setFocused(f bool) {
	l.focused = f
	l.reflow()
	if l.OnFocus != nil {
		l.OnFocus(f)
	}
}

// TypedRune implements fyne.Focusable.
func (l *List) TypedRune(r rune) { l.Keys.rune(r) }

// TypedShortcut implements fyne.Shortcutable.
func (l *List) TypedShortcut(s fyne.Shortcut) {
	if _, ok := s.(*fyne.ShortcutSelectAll); !ok {
		l.Keys.shortcut(s)
		return
	}
	l.sel.All()
	l.selected()
}

// sideStep is how far Left and Right scroll, in pixels.
const sideStep = 48

// TypedKey implements fyne.Focusable.
func (l *List) TypedKey(e *fyne.KeyEvent) {
	at, n := l.Cursor(), l.src.Len()
	page := max(1, int(l.Size().Height/l.rowHeight)-1)
	to := at
	switch {
	case l.OnSide != nil && e.Name == fyne.KeyLeft:
		l.OnSide(-sideStep)
		return
	case l.OnSide != nil && e.Name == fyne.KeyRight:
		l.OnSide(sideStep)
		return
	}
	switch e.Name {
	case fyne.KeyDown:
		to++
	case fyne.KeyUp:
		to = max(0, to-1)
	case fyne.KeyPageDown:
		to += page
	case fyne.KeyPageUp:
		to -= page
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = n - 1
	case fyne.KeyReturn, fyne.KeyEnter:
		if at >= 0 && l.OnOpen != nil {
			l.OnOpen(at)
		}
		return
	case desktop.KeyMenu:
		if at >= 0 {
			origin := fyne.CurrentApp().Driver().AbsolutePositionForObject(l)
			l.menu(at, origin.AddXY(24, float32(float64(at+1)*float64(l.rowHeight)-l.offset)))
		}
		return
	default:
		l.Keys.key(e)
		return
	}
	if n > 0 {
		l.choose(max(0, min(to, n-1)), l.Held()&fyne.KeyModifierShift)
	}
}

func (l *List) menu(i int, at fyne.Position) {
	if l.OnMenu != nil {
		l.OnMenu(i, at)
	}
}

// choose does what a click or a cursor key on row i does with these modifier keys down.
func (l *List) choose(i int, held fyne.KeyModifier) {
	key, from := l.src.Key(i), l.resolve(&l.anchor)
	switch {
	case held&fyne.KeyModifierShift != 0 && from >= 0:
		l.sel.Range(min(from, i), max(from, i))
	case held&fyne.KeyModifierShortcutDefault != 0:
		l.sel.Toggle(key)
		l.mark(&l.anchor, i)
	default:
		l.sel.Only(key)
		l.mark(&l.anchor, i)
	}
	before := l.cursor
	l.mark(&l.cursor, i)
	l.Reveal(i)
	l.selected()
	if l.OnCursor != nil && (!before.set || before.key != key) {
		l.OnCursor(i)
	}
}

func (l *List) selected() {
	l.reflow()
	if l.OnSelect != nil {
		l.OnSelect()
	}
}
