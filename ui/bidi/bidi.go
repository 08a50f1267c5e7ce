// Package bidi says in which order text is drawn that runs in both directions, by Unicode's algorithm (UAX 9).
//
// Of the algorithm it has the rules for characters (W1 to W7, N1 and N2, I1 and I2) and for the order of a line (L2); the characters that
// embed and isolate count as neutral. It holds nothing longer than the text that it is given, and reads no text twice.
package bidi

import "golang.org/x/text/unicode/bidi"

// Levels gives each octet of a paragraph its embedding level, odd from right to left, and behind them the paragraph's own. right says
// that the paragraph itself runs from right to left.
func Levels(text string, right bool) []uint8 {
	classes := make([]bidi.Class, 0, len(text))
	at := make([]int, 0, len(text))
	for i, r := range text {
		p, _ := bidi.LookupRune(r)
		classes = append(classes, p.Class())
		at = append(at, i)
	}
	base := uint8(0)
	if right {
		base = 1
	}
	of := resolve(classes, base)
	levels := make([]uint8, len(text)+1)
	for k, v := range of {
		end := len(text)
		if k+1 < len(at) {
			end = at[k+1]
		}
		for i := at[k]; i < end; i++ {
			levels[i] = v
		}
	}
	levels[len(text)] = base
	return levels
}

// HasRightToLeft says that some letter of a text is read from right to left.
func HasRightToLeft(s string) bool {
	for _, r := range s {
		if r < 0x590 {
			continue
		}
		p, _ := bidi.LookupRune(r)
		if c := p.Class(); c == bidi.R || c == bidi.AL {
			return true
		}
	}
	return false
}

// resolve gives the levels of characters of these classes in a paragraph of this level.
func resolve(c []bidi.Class, base uint8) []uint8 {
	outside := bidi.L
	if base == 1 {
		outside = bidi.R
	}
	weak(c, outside)
	neutral(c, outside)
	levels := make([]uint8, len(c))
	for i, k := range c {
		levels[i] = base
		switch {
		case base == 0 && k == bidi.R:
			levels[i] = 1
		case base == 0 && k != bidi.L, base == 1 && k != bidi.R:
			levels[i] = base + 1
			if base == 0 {
				levels[i] = 2
			}
		}
	}
	return levels
}

// weak resolves numbers and what belongs to them (rules W1 to W7).
func weak(c []bidi.Class, outside bidi.Class) {
	strong := outside // the last strong class, AL kept apart
	last := outside
	for i, k := range c {
		if k == bidi.NSM { // W1
			c[i] = last
			k = last
		}
		last = k
		switch k {
		case bidi.L, bidi.R, bidi.AL:
			strong = k
		case bidi.EN:
			if strong == bidi.AL { // W2
				c[i] = bidi.AN
			}
		}
	}
	for i := range c {
		if c[i] == bidi.AL { // W3
			c[i] = bidi.R
		}
	}
	for i := 1; i+1 < len(c); i++ { // W4
		if c[i] == bidi.ES && c[i-1] == bidi.EN && c[i+1] == bidi.EN || c[i] == bidi.CS && c[i-1] == bidi.EN && c[i+1] == bidi.EN {
			c[i] = bidi.EN
		} else if c[i] == bidi.CS && c[i-1] == bidi.AN && c[i+1] == bidi.AN {
			c[i] = bidi.AN
		}
	}
	for i := 0; i < len(c); { // W5
		if c[i] != bidi.ET {
			i++
			continue
		}
		end := i
		for end < len(c) && c[end] == bidi.ET {
			end++
		}
		if i > 0 && c[i-1] == bidi.EN || end < len(c) && c[end] == bidi.EN {
			for k := i; k < end; k++ {
				c[k] = bidi.EN
			}
		}
		i = end
	}
	strong = outside
	for i, k := range c { // W6 and W7
		switch k {
		case bidi.L, bidi.R:
			strong = k
		case bidi.ES, bidi.ET, bidi.CS:
			c[i] = bidi.ON
		case bidi.EN:
			if strong == bidi.L {
				c[i] = bidi.L
			}
		}
	}
}

// neutral gives spaces and signs the direction of what they stand between (rules N1 and N2).
func neutral(c []bidi.Class, outside bidi.Class) {
	strength := func(k bidi.Class) (bidi.Class, bool) {
		switch k {
		case bidi.L, bidi.R:
			return k, true
		case bidi.EN, bidi.AN:
			return bidi.R, true
		}
		return 0, false
	}
	before := outside
	for i := 0; i < len(c); {
		if k, ok := strength(c[i]); ok {
			before = k
			i++
			continue
		}
		end := i
		after := outside
		for ; end < len(c); end++ {
			if k, ok := strength(c[end]); ok {
				after = k
				break
			}
		}
		to := outside
		if before == after {
			to = before
		}
		for k := i; k < end; k++ {
			c[k] = to
		}
		i = end
	}
}

// Order gives the order from left to right of pieces with these levels (rule L2).
func Order(levels []uint8) []int {
	order := make([]int, len(levels))
	highest, lowestOdd := uint8(0), uint8(255)
	for i, v := range levels {
		order[i] = i
		highest = max(highest, v)
		if v%2 == 1 {
			lowestOdd = min(lowestOdd, v)
		}
	}
	for v := highest; v >= lowestOdd && v > 0; v-- {
		for i := 0; i < len(order); {
			if levels[order[i]] < v {
				i++
				continue
			}
			end := i
			for end < len(order) && levels[order[end]] >= v {
				end++
			}
			for a, b := i, end-1; a < b; a, b = a+1, b-1 {
				order[a], order[b] = order[b], order[a]
			}
			i = end
		}
	}
	return order
}
