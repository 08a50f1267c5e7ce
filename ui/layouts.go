//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"

	"postroom.dev/ui/kit"
)

// bottomLayout puts the first object along the bottom, the second into the rest.
type bottomLayout struct{}

func (bottomLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height)
}

func (bottomLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	h := o[0].MinSize().Height
	put(o[0], 0, s.Height-h, s.Width, h)
	put(o[1], 0, 0, s.Width, s.Height-h)
}

// cornerLayout puts its object into the upper right corner.
type cornerLayout struct{}

func (cornerLayout) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (cornerLayout) Layout(o []fyne.CanvasObject, s fyne.Size) {
	m := o[0].MinSize()
	put(o[0], s.Width-m.Width-8, 8, m.Width, m.Height)
}

// freeLayout is a layout made of one function.
type freeLayout struct {
	least fyne.Size
	place func(s fyne.Size)
}

func (f freeLayout) MinSize([]fyne.CanvasObject) fyne.Size     { return f.least }
func (f freeLayout) Layout(_ []fyne.CanvasObject, s fyne.Size) { f.place(s) }

func put(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(max(w, 0), max(h, 0)))
}

// show makes o visible or not, without repainting what stays as it is.
func show(o fyne.CanvasObject, visible bool) {
	if visible == o.Visible() {
		return
	}
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

// inRow places buttons side by side, 6 pixels apart, from x to end. Where there is no room for all, the last ones lose their texts, and
// only then are buttons left away: what they do is in the context menu and the palette, too.
func inRow(x, y, end float32, buttons ...*kit.IconButton) {
	width, wide := x-6, len(buttons)
	for _, b := range buttons {
		width += b.Width(false) + 6
	}
	for ; wide > 0 && width > end; wide-- {
		b := buttons[wide-1]
		width -= b.Width(false) - b.Width(true)
	}
	for i, b := range buttons {
		b.SetNarrow(i >= wide)
		w := b.Width(i >= wide)
		show(b, x+w <= end)
		put(b, x, y, w, b.MinSize().Height)
		x += w + 6
	}
}
