package paint

import (
	"image"
	"image/color"
	"math"

	"postroom.dev/ui/mailhtml/display"
)

// Limits of the colours that are kept for gradients.
const (
	tableLimit   = 64      // tables
	longestTable = 1 << 14 // colours of one
)

// tableKey names the colours of a gradient: it, and how many they are.
type tableKey struct {
	of *display.Gradient
	n  int
}

// table gives the colours along the line of a gradient, with alpha multiplied in, as they are mixed (CSS Images 3, section 3.4.2).
func (p *Painter) table(g *display.Gradient, n int) []color.RGBA {
	k := tableKey{g, n}
	if t, ok := p.tables[k]; ok {
		return t
	}
	if len(p.tables) >= tableLimit {
		clear(p.tables)
	}
	t := make([]color.RGBA, n)
	next := 0 // the first stop behind the place
	for i := range t {
		at := (float32(i) + 0.5) / float32(n)
		for next < len(g.Stops) && g.Stops[next].At <= at {
			next++
		}
		before, after := g.Stops[max(0, next-1)], g.Stops[min(next, len(g.Stops)-1)]
		f := float32(0)
		if after.At > before.At {
			f = (at - before.At) / (after.At - before.At)
		}
		t[i] = mixed(before.Color, after.Color, max(0, min(f, 1)))
	}
	p.tables[k] = t
	return t
}

// mixed gives the colour at a part f of the way from one to another.
func mixed(from, to color.NRGBA, f float32) color.RGBA {
	a, b := float32(from.A)*(1-f), float32(to.A)*f
	mix := func(x, y uint8) uint8 { return uint8((float32(x)*a+float32(y)*b)/255 + 0.5) }
	return color.RGBA{R: mix(from.R, to.R), G: mix(from.G, to.G), B: mix(from.B, to.B), A: uint8(a + b + 0.5)}
}

// gradient draws a gradient over r, only where it is seen.
func (c *canvas) gradient(g *display.Gradient, r, clip image.Rectangle, mask *image.Alpha, opacity uint8) {
	seen := r.Intersect(clip)
	if seen.Empty() || len(g.Stops) == 0 || g.Length <= 0 {
		return
	}
	// Three colours for each pixel of the line keep sharp edges in their place, and the middle of a pixel on that of a colour.
	n := max(2, int(min(math.Ceil(float64(g.Length*c.scale))*3, longestTable)))
	colors := c.table(g, n)
	per := float32(n) / (g.Length * c.scale)
	dx, dy := g.X*per, g.Y*per
	middleX, middleY := float32(r.Min.X+r.Max.X)/2, float32(r.Min.Y+r.Max.Y)/2
	layer := image.NewRGBA(seen)
	for y := seen.Min.Y; y < seen.Max.Y; y++ {
		row := layer.Pix[(y-seen.Min.Y)*layer.Stride:][:4*seen.Dx()]
		at := (float32(seen.Min.X)+0.5-middleX)*dx + (float32(y)+0.5-middleY)*dy + float32(n)/2
		for i := 0; i < len(row); i += 4 {
			k := &colors[max(0, min(int(at+float32(i/4)*dx), n-1))]
			row[i], row[i+1], row[i+2], row[i+3] = k.R, k.G, k.B, k.A
		}
	}
	c.put(layer, seen, seen.Min, mask, opacity)
}
