package paint

import (
	"image"
	"image/draw"

	"golang.org/x/image/vector"
)

// pen draws a path in pixels of the region into a rasterizer whose origin lies elsewhere.
type pen struct {
	z      *vector.Rasterizer
	dx, dy float32
}

func (p pen) move(x, y float32) { p.z.MoveTo(x-p.dx, y-p.dy) }
func (p pen) line(x, y float32) { p.z.LineTo(x-p.dx, y-p.dy) }
func (p pen) cube(bx, by, cx, cy, x, y float32) {
	p.z.CubeTo(bx-p.dx, by-p.dy, cx-p.dx, cy-p.dy, x-p.dx, y-p.dy)
}
func (p pen) close() { p.z.ClosePath() }

// fillPath fills a path inside a rectangle of dst.
func fillPath(dst draw.Image, clip image.Rectangle, src image.Image, build func(pen)) {
	if clip.Empty() {
		return
	}
	z := vector.NewRasterizer(clip.Dx(), clip.Dy())
	build(pen{z, float32(clip.Min.X), float32(clip.Min.Y)})
	z.Draw(dst, clip, src, image.Point{})
}

// arc is how far the handles of a cubic curve stand for a quarter of a circle of radius 1.
const arc = 0.5522848

// roundRect goes round a rectangle clockwise; the radii are those of the corners from the top left on.
func (p pen) roundRect(r frect, radius [4]float32) {
	a, b, c, d := radius[0], radius[1], radius[2], radius[3]
	k := float32(1 - arc)
	p.move(r.x0+a, r.y0)
	p.line(r.x1-b, r.y0)
	if b > 0 {
		p.cube(r.x1-b*k, r.y0, r.x1, r.y0+b*k, r.x1, r.y0+b)
	}
	p.line(r.x1, r.y1-c)
	if c > 0 {
		p.cube(r.x1, r.y1-c*k, r.x1-c*k, r.y1, r.x1-c, r.y1)
	}
	p.line(r.x0+d, r.y1)
	if d > 0 {
		p.cube(r.x0+d*k, r.y1, r.x0, r.y1-d*k, r.x0, r.y1-d)
	}
	p.line(r.x0, r.y0+a)
	if a > 0 {
		p.cube(r.x0, r.y0+a*k, r.x0+a*k, r.y0, r.x0+a, r.y0)
	}
	p.close()
}

// hole goes round a rectangle the other way, so that it is cut out of what was drawn before.
func (p pen) hole(r frect, radius [4]float32) {
	a, b, c, d := radius[0], radius[1], radius[2], radius[3]
	k := float32(1 - arc)
	p.move(r.x0, r.y0+a)
	p.line(r.x0, r.y1-d)
	p.cube(r.x0, r.y1-d*k, r.x0+d*k, r.y1, r.x0+d, r.y1)
	p.line(r.x1-c, r.y1)
	p.cube(r.x1-c*k, r.y1, r.x1, r.y1-c*k, r.x1, r.y1-c)
	p.line(r.x1, r.y0+b)
	p.cube(r.x1, r.y0+b*k, r.x1-b*k, r.y0, r.x1-b, r.y0)
	p.line(r.x0+a, r.y0)
	p.cube(r.x0+a*k, r.y0, r.x0, r.y0+a*k, r.x0, r.y0+a)
	p.close()
}

// polygon goes round points.
func (p pen) polygon(points ...[2]float32) {
	for i, q := range points {
		if i == 0 {
			p.move(q[0], q[1])
		} else {
			p.line(q[0], q[1])
		}
	}
	p.close()
}

// circle goes round a point.
func (p pen) circle(x, y, r float32) {
	p.roundRect(frect{x - r, y - r, x + r, y + r}, [4]float32{r, r, r, r})
}
