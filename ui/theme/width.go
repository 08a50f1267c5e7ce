//go:build !nogui

package theme

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"github.com/go-text/typesetting/font"

	"postroom.dev/ui/bidi"
	"postroom.dev/ui/ink"
)

type faceKey struct {
	size  float32
	style fyne.TextStyle
}

// Face is the widths of single characters in one size and style. Theme.Face gives it.
type Face struct {
	ascii  [128]float32 // 0 for not measured yet
	other  map[rune]float32
	key    faceKey
	height float32    // 0 for not measured yet
	own    *font.Face // our font, nil where it is none of ours
}

// maxAdvances bounds the table of one face. There are more characters in the world than are worth keeping.
const maxAdvances = 8192

// Advance gives the width of one character in pixels, measured once; where our fonts lack it, the width in the system's font that
// stands in.
func (a *Face) Advance(r rune) float32 {
	if r >= 0 && r < 128 {
		if a.ascii[r] == 0 {
			a.ascii[r] = a.measure(r)
		}
		return a.ascii[r]
	}
	w, ok := a.other[r]
	if !ok {
		if len(a.other) >= maxAdvances {
			clear(a.other)
		}
		w = a.measure(r)
		a.other[r] = w
	}
	return w
}

// measure reads the width from our font, in the 64ths of a pixel that Fyne counts in. What that lacks Fyne measures, in the font that it finds
// for it: it shapes the character as it would a text, which takes a third of a millisecond.
func (a *Face) measure(r rune) float32 {
	if a.own != nil && ink.Stands(r) {
		if glyph, ok := a.own.NominalGlyph(r); ok {
			units := a.own.HorizontalAdvance(glyph) * (a.key.size * 64) / float32(a.own.Upem())
			return float32(math.Round(float64(units))) / 64
		}
	}
	return fyne.MeasureText(string(r), a.key.size, a.key.style).Width
}

// Face gives the table of one size and style.
func (t *Theme) Face(size float32, style fyne.TextStyle) *Face {
	k := faceKey{size, style}
	a := t.widths[k]
	if a == nil {
		a = &Face{other: map[rune]float32{}, key: k, own: t.parsed(style)}
		t.widths[k] = a
	}
	return a
}

// parsed gives our font for a style, read once; nil where Fyne's is used.
func (t *Theme) parsed(style fyne.TextStyle) *font.Face {
	if style.Symbol {
		return nil
	}
	file := t.Font(style)
	f, ok := t.faces[file.Name()]
	if !ok {
		f, _ = font.ParseTTF(bytes.NewReader(file.Content())) // nil: then Fyne measures
		t.faces[file.Name()] = f
	}
	return f
}

// Pen gives what draws our font of a style; nil where Fyne's is used.
func (t *Theme) Pen(style fyne.TextStyle) *ink.Pen {
	f := t.parsed(style)
	if f == nil {
		return nil
	}
	p := t.pens[f]
	if p == nil {
		p = ink.NewPen(f)
		t.pens[f] = p
	}
	return p
}

// Advance gives the width of one character in pixels.
func (t *Theme) Advance(r rune, size float32, style fyne.TextStyle) float32 {
	return t.Face(size, style).Advance(r)
}

// Width adds up the advances of s. Without kerning the sum is a little wide, never too narrow, and costs no shaping and no
// allocation; for scripts whose letters join, it is an upper bound.
func (t *Theme) Width(s string, size float32, style fyne.TextStyle) float32 {
	a, w := t.Face(size, style), float32(0)
	for _, r := range s {
		w += a.Advance(r)
	}
	return w
}

// Ellipsis gives s cut to at most width pixels, its end replaced by "…" where it is cut. Without room even for that, it is "".
func (t *Theme) Ellipsis(s string, width, size float32, style fyne.TextStyle) string {
	a := t.Face(size, style)
	dots := a.Advance('…')
	w, fits := float32(0), -1
	for i, r := range s {
		if w+dots <= width {
			fits = i
		}
		if w += a.Advance(r); w > width {
			if fits < 0 {
				return ""
			}
			return s[:fits] + "…"
		}
	}
	return s
}

// Height gives the height of a line of text in pixels. It is the same for every text of the face.
func (t *Theme) Height(size float32, style fyne.TextStyle) float32 {
	a := t.Face(size, style)
	if a.height == 0 {
		if pen := t.Pen(style); pen != nil { // Fyne would take in the font, and with it one of emoji, 5 MB for each style
			a.height = pen.Height(size)
		} else {
			a.height = fyne.MeasureText("M", size, style).Height
		}
	}
	return a.height
}

// strut is a character without ink or width in our fonts, see assets/fonts/README.md.
const strut = "\ue000"

// Strut gives s as it should be handed to Fyne for drawing: Fyne takes the baseline of the whole text from the font of its first
// character, so a text that begins in a script that our fonts have not would hang too low and lose its feet. Of text from right to left
// Fyne draws the pieces in the order in which they stand: here they stand as they are drawn, kept apart by struts, which count as Latin.
func Strut(s string) string {
	i := strings.IndexFunc(s, foreign)
	switch {
	case i < 0:
		return s
	case bidi.HasRightToLeft(s[i:]):
		return inOrder(s)
	case i == 0:
		return strut + s
	}
	return s
}

// foreign says that none of our fonts has a character.
func foreign(r rune) bool { return r >= 0x590 && (r < 0x1e00 || r >= 0x2c00) && r != utf8.RuneError }

// inOrder puts the pieces of one direction into the order in which they are drawn in a line from left to right.
func inOrder(s string) string {
	levels := bidi.Levels(s, false)
	var pieces []string
	var of []uint8
	for from := 0; from < len(s); {
		to := from + 1
		for to < len(s) && levels[to] == levels[from] {
			to++
		}
		piece := s[from:to]
		if levels[from]%2 == 1 {
			piece = fromRight(piece)
		}
		pieces, of = append(pieces, piece), append(of, levels[from])
		from = to
	}
	var b strings.Builder
	for _, i := range bidi.Order(of) {
		b.WriteString(strut)
		b.WriteString(pieces[i])
	}
	return b.String()
}

// fromRight turns the signs round the letters of a piece from right to left, which Fyne would leave where they stand.
func fromRight(s string) string {
	isLetter := func(r rune) bool { return bidi.HasRightToLeft(string(r)) || unicode.Is(unicode.Mn, r) }
	first, last := strings.IndexFunc(s, isLetter), strings.LastIndexFunc(s, isLetter)
	if first < 0 {
		return turned(s)
	}
	_, n := utf8.DecodeRuneInString(s[last:])
	letters := s[first : last+n]
	if last+n < len(s) {
		letters = turned(s[last+n:]) + strut + letters
	}
	if first > 0 {
		letters += strut + turned(s[:first])
	}
	return letters
}

// turned gives signs in the order from right to left.
func turned(s string) string {
	mirror := strings.NewReplacer("(", ")", ")", "(", "[", "]", "]", "[", "{", "}", "}", "{", "<", ">", ">", "<", "«", "»", "»", "«")
	r := []rune(mirror.Replace(s))
	slices.Reverse(r)
	return string(r)
}
