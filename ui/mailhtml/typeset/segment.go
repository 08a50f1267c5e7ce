package typeset

import (
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

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
		var previous, next rune
		if i > 0 {
			previous = runes[i-1]
		}
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		f := s.faceFor(previous, r, next, base, face)
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

// faceFor gives the face for a character between two others, where before is the face of the previous one; the base where no face
// has the character.
func (s *Faces) faceFor(previous, r, next rune, base, before *font.Face) *font.Face {
	if (previous == joiner || isSkin(r)) && before != nil {
		if _, ok := before.NominalGlyph(r); ok { // a part of a picture of several characters
			return before
		}
	}
	if pictured(r, next) {
		if f := s.other(r, true); f != nil {
			return f
		}
	}
	if r < 0x7f || unicode.IsControl(r) {
		return base
	}
	if joins(r) && before != nil {
		return before
	}
	if _, ok := base.NominalGlyph(r); ok {
		return base
	}
	if f := s.other(r, false); f != nil && !joins(r) {
		return f
	}
	return base
}

// joins says that a character is part of the one before it.
func joins(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// other asks for a face that is not one of mail's own, once for each character.
func (s *Faces) other(r rune, picture bool) *font.Face {
	k := otherKey{r, picture}
	f, known := s.others[k]
	if !known {
		if s.fallback != nil {
			f = s.fallback(r, picture)
		}
		if len(s.others) < cacheRunes {
			s.others[k] = f
		}
	}
	return f
}
