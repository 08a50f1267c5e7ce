//go:build !nogui

package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// Split shows two things side by side, or one above the other, with a line one pixel wide between them, which a grip of seven pixels moves.
type Split struct {
	widget.BaseWidget

	// OnMoved is told the new width of the left side when the user lets go of the line.
	OnMoved func(at float32)

	left, right       fyne.CanvasObject
	at                float32
	minLeft, minRight float32
	stacked           bool // left is above right
}

// NewSplit makes a split whose left side is at pixels wide. Neither side becomes narrower than its least width; when there is no
// room for both, the left side keeps its own.
func NewSplit(left, right fyne.CanvasObject, at, minLeft, minRight float32) *Split {
	s := &Split{left: left, right: right, at: at, minLeft: minLeft, minRight: minRight}
	s.ExtendBaseWidget(s)
	return s
}

// Stack puts the left side above the right one, or beside it again, at this many pixels, neither being less than its least length.
func (s *Split) Stack(stacked bool, at, minLeft, minRight float32) {
	s.stacked, s.at, s.minLeft, s.minRight = stacked, at, minLeft, minRight
	s.Refresh()
}

// At gives the width of the left side in pixels, or its height when it stands above.
func (s *Split) At() float32 {
	if s.stacked {
		return s.within(s.Size().Height)
	}
	return s.within(s.Size().Width)
}

// SetAt sets the width of the left side.
func (s *Split) SetAt(at float32) {
	s.at = at
	s.Refresh()
}

// within gives the width of the left side in a split of this width.
func (s *Split) within(width float32) float32 {
	if width <= 0 {
		return s.at
	}
	return whole(max(s.minLeft, min(s.at, width-s.minRight-1)))
}

// CreateRenderer implements fyne.Widget.
func (s *Split) CreateRenderer() fyne.WidgetRenderer {
	line, grip := canvas.NewRectangle(theme.Color(theme.Border)), &grip{split: s}
	grip.ExtendBaseWidget(grip)
	d := &drawing{owner: s, objects: []fyne.CanvasObject{s.left, s.right, line, grip}}
	d.min = func() fyne.Size {
		l, r := s.left.MinSize(), s.right.MinSize()
		if s.stacked {
			return fyne.NewSize(max(l.Width, r.Width), max(l.Height, s.minLeft)+1+max(r.Height, s.minRight))
		}
		return fyne.NewSize(max(l.Width, s.minLeft)+1+max(r.Width, s.minRight), max(l.Height, r.Height))
	}
	d.layout = func(size fyne.Size) {
		if s.stacked {
			y := s.within(size.Height)
			place(s.left, 0, 0, size.Width, y)
			place(line, 0, y, size.Width, 1)
			place(s.right, 0, y+1, size.Width, max(0, size.Height-y-1))
			place(grip, 0, y-3, size.Width, 7)
			return
		}
		x := s.within(size.Width)
		place(s.left, 0, 0, x, size.Height)
		place(line, x, 0, 1, size.Height)
		place(s.right, x+1, 0, max(0, size.Width-x-1), size.Height)
		place(grip, x-3, 0, 7, size.Height)
	}
	d.paint = func() { fill(line, theme.Border) }
	return d
}

// grip is the invisible handle over the line of a Split.
type grip struct {
	widget.BaseWidget
	split *Split
}

// CreateRenderer implements fyne.Widget.
func (g *grip) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.Transparent))
}

// Dragged implements fyne.Draggable.
func (g *grip) Dragged(e *fyne.DragEvent) {
	if g.split.stacked {
		g.split.SetAt(g.Position().Y + e.Position.Y)
		return
	}
	g.split.SetAt(g.Position().X + e.Position.X)
}

// DragEnd implements fyne.Draggable.
func (g *grip) DragEnd() {
	g.split.at = g.split.At()
	if g.split.OnMoved != nil {
		g.split.OnMoved(g.split.at)
	}
}

// Cursor implements desktop.Cursorable.
func (g *grip) Cursor() desktop.Cursor {
	if g.split.stacked {
		return desktop.VResizeCursor
	}
	return desktop.HResizeCursor
}

var (
	_ fyne.Draggable     = (*grip)(nil)
	_ desktop.Cursorable = (*grip)(nil)
)
