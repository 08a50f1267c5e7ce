// Package paint draws a display list into pictures, a region at a time and at any scale, so that a window needs to keep only
// what is in view.
//
// It draws as browsers do: boxes snapped to whole pixels of the screen, text at a quarter of one, shapes with smooth edges. Glyphs,
// scaled pictures and the colours of gradients are kept between calls, up to glyphLimit, pictureLimit pixels and tableLimit; the cost of a call grows with what lies in
// the region, not with the document.
//
// A Painter is for one goroutine at a time.
package paint

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/typeset"
)

// Limits of what is kept and of what is drawn at once.
const (
	glyphLimit   = 4000
	pictureLimit = 12 << 20 // pixels
	largest      = 64 << 20 // pixels of one region
)

// Painter draws display lists. Make it with New.
type Painter struct {
	faces    *typeset.Faces
	pictures func(source string) image.Image // nil for one that is not there
	glyphs   map[glyphKey]*glyph
	scaled   map[scaledKey]*image.RGBA
	pixels   int // in scaled
	tables   map[tableKey][]color.RGBA
}

// New makes a painter that sets text with these faces and takes pictures, by their addresses, from a function.
func New(faces *typeset.Faces, pictures func(source string) image.Image) *Painter {
	if pictures == nil {
		pictures = func(string) image.Image { return nil }
	}
	return &Painter{
		faces: faces, pictures: pictures, glyphs: map[glyphKey]*glyph{}, scaled: map[scaledKey]*image.RGBA{}, tables: map[tableKey][]color.RGBA{},
	}
}

// Forget drops the pictures that are kept, as when others have come.
func (p *Painter) Forget() {
	p.scaled, p.pixels = map[scaledKey]*image.RGBA{}, 0
}

// canvas is one region while it is drawn.
type canvas struct {
	*Painter
	list  *display.List
	dst   *image.RGBA
	scale float32
	ox    float32 // of the region, in pixels of the screen
	oy    float32
	masks map[int32]*image.Alpha
}

// Paint draws a region of a list, in CSS pixels, with scale pixels to each of them.
func (p *Painter) Paint(l *display.List, region display.Rect, scale float32) *image.RGBA {
	w, h := int(math.Ceil(float64(region.W*scale))), int(math.Ceil(float64(region.H*scale)))
	if w <= 0 || h <= 0 || w*h > largest {
		return image.NewRGBA(image.Rect(0, 0, 1, 1))
	}
	c := &canvas{
		Painter: p, list: l, dst: image.NewRGBA(image.Rect(0, 0, w, h)), scale: scale,
		ox: round(region.X * scale), oy: round(region.Y * scale), masks: map[int32]*image.Alpha{},
	}
	draw.Draw(c.dst, c.dst.Bounds(), image.NewUniform(l.Background), image.Point{}, draw.Src)
	for _, i := range l.Near(region.Y, region.Bottom()) {
		c.item(&l.Items[i])
	}
	return c.dst
}

func round(v float32) float32 { return float32(math.Floor(float64(v) + 0.5)) }

// x and y give a place in pixels of the region.
func (c *canvas) x(v float32) float32 { return v*c.scale - c.ox }
func (c *canvas) y(v float32) float32 { return v*c.scale - c.oy }

// snapped gives a rectangle in whole pixels of the region. What has a width at all keeps at least a pixel of it.
func (c *canvas) snapped(r display.Rect) image.Rectangle {
	x0, y0, x1, y1 := pixel(c.x(r.X)), pixel(c.y(r.Y)), pixel(c.x(r.Right())), pixel(c.y(r.Bottom()))
	if x1 == x0 && r.W*c.scale > 0.3 {
		x1++
	}
	if y1 == y0 && r.H*c.scale > 0.3 {
		y1++
	}
	return image.Rect(x0, y0, x1, y1)
}

