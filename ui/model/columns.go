package model

import "strings"

// Texts that stand in columns in the monospaced face. A letter of East Asian scripts is as wide as the face is high there, which is no
// whole number of columns: behind such texts tabs lead to the next column, which the view draws to the pixel.

// tabStop is how many columns are between the stops of a tab.
const tabStop = 8

// columns counts the columns that a text fills.
func columns(s string) int {
	narrow, wide := 0, 0
	for _, r := range s {
		if isWide(r) {
			wide++
		} else {
			narrow++
		}
	}
	return narrow + wide*12_000/7225 // thousandths of a pixel
}

func isWide(r rune) bool {
	return r >= 0x1100 && r < 0x1200 || r >= 0x2e80 && r <= 0xffdc || r >= 0x1f000
}

// padding leads from behind a text to a column; a text that ends there or behind it gets one space. A column behind wide letters has to
// be a tab stop.
func padding(s string, column int) string {
	if strings.IndexFunc(s, isWide) < 0 {
		return strings.Repeat(" ", max(1, column-columns(s)))
	}
	if n := (column - columns(s) + tabStop - 1) / tabStop; n > 0 {
		return strings.Repeat("\t", n)
	}
	return " "
}

// align makes texts as wide as the widest of them and two columns more. Those with wide letters have to begin at a tab stop. Where all
// are empty they stay so. It says whether there are such letters.
func align(texts []string) (wide bool) {
	width := 0
	for _, s := range texts {
		width, wide = max(width, columns(s)), wide || strings.IndexFunc(s, isWide) >= 0
	}
	if width == 0 {
		return false
	}
	width += 2
	if wide {
		width = (width + tabStop - 1) / tabStop * tabStop
	}
	for i, s := range texts {
		texts[i] = padded(s, width)
	}
	return wide
}

// padded is a text with its padding.
func padded(s string, column int) string { return s + padding(s, column) }
