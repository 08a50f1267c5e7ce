//go:build !nogui

// Package ink draws lines of text into pictures, as Fyne would and much sooner.
//
// For each text that it draws Fyne prepares the whole font anew, and its outlines too: half a millisecond, where a list that is
// scrolled brings six new texts a frame. A Pen keeps the prepared font, and of each glyph the picture that it once made.
// It draws what one font has, from left to right: Latin, Greek, Cyrillic and punctuation. Text in other scripts is left to Fyne, which
// finds a font of the system's for it; so is the choice of fonts, sizes and colours to the caller. A Pen belongs to one goroutine.
package ink

import (
	"image"
	"image/color"
	"math"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// Pen draws in one font.
type Pen struct {
	face    *font.Face
	shaper  shaping.HarfbuzzShaper
	text    []rune
	scripts map[rune]language.Script // what a character that the pen draws is written in, 0 for one that it does not draw
	shapes  map[shapeKey]shape
	octets  int    // of the shapes, all together
	covered []byte // how much of each pixel is under ink, while a line is drawn
}

// Pens keep no more than this.
const (
	maxRunes  = 8192
	maxOctets = 1 << 20
)

// NewPen makes a pen for a font.
func NewPen(f *font.Face) *Pen {
	p := &Pen{face: f, scripts: map[rune]language.Script{}, shapes: map[shapeKey]shape{}}
	p.shaper.SetFontCacheSize(1)
	return p
}

// Can tells whether the pen draws a text, as Fyne does: all of it in its font, and of one script.
func (p *Pen) Can(s string) bool {
	_, can := p.script(s)
	return can
}

// script gives the script of a text. Spaces, digits and punctuation belong to any.
func (p *Pen) script(s string) (of language.Script, can bool) {
	of = language.Common
	for _, r := range s {
		is, known := p.scripts[r]
		if !known {
			if len(p.scripts) >= maxRunes {
				clear(p.scripts)
			}
			if _, has := p.face.NominalGlyph(r); has && Stands(r) {
				is = language.LookupScript(r)
			}
			p.scripts[r] = is
		}
		switch {
		case is == 0:
			return 0, false
		case is == of || is == language.Common || is == language.Inherited:
		case of == language.Common:
			of = is
		default:
			return 0, false
		}
	}
	return of, true
}

// Stands tells of Latin, Greek, Cyrillic and punctuation that the character is drawn by itself, from left to right, as wide as its font
// says: it neither controls nor combines.
func Stands(r rune) bool {
	switch {
	case r == 0xad: // a hyphen only where a line is broken at it
		return false
	case r < 0x300:
		return r >= ' ' && (r < 0x7f || r >= 0xa0)
	case r < 0x530:
		return r >= 0x370 && (r < 0x483 || r >= 0x48a)
	}
	return r >= 0x2010 && r < 0x2028
}

// Draw draws a text, as far as Can says so, over the whole of a picture, in which a pixel of the text's size is scale pixels wide. The text begins
// at the left edge, its ascent at the upper one, rounded up to a pixel; what has no room is cut off.
func (p *Pen) Draw(dst *image.RGBA, s string, size, scale float32, c color.NRGBA) {
	w, h := dst.Rect.Dx(), dst.Rect.Dy()
	if n := w * h; cap(p.covered) < n {
		p.covered = make([]byte, n)
	} else {
		p.covered = p.covered[:n]
		clear(p.covered)
	}
	if script, can := p.script(s); can && s != "" {
		p.text = append(p.text[:0], []rune(s)...)
		out := p.shaper.Shape(shaping.Input{
			Text: p.text, RunEnd: len(p.text), Direction: di.DirectionLTR, Face: p.face, Size: fixed.Int26_6(float64(size) * 64), Script: script,
		})
		x, base := float32(0), float32(math.Ceil(float64(pixels(out.LineBounds.Ascent)*scale)))
		for _, g := range out.Glyphs {
			p.shapeOf(g.GlyphID, size*scale, canvas{p.covered, w, h}, x+pixels(g.XOffset)*scale, base-pixels(g.YOffset)*scale)
			x += pixels(g.XAdvance) * scale
		}
	}
	tint(dst, p.covered, c)
}

func pixels(v fixed.Int26_6) float32 { return float32(v) / 64 }

// Height gives the height of a line of text of this size.
func (p *Pen) Height(size float32) float32 {
	out := p.shaper.Shape(shaping.Input{
		Text: []rune{' '}, RunEnd: 1, Direction: di.DirectionLTR, Face: p.face, Size: fixed.Int26_6(float64(size) * 64), Script: language.Common,
	})
	return pixels(out.LineBounds.LineThickness())
}

// tint fills a picture with a colour where it is covered.
func tint(dst *image.RGBA, covered []byte, c color.NRGBA) {
	part := func(v, of uint32) uint32 { return (v*of + 127) / 255 }
	var shades [256][4]byte
	for i := range shades {
		a := part(uint32(c.A), uint32(i))
		shades[i] = [4]byte{byte(part(uint32(c.R), a)), byte(part(uint32(c.G), a)), byte(part(uint32(c.B), a)), byte(a)}
	}
	w := dst.Rect.Dx()
	for y := range dst.Rect.Dy() {
		line := dst.Pix[y*dst.Stride:]
		for x, v := range covered[y*w : (y+1)*w] {
			copy(line[4*x:4*x+4], shades[v][:])
		}
	}
}
