//go:build !nogui

package ui

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// rectangles gives all rectangles that are painted in o.
func rectangles(o fyne.CanvasObject) []*canvas.Rectangle {
	if !o.Visible() {
		return nil
	}
	var out []*canvas.Rectangle
	switch o := o.(type) {
	case *canvas.Rectangle:
		if o.FillColor != nil && o.FillColor != color.Transparent {
			out = append(out, o)
		}
	case *fyne.Container:
		for _, c := range o.Objects {
			out = append(out, rectangles(c)...)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			out = append(out, rectangles(c)...)
		}
	}
	return out
}

// A frame costs what it paints: with software GL, a rectangle of the window's size takes longer than all texts together.
func TestNothingIsPaintedThatIsNotSeen(t *testing.T) {
	f := open(t, 50)
	f.openRow(3)
	size := f.content.Size()
	painted := float32(0)
	for _, r := range rectangles(f.content) {
		if _, _, _, a := r.FillColor.RGBA(); a == 0 {
			t.Errorf("a rectangle of %v that nothing is seen of is painted in %v", r.Size(), r.FillColor)
		}
		painted += r.Size().Width * r.Size().Height
	}
	if all := size.Width * size.Height; painted > all/3 {
		t.Errorf("%.0f pixels of rectangles lie on the background, of %.0f", painted, all)
	}
}
