//go:build !nogui

package theme

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
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
	height float32 // 0 for not measured yet
}

// maxAdvances bounds the table of one face. There are more characters in the world than are worth keeping.
const maxAdvances = 8192

// Advance gives the width of one character in pixels, measured once; where our fonts lack it, the width in the system's font that
// stands in.
func (a *Face) Advance(r rune) float32 {
	if r >= 0 && r < 128 {
		if a.ascii[r] == 0 {
			a.ascii[r] = fyne.MeasureText(string(r), a.key.size, a.key.style).Width
		}
		return a.ascii[r]
	}
	w, ok := a.other[r]
	if !ok {
		if len(a.other) >= maxAdvances {
			clear(a.other)
		}
		w = fyne.MeasureText(string(r), a.key.size, a.key.style).Width
		a.other[r] = w
	}
	return w
}

// Face gives the table of one size and style.
func (t *Theme) Face(size float32, style fyne.TextStyle) *Face {
	k := faceKey{size, style}
	a := t.widths[k]
	if a == nil {
		a = &Face{other: map[rune]float32{}, key: k}
		t.widths[k] = a
	}
	return a
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
		a.height = fyne.MeasureText("M", size, style).Height
	}
	return a.height
}

// strut is a character without ink or width in our fonts, see assets/fonts/README.md.
const strut = "\ue000"

// Strut gives s as it should be handed to Fyne for drawing: Fyne takes the baseline of the whole text from the font of its first
// character, so a text that begins in a script that our fonts have not would hang too low and lose its feet.
func Strut(s string) string {
	r, _ := utf8.DecodeRuneInString(s)
	if r >= 0x590 && (r < 0x1e00 || r >= 0x2c00) && r != utf8.RuneError {
		return strut + s
	}
	return s
}
