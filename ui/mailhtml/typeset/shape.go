package typeset

import (
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

const (
	cacheRunes = 400_000 // runes of text in the cache
	longest    = 20_000  // runes that are shaped at once
)

// Run is a text that was shaped, at a size of one pixel: multiply by the font's size.
type Run struct {
	// Prefix has for each octet of the text, and for its end, how far from the start of the text it stands, in the order of
	// reading. Octets of one character, and characters drawn as one glyph, share the place of the first.
	Prefix []float32
	// Glyphs are from left to right.
	Glyphs []Glyph
}

// Glyph is a drawn shape.
type Glyph struct {
	Face    *font.Face
	ID      font.GID
	X, Y    float32 // where it is drawn, from the left end of the run and from the baseline upward, kerning and offsets counted
	Advance float32
	Cluster int // the first octet of what it draws
	Runes   int // how many characters it draws; 0 for the further glyphs of a cluster
}

type runKey struct {
	text  string
	face  faceKey
	right bool
}

// Shape shapes a text of one direction.
func (s *Faces) Shape(text string, f Font, rightToLeft bool) *Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := runKey{text, faceKey{f.Family, f.Bold, f.Italic}, rightToLeft}
	if r, ok := s.cache[k]; ok {
		return r
	}
	r := s.shape(text, f, rightToLeft)
	for s.runes += len(text) + 1; s.runes > cacheRunes && len(s.order) > 0; s.order = s.order[1:] {
		s.runes -= len(s.order[0].text) + 1
		delete(s.cache, s.order[0])
	}
	s.cache[k] = r
	s.order = append(s.order, k)
	return r
}

// Prefix gives where each octet of the text and its end stand, at a size of one pixel: see Run.Prefix.
func (s *Faces) Prefix(text string, f Font, rightToLeft bool) []float32 {
	return s.Shape(text, f, rightToLeft).Prefix
}

func (s *Faces) shape(text string, f Font, right bool) *Run {
	r := &Run{Prefix: make([]float32, len(text)+1)}
	base := s.face(f)
	if base == nil || text == "" {
		return r
	}
	runes := []rune(text)
	at := make([]int, 0, len(runes)+1) // the octet that each rune begins at
	for i := range text {
		at = append(at, i)
	}
	at = append(at, len(text))
	advance := make([]float32, len(runes))
	var outs []shaping.Output
	for _, in := range s.segments(runes, base.Face, right) {
		out := s.shaper.Shape(in)
		outs = append(outs, out)
		scale := 1 / float32(in.Size.Ceil())
		for _, g := range out.Glyphs {
			if g.ClusterIndex >= 0 && g.ClusterIndex < len(advance) {
				advance[g.ClusterIndex] += float32(g.XAdvance) / 64 * scale
			}
		}
	}
	sum := float32(0)
	for i := range runes {
		for o := at[i]; o < at[i+1]; o++ {
			r.Prefix[o] = sum
		}
		sum += advance[i]
	}
	r.Prefix[len(text)] = sum
	x := float32(0)
	place := func(out *shaping.Output) {
		scale := 1 / float32(out.Size.Ceil()) / 64
		last := -1
		for _, g := range out.Glyphs {
			if g.ClusterIndex < 0 || g.ClusterIndex >= len(runes) {
				continue
			}
			n := 0
			if g.ClusterIndex != last {
				n, last = max(1, g.RuneCount), g.ClusterIndex
			}
			r.Glyphs = append(r.Glyphs, Glyph{
				Face: out.Face, ID: g.GlyphID, X: x + float32(g.XOffset)*scale, Y: float32(g.YOffset) * scale,
				Advance: float32(g.XAdvance) * scale, Cluster: at[g.ClusterIndex], Runes: n,
			})
			x += float32(g.XAdvance) * scale
		}
	}
	for i := range outs {
		if right {
			place(&outs[len(outs)-1-i])
		} else {
			place(&outs[i])
		}
	}
	return r
}

// segments cuts a text into pieces of one face and one script.
func (s *Faces) segments(runes []rune, base *font.Face, right bool) []shaping.Input {
	direction := di.DirectionLTR
	if right {
		direction = di.DirectionRTL
	}
	var out []shaping.Input
	start := 0
	var face *font.Face
	var script language.Script
	flush := func(end int) {
		if end > start {
			out = append(out, shaping.Input{
				Text: runes, RunStart: start, RunEnd: end, Direction: direction, Face: face,
				Size: fixed.I(int(max(1, min(face.Upem(), 16384)))), Script: script, Language: "en",
			})
		}
		start = end
	}
	for i, r := range runes {
		f := s.faceFor(r, base, face)
		sc := language.Latin
		if r >= 0x250 {
			sc = language.LookupScript(r)
		}
		common := r < 0x41 || sc == language.Common || sc == language.Inherited
		if common && script != 0 {
			sc = script
		}
		if face == nil {
			face, script = f, sc
		}
		if f != face || sc != script || i-start >= longest {
			flush(i)
			face, script = f, sc
		}
	}
	flush(len(runes))
	return out
}

// faceFor gives the face for a character that stands after one of the face before.
func (s *Faces) faceFor(r rune, base, before *font.Face) *font.Face {
	if r < 0x7f || unicode.IsControl(r) {
		return base
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Variation_Selector) && before != nil {
		return before
	}
	if _, ok := base.NominalGlyph(r); ok {
		return base
	}
	f, known := s.others[r]
	if !known {
		if s.fallback != nil {
			f = s.fallback(r)
		}
		if len(s.others) < cacheRunes {
			s.others[r] = f
		}
	}
	if f == nil {
		return base
	}
	return f
}

// Outline gives the shape of a glyph in parts of the em, with y downward; nil where it is not drawn by lines, as emoji are not.
func Outline(f *font.Face, id font.GID) []Segment {
	g, ok := f.GlyphData(id).(font.GlyphOutline)
	if !ok {
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
