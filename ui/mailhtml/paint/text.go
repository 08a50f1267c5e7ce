package paint

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/go-text/typesetting/font"

	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/typeset"
)

// glyphKey names a glyph as it was drawn: a face, a size in 64ths of a pixel, and a quarter of a pixel that it begins at.
type glyphKey struct {
	face    *font.Face
	id      font.GID
	size    int
	quarter uint8
	heavier bool // as typeset.Glyph.Heavier
}

// glyph is a glyph drawn: a mask, or a picture with colours of its own.
type glyph struct {
	mask   *image.Alpha
	colour *image.RGBA
	x, y   int // of its top left from the origin of the glyph
}

// text draws a text.
func (c *canvas) text(it *display.Item, clip image.Rectangle, mask *image.Alpha) {
	t := it.Text
	col := faded(t.Color, it.Opacity)
	size := t.Font.Size * c.scale
	if col.A == 0 || size < 0.5 {
		return
	}
	run := c.faces.Shape(t.Text, t.Font, t.RightToLeft)
	x0, baseline := c.x(it.X), int(round(c.y(t.Baseline)))
	src := image.NewUniform(col)
	extra := float32(0)
	for i := range run.Glyphs {
		g := &run.Glyphs[i]
		x := x0 + (g.X*t.Font.Size+extra)*c.scale
		if g.Runes > 0 {
			extra += t.Letter * float32(g.Runes)
			if t.Word != 0 && g.Cluster < len(t.Text) && t.Text[g.Cluster] == ' ' {
				extra += t.Word
			}
		}
		if x > float32(clip.Max.X) || x+(g.Advance*2+1)*size < float32(clip.Min.X) {
			continue
		}
		c.glyph(g, x, baseline-int(round(g.Y*size)), size, src, clip, mask)
	}
	c.decoration(it, col, clip, mask)
}

// glyph draws one glyph.
func (c *canvas) glyph(g *typeset.Glyph, x float32, baseline int, size float32, src *image.Uniform, clip image.Rectangle, mask *image.Alpha) {
	whole := float32(math.Floor(float64(x)))
	k := glyphKey{g.Face, g.ID, int(size * 64), uint8((x - whole) * 4), g.Heavier}
	d, ok := c.glyphs[k]
	if !ok {
		if len(c.glyphs) >= glyphLimit {
			clear(c.glyphs)
		}
		d = drawGlyph(k, size)
		c.glyphs[k] = d
	}
	if d == nil {
		return
	}
	at := image.Pt(int(whole)+d.x, baseline+d.y)
	if d.colour != nil {
		if r := d.colour.Rect.Add(at).Intersect(clip); !r.Empty() {
			c.put(d.colour, r, r.Min.Sub(at), mask, src.C.(color.NRGBA).A)
		}
		return
	}
	r := d.mask.Rect.Add(at).Intersect(clip)
	if r.Empty() {
		return
	}
	if mask == nil {
		draw.DrawMask(c.dst, r, src, image.Point{}, d.mask, r.Min.Sub(at), draw.Over)
		return
	}
	both := image.NewAlpha(r)
	draw.Draw(both, r, d.mask, r.Min.Sub(at), draw.Src)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			i := both.PixOffset(x, y)
			both.Pix[i] = uint8(uint32(both.Pix[i]) * uint32(mask.AlphaAt(x, y).A) / 255)
		}
	}
	draw.DrawMask(c.dst, r, src, image.Point{}, both, r.Min, draw.Over)
}

// largestGlyph bounds the picture of one glyph, in pixels of a side.
const largestGlyph = 2000

