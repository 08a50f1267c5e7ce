//go:build !nogui

package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// StatusBar is the strip at the bottom of the window, 24 pixels high: a dot, some fields, and a hint at the right. While
// it has something to open, a click opens it, and so does Enter once Tab has led here.
type StatusBar struct {
	widget.BaseWidget

	// Keys takes what the bar does not use.
	Keys Keys

	dot     fyne.ThemeColorName
	fields  []StatusField
	hint    string
	open    func()
	focused bool
}

// StatusField is one thing that a StatusBar says.
type StatusField struct {
	Text  string
	Color fyne.ThemeColorName // theme.Warn, theme.Err; "" for what is as it should be
}

const (
	statusHeight float32 = 24
	leastField   float32 = 60 // what is left of a coloured field that has too little room
)

// NewStatusBar makes an empty bar.
func NewStatusBar() *StatusBar {
	s := &StatusBar{dot: theme.None}
	s.ExtendBaseWidget(s)
	return s
}

// Set changes the dot's colour and the fields. What has not changed costs nothing, so it may be called for every event.
func (b *StatusBar) Set(dot fyne.ThemeColorName, fields ...StatusField) {
	if dot != b.dot || !slices.Equal(fields, b.fields) {
		b.dot, b.fields = dot, slices.Clone(fields)
		b.Refresh()
	}
}

// SetHint changes the hint at the right.
func (b *StatusBar) SetHint(s string) {
	if s != b.hint {
		b.hint = s
		b.Refresh()
	}
}

// SetOpen says what a click opens, nil for nothing.
func (b *StatusBar) SetOpen(open func()) { b.open = open }

// Fields gives what the bar says.
func (b *StatusBar) Fields() []StatusField { return slices.Clone(b.fields) }

// Tapped implements fyne.Tappable.
func (b *StatusBar) Tapped(*fyne.PointEvent) {
	if b.open != nil {
		b.open()
	}
}

// Cursor implements desktop.Cursorable.
func (b *StatusBar) Cursor() desktop.Cursor {
	if b.open != nil {
		return desktop.PointerCursor
	}
	return desktop.DefaultCursor
}

// Disabled implements part of fyne.Disableable: Tab passes over a bar that opens nothing.
func (b *StatusBar) Disabled() bool { return b.open == nil }

// Enable and Disable implement the rest of fyne.Disableable: SetOpen decides.
func (b *StatusBar) Enable()  {}
func (b *StatusBar) Disable() {}

// FocusGained implements fyne.Focusable.
func (b *StatusBar) FocusGained() { b.setFocused(true) }

// FocusLost implements fyne.Focusable.
func (b *StatusBar) FocusLost() { b.setFocused(false) }

func (b *StatusBar) setFocused(f bool) {
	b.focused = f
	b.Refresh()
}

// TypedRune implements fyne.Focusable.
func (b *StatusBar) TypedRune(r rune) {
	if r != ' ' {
		b.Keys.rune(r)
	}
}

// TypedKey implements fyne.Focusable.
func (b *StatusBar) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(nil)
	default:
		b.Keys.key(e)
	}
}

// TypedShortcut implements fyne.Shortcutable.
func (b *StatusBar) TypedShortcut(s fyne.Shortcut) { b.Keys.shortcut(s) }

// CreateRenderer implements fyne.Widget.
func (b *StatusBar) CreateRenderer() fyne.WidgetRenderer {
	r := &statusRenderer{bar: b, back: canvas.NewRectangle(nil), line: canvas.NewRectangle(nil), dot: canvas.NewRectangle(nil),
		hint: NewWords(theme.SizeSmall)}
	r.dot.CornerRadius = 3.5
	r.paint()
	return r
}

type statusRenderer struct {
	bar             *StatusBar
	back, line, dot *canvas.Rectangle
	hint            *Words
	fields          []*Words
	marks           []*canvas.Rectangle // before each field
	objects         []fyne.CanvasObject
}

func (r *statusRenderer) Destroy()                     {}
func (r *statusRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *statusRenderer) MinSize() fyne.Size           { return fyne.NewSize(200, statusHeight) }

func (r *statusRenderer) Refresh() {
	r.paint()
	r.Layout(r.bar.Size())
	canvas.Refresh(r.bar)
}

// paint makes the missing texts and sets all.
func (r *statusRenderer) paint() {
	b := r.bar
	for len(r.fields) < len(b.fields) {
		r.fields, r.marks = append(r.fields, NewWords(theme.SizeSmall)), append(r.marks, canvas.NewRectangle(nil))
	}
	r.objects = append(append(r.objects[:0], r.back, r.line, r.dot), r.hint.Objects()...)
	for i := range r.fields {
		r.objects = append(append(r.objects, r.fields[i].Objects()...), r.marks[i])
		if i < len(b.fields) {
			color := b.fields[i].Color
			if color == "" {
				color = theme.Dim
			}
			r.fields[i].Set(b.fields[i].Text, color)
		}
		fill(r.marks[i], theme.Border)
	}
	fill(r.back, theme.Side)
	line := theme.Border
	if b.focused {
		line = theme.Accent
	}
	fill(r.line, line)
	fill(r.dot, b.dot)
	r.hint.Set(b.hint, theme.Dim)
}

// Layout implements fyne.WidgetRenderer. Fields that have no room are left out, the hint first; a coloured one is cut.
func (r *statusRenderer) Layout(s fyne.Size) {
	place(r.back, 0, 0, s.Width, s.Height)
	place(r.line, 0, 0, s.Width, 1)
	place(r.dot, 14, 9, 7, 7)
	x, end, fits := float32(28), s.Width-14, true
	for i, w := range r.fields {
		used := i < len(r.bar.fields) && fits
		width := w.Width()
		if used && x+width > end {
			width, fits = end-x, false // nor has anything after it
			used = r.bar.fields[i].Color != "" && width >= leastField
		}
		w.SetVisible(used)
		show(r.marks[i], used && i > 0)
		if !used {
			continue
		}
		place(r.marks[i], x-12, 7, 1, 11)
		w.Place(x, 12.5, width)
		x += width + 23
	}
	fits = fits && x+r.hint.Width() <= end
	r.hint.SetVisible(fits)
	if fits {
		r.hint.PlaceRight(end, 12.5)
	}
}

var (
	_ fyne.Tappable      = (*StatusBar)(nil)
	_ fyne.Focusable     = (*StatusBar)(nil)
	_ fyne.Shortcutable  = (*StatusBar)(nil)
	_ fyne.Disableable   = (*StatusBar)(nil)
	_ desktop.Cursorable = (*StatusBar)(nil)
)
