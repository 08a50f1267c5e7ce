package typeset

import (
	"unicode"

	"github.com/go-text/typesetting/font"
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
	// reading. Octets of one character share the place of the first; of characters drawn as one glyph all but the first stand
	// where the glyph ends.
	Prefix []float32
	// Glyphs are from left to right.
	Glyphs []Glyph
}

// Glyph is a drawn shape.
type Glyph struct {
	Face    *font.Face // nil for a character that no face has: it is drawn as a box
	ID      font.GID
	X, Y    float32 // where it is drawn, from the left end of the run and from the baseline upward, kerning and offsets counted
	Advance float32
	Cluster int  // the first octet of what it draws
	Runes   int  // how many characters it draws; 0 for the further glyphs of a cluster
	Heavier bool // it is to be drawn heavier than it is: the text is bold, and the face that has the character is not
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
		boxMissing(&out, runes)
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
		heavier := f.Bold && out.Face != base.Face && !isBold(out.Face)
		for _, g := range out.Glyphs {
			if g.ClusterIndex < 0 || g.ClusterIndex >= len(runes) {
				continue
			}
			n := 0
			if g.ClusterIndex != last {
				n, last = max(1, g.RuneCount), g.ClusterIndex
			}
			face := out.Face
			if g.GlyphID == 0 {
				face = nil
			}
			r.Glyphs = append(r.Glyphs, Glyph{
				Face: face, ID: g.GlyphID, X: x + float32(g.XOffset)*scale, Y: float32(g.YOffset) * scale,
				Advance: float32(g.XAdvance) * scale, Cluster: at[g.ClusterIndex], Runes: n, Heavier: heavier && face != nil,
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

// isBold says that a face is of the weights that stand for bold.
func isBold(f *font.Face) bool { return f.Describe().Aspect.Weight >= font.WeightSemibold }

// BoxWidth is how wide the box is that stands for a character without a glyph, in parts of the em.
const BoxWidth = 0.6

// boxMissing gives characters that the face lacks (glyph 0) the width of a box: one for all that are drawn together, none for
// characters that are not to be seen.
func boxMissing(out *shaping.Output, runes []rune) {
	kept := out.Glyphs[:0]
	last := -1
	for _, g := range out.Glyphs {
		if g.GlyphID == 0 {
			if g.ClusterIndex < 0 || g.ClusterIndex >= len(runes) || g.ClusterIndex == last || unseen(runes[g.ClusterIndex]) {
				continue
			}
			last = g.ClusterIndex
			g.XOffset, g.YOffset, g.XAdvance = 0, 0, fixed.Int26_6(BoxWidth*float32(out.Size))
		}
		kept = append(kept, g)
	}
	out.Glyphs = kept
}

// unseen says that a character shows nothing even where a face lacks it.
func unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zs, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
