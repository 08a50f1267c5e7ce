//go:build !nogui

package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// Entry is a search field: an icon, a line of text, a button that clears it. Esc clears it; Esc in an empty field goes to Keys, as do
// Up, Down, the F keys and the shortcuts that an entry has no use for.
type Entry struct {
	widget.Entry

	// Keys takes what the field does not use.
	Keys Keys
	// OnSearch is told the text once the user has paused typing, and at once on Enter or when the field is cleared.
	OnSearch func(text string)
	// OnTyped is told the text at each change of it.
	OnTyped func(text string)
	// Plain keeps what is typed: Esc goes to Keys, and there is no button that clears. For fields of dialogs.
	Plain bool
	// First is asked before the field uses a key, and says whether it did. Nil is never.
	First func(*fyne.KeyEvent) bool
	// OnFocus is told that the field got or lost the keyboard.
	OnFocus func(focused bool)

	form   bool // in a form: Escape is for the form
	later  Later
	cancel func()
	told   string
}

const searchDelay = 200 * time.Millisecond

// NewEntry makes a field that shows hint while it is empty.
func NewEntry(later Later, hint string) *Entry {
	e := &Entry{later: later}
	e.ExtendBaseWidget(e)
	e.PlaceHolder, e.TextStyle = theme.Strut(hint), theme.Field()
	e.Wrapping, e.Scroll = fyne.TextWrapOff, fyne.ScrollHorizontalOnly // up and down there is nothing but the room under the line
	e.Icon = theme.Themed("search", theme.Dim)
	e.ActionItem = newClearButton(func() { e.Clear() })
	e.ActionItem.Hide()
	e.OnChanged = e.changed
	e.OnSubmitted = func(string) { e.tell() }
	return e
}

// InForm makes the field one of a form, with text that stands in it, and gives it back: without the magnifying glass, and Escape goes to Keys.
func (e *Entry) InForm(text string) *Entry {
	e.form, e.Icon = true, nil
	e.SetQuery(text)
	return e
}

// SetText changes the text. What was selected is not any more: Fyne would go on selecting from where that began, and the second letter
// that is typed then would take the first one's place.
func (e *Entry) SetText(s string) {
	if e.SelectedText() != "" {
		e.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	}
	e.Entry.SetText(s)
}

// Clear empties the field and tells OnSearch at once.
func (e *Entry) Clear() {
	e.SetText("")
	e.tell()
}

// SetQuery sets the text without telling OnSearch.
func (e *Entry) SetQuery(s string) {
	e.told = s
	e.SetText(s)
	e.stop()
}

func (e *Entry) changed(s string) {
	if s == "" || e.Plain {
		e.ActionItem.Hide()
	} else {
		e.ActionItem.Show()
	}
	if e.OnTyped != nil {
		e.OnTyped(s)
	}
	e.stop()
	e.cancel = e.later(searchDelay, func() {
		e.cancel = nil
		e.tell()
	})
}

func (e *Entry) stop() {
	if e.cancel != nil {
		e.cancel()
		e.cancel = nil
	}
}

// tell gives the text to OnSearch unless it was told that text last.
func (e *Entry) tell() {
	e.stop()
	if e.Text == e.told {
		return
	}
	e.told = e.Text
	if e.OnSearch != nil {
		e.OnSearch(e.Text)
	}
}

// FocusGained implements fyne.Focusable.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	if e.OnFocus != nil {
		e.OnFocus(true)
	}
}

// FocusLost implements fyne.Focusable.
func (e *Entry) FocusLost() {
	e.Entry.FocusLost()
	if e.OnFocus != nil {
		e.OnFocus(false)
	}
}

// TypedKey implements fyne.Focusable.
func (e *Entry) TypedKey(k *fyne.KeyEvent) {
	if e.First != nil && e.First(k) {
		return
	}
	switch k.Name {
	case fyne.KeyEscape:
		if e.Text != "" && !e.Plain && !e.form {
			e.Clear()
			return
		}
		e.Keys.key(k)
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown, desktop.KeyMenu,
		fyne.KeyF1, fyne.KeyF2, fyne.KeyF3, fyne.KeyF4, fyne.KeyF5, fyne.KeyF6, fyne.KeyF7, fyne.KeyF8, fyne.KeyF9, fyne.KeyF10, fyne.KeyF11, fyne.KeyF12:
		e.Keys.key(k)
	default:
		e.Entry.TypedKey(k)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	switch s := s.(type) {
	case *desktop.CustomShortcut:
		if !ownShortcut(s) {
			e.Keys.shortcut(s)
			return
		}
	}
	e.Entry.TypedShortcut(s)
}

// ownShortcut tells whether the entry itself uses the combination: moving and deleting by words.
func ownShortcut(s *desktop.CustomShortcut) bool {
	switch s.KeyName {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyHome, fyne.KeyEnd:
		return true
	}
	return false
}

// clearButton is the button at the end of an Entry. It takes no keyboard focus: Tab must lead out of the field.
type clearButton struct {
	widget.BaseWidget
	onTap func()
	hover bool
}

func newClearButton(onTap func()) *clearButton {
	c := &clearButton{onTap: onTap}
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer implements fyne.Widget.
func (c *clearButton) CreateRenderer() fyne.WidgetRenderer {
	glyph := NewGlyph(14)
	d := &drawing{
		owner: c, objects: []fyne.CanvasObject{glyph.Object()},
		min:    func() fyne.Size { return fyne.NewSize(22, 22) },
		layout: func(s fyne.Size) { glyph.Place((s.Width-14)/2, s.Height/2) },
	}
	d.paint = func() {
		color := theme.Dim
		if c.hover {
			color = theme.Text
		}
		glyph.Set("x", color)
	}
	d.paint()
	return d
}

// Tapped implements fyne.Tappable.
func (c *clearButton) Tapped(*fyne.PointEvent) { c.onTap() }

// MouseIn implements desktop.Hoverable.
func (c *clearButton) MouseIn(*desktop.MouseEvent) {
	c.hover = true
	c.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (c *clearButton) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (c *clearButton) MouseOut() {
	c.hover = false
	c.Refresh()
}

// Cursor implements desktop.Cursorable.
func (c *clearButton) Cursor() desktop.Cursor { return desktop.DefaultCursor }

var (
	_ fyne.Tappable      = (*clearButton)(nil)
	_ desktop.Hoverable  = (*clearButton)(nil)
	_ desktop.Cursorable = (*clearButton)(nil)
)
