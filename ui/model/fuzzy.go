package model

import (
	"strings"
	"unicode"
)

// Fuzzy says how well what the user typed names a text: 0 for not at all, more for better. Letters must occur in their order,
// in either case; spaces between them count for nothing. Whole words, beginnings of words and letters side by side count most.
func Fuzzy(typed, text string) int {
	want := []rune(strings.ToLower(strings.Join(strings.Fields(typed), "")))
	have := []rune(text)
	if len(want) == 0 {
		return 1
	}
	best := 0
	for start := range have { // the first letter may occur early and lead nowhere: try every place
		if unicode.ToLower(have[start]) == want[0] {
			best = max(best, fuzzyFrom(want, have, start))
		}
	}
	return best
}

const fuzzyLong = 400 // no text loses all its points by being long

// fuzzyFrom takes each letter where it first comes, the first one at start.
func fuzzyFrom(want, have []rune, start int) int {
	score, last, w := 0, -2, 0
	for i := start; i < len(have) && w < len(want); i++ {
		if unicode.ToLower(have[i]) != want[w] {
			continue
		}
		switch {
		case begins(have, i):
			score += 80
		case last == i-1:
			score += 60
		default:
			score += 10
		}
		last = i
		w++
	}
	if w < len(want) {
		return 0
	}
	return 1 + score*10 + max(fuzzyLong-start*8-len(have), 0)
}

// begins tells whether a word begins at i.
func begins(text []rune, i int) bool {
	return i == 0 || !unicode.IsLetter(text[i-1]) && !unicode.IsDigit(text[i-1]) || unicode.IsUpper(text[i]) && unicode.IsLower(text[i-1])
}
