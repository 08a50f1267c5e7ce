package css

import (
	"image/color"
	"math"
	"strings"
)

// The limits of a gradient. One that goes beyond is not read.
const (
	MaxGradient = 4096 // octets of its text
	MaxStops    = 64
)

// Gradient is colours that run into one another along a line (CSS Images 3, section 3.1).
type Gradient struct {
	Angle  float64 // of the line in degrees, clockwise from upwards
	Corner [2]int8 // or the corner that it goes to: -1 left or top, 1 right or bottom; zero where Angle holds
	Stops  []Stop  // at least one
}

// Stop is a colour on the line of a gradient.
type Stop struct {
	Color color.NRGBA
	At    Length // from the beginning of the line; Unset where its neighbours tell
}

// Opaque says that nothing is seen through the gradient.
func (g *Gradient) Opaque() bool {
	for _, s := range g.Stops {
		if s.Color.A < 255 {
			return false
		}
	}
	return true
}

// IsGradient says that a value names a gradient of any kind.
func IsGradient(value string) bool { return strings.Contains(strings.ToLower(value), "gradient(") }

// ParseGradient reads linear-gradient(), and the forms of it with a browser's prefix, whose side is where the line begins and whose
// angles go the other way round. Of every other gradient it gives the first colour alone: the text on it was chosen to be read on it.
// False where there is none.
func ParseGradient(value string, sizes Sizes) (*Gradient, bool) {
	name, args, ok := strings.Cut(strings.ToLower(strings.TrimSpace(value)), "(")
	if !ok || len(value) > MaxGradient {
		return nil, false
	}
	args = strings.TrimSuffix(strings.TrimSpace(args), ")")
	parts := split(args, ',')
	prefixed := name == "-webkit-linear-gradient" || name == "-moz-linear-gradient" || name == "-o-linear-gradient" || name == "-ms-linear-gradient"
	if prefixed || name == "linear-gradient" {
		g := &Gradient{Angle: 180}
		if g.direction(Words(parts[0]), prefixed) {
			parts = parts[1:]
		}
		if g.stops(parts, sizes) {
			return g, true
		}
	}
	for _, w := range Words(args) {
		if inner, ok := strings.CutPrefix(w, "from("); ok { // of -webkit-gradient
			w = strings.TrimSuffix(inner, ")")
		}
		if c, ok := ParseColor(w); ok {
			return &Gradient{Stops: []Stop{{Color: c}}}, true
		}
	}
	return nil, false
}

// sides are the words for the four sides: the axis, and the end of it.
var sides = map[string]struct {
	axis int
	end  int8
}{"left": {0, -1}, "right": {0, 1}, "top": {1, -1}, "bottom": {1, 1}}

// direction reads where the line goes; false where that is not said.
func (g *Gradient) direction(words []string, prefixed bool) bool {
	if len(words) == 1 {
		if a, ok := degrees(words[0]); ok {
			if g.Angle = a; prefixed { // there 0 is to the right, and it goes counterclockwise
				g.Angle = 90 - a
			}
			return true
		}
	}
	if !prefixed {
		if len(words) < 2 || words[0] != "to" {
			return false
		}
		words = words[1:]
	}
	var to [2]int8
	for _, w := range words {
		s, ok := sides[w]
		if !ok || to[s.axis] != 0 {
			return false
		}
		if to[s.axis] = s.end; prefixed {
			to[s.axis] = -s.end
		}
	}
	switch {
	case to[0] != 0 && to[1] != 0:
		g.Corner = to
	case to[0] != 0:
		g.Angle = 180 - 90*float64(to[0])
	case to[1] < 0:
		g.Angle = 0
	}
	return to != [2]int8{}
}

// degrees reads an angle.
func degrees(s string) (float64, bool) {
	for _, u := range []struct {
		name  string
		whole float64
	}{{"deg", 360}, {"grad", 400}, {"turn", 1}, {"rad", 2 * math.Pi}} {
		if n, ok := strings.CutSuffix(s, u.name); ok {
			v, ok := number(n)
			return math.Mod(float64(v)*360/u.whole, 360), ok
		}
	}
	v, ok := number(s)
	return 0, ok && v == 0
}

// stops reads the colours. A colour with two places is two stops (CSS Images 4, section 3.5.1).
func (g *Gradient) stops(parts []string, sizes Sizes) bool {
	if len(parts) > MaxStops {
		return false
	}
	for _, p := range parts {
		words := Words(p)
		if len(words) == 0 || len(words) > 3 {
			return false
		}
		for i, w := range words { // the colour may stand behind its places
			if c, ok := ParseColor(w); ok {
				places := append(append([]string(nil), words[:i]...), words[i+1:]...)
				if !g.stop(c, places, sizes) {
					return false
				}
				words = nil
				break
			}
		}
		if words != nil {
			return false
		}
	}
	return len(g.Stops) > 0 && len(parts) > 1
}

func (g *Gradient) stop(c color.NRGBA, places []string, sizes Sizes) bool {
	if len(places) == 0 {
		g.Stops = append(g.Stops, Stop{Color: c})
	}
	for _, p := range places {
		at, ok := ParseLength(p, sizes)
		if !ok || !at.Definite() {
			return false
		}
		g.Stops = append(g.Stops, Stop{c, at})
	}
	return true
}
