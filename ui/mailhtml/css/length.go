package css

import (
	"math"
	"strconv"
	"strings"
)

// Length is a length, a percentage, or the sum of both. The zero Length is not set.
type Length struct {
	Px      float32 // CSS pixels
	Percent float32 // of what the property refers to
	Kind    Kind
}

// Kind tells what a Length is.
type Kind uint8

// The kinds of a Length.
const (
	Unset    Kind = iota
	Auto          // auto, or none for max-width and max-height
	Fixed         // pixels alone
	Relative      // with a percentage
)

// Pixels makes a length of pixels.
func Pixels(v float32) Length { return Length{Px: v, Kind: Fixed} }

// Of gives the length in pixels where base is the whole; 0 for one that is auto or not set.
func (l Length) Of(base float32) float32 { return l.Px + l.Percent*base/100 }

// Definite says that the length is neither auto nor unset.
func (l Length) Definite() bool { return l.Kind == Fixed || l.Kind == Relative }

// IsZero says that the length is 0 whatever the base.
func (l Length) IsZero() bool { return l.Px == 0 && l.Percent == 0 }

// Sizes are what relative units refer to, in pixels.
type Sizes struct {
	Em, Rem       float32 // font sizes of the element and of the root
	Width, Height float32 // of the screen
}

// farthest bounds every length: nothing in a mail is meant to be longer.
const farthest = 1e6

// units are the factors of absolute units; the others depend on Sizes.
var units = []struct {
	name   string
	factor func(Sizes) float32
}{
	{"px", func(Sizes) float32 { return 1 }},
	{"rem", func(s Sizes) float32 { return s.Rem }},
	{"em", func(s Sizes) float32 { return s.Em }},
	{"pt", func(Sizes) float32 { return 4.0 / 3 }},
	{"vw", func(s Sizes) float32 { return s.Width / 100 }},
	{"vh", func(s Sizes) float32 { return s.Height / 100 }},
	{"ex", func(s Sizes) float32 { return s.Em / 2 }},
	{"ch", func(s Sizes) float32 { return s.Em / 2 }},
	{"pc", func(Sizes) float32 { return 16 }},
	{"in", func(Sizes) float32 { return 96 }},
	{"cm", func(Sizes) float32 { return 96 / 2.54 }},
	{"mm", func(Sizes) float32 { return 96 / 25.4 }},
}

// ParseLength reads a length, a percentage, auto, none, or calc(…) of them. A number without a unit counts as pixels where
// it is 0, else not at all: see ParseLoose.
func ParseLength(s string, sizes Sizes) (Length, bool) {
	l, unitless, ok := parseLength(s, sizes)
	if unitless && !l.IsZero() {
		return Length{}, false
	}
	return l, ok
}

// ParseLoose is ParseLength that takes any number without a unit for pixels, as attributes and documents in quirks mode do.
func ParseLoose(s string, sizes Sizes) (Length, bool) {
	l, _, ok := parseLength(s, sizes)
	return l, ok
}

func parseLength(s string, sizes Sizes) (l Length, unitless, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case s == "auto" || s == "none" || s == "fit-content" || s == "max-content" || s == "min-content":
		return Length{Kind: Auto}, false, true
	case strings.HasPrefix(s, "calc("):
		l, ok = calc(s[4:], sizes)
		return l, false, ok
	case strings.HasSuffix(s, "%"):
		v, ok := number(s[:len(s)-1])
		return Length{Percent: v, Kind: Relative}, false, ok
	}
	for _, u := range units {
		if n, has := strings.CutSuffix(s, u.name); has {
			v, ok := number(n)
			return Pixels(bounded(v * u.factor(sizes))), false, ok
		}
	}
	v, ok := number(s)
	return Pixels(v), true, ok
}

// number reads a finite number and bounds it.
func number(s string) (float32, bool) {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsAny(s, "xXpPinIN_") { // neither hexadecimal nor Inf nor NaN
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 32)
	if err != nil || math.IsNaN(v) {
		return 0, false
	}
	return bounded(float32(v)), true
}

// Number reads a number without a unit.
func Number(s string) (float32, bool) { return number(s) }

func bounded(v float32) float32 { return max(-farthest, min(v, farthest)) }

// calc reads sums, differences, products and quotients of lengths and numbers in brackets (CSS Values 3, section 8.1).
func calc(s string, sizes Sizes) (Length, bool) {
	c := calculation{words: calcWords(s), sizes: sizes}
	t, ok := c.sum(0)
	if !ok || len(c.words) > 0 || t.number {
		return Length{}, false
	}
	l := Length{Px: bounded(t.px), Percent: bounded(t.percent), Kind: Fixed}
	if l.Percent != 0 {
		l.Kind = Relative
	}
	return l, true
}

type calculation struct {
	words []string
	sizes Sizes
}

// term is a value of the calculation: px and percent, or px alone where number is set.
type term struct {
	px, percent float32
	number      bool
}

func (c *calculation) next() string {
	if len(c.words) == 0 {
		return ""
	}
	w := c.words[0]
	c.words = c.words[1:]
	return w
}

func (c *calculation) peek() string {
	if len(c.words) == 0 {
		return ""
	}
	return c.words[0]
}

func (c *calculation) sum(depth int) (term, bool) {
	t, ok := c.product(depth)
	for ok && (c.peek() == "+" || c.peek() == "-") {
		sign := float32(1)
		if c.next() == "-" {
			sign = -1
		}
		var u term
		u, ok = c.product(depth)
		t = term{t.px + sign*u.px, t.percent + sign*u.percent, t.number && u.number}
	}
	return t, ok
}

func (c *calculation) product(depth int) (term, bool) {
	t, ok := c.value(depth)
	for ok && (c.peek() == "*" || c.peek() == "/") {
		divide := c.next() == "/"
		var u term
		u, ok = c.value(depth)
		switch {
		case divide && (!u.number || u.px == 0), !divide && !t.number && !u.number:
			return term{}, false
		case divide:
			t.px, t.percent = t.px/u.px, t.percent/u.px
		case u.number:
			t.px, t.percent = t.px*u.px, t.percent*u.px
		default:
			t = term{u.px * t.px, u.percent * t.px, false}
		}
	}
	return t, ok
}

func (c *calculation) value(depth int) (term, bool) {
	w := c.next()
	if w == "calc" {
		w = c.next()
	}
	if w == "(" {
		if depth == MaxNesting {
			return term{}, false
		}
		t, ok := c.sum(depth + 1)
		return t, ok && c.next() == ")"
	}
	l, unitless, ok := parseLength(w, c.sizes)
	return term{l.Px, l.Percent, unitless}, ok && l.Definite()
}

// calcWords cuts a calculation into brackets, operators and values. A sign that touches its number belongs to it.
func calcWords(s string) []string {
	var out []string
	start := -1
	flush := func(i int) {
		if start >= 0 {
			out = append(out, s[start:i])
			start = -1
		}
	}
	for i := 0; i < len(s) && len(out) < 64; i++ {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			flush(i)
		case c == '(' || c == ')' || c == '*' || c == '/':
			flush(i)
			out = append(out, string(c))
		case (c == '+' || c == '-') && i+1 < len(s) && s[i+1] == ' ':
			flush(i)
			out = append(out, string(c))
		case start < 0:
			start = i
		}
	}
	flush(len(s))
	return out
}
