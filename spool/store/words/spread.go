package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tokenizer is the FTS5 tokenizer that cuts what Spread has prepared: letters,
// digits and symbols make words, case and diacritics do not matter.
const Tokenizer = `unicode61 remove_diacritics 2 categories 'L* N* Co So'`

// Spread prepares text for the index, and a search word for a question to it. It
// puts spaces round every letter of a script that is written without them and
// round every symbol, and leaves out the marks of Arabic and Hebrew, which some write and nobody searches.
func Spread(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/4)
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case apart(r):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		case mark(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plain says that s is ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// prolonged is the sound mark of both Japanese syllabaries, which belongs to no script.
const prolonged = '\u30fc'

// apart says that r is a word of its own.
func apart(r rune) bool {
	if r < 0x0e00 { // nothing below Thai but symbols like ©
		return r >= 0xa0 && unicode.Is(unicode.So, r)
	}
	return r == prolonged || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.So)
}

// mark says that r is a vowel sign or ornament of Arabic or Hebrew.
func mark(r rune) bool {
	const tatweel = '\u0640'
	switch {
	case r == tatweel, r == '\u0670', r >= '\u064b' && r <= '\u065f': // Arabic marks, some of which are in no script
		return true
	case r >= '\u0591' && r <= '\u05c7':
		return unicode.Is(unicode.Mn, r)
	}
	return false
}
