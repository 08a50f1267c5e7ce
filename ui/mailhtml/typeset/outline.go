package typeset

import (
	"bytes"

	"github.com/go-text/typesetting/font"
)

// Outline gives the shape of a glyph in parts of the em, with y downward; nil where it is not drawn by lines, as emoji are not.
func Outline(f *font.Face, id font.GID) []Segment {
	var g font.GlyphOutline
	switch d := f.GlyphData(id).(type) {
	case font.GlyphOutline:
		g = d
	case font.GlyphSVG:
		if alone(d.Source) {
			return nil
		}
		g = d.Outline
	default:
		return nil
	}
	scale := 1 / float32(max(1, f.Upem()))
	out := make([]Segment, len(g.Segments))
	for i, s := range g.Segments {
		out[i].Op = Op(s.Op)
		for k, p := range s.Args {
			out[i].Args[k] = [2]float32{p.X * scale, -p.Y * scale}
		}
	}
	return out
}

// Segment is a part of an outline.
type Segment struct {
	Op   Op
	Args [3][2]float32
}

// Op is what a segment does with its points.
type Op uint8

// The kinds of segments: one point, one point, two points, three points.
const (
	MoveTo Op = iota
	LineTo
	QuadTo
	CubeTo
)

// Bitmap gives the picture of a glyph that is one, as a file of PNG with the size it was drawn for; nil for an outline.
func Bitmap(f *font.Face, id font.GID) (file []byte, width, height int) {
	if g, ok := f.GlyphData(id).(font.GlyphBitmap); ok && g.Format == font.PNG {
		return g.Data, g.Width, g.Height
	}
	return nil, 0, 0
}

// SVG gives the drawing of a glyph that is one, where it is the only one of its document; nil for others. Its view box, or where it has
// none a square of Upem units, is as wide and high as the em; the origin of the glyph is where the box begins.
func SVG(f *font.Face, id font.GID) []byte {
	if g, ok := f.GlyphData(id).(font.GlyphSVG); ok && alone(g.Source) {
		return g.Source
	}
	return nil
}

// alone says that a document of an OpenType SVG table holds one glyph only.
func alone(document []byte) bool { return bytes.Count(document, []byte(`id="glyph`)) <= 1 }
