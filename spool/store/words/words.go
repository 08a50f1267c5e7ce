// Package words prepares text for the full-text index.
//
// The index (SQLite's unicode61) cuts text into words at everything that is not a letter, digit or
// symbol. Scripts that are written without spaces would become one endless word, so Spread puts
// each of their letters apart; a search for several of them is a phrase. The package opens
// nothing and knows no database. Package spool/query reads what is searched for.
package words

import "unicode"

// Letter says that r is part of a word: a letter, a digit, or a symbol such as an emoji.
func Letter(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.Co, unicode.So)
}
