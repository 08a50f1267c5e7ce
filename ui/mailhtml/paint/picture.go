package paint

import (
	"image"
	"image/color"
	"image/draw"

	xdraw "golang.org/x/image/draw"

	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/typeset"
)

// scaledKey names a picture as it was scaled.
type scaledKey struct {
	source string
	w, h   int
}

// bigPicture is what is scaled anew each time, only where it is seen, in pixels.
const bigPicture = 4 << 20

func (c *canvas) picture(it *display.Item, clip image.Rectangle, mask *image.Alpha) {
	p := it.Picture
	r := c.snapped(it.Rect)
	if r.Intersect(clip).Empty() {
		return
	}
	if p.Missing {
		c.missing(it, r, clip, mask)
		return
	}
	var src image.Image
	if p.Source != "" || p.Gradient == nil {
		src = c.pictures(p.Source)
	}
	if src == nil && p.Gradient == nil {
		if p.Tile == nil {
			c.missing(it, r, clip, mask)
		}
		return
	}
	if radius := scaledBy(p.Radius, c.scale); radius != [4]float32{} {
		area := r.Intersect(clip)
		m := image.NewAlpha(area)
		fillPath(m, area, image.Opaque, func(d pen) { d.roundRect(c.device(it.Rect), radius) })
		if mask != nil {
			for y := area.Min.Y; y < area.Max.Y; y++ {
				for x := area.Min.X; x < area.Max.X; x++ {
					i := m.PixOffset(x, y)
					m.Pix[i] = uint8(uint32(m.Pix[i]) * uint32(mask.AlphaAt(x, y).A) / 255)
				}
			}
		}
		mask, clip = m, area
	}
	if p.Gradient != nil && p.Under {
		c.gradient(p.Gradient, r, clip, mask, it.Opacity)
	}
	switch {
	case src == nil:
	case p.Tile != nil:
		c.tiles(p, src, r, clip, mask, it.Opacity)
	default:
		c.scaledTo(p.Source, src, r, clip, mask, it.Opacity)
	}
	if p.Gradient != nil && !p.Under {
		c.gradient(p.Gradient, r, clip, mask, it.Opacity)
	}
}

// scaledTo draws a picture into a rectangle.
func (c *canvas) scaledTo(source string, src image.Image, r, clip image.Rectangle, mask *image.Alpha, opacity uint8) {
	seen := r.Intersect(clip)
	if seen.Empty() {
		return
	}
	if r.Dx()*r.Dy() > bigPicture {
		layer := image.NewRGBA(seen)
		xdraw.ApproxBiLinear.Scale(layer, r, src, src.Bounds(), draw.Src, nil)
		c.put(layer, seen, seen.Min, mask, opacity)
		return
	}
	k := scaledKey{source, r.Dx(), r.Dy()}
	s := c.scaled[k]
	if s == nil {
		s = image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
		scaler := xdraw.Scaler(xdraw.CatmullRom)
		if b := src.Bounds(); b.Dx()*b.Dy() > bigPicture {
			scaler = xdraw.ApproxBiLinear
		}
		scaler.Scale(s, s.Rect, src, src.Bounds(), draw.Src, nil)
		if c.pixels += r.Dx() * r.Dy(); c.pixels > pictureLimit {
			clear(c.scaled)
			c.pixels = r.Dx() * r.Dy()
		}
		c.scaled[k] = s
	}
	c.put(s, seen, seen.Min.Sub(r.Min), mask, opacity)
}

// put draws a picture of the right size.
func (c *canvas) put(src image.Image, r image.Rectangle, at image.Point, mask *image.Alpha, opacity uint8) {
	switch {
	case mask != nil && opacity == 255:
		draw.DrawMask(c.dst, r, src, at, mask, r.Min, draw.Over)
	case mask != nil || opacity != 255:
		m := image.NewAlpha(r)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				a := uint32(opacity)
				if mask != nil {
					a = a * uint32(mask.AlphaAt(x, y).A) / 255
				}
				m.SetAlpha(x, y, color.Alpha{A: uint8(a)})
			}
		}
		draw.DrawMask(c.dst, r, src, at, m, r.Min, draw.Over)
	default:
		draw.Draw(c.dst, r, src, at, draw.Over)
	}
}

