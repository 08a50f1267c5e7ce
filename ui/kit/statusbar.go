//go:build !nogui

package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// StatusBar is the strip at the bottom of the window, 24 pixels high: a dot, some fields, and a hint at the right.
type StatusBar struct {
	widget.BaseWidget
	dot    fyne.ThemeColorName
	fields []string
	hint   string
}

const statusHeight float32 = 24

// NewStatusBar makes an empty bar.
func NewStatusBar() *StatusBar {
	s := &StatusBar{dot: theme.None}
	s.ExtendBaseWidget(s)
	return s
}

// Set changes the dot's colour and the fields. What has not changed costs nothing, so it may be called for every event.
func (b *StatusBar) Set(dot fyne.ThemeColorName, fields ...string) {
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

// Fields gives what the bar says.
func (b *StatusBar) Fields() []string { return slices.Clone(b.fields) }

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
	marks           []*canvas.Rectangle // after each field
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
	r.objects = append(r.objects[:0], r.back, r.line, r.dot, r.hint.Object())
	for i := range r.fields {
		r.objects = append(r.objects, r.fields[i].Object(), r.marks[i])
		if i < len(b.fields) {
			r.fields[i].Set(b.fields[i], theme.Dim)
		}
		fill(r.marks[i], theme.Border)
	}
	fill(r.back, theme.Side)
	fill(r.line, theme.Border)
	fill(r.dot, b.dot)
	r.hint.Set(b.hint, theme.Dim)
}

// Layout implements fyne.WidgetRenderer. Fields that have no room are left out, the hint first.
func (r *statusRenderer) Layout(s fyne.Size) {
	place(r.back, 0, 0, s.Width, s.Height)
	place(r.line, 0, 0, s.Width, 1)
	place(r.dot, 14, 9, 7, 7)
	x, end, fits := float32(28), s.Width-14, true
	for i, w := range r.fields {
		wanted := i < len(r.bar.fields)
		used := wanted && fits && x+w.Width() <= end
		fits = fits && used == wanted
		w.SetVisible(used)
		last := i == len(r.bar.fields)-1
		show(r.marks[i], used && !last)
		if !used {
			continue
		}
		w.Place(x, 12.5, w.Width())
		x += w.Width() + 11
		place(r.marks[i], x, 7, 1, 11)
		x += 12
	}
	fits = fits && x+r.hint.Width() <= end
	r.hint.SetVisible(fits)
	if fits {
		r.hint.PlaceRight(end, 12.5)
	}
}
