//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// Fill is a rectangle in a colour of the theme: a background, or a line one pixel thick.
type Fill struct {
	widget.BaseWidget
	color  fyne.ThemeColorName
	radius float32
	least  fyne.Size
}

// NewFill makes a background.
func NewFill(c fyne.ThemeColorName) *Fill {
	f := &Fill{color: c}
	f.ExtendBaseWidget(f)
	return f
}

// NewLine makes a line one pixel thick, for between two things in a box.
func NewLine() *Fill {
	f := NewFill(theme.Border)
	f.least = fyne.NewSize(1, 1)
	return f
}

// SetColor changes the colour.
func (f *Fill) SetColor(c fyne.ThemeColorName) {
	f.color = c
	f.Refresh()
}

// SetRadius rounds the corners by this many pixels.
func (f *Fill) SetRadius(r float32) {
	f.radius = r
	f.Refresh()
}

// SetLeast sets the least size.
func (f *Fill) SetLeast(s fyne.Size) {
	f.least = s
	f.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (f *Fill) CreateRenderer() fyne.WidgetRenderer {
	rect := canvas.NewRectangle(nil)
	d := &drawing{
		owner: f, objects: []fyne.CanvasObject{rect},
		min:    func() fyne.Size { return f.least },
		layout: func(s fyne.Size) { rect.Resize(s) },
		paint:  func() { rect.FillColor, rect.CornerRadius = theme.Color(f.color), f.radius },
	}
	d.paint()
	return d
}

// Label is one line of text in a colour of the theme, cut with "…" where there is no room. CopyText is one that can be selected.
type Label struct {
	widget.BaseWidget
	text   string
	size   float32
	color  fyne.ThemeColorName
	bold   bool
	shrink bool
	right  bool
}

// NewLabel makes a label; size is in pixels, see theme.SizeText and its like. It asks for as much room as its text needs.
func NewLabel(text string, size float32, c fyne.ThemeColorName) *Label {
	l := &Label{text: text, size: size, color: c}
	l.ExtendBaseWidget(l)
	return l
}

// Bold makes the label bold and gives it back.
func (l *Label) Bold() *Label {
	l.bold = true
	l.Refresh()
	return l
}

// Shrink lets the label be narrower than its text, and gives it back.
func (l *Label) Shrink() *Label {
	l.shrink = true
	l.Refresh()
	return l
}

// Right puts the text at the right end of the label, and gives it back.
func (l *Label) Right() *Label {
	l.right = true
	l.Refresh()
	return l
}

// Text gives the text.
func (l *Label) Text() string { return l.text }

// SetText changes the text.
func (l *Label) SetText(s string) {
	if s != l.text {
		l.text = s
		l.Refresh()
	}
}

// SetColor changes the colour.
func (l *Label) SetColor(c fyne.ThemeColorName) {
	if c != l.color {
		l.color = c
		l.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (l *Label) CreateRenderer() fyne.WidgetRenderer {
	words := NewWords(l.size)
	d := &drawing{owner: l, objects: words.Objects()}
	d.min = func() fyne.Size {
		if l.shrink {
			return fyne.NewSize(min(words.Width(), 24), words.Height())
		}
		return fyne.NewSize(words.Width(), words.Height())
	}
	d.layout = func(s fyne.Size) {
		width := min(words.Width(), s.Width)
		x := float32(0)
		if l.right {
			x = s.Width - width
		}
		words.Place(x, s.Height/2, width)
	}
	d.paint = func() {
		words.SetBold(l.bold)
		words.Set(l.text, l.color)
	}
	d.paint()
	return d
}
