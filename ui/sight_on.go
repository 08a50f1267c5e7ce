//go:build !nogui && uiwatch

package ui

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/kit"
)

// inSight gives what stands in the window, parents before their parts; where something lies over the window, that alone.
func inSight(c fyne.Canvas) []Seen {
	root := c.Content()
	if over := c.Overlays().Top(); over != nil {
		root = over
	}
	v := viewfinder{canvas: c, seen: []Seen{}}
	v.look(root, fyne.NewPos(0, 0), frameOf(fyne.NewPos(0, 0), c.Size()))
	return v.seen
}

// frame is a rectangle of the window.
type frame struct{ x, y, right, bottom float32 }

func frameOf(at fyne.Position, s fyne.Size) frame {
	return frame{at.X, at.Y, at.X + s.Width, at.Y + s.Height}
}

func (f frame) and(g frame) frame {
	return frame{max(f.x, g.x), max(f.y, g.y), min(f.right, g.right), min(f.bottom, g.bottom)}
}

func (f frame) empty() bool { return f.right <= f.x || f.bottom <= f.y }

type viewfinder struct {
	canvas fyne.Canvas
	seen   []Seen
}

func (v *viewfinder) look(o fyne.CanvasObject, offset fyne.Position, clip frame) {
	if o == nil || !o.Visible() {
		return
	}
	at := offset.Add(o.Position())
	shows := frameOf(at, o.Size()).and(clip)
	if !shows.empty() {
		v.note(o, shows)
	}
	var parts []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		parts = o.Objects
	case fyne.Widget:
		parts = test.WidgetRenderer(o).Objects()
	}
	switch o.(type) {
	case fyne.Scrollable, *container.Clip:
		clip = shows // Fyne paints their parts inside them alone
	}
	for _, part := range parts {
		v.look(part, at, clip)
	}
}

func (v *viewfinder) note(o fyne.CanvasObject, f frame) {
	kind := fmt.Sprintf("%T", o)
	if _, drawn := o.(*canvas.Raster); drawn && kit.Said(o) != "" {
		kind = fmt.Sprintf("%T", (*canvas.Text)(nil))
	}
	s := Seen{Kind: kind[strings.LastIndexByte(kind, '.')+1:]}
	switch o := o.(type) {
	case *fyne.Container, *canvas.Rectangle, *canvas.Image:
		return
	case *canvas.Text, *canvas.Raster:
		if s.Text = strings.ReplaceAll(kit.Said(o), "\ue000", ""); s.Text == "" {
			return
		}
	case *kit.IconButton:
		s.Text, s.Tip = o.Text(), o.Tip()
	case *kit.Entry:
		s.Text = o.Text
		if s.Text == "" {
			s.Tip = strings.TrimPrefix(o.PlaceHolder, "\ue000")
		}
	case interface{ Text() string }:
		s.Text = o.Text()
	}
	if off, ok := o.(fyne.Disableable); ok {
		s.Off = off.Disabled()
	}
	if b, ok := o.(*kit.IconButton); ok {
		s.Off = b.Disabled()
	}
	if _, ok := o.(*widget.PopUp); ok {
		return
	}
	x, y := v.canvas.PixelCoordinateForPosition(fyne.NewPos(f.x, f.y))
	right, bottom := v.canvas.PixelCoordinateForPosition(fyne.NewPos(f.right, f.bottom))
	s.X, s.Y, s.W, s.H = x, y, right-x, bottom-y
	if focused, ok := o.(fyne.Focusable); ok {
		s.Focused = v.canvas.Focused() == focused
	}
	v.seen = append(v.seen, s)
}