// drawGlyph draws a glyph; nil for one that has nothing to see.
func drawGlyph(k glyphKey, size float32) *glyph {
	if k.face == nil {
		return drawMissing(k, size)
	}
	segments := typeset.Outline(k.face, k.id)
	if segments == nil {
		if svg := typeset.SVG(k.face, k.id); svg != nil {
			return drawSVG(k, svg, size)
		}
		return drawBitmap(k, size)
	}
	shift := float32(k.quarter) / 4
	lo, hi := [2]float32{math.MaxFloat32, math.MaxFloat32}, [2]float32{-math.MaxFloat32, -math.MaxFloat32}
	points := [...]int{typeset.MoveTo: 1, typeset.LineTo: 1, typeset.QuadTo: 2, typeset.CubeTo: 3}
	for i := range segments {
		s := &segments[i]
		for j := range points[s.Op] {
			p := &s.Args[j]
			p[0], p[1] = p[0]*size+shift, p[1]*size
			for d := range 2 {
				lo[d], hi[d] = min(lo[d], p[d]), max(hi[d], p[d])
			}
		}
	}
	if len(segments) == 0 || hi[0]-lo[0] > largestGlyph || hi[1]-lo[1] > largestGlyph {
		return nil
	}
	x, y := int(math.Floor(float64(lo[0]))), int(math.Floor(float64(lo[1])))
	r := image.Rect(0, 0, int(math.Ceil(float64(hi[0])))-x+1, int(math.Ceil(float64(hi[1])))-y+1)
	m := image.NewAlpha(r)
	fillPath(m, r, image.Opaque, func(p pen) {
		p.dx, p.dy = float32(x), float32(y)
		for i, s := range segments {
			a := s.Args
			switch s.Op {
			case typeset.MoveTo:
				if i > 0 {
					p.close()
				}
				p.move(a[0][0], a[0][1])
			case typeset.LineTo:
				p.line(a[0][0], a[0][1])
			case typeset.QuadTo:
				p.z.QuadTo(a[0][0]-p.dx, a[0][1]-p.dy, a[1][0]-p.dx, a[1][1]-p.dy)
			case typeset.CubeTo:
				p.cube(a[0][0], a[0][1], a[1][0], a[1][1], a[2][0], a[2][1])
			}
		}
		p.close()
	})
	if k.heavier {
		m = heavier(m, size/heavierBy)
	}
	return &glyph{mask: m, x: x, y: y}
}

// heavierBy is how many times as large as what is added to its strokes a glyph is that is drawn heavier than its face has it.
const heavierBy = 20

// heavier gives a glyph with strokes that are wider by so many pixels.
func heavier(m *image.Alpha, by float32) *image.Alpha {
	whole := int(by)
	rest := uint32((by - float32(whole)) * 256)
	out := image.NewAlpha(image.Rect(0, 0, m.Rect.Dx()+whole+1, m.Rect.Dy()))
	for y := range m.Rect.Dy() {
		from, to := m.Pix[y*m.Stride:y*m.Stride+m.Rect.Dx()], out.Pix[y*out.Stride:]
		for x, a := range from {
			if a == 0 {
				continue
			}
			for k := range whole + 1 {
				to[x+k] = max(to[x+k], a)
			}
			to[x+whole+1] = max(to[x+whole+1], uint8(uint32(a)*rest/256))
		}
	}
	return out
}

// decoration draws the lines under, through and over a text.
func (c *canvas) decoration(it *display.Item, col color.NRGBA, clip image.Rectangle, mask *image.Alpha) {
	t := it.Text
	if !t.Underline && !t.Strike && !t.Overline {
		return
	}
	m := c.faces.Metrics(t.Font)
	thick := max(1, round(m.Thickness*c.scale))
	line := func(y float32) {
		top := round(c.y(y) - thick/2)
		c.rect(frect{c.x(it.X), top, c.x(it.Right()), top + thick}, clip, mask, col)
	}
	if t.Underline {
		line(t.Baseline + max(m.Underline, m.Thickness*1.5))
	}
	if t.Strike {
		line(t.Baseline - m.Strike)
	}
	if t.Overline {
		line(t.Baseline - m.Ascent + m.Thickness)
	}
}
