package typeset

import "unicode"

// Characters that make pictures of others (UTS 51, section 1.4).
const (
	joiner         = '\u200d' // between the parts of one picture
	textVariant    = '\ufe0e' // what stands before it is a letter
	pictureVariant = '\ufe0f' // what stands before it is a picture
)

// pictures are the characters that are pictures unless something else is asked for: of the first plane those with
// Emoji_Presentation in Unicode's emoji-data.txt, of the second all blocks in which such stand.
var pictures = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x231a, 0x231b, 1}, {0x23e9, 0x23ec, 1}, {0x23f0, 0x23f3, 3}, {0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1}, {0x2648, 0x2653, 1},
		{0x267f, 0x267f, 1}, {0x2693, 0x2693, 1}, {0x26a1, 0x26a1, 1}, {0x26aa, 0x26ab, 1}, {0x26bd, 0x26be, 1}, {0x26c4, 0x26c5, 1},
		{0x26ce, 0x26ce, 1}, {0x26d4, 0x26d4, 1}, {0x26ea, 0x26ea, 1}, {0x26f2, 0x26f3, 1}, {0x26f5, 0x26fa, 5}, {0x26fd, 0x26fd, 1},
		{0x2705, 0x2705, 1}, {0x270a, 0x270b, 1}, {0x2728, 0x2728, 1}, {0x274c, 0x274e, 2}, {0x2753, 0x2755, 1}, {0x2757, 0x2757, 1},
		{0x2795, 0x2797, 1}, {0x27b0, 0x27bf, 15}, {0x2b1b, 0x2b1c, 1}, {0x2b50, 0x2b55, 5},
	},
	R32: []unicode.Range32{{0x1f000, 0x1faff, 1}},
}

// pictured says that a character is meant as a picture: by itself, or by the variant or the colour of skin that follows it.
func pictured(r, next rune) bool {
	switch {
	case next == pictureVariant || r > 0x7f && isSkin(next):
		return true
	case r < 0x231a || next == textVariant:
		return false
	}
	return unicode.Is(pictures, r)
}

// isSkin says that a character is a colour of skin for the one before it.
func isSkin(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }
