//go:build !nogui

package theme

import (
	"encoding/binary"
	"slices"

	"fyne.io/fyne/v2"

	"postroom.dev/assets"
)

// Field is the style of text that is typed into fields. Fyne takes the baseline of a text from the font of its first character and the
// height of its picture from ours: what begins in a script that ours lacks would lose its feet, and a field's text cannot be set on a
// Strut. In this style our font says that its lines are higher. The width of a tab, which a field of one line has not, tells it from
// others.
func Field() fyne.TextStyle { return fyne.TextStyle{TabWidth: fieldTab} }

const (
	fieldTab   = 13
	fieldFont  = "field.otf"
	fieldAbove = 0.07 // of the size, over what the font says
	fieldBelow = 0.28 // and under it
)

// fieldFace gives our font with higher lines, made once.
func (t *Theme) fieldFace() fyne.Resource {
	r := t.fonts[fieldFont]
	if r == nil {
		r = fyne.NewStaticResource(fieldFont, higher(assets.Font(assets.InterRegular), fieldAbove, fieldBelow))
		t.fonts[fieldFont] = r
	}
	return r
}

// higher gives an OpenType font whose lines are higher by these parts of its size. A font that is built otherwise than ours stays as it is.
func higher(font []byte, above, below float64) []byte {
	head, hhea, os2 := table(font, "head"), table(font, "hhea"), table(font, "OS/2")
	if head < 0 || hhea < 0 || os2 < 0 || max(head+20, hhea+8, os2+78) > len(font) {
		return font
	}
	font = slices.Clone(font)
	size := float64(binary.BigEndian.Uint16(font[head+18:])) // unitsPerEm
	add := func(at int, part float64) {
		binary.BigEndian.PutUint16(font[at:], uint16(int16(binary.BigEndian.Uint16(font[at:]))+int16(part*size)))
	}
	for _, at := range []int{hhea + 4, os2 + 68} { // ascender and, next to it, the negative descender
		add(at, above)
		add(at+2, -below)
	}
	add(os2+74, above) // usWinAscent and usWinDescent, which are positive
	add(os2+76, below)
	return font
}

// table finds a table of an OpenType font, -1 where it has none: twelve octets of header, then sixteen for each table.
func table(font []byte, tag string) int {
	if len(font) < 12 {
		return -1
	}
	for i := range int(binary.BigEndian.Uint16(font[4:])) {
		at := 12 + 16*i
		if at+16 > len(font) {
			return -1
		}
		if string(font[at:at+4]) == tag {
			return int(binary.BigEndian.Uint32(font[at+8:]))
		}
	}
	return -1
}
