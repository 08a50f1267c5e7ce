//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/document"
	"postroom.dev/ui/say"
)

// MouseDown implements desktop.Mouseable.
func (e *Editor) MouseDown(ev *desktop.MouseEvent) {
	inGutter := ev.Position.X < e.gutter && ev.Button == desktop.MouseButtonPrimary
	if ev.Button == desktop.MouseButtonSecondary {
		focus(e)
		if at := e.posAt(ev.Position); !e.inside(at) {
			e.doc.GoTo(document.Pos{Line: at.line, Off: at.off}, false)
			e.went()
		}
		e.editMenu(ev.AbsolutePosition)
		return
	}
	e.Lines.MouseDown(ev)
	if e.bar.held {
		return
	}
	e.lines = inGutter
	if inGutter && ev.Modifier&fyne.KeyModifierShift == 0 {
		e.Lines.anchor.off = 0
	}
	e.take()
}

// inside says that a place is in what is selected.
func (e *Editor) inside(p textPos) bool {
	from, to := e.selection()
	return from != to && !p.before(from) && !to.before(p)
}

// Dragged implements fyne.Draggable.
func (e *Editor) Dragged(ev *fyne.DragEvent) {
	e.Lines.Dragged(ev)
	if e.selecting {
		e.take()
	}
}

// take gives the text what the mouse selected.
func (e *Editor) take() {
	a, h := e.anchor, e.head
	if e.lines { // from the start of a line to that of the one behind
		if h.before(a) {
			h.off = 0
		} else {
			h = textPos{h.line + 1, 0}
		}
	}
	e.doc.Select(document.Pos{Line: a.line, Off: a.off}, document.Pos{Line: h.line, Off: h.off})
	offset := e.offset
	e.went()
	if e.lines { // the line behind need not be in view
		e.offset = offset
		e.clamp()
		e.Refresh()
	}
}

func (e *Editor) editMenu(at fyne.Position) {
	c := fyne.CurrentApp().Driver().CanvasForObject(e)
	if c == nil {
		return
	}
	cut, copied, paste := fyne.NewMenuItem(say.T("Cut"), e.Cut), fyne.NewMenuItem(say.T("Copy"), e.Copy), fyne.NewMenuItem(say.T("Paste"), e.Paste)
	from, to := e.selection()
	cut.Disabled, copied.Disabled = from == to, from == to
	all := fyne.NewMenuItem(say.T("Select all"), e.SelectAll)
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", cut, copied, paste, fyne.NewMenuItemSeparator(), all), c, at)
}

// SelectAll selects the whole text; the view stays where it is.
func (e *Editor) SelectAll() {
	e.doc.SelectAll()
	offset, side := e.offset, e.side
	e.went()
	e.scroll(offset, side)
}

// Cut puts what is selected on the clipboard and takes it out of the text.
func (e *Editor) Cut() {
	if s := e.doc.Selected(); s != "" {
		fyne.CurrentApp().Clipboard().SetContent(s)
		e.change(func() { e.doc.Insert("") })
	}
}

// Paste puts what the clipboard has in the place of what is selected.
func (e *Editor) Paste() {
	if s := fyne.CurrentApp().Clipboard().Content(); s != "" {
		e.change(func() { e.doc.Insert(s) })
	}
}

// AcceptsTab implements fyne.Tabbable.
func (e *Editor) AcceptsTab() bool { return true }

// TypedRune implements fyne.Focusable.
func (e *Editor) TypedRune(r rune) { e.change(func() { e.doc.Type(r) }) }

// editorMoves are the keys that move the cursor, and what they do with Ctrl.
var editorMoves = map[fyne.KeyName][2]document.Move{
	fyne.KeyLeft:  {document.Left, document.WordLeft},
	fyne.KeyRight: {document.Right, document.WordRight},
	fyne.KeyHome:  {document.LineStart, document.TextStart},
	fyne.KeyEnd:   {document.LineEnd, document.TextEnd},
}

