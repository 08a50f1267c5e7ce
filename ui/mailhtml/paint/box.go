package paint

import (
	"image"
	"image/color"
	"image/draw"

	"postroom.dev/ui/mailhtml/display"
)

// box draws shadow, background and borders of a box.
func (c *canvas) box(it *display.Item, clip image.Rectangle, mask *image.Alpha) {
	art := it.Box
	r := c.snapped(it.Rect)
	radius := scaledBy(art.Radius, c.scale)
	if art.Shadow != nil {
		c.shadow(it, radius, clip)
	}
	if r.Intersect(clip).Empty() {
		return
	}
	if col := faded(art.Fill, it.Opacity); col.A > 0 {
		if radius == [4]float32{} {
			c.fill(r, clip, mask, col)
		} else {
			c.path(r.Intersect(clip), mask, col, func(p pen) { p.roundRect(c.device(it.Rect), radius) })
		}
	}
	c.borders(it, r, radius, clip, mask)
}

// thick gives the width of a border in whole pixels.
func (c *canvas) thick(e display.Edge) float32 {
	if e.Width <= 0 || e.Style == display.NoEdge {
		return 0
	}
	return max(1, round(e.Width*c.scale))
}

// borders draws the borders of a box: as one ring where all are alike, else each side for itself.
func (c *canvas) borders(it *display.Item, r image.Rectangle, radius [4]float32, clip image.Rectangle, mask *image.Alpha) {
	e := it.Box.Edges
	var w [4]float32
	any := false
	for i := range e {
		w[i] = c.thick(e[i])
		any = any || w[i] > 0
	}
	if !any {
		return
	}
	outer := frect{float32(r.Min.X), float32(r.Min.Y), float32(r.Max.X), float32(r.Max.Y)}
	inner := frect{outer.x0 + w[3], outer.y0 + w[0], outer.x1 - w[1], outer.y1 - w[2]}
	alike := true
	var first display.Edge
	for i := range e {
		if w[i] > 0 && first.Style == display.NoEdge {
			first = e[i]
		}
	}
	for i := range e {
		if w[i] > 0 && (e[i].Color != first.Color || e[i].Style != display.Solid) {
			alike = false
		}
	}
	if alike && radius != [4]float32{} {
		col := faded(first.Color, it.Opacity)
		c.path(r.Intersect(clip), mask, col, func(p pen) {
			p.roundRect(outer, radius)
			if inner.x1 > inner.x0 && inner.y1 > inner.y0 {
				p.hole(inner, within(radius, w))
			}
		})
		return
	}
	for side := range e {
		if w[side] > 0 {
			c.side(it, side, outer, inner, w, clip, mask)
		}
	}
}

// within gives the radii of the inner edge of borders this wide.
func within(radius, w [4]float32) [4]float32 {
	return [4]float32{
		max(0, radius[0]-max(w[0], w[3])), max(0, radius[1]-max(w[0], w[1])),
		max(0, radius[2]-max(w[2], w[1])), max(0, radius[3]-max(w[2], w[3])),
	}
}

// side draws the border of one side, mitred at its ends.
func (c *canvas) side(it *display.Item, side int, o, in frect, w [4]float32, clip image.Rectangle, mask *image.Alpha) {
	e := it.Box.Edges[side]
	col := faded(e.Color, it.Opacity)
	bar := [4]frect{
		{o.x0, o.y0, o.x1, in.y0}, {in.x1, o.y0, o.x1, o.y1}, {o.x0, in.y1, o.x1, o.y1}, {o.x0, o.y0, in.x0, o.y1},
	}[side]
	switch e.Style {
	case display.Dashed, display.Dotted:
		c.dashes(bar, side, w[side], e.Style == display.Dotted, col, clip, mask)
		return
	case display.Double:
		if third := round(w[side] / 3); third >= 1 {
			c.rect(cut(bar, side, 0, third), clip, mask, col)
			c.rect(cut(bar, side, w[side]-third, w[side]), clip, mask, col)
			return
		}
	}
	before, after := w[(side+3)%4], w[(side+1)%4]
	if before == 0 && after == 0 || c.sameAround(it.Box.Edges, side) {
		if side%2 == 1 && c.sameAround(it.Box.Edges, side) { // the corners belong to top and bottom
			bar.y0, bar.y1 = in.y0, in.y1
		}
		c.rect(bar, clip, mask, col)
		return
	}
	corners := [4][4][2]float32{
		{{o.x0, o.y0}, {o.x1, o.y0}, {in.x1, in.y0}, {in.x0, in.y0}},
		{{o.x1, o.y0}, {o.x1, o.y1}, {in.x1, in.y1}, {in.x1, in.y0}},
		{{o.x1, o.y1}, {o.x0, o.y1}, {in.x0, in.y1}, {in.x1, in.y1}},
		{{o.x0, o.y1}, {o.x0, o.y0}, {in.x0, in.y0}, {in.x0, in.y1}},
	}[side]
	area := image.Rect(int(o.x0), int(o.y0), int(o.x1), int(o.y1)).Intersect(clip)
	c.path(area, mask, col, func(p pen) { p.polygon(corners[:]...) })
}

// sameAround says that the sides beside this one are drawn in the same colour or not at all.
func (c *canvas) sameAround(e [4]display.Edge, side int) bool {
	for _, k := range []int{(side + 1) % 4, (side + 3) % 4} {
		if e[k].Width > 0 && e[k].Style != display.NoEdge && (e[k].Color != e[side].Color || e[k].Style != display.Solid) {
			return false
		}
	}
	return true
}