// pixel rounds a place to a pixel, kept where integers hold it.
func pixel(v float32) int { return int(round(max(-1e7, min(v, 1e7)))) }

func (c *canvas) item(it *display.Item) {
	clip, mask := c.clip(it.Clip)
	if clip.Empty() {
		return
	}
	switch {
	case it.Box != nil:
		c.box(it, clip, mask)
	case it.Picture != nil:
		c.picture(it, clip, mask)
	case it.Text != nil:
		c.text(it, clip, mask)
	}
}

// clip gives the part of the region that is drawn, and a mask where corners of it are round.
func (c *canvas) clip(number int32) (r image.Rectangle, mask *image.Alpha) {
	r = c.dst.Bounds()
	if number == 0 {
		return r, nil
	}
	rounded := false
	for n := number; n > 0; n = c.list.Clips[n-1].Parent {
		k := &c.list.Clips[n-1]
		x0, y0, x1, y1 := pixel(c.x(k.X)), pixel(c.y(k.Y)), pixel(c.x(k.Right())), pixel(c.y(k.Bottom()))
		r = r.Intersect(image.Rect(x0, y0, max(x0, x1), max(y0, y1)))
		rounded = rounded || k.Radius != [4]float32{}
	}
	if !rounded || r.Empty() {
		return r, nil
	}
	if m, ok := c.masks[number]; ok {
		return r, m
	}
	for n := number; n > 0; n = c.list.Clips[n-1].Parent {
		k := &c.list.Clips[n-1]
		if k.Radius == [4]float32{} {
			continue
		}
		m := image.NewAlpha(r)
		fillPath(m, r, image.Opaque, func(d pen) { d.roundRect(c.device(k.Rect), scaledBy(k.Radius, c.scale)) })
		if mask != nil {
			multiply(m, mask)
		}
		mask = m
	}
	c.masks[number] = mask
	return r, mask
}

// multiply lays a mask over another one of the same size.
func multiply(m, by *image.Alpha) {
	for i := range m.Pix {
		m.Pix[i] = uint8(uint32(m.Pix[i]) * uint32(by.Pix[i]) / 255)
	}
}

// frect is a rectangle in pixels of the region.
type frect struct{ x0, y0, x1, y1 float32 }

// device gives a rectangle snapped to pixels, as numbers to draw paths with.
func (c *canvas) device(r display.Rect) frect {
	s := c.snapped(r)
	return frect{float32(s.Min.X), float32(s.Min.Y), float32(s.Max.X), float32(s.Max.Y)}
}

func scaledBy(v [4]float32, f float32) [4]float32 {
	for i := range v {
		v[i] *= f
	}
	return v
}

// faded gives a colour with the opacity of an item.
func faded(c color.NRGBA, opacity uint8) color.NRGBA {
	if opacity != 255 {
		c.A = uint8(uint32(c.A) * uint32(opacity) / 255)
	}
	return c
}

// fill fills a rectangle.
func (c *canvas) fill(r, clip image.Rectangle, mask *image.Alpha, col color.NRGBA) {
	r = r.Intersect(clip)
	if r.Empty() || col.A == 0 {
		return
	}
	src := image.NewUniform(col)
	if mask != nil {
		draw.DrawMask(c.dst, r, src, image.Point{}, mask, r.Min, draw.Over)
		return
	}
	draw.Draw(c.dst, r, src, image.Point{}, draw.Over)
}

// path fills a path.
func (c *canvas) path(clip image.Rectangle, mask *image.Alpha, col color.NRGBA, build func(pen)) {
	if col.A == 0 {
		return
	}
	if mask == nil {
		fillPath(c.dst, clip, image.NewUniform(col), build)
		return
	}
	m := image.NewAlpha(clip)
	fillPath(m, clip, image.Opaque, build)
	multiply(m, mask)
	draw.DrawMask(c.dst, clip, image.NewUniform(col), image.Point{}, m, clip.Min, draw.Over)
}