// TypedKey implements fyne.Focusable.
func (e *Editor) TypedKey(k *fyne.KeyEvent) {
	shift := e.Held()&fyne.KeyModifierShift != 0
	page := max(1, int(e.Size().Height/e.rowHeight)-1)
	if m, ok := editorMoves[k.Name]; ok {
		e.move(m[0], shift)
		return
	}
	switch k.Name {
	case fyne.KeyUp:
		e.vertical(-1, shift)
	case fyne.KeyDown:
		e.vertical(1, shift)
	case fyne.KeyPageUp:
		e.vertical(-page, shift)
	case fyne.KeyPageDown:
		e.vertical(page, shift)
	case fyne.KeyReturn, fyne.KeyEnter:
		e.change(func() { e.doc.Type('\n') })
	case fyne.KeyTab:
		if shift {
			if c := fyne.CurrentApp().Driver().CanvasForObject(e); c != nil {
				c.FocusPrevious()
			}
			return
		}
		e.change(func() { e.doc.Type('\t') })
	case fyne.KeyBackspace:
		e.change(func() { e.doc.Backspace(false) })
	case fyne.KeyDelete:
		e.change(func() { e.doc.Delete(false) })
	default:
		e.Keys.key(k)
	}
}

func (e *Editor) move(m document.Move, extend bool) {
	e.doc.Go(m, extend)
	e.went()
}

// vertical moves the cursor by lines, at the pixel where it was when that began; past the first and the last line to the text's ends.
func (e *Editor) vertical(by int, extend bool) {
	p := e.doc.Cursor()
	want := e.want
	if want < 0 {
		want = e.xOf(rowRef{line: int32(p.Line), to: -1}, p.Off)
	}
	to := max(0, min(p.Line+by, e.doc.Lines()-1))
	off := 0
	switch {
	case p.Line+by >= e.doc.Lines() && (by == 1 || to == p.Line):
		off = len(e.doc.Line(to))
	case p.Line+by >= 0 || by != -1 && to != p.Line:
		off = e.offAt(rowRef{line: int32(to), to: -1}, want)
	}
	e.doc.GoTo(document.Pos{Line: to, Off: off}, extend)
	e.went()
	e.want = want
}

// TypedShortcut implements fyne.Shortcutable.
func (e *Editor) TypedShortcut(s fyne.Shortcut) {
	switch s := s.(type) {
	case *fyne.ShortcutSelectAll:
		e.SelectAll()
	case *fyne.ShortcutCopy:
		e.Copy()
	case *fyne.ShortcutCut:
		e.Cut()
	case *fyne.ShortcutPaste:
		e.Paste()
	case *fyne.ShortcutUndo:
		e.undoOr(s)
	case *fyne.ShortcutRedo:
		e.redoOr(s)
	case *desktop.CustomShortcut:
		if !e.combined(s) {
			e.Keys.shortcut(s)
		}
	default:
		e.Keys.shortcut(s)
	}
}

func (e *Editor) undoOr(s fyne.Shortcut) {
	if !e.CanUndo() {
		e.Keys.shortcut(s)
		return
	}
	e.Undo()
}

func (e *Editor) redoOr(s fyne.Shortcut) {
	if !e.CanRedo() {
		e.Keys.shortcut(s)
		return
	}
	e.Redo()
}

// combined does what a key does with Ctrl, and says whether it does anything.
func (e *Editor) combined(s *desktop.CustomShortcut) bool {
	shift := s.Modifier&fyne.KeyModifierShift != 0
	if s.Modifier&^fyne.KeyModifierShift != fyne.KeyModifierShortcutDefault {
		return false
	}
	if m, ok := editorMoves[s.KeyName]; ok {
		e.move(m[1], shift)
		return true
	}
	row := float64(e.rowHeight)
	switch {
	case s.KeyName == fyne.KeyBackspace:
		e.change(func() { e.doc.Backspace(true) })
	case s.KeyName == fyne.KeyDelete:
		e.change(func() { e.doc.Delete(true) })
	case s.KeyName == fyne.KeyUp:
		e.scroll(e.offset-row, e.side)
	case s.KeyName == fyne.KeyDown:
		e.scroll(e.offset+row, e.side)
	case s.KeyName == fyne.KeyZ && shift:
		e.redoOr(s)
	default:
		return false
	}
	return true
}
