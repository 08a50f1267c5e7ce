//go:build !nogui

package kit

import (
	"math"
	"runtime"

	"fyne.io/fyne/v2"
)

const (
	barWidth = 6  // pixels of the bar that are painted
	barGrip  = 12 // pixels at the right edge that take the mouse
	barLeast = 24 // a bar is at least this long
)

// scrollBar is the arithmetic of a vertical scroll bar. Heights of content are float64: 350,000 rows are past what float32 counts.
type scrollBar struct {
	held bool
	grip float32 // where on the bar the mouse took it
}

// geometry gives where the bar stands and how long it is; long 0 says that none is needed.
func (scrollBar) geometry(height float32, total, offset float64) (y, long float32) {
	view := float64(height)
	if total <= view || view <= 0 {
		return 0, 0
	}
	l := math.Min(view, math.Max(barLeast, view*view/total))
	return float32(offset / (total - view) * (view - l)), float32(l)
}

// press says whether a press at p is meant for the bar, and takes it.
func (b *scrollBar) press(p fyne.Position, s fyne.Size, total, offset float64) bool {
	y, long := b.geometry(s.Height, total, offset)
	if long == 0 || p.X < s.Width-barGrip {
		return false
	}
	b.held, b.grip = true, long/2
	if p.Y >= y && p.Y < y+long {
		b.grip = p.Y - y
	}
	return true
}

// offset gives the offset that puts the held bar under the mouse.
func (b *scrollBar) offset(y float32, s fyne.Size, total float64) float64 {
	_, long := b.geometry(s.Height, total, 0)
	room := float64(s.Height - long)
	if room <= 0 {
		return 0
	}
	return float64(y-b.grip) / room * (total - float64(s.Height))
}

// Fyne's drivers report this many pixels for one notch of a wheel, except on macOS, where what comes is already smooth.
const (
	notch       = 25
	wheelRows   = 3
	mostNotches = 10 // Fyne multiplies fast scrolling by 125; nobody can follow that
)

// wheel turns a scroll event's distance into pixels of content.
func wheel(dy, rowHeight float32) float64 {
	if runtime.GOOS == "darwin" {
		return float64(dy)
	}
	n := math.Max(-mostNotches, math.Min(mostNotches, float64(dy)/notch))
	return n * wheelRows * float64(rowHeight)
}