// cut gives the part of a side's bar between two depths from the outside.
func cut(b frect, side int, from, to float32) frect {
	switch side {
	case 0:
		return frect{b.x0, b.y0 + from, b.x1, b.y0 + to}
	case 1:
		return frect{b.x1 - to, b.y0, b.x1 - from, b.y1}
	case 2:
		return frect{b.x0, b.y1 - to, b.x1, b.y1 - from}
	}
	return frect{b.x0 + from, b.y0, b.x0 + to, b.y1}
}

func (c *canvas) rect(r frect, clip image.Rectangle, mask *image.Alpha, col color.NRGBA) {
	c.fill(image.Rect(pixel(r.x0), pixel(r.y0), pixel(r.x1), pixel(r.y1)), clip, mask, col)
}

// dashes draws a bar as dashes of twice its width, or as dots.
func (c *canvas) dashes(b frect, side int, w float32, dots bool, col color.NRGBA, clip image.Rectangle, mask *image.Alpha) {
	long := b.x1 - b.x0
	if side%2 == 1 {
		long = b.y1 - b.y0
	}
	on, off := 2*w, w
	if w < 3 {
		on, off = 3*w, 2*w
	}
	if dots {
		on, off = w, w
	}
	n := max(1, int((long+off)/(on+off)+0.5))
	if n > 1 { // the last ends where the side does
		off = max(0.5, (long-on*float32(n))/float32(n-1))
	}
	// Only what can be seen: a side may be very long.
	from := 0
	if start := [2]float32{float32(clip.Min.X) - b.x0, float32(clip.Min.Y) - b.y0}[side%2]; start > 0 {
		from = int(start / (on + off))
	}
	end := [2]float32{float32(clip.Max.X) - b.x0, float32(clip.Max.Y) - b.y0}[side%2]
	for i := from; i < n && float32(i)*(on+off) < end; i++ {
		at := float32(i) * (on + off)
		r := frect{b.x0 + at, b.y0, min(b.x0+at+on, b.x1), b.y1}
		if side%2 == 1 {
			r = frect{b.x0, b.y0 + at, b.x1, min(b.y0+at+on, b.y1)}
		}
		if dots && w > 2 {
			area := image.Rect(int(r.x0)-1, int(r.y0)-1, int(r.x1)+2, int(r.y1)+2).Intersect(clip)
			c.path(area, mask, col, func(p pen) { p.circle((r.x0+r.x1)/2, (r.y0+r.y1)/2, w/2) })
		} else {
			c.rect(r, clip, mask, col)
		}
	}
}

// shadow draws the shadow of a box: its shape, moved, grown and blurred, where the box itself is not.
func (c *canvas) shadow(it *display.Item, radius [4]float32, clip image.Rectangle) {
	s := it.Box.Shadow
	col := faded(s.Color, it.Opacity)
	if col.A == 0 {
		return
	}
	grown := display.Rect{X: it.X + s.X - s.Spread, Y: it.Y + s.Y - s.Spread, W: it.W + 2*s.Spread, H: it.H + 2*s.Spread}
	blur := int(s.Blur * c.scale / 2)
	shape := c.device(grown)
	around := image.Rect(int(shape.x0)-2*blur-1, int(shape.y0)-2*blur-1, int(shape.x1)+2*blur+1, int(shape.y1)+2*blur+1)
	area := around.Intersect(clip.Inset(-2*blur - 1))
	seen := area.Intersect(clip)
	if seen.Empty() || area.Dx()*area.Dy() > largest/4 {
		return
	}
	m := image.NewAlpha(area)
	for i := range radius {
		if radius[i] > 0 {
			radius[i] += s.Spread * c.scale
		}
	}
	fillPath(m, area, image.Opaque, func(p pen) { p.roundRect(shape, radius) })
	for range 2 {
		m = blurred(m, blur)
	}
	under := image.NewAlpha(area)
	fillPath(under, area, image.Opaque, func(p pen) { p.roundRect(c.device(it.Rect), scaledBy(it.Box.Radius, c.scale)) })
	for i := range m.Pix {
		m.Pix[i] = uint8(uint32(m.Pix[i]) * uint32(255-under.Pix[i]) / 255)
	}
	draw.DrawMask(c.dst, seen, image.NewUniform(col), image.Point{}, m, seen.Min, draw.Over)
}

// blurred is a mask blurred by a box of 2r+1 pixels, along both directions.
func blurred(m *image.Alpha, r int) *image.Alpha {
	if r <= 0 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out, tmp := image.NewAlpha(m.Rect), make([]uint8, w*h)
	n := 2*r + 1
	along := func(src, dst []uint8, count, step int) {
		sum := 0
		at := func(i int) int {
			if i < 0 || i >= count {
				return 0
			}
			return int(src[i*step])
		}
		for i := -r; i <= r; i++ {
			sum += at(i)
		}
		for i := range count {
			dst[i*step] = uint8(sum / n)
			sum += at(i+r+1) - at(i-r)
		}
	}
	for y := range h {
		along(m.Pix[y*m.Stride:y*m.Stride+w], tmp[y*w:(y+1)*w], w, 1)
	}
	for x := range w {
		along(tmp[x:], out.Pix[x:], h, w)
	}
	return out
}
