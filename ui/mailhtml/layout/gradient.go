package layout

import (
	"math"

	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
)

// gradient gives the line of a gradient over a rectangle, and where on it the colours stand (CSS Images 3, sections 3.1.1 and 3.4.3).
func gradient(g *css.Gradient, r display.Rect) *display.Gradient {
	if g == nil || r.Empty() {
		return nil
	}
	sin, cos := math.Sincos(g.Angle * math.Pi / 180)
	x, y := sin, -cos
	if g.Corner != [2]int8{} { // the middle of the line has one colour with the two other corners
		long := math.Hypot(float64(r.W), float64(r.H))
		x, y = float64(g.Corner[0])*float64(r.H)/long, float64(g.Corner[1])*float64(r.W)/long
	}
	length := math.Abs(float64(r.W)*x) + math.Abs(float64(r.H)*y)
	if length <= 0 {
		return nil
	}
	return &display.Gradient{X: float32(x), Y: float32(y), Length: float32(length), Stops: placed(g.Stops, float32(length))}
}

// placed gives each stop its place on a line of this length. No stop stands before an earlier one; those of which nothing is said
// share the room between their neighbours.
func placed(stops []css.Stop, length float32) []display.Stop {
	out := make([]display.Stop, len(stops))
	known, last := 0, float32(0) // the latest stop that has a place
	for i, s := range stops {
		out[i].Color = s.Color
		at := float32(0)
		switch {
		case s.At.Definite():
			at = s.At.Of(length) / length
		case i == len(stops)-1:
			at = 1
		case i > 0:
			continue
		}
		if i > 0 {
			at = max(at, last)
		}
		for k := known + 1; k < i; k++ {
			out[k].At = last + (at-last)*float32(k-known)/float32(i-known)
		}
		out[i].At, known, last = at, i, at
	}
	return out
}
