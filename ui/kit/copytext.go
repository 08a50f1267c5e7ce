//go:build !nogui

package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// CopyText is a Label that can be selected and copied: the value of a header field. Dragging selects, a double click selects a word,
// Ctrl+A all; Ctrl+C copies what is selected. The menu of the right button copies that, or all where nothing is selected.
type CopyText struct {
	widget.BaseWidget

	// Keys takes what the text does not use.
	Keys Keys

	text         string
	size         float32
	color        fyne.ThemeColorName
	bold         bool
	mono         bool
	anchor, head int // the selection, in bytes of the text
	click        doubleClick
	focused      bool
}

// NewCopyText makes a text; size is in pixels, see theme.SizeText and its like. It may be narrower than its text, and is cut then.
func NewCopyText(text string, size float32, c fyne.ThemeColorName) *CopyText {
	t := &CopyText{text: text, size: size, color: c}
	t.click.now = time.Now
	t.ExtendBaseWidget(t)
	return t
}

// Bold makes the text bold and gives it back.
func (t *CopyText) Bold() *CopyText {
	t.bold = true
	t.Refresh()
	return t
}

// Mono puts the text in the monospaced face and gives it back.
func (t *CopyText) Mono() *CopyText {
	t.mono = true
	t.Refresh()
	return t
}

// Text gives the text.
func (t *CopyText) Text() string { return t.text }

// SetText changes the text and selects nothing.
func (t *CopyText) SetText(s string) {
	if s != t.text {
		t.text, t.anchor, t.head = s, 0, 0
		t.Refresh()
	}
}

// SetColor changes the colour.
func (t *CopyText) SetColor(c fyne.ThemeColorName) {
	if c != t.color {
		t.color = c
		t.Refresh()
	}
}

// Selected gives the selected part.
func (t *CopyText) Selected() string {
	return t.text[min(t.anchor, t.head):max(t.anchor, t.head)]
}

// SelectAll selects the whole text.
func (t *CopyText) SelectAll() { t.selectRange(0, len(t.text)) }

// Copy puts the selected part on the clipboard, or all where nothing is selected.
func (t *CopyText) Copy() {
	s := t.Selected()
	if s == "" {
		s = t.text
	}
	fyne.CurrentApp().Clipboard().SetContent(s)
}

func (t *CopyText) selectRange(anchor, head int) {
	t.anchor, t.head = anchor, head
	t.Refresh()
}

func (t *CopyText) face() lineFace {
	return lineFace{size: t.size, style: fyne.TextStyle{Bold: t.bold && !t.mono, Monospace: t.mono}, shaped: !t.mono}
}

// layoutLine gives the text as one piece, to find places in it.
func (t *CopyText) layoutLine() []piece {
	return []piece{{shown: t.text, to: len(t.text), width: t.face().width(t.text), measured: len(t.text) <= shapedBytes}}
}

func (t *CopyText) offAt(x float32) int { return t.face().offAt(t.layoutLine(), t.text, float64(x)) }

// MouseDown implements desktop.Mouseable.
func (t *CopyText) MouseDown(e *desktop.MouseEvent) {
	focus(t)
	if e.Button == desktop.MouseButtonSecondary {
		t.menu(e.AbsolutePosition)
		return
	}
	at := t.offAt(e.Position.X)
	switch again := t.click.pressed(0); {
	case e.Modifier&fyne.KeyModifierShift != 0:
		t.selectRange(t.anchor, at)
	case again:
		t.selectRange(wordAt(t.text, at))
	default:
		t.selectRange(at, at)
	}
}

// MouseUp implements desktop.Mouseable.
func (t *CopyText) MouseUp(*desktop.MouseEvent) {}

// Dragged implements fyne.Draggable.
func (t *CopyText) Dragged(e *fyne.DragEvent) { t.selectRange(t.anchor, t.offAt(e.Position.X)) }

// DragEnd implements fyne.Draggable.
func (t *CopyText) DragEnd() {}

func (t *CopyText) menu(at fyne.Position) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil {
		widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", fyne.NewMenuItem(say.T("Copy"), t.Copy)), c, at)
	}
}

// FocusGained implements fyne.Focusable.
func (t *CopyText) FocusGained() {
	t.focused = true
	t.Refresh()
}

// FocusLost implements fyne.Focusable: nothing stays selected.
func (t *CopyText) FocusLost() {
	t.focused = false
	t.selectRange(0, 0)
}

// TypedRune implements fyne.Focusable.
func (t *CopyText) TypedRune(r rune) { t.Keys.rune(r) }

// TypedKey implements fyne.Focusable.
func (t *CopyText) TypedKey(e *fyne.KeyEvent) { t.Keys.key(e) }

// TypedShortcut implements fyne.Shortcutable.
func (t *CopyText) TypedShortcut(s fyne.Shortcut) {
	switch s.(type) {
	case *fyne.ShortcutSelectAll:
		t.SelectAll()
	case *fyne.ShortcutCopy:
		t.Copy()
	default:
		t.Keys.shortcut(s)
	}
}

// Cursor implements desktop.Cursorable.
func (t *CopyText) Cursor() desktop.Cursor { return desktop.TextCursor }

// CreateRenderer implements fyne.Widget.
func (t *CopyText) CreateRenderer() fyne.WidgetRenderer {
	mark, words := canvas.NewRectangle(nil), NewWords(t.size)
	d := &drawing{owner: t, objects: append([]fyne.CanvasObject{mark}, words.Objects()...)}
	d.min = func() fyne.Size { return fyne.NewSize(min(words.Width(), 24), words.Height()) }
	d.layout = func(s fyne.Size) {
		words.Place(0, s.Height/2, s.Width)
		from, to := min(t.anchor, t.head), max(t.anchor, t.head)
		show(mark, from < to)
		if from < to {
			f, ps := t.face(), t.layoutLine()
			x := whole(float32(f.xOf(ps, t.text, from)))
			place(mark, x, 0, max(0, min(whole(float32(f.xOf(ps, t.text, to))), s.Width)-x), s.Height)
		}
	}
	d.paint = func() {
		words.setStyle(t.face().style)
		words.Set(t.text, t.color)
		fill(mark, theme.Selection)
	}
	d.paint()
	return d
}

var (
	_ fyne.Draggable     = (*CopyText)(nil)
	_ fyne.Focusable     = (*CopyText)(nil)
	_ fyne.Shortcutable  = (*CopyText)(nil)
	_ desktop.Mouseable  = (*CopyText)(nil)
	_ desktop.Cursorable = (*CopyText)(nil)
)
