// Package typeset knows the faces that mail is set in: it chooses a face for each character, shapes text (kerning, ligatures,
// joined scripts) with go-text, and gives metrics and outlines.
//
// Every family name comes down to one of three families. A text is shaped once at the size of one pixel and the result scaled, so
// Shape's results do not depend on the size and are kept: at most cacheRunes runes of text, the oldest forgotten first.
//
// The package opens no file: a Source gives the bytes of the three families' faces, and a Fallback the faces for characters they
// lack and for emoji, whose sequences (UTS 51) stay together. A character that no face has is a box. All methods of Faces may be called from any goroutine.
package typeset

import (
	"math"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/shaping"
)

// Family is a kind of typeface.
type Family uint8

// The families.
const (
	Sans Family = iota
	Serif
	Mono
)

// Font says how text is set. It is comparable.
type Font struct {
	Family Family
	Size   float32 // CSS pixels
	Bold   bool
	Italic bool
}

// Metrics are measures of a font, in CSS pixels.
type Metrics struct {
	Ascent, Descent float32 // over and under the baseline, whole pixels of the screen
	Height          float32 // of a line whose line-height is normal, likewise
	XHeight         float32
	Underline       float32 // the middle of the underline, under the baseline
	Thickness       float32 // of underline and strike-through
	Strike          float32 // the middle of the strike-through, over the baseline
}

// Source gives the file of a face; nil for one that it has not.
type Source func(f Family, bold, italic bool) []byte

// Fallback gives a face for a character that the family's own face lacks, or, with picture, one that draws the character in colours
// of its own, as emoji are; nil for none.
type Fallback func(r rune, picture bool) *font.Face

// otherKey is what a Fallback was asked.
type otherKey struct {
	r       rune
	picture bool
}

// Faces are the faces in use. Make it with NewFaces.
type Faces struct {
	// Grain is how many pixels of the screen a CSS pixel has: metrics are rounded to them, as browsers do. Set it before use.
	Grain float32

	source   Source
	fallback Fallback

	mu     sync.Mutex
	faces  map[faceKey]*face
	others map[otherKey]*font.Face // what fallback answered
	shaper shaping.HarfbuzzShaper
	cache  map[runKey]*Run
	order  []runKey // of the cache, the oldest first
	runes  int      // in the cache
}

type faceKey struct {
	family       Family
	bold, italic bool
}

// face is a font file, parsed, with the measures that are asked for often.
type face struct {
	*font.Face
	upem                        float32
	ascent, descent, gap        float32 // of 1 pixel of size
	xHeight                     float32
	underline, thickness, slash float32
}

// NewFaces makes faces of these files. fallback may be nil.
func NewFaces(source Source, fallback Fallback) *Faces {
	return &Faces{
		Grain: 1, source: source, fallback: fallback, faces: map[faceKey]*face{}, others: map[otherKey]*font.Face{},
		cache: map[runKey]*Run{},
	}
}

// face gives the face of a font, or the nearest that there is; nil where the source has none at all.
func (s *Faces) face(f Font) *face {
	k := faceKey{f.Family, f.Bold, f.Italic}
	if got, ok := s.faces[k]; ok {
		return got
	}
	var got *face
	for _, try := range []faceKey{k, {f.Family, f.Bold, false}, {f.Family, false, false}, {Sans, false, false}} {
		if b := s.source(try.family, try.bold, try.italic); b != nil {
			if parsed, err := font.ParseTTF(strings.NewReader(string(b))); err == nil {
				got = measured(parsed)
				break
			}
		}
	}
	s.faces[k] = got
	return got
}

func measured(f *font.Face) *face {
	m := &face{Face: f, upem: max(1, float32(f.Upem()))}
	if e, ok := f.FontHExtents(); ok {
		m.ascent, m.descent, m.gap = e.Ascender/m.upem, -e.Descender/m.upem, e.LineGap/m.upem
	} else {
		m.ascent, m.descent = 0.8, 0.2
	}
	m.xHeight = f.LineMetric(font.XHeight) / m.upem
	m.underline = -f.LineMetric(font.UnderlinePosition) / m.upem
	m.thickness = f.LineMetric(font.UnderlineThickness) / m.upem
	m.slash = f.LineMetric(font.StrikethroughPosition) / m.upem
	return m
}

// Metrics measures a font. Ascent, descent and gap are rounded each for itself, as browsers do.
func (s *Faces) Metrics(f Font) Metrics {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.face(f)
	if m == nil || f.Size <= 0 {
		return Metrics{}
	}
	size := f.Size * s.Grain
	up, down, gap := round(m.ascent*size), round(m.descent*size), round(m.gap*size)
	if down < m.descent*size && up >= 1 { // what hangs down would be cut off: the baseline goes up a pixel
		up, down = up-1, down+1
	}
	up, down, gap = up/s.Grain, down/s.Grain, gap/s.Grain
	return Metrics{
		Ascent: up, Descent: down, Height: up + down + gap, XHeight: m.xHeight * f.Size,
		Underline: m.underline * f.Size, Thickness: max(1, m.thickness*f.Size), Strike: m.slash * f.Size,
	}
}

func round(v float32) float32 { return float32(math.Floor(float64(v) + 0.5)) }

// families are names and what they come down to. Names of a family's own kind in them ("… mono") are found by word below.
var families = map[string]Family{
	"serif": Serif, "times": Serif, "times new roman": Serif, "georgia": Serif, "garamond": Serif, "palatino": Serif, "cambria": Serif,
	"baskerville": Serif, "didot": Serif, "bodoni": Serif, "playfair display": Serif, "merriweather": Serif, "lora": Serif,
	"book antiqua": Serif, "palatino linotype": Serif, "hoefler text": Serif, "constantia": Serif, "ui-serif": Serif, "georgia pro": Serif,
	"pt serif": Serif, "noto serif": Serif, "libre baskerville": Serif, "crimson text": Serif, "eb garamond": Serif, "liberation serif": Serif,
	"monospace": Mono, "courier": Mono, "courier new": Mono, "consolas": Mono, "menlo": Mono, "monaco": Mono, "ui-monospace": Mono,
	"andale mono": Mono, "lucida console": Mono, "sfmono-regular": Mono, "source code pro": Mono, "fira code": Mono, "inconsolata": Mono,
	"sans-serif": Sans, "cursive": Sans, "fantasy": Sans, "system-ui": Sans, "-apple-system": Sans, "blinkmacsystemfont": Sans,
	"arial": Sans, "helvetica": Sans, "helvetica neue": Sans, "verdana": Sans, "tahoma": Sans, "trebuchet ms": Sans, "segoe ui": Sans,
	"roboto": Sans, "open sans": Sans, "lato": Sans, "inter": Sans, "ubuntu": Sans, "montserrat": Sans, "poppins": Sans,
	"calibri": Sans, "lucida grande": Sans, "raleway": Sans, "nunito": Sans, "oxygen": Sans, "cantarell": Sans, "geneva": Sans,
}

// Known gives the family that a name comes down to. It is not known where nothing in the name tells; then the family is Sans.
func Known(name string) (f Family, known bool) {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `'" `))
	if f, ok := families[name]; ok {
		return f, true
	}
	switch {
	case strings.Contains(name, "mono") || strings.Contains(name, "courier"):
		return Mono, true
	case strings.Contains(name, "sans"):
		return Sans, true
	case strings.Contains(name, "serif") || strings.Contains(name, "times"):
		return Serif, true
	}
	return Sans, false
}
