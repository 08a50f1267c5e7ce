//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// Divider is a line across a view, one pixel thick under a grip of seven, which the user drags to make what is below it higher.
type Divider struct {
	widget.BaseWidget

	// OnDrag is told how far up the line was dragged; OnEnd that it was let go.
	OnDrag func(up float32)
	OnEnd  func()
}

// NewDivider makes a divider. It is 7 pixels high and drawn in the middle.
func NewDivider(onDrag func(up float32), onEnd func()) *Divider {
	d := &Divider{OnDrag: onDrag, OnEnd: onEnd}
	d.ExtendBaseWidget(d)
	return d
}

// Dragged implements fyne.Draggable.
func (d *Divider) Dragged(e *fyne.DragEvent) { d.OnDrag(-e.Dragged.DY) }

// DragEnd implements fyne.Draggable.
func (d *Divider) DragEnd() { d.OnEnd() }

// Cursor implements desktop.Cursorable.
func (d *Divider) Cursor() desktop.Cursor { return desktop.VResizeCursor }

// CreateRenderer implements fyne.Widget.
func (d *Divider) CreateRenderer() fyne.WidgetRenderer {
	line := canvas.NewRectangle(nil)
	r := &drawing{owner: d, objects: []fyne.CanvasObject{line}}
	r.min = func() fyne.Size { return fyne.NewSize(10, 7) }
	r.layout = func(s fyne.Size) { place(line, 0, 3, s.Width, 1) }
	r.paint = func() { fill(line, theme.Border) }
	r.paint()
	return r
}

var (
	_ fyne.Draggable     = (*Divider)(nil)
	_ desktop.Cursorable = (*Divider)(nil)
)