// tiles draws a picture behind a box, repeated where that is asked for.
func (c *canvas) tiles(p *display.Picture, src image.Image, r, clip image.Rectangle, mask *image.Alpha, opacity uint8) {
	area := r.Intersect(clip)
	first, source := c.snapped(p.Tile.Rect), p.Source
	if first.Empty() || area.Empty() {
		return
	}
	if p.Tile.RepeatX || p.Tile.RepeatY {
		if first.Dx() < 32 || first.Dy() < 32 { // a great many small copies are one larger one
			src, first = c.patch(src, first, p.Tile.RepeatX, p.Tile.RepeatY)
			source = "many of " + source
		}
	}
	from, to := first.Min, first.Max
	if p.Tile.RepeatX {
		from.X -= (from.X - area.Min.X + first.Dx() - 1) / first.Dx() * first.Dx()
		to.X = area.Max.X
	}
	if p.Tile.RepeatY {
		from.Y -= (from.Y - area.Min.Y + first.Dy() - 1) / first.Dy() * first.Dy()
		to.Y = area.Max.Y
	}
	for y := from.Y; y < to.Y; y += first.Dy() {
		for x := from.X; x < to.X; x += first.Dx() {
			at := image.Rect(x, y, x+first.Dx(), y+first.Dy())
			c.scaledTo(source, src, at, area, mask, opacity)
		}
	}
}

// patch gives copies of a small picture side by side as one picture.
func (c *canvas) patch(src image.Image, first image.Rectangle, across, down bool) (image.Image, image.Rectangle) {
	nx, ny := 1, 1
	if across {
		nx = max(1, 128/first.Dx())
	}
	if down {
		ny = max(1, 128/first.Dy())
	}
	one := image.NewRGBA(image.Rect(0, 0, first.Dx(), first.Dy()))
	xdraw.CatmullRom.Scale(one, one.Rect, src, src.Bounds(), draw.Src, nil)
	out := image.NewRGBA(image.Rect(0, 0, first.Dx()*nx, first.Dy()*ny))
	for y := range ny {
		for x := range nx {
			draw.Draw(out, one.Rect.Add(image.Pt(x*first.Dx(), y*first.Dy())), one, image.Point{}, draw.Src)
		}
	}
	return out, image.Rectangle{first.Min, first.Min.Add(out.Rect.Size())}
}

// missing draws a frame in the place of a picture, with its alternative text where there is room.
func (c *canvas) missing(it *display.Item, r, clip image.Rectangle, mask *image.Alpha) {
	if r.Dx() < 3 || r.Dy() < 3 {
		return
	}
	edge := display.Edge{Width: 1, Color: color.NRGBA{128, 128, 128, 96}, Style: display.Solid}
	c.box(&display.Item{Rect: it.Rect, Opacity: it.Opacity, Box: &display.Art{
		Fill: color.NRGBA{128, 128, 128, 26}, Edges: [4]display.Edge{edge, edge, edge, edge}, Radius: it.Picture.Radius,
	}}, clip, mask)
	size := min(max(it.Picture.Font.Size, 11), 14)
	if it.Picture.Alt == "" || it.H < size || it.W < size*2 {
		return
	}
	f := typeset.Font{Family: typeset.Sans, Size: size}
	m := c.faces.Metrics(f)
	c.text(&display.Item{
		Rect: display.Rect{X: it.X + 5, Y: it.Y, W: it.W - 6, H: it.H}, Opacity: it.Opacity,
		Text: &display.Text{
			Text: it.Picture.Alt, Font: f, Color: it.Picture.Color, Baseline: it.Y + it.H/2 + (m.Ascent-m.Descent)/2,
		},
	}, clip.Intersect(r.Inset(1)), mask)
}
