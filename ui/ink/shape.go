//go:build !nogui

package ink

import (
	"image"
	"image/draw"
	"math"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"golang.org/x/image/vector"
)

// steps is how finely glyphs are placed between two pixels.
const steps = 64

// shapeKey is a glyph in one size and place between pixels, in steps.
type shapeKey struct {
	glyph font.GID
	size  float32
	x, y  uint8
}

// shape is how much of each pixel a glyph covers: w pixels a line, its upper left one at x, y from where the glyph stands.
type shape struct {
	x, y, w int
	covers  []byte
}

// canvas is the pixels that a line of text is drawn on.
type canvas struct {
	covered []byte
	w, h    int
}

// shapeOf draws a glyph where it stands.
func (p *Pen) shapeOf(glyph font.GID, size float32, on canvas, x, y float32) {
	px, sx := step(x)
	py, sy := step(y)
	k := shapeKey{glyph, size, sx, sy}
	s, ok := p.shapes[k]
	if !ok {
		if p.octets > maxOctets {
			clear(p.shapes)
			p.octets = 0
		}
		s = fill(p.face, k)
		p.shapes[k] = s
		p.octets += len(s.covers) + 64
	}
	on.lay(s, px+s.x, py+s.y)
}

// step parts a place into whole pixels and steps.
func step(v float32) (whole int, part uint8) {
	n := int(math.Round(float64(v) * steps))
	whole = n >> 6
	return whole, uint8(n - whole*steps)
}

// lay adds a shape to what is covered.
func (on canvas) lay(s shape, left, top int) {
	if s.w == 0 {
		return
	}
	from, to := max(0, -left), min(s.w, on.w-left)
	if from >= to {
		return
	}
	for i := range len(s.covers) / s.w {
		y := top + i
		if y < 0 || y >= on.h {
			continue
		}
		line := on.covered[y*on.w+left+from : y*on.w+left+to]
		for k, v := range s.covers[i*s.w+from : i*s.w+to] {
			line[k] = byte(min(255, int(line[k])+int(v)))
		}
	}
}

// fill makes the picture of a glyph.
func fill(f *font.Face, k shapeKey) shape {
	outline, ok := f.GlyphData(k.glyph).(font.GlyphOutline)
	if !ok || len(outline.Segments) == 0 {
		return shape{}
	}
	scale := k.size / float32(f.Upem())
	at := func(p opentype.SegmentPoint) point {
		return point{p.X*scale + float32(k.x)/steps, -p.Y*scale + float32(k.y)/steps}.grid()
	}
	var b bounds
	for _, s := range outline.Segments {
		for _, p := range s.ArgsSlice() {
			b.add(at(p))
		}
	}
	r := b.pixels()
	z := path{z: vector.NewRasterizer(r.Dx(), r.Dy()), left: float32(r.Min.X), top: float32(r.Min.Y)}
	for _, s := range outline.Segments {
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			z.move(at(s.Args[0]))
		case opentype.SegmentOpLineTo:
			z.line(at(s.Args[0]))
		case opentype.SegmentOpQuadTo:
			z.curve(at(s.Args[0]), at(s.Args[0]), at(s.Args[1]), true)
		case opentype.SegmentOpCubeTo:
			z.curve(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]), false)
		}
	}
	z.z.ClosePath()
	z.z.DrawOp = draw.Src
	m := image.NewAlpha(image.Rect(0, 0, r.Dx(), r.Dy()))
	z.z.Draw(m, m.Rect, image.Opaque, image.Point{})
	return shape{r.Min.X, r.Min.Y, r.Dx(), m.Pix}
}

type point struct{ x, y float32 }

// grid moves a point to the grid of 64ths of a pixel that Fyne draws on.
func (p point) grid() point {
	on := func(v float32) float32 { return float32(math.Floor(float64(v)*64)) / 64 }
	return point{on(p.x), on(p.y)}
}

// path is an outline that is being drawn, as lines: the rasterizer's own curves have so few that round letters become thinner than Fyne's.
type path struct {
	z         *vector.Rasterizer
	left, top float32
	at        point
}

func (o *path) move(to point) {
	o.z.ClosePath()
	o.z.MoveTo(to.x-o.left, to.y-o.top)
	o.at = to
}

func (o *path) line(to point) {
	o.z.LineTo(to.x-o.left, to.y-o.top)
	o.at = to
}

// curve draws a Bézier curve with two control points, or with one, given twice.
func (o *path) curve(b, c, d point, one bool) {
	a := o.at
	bend := func(m point) float64 {
		x, y := 64*float64(a.x-2*m.x+d.x), 64*float64(a.y-2*m.y+d.y)
		return x*x + y*y
	}
	n := 1 + int(math.Sqrt(math.Sqrt(3*max(bend(b), bend(c)))))
	for i := 1; i < n; i++ {
		t := float32(i) / float32(n)
		u := 1 - t
		k := [4]float32{u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t}
		if one {
			k = [4]float32{u * u, 2 * u * t, 0, t * t}
		}
		o.line(point{k[0]*a.x + k[1]*b.x + k[2]*c.x + k[3]*d.x, k[0]*a.y + k[1]*b.y + k[2]*c.y + k[3]*d.y}.grid())
	}
	o.line(d)
}

// bounds grow round points.
type bounds struct {
	any                   bool
	left, top, right, low float32
}

func (b *bounds) add(p point) {
	if !b.any {
		*b = bounds{true, p.x, p.y, p.x, p.y}
	}
	b.left, b.top = min(b.left, p.x), min(b.top, p.y)
	b.right, b.low = max(b.right, p.x), max(b.low, p.y)
}

// pixels gives the pixels that the bounds touch.
func (b bounds) pixels() image.Rectangle {
	return image.Rect(int(math.Floor(float64(b.left))), int(math.Floor(float64(b.top))), int(math.Ceil(float64(b.right))), int(math.Ceil(float64(b.low))))
}
