package css

import (
	"image/color"
	"math"
	"strconv"
	"strings"
)

// ParseColor reads a colour: a name, transparent, #rgb, #rgba, #rrggbb, #rrggbbaa, rgb(), rgba(), hsl() or hsla().
// currentcolor is not a colour of its own: the caller knows what it means.
func ParseColor(s string) (color.NRGBA, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "transparent" {
		return color.NRGBA{}, true
	}
	if v, ok := named[s]; ok {
		return opaque(v), true
	}
	if hex, ok := strings.CutPrefix(s, "#"); ok {
		return parseHex(hex)
	}
	name, args, ok := strings.Cut(s, "(")
	if !ok {
		return color.NRGBA{}, false
	}
	f := strings.FieldsFunc(strings.TrimSuffix(args, ")"), func(r rune) bool { return r == ',' || r == ' ' || r == '/' })
	if len(f) < 3 || len(f) > 4 {
		return color.NRGBA{}, false
	}
	alpha := float32(1)
	if len(f) == 4 {
		if alpha, ok = fraction(f[3], 1); !ok {
			return color.NRGBA{}, false
		}
	}
	switch name {
	case "rgb", "rgba":
		r, ok1 := fraction(f[0], 255)
		g, ok2 := fraction(f[1], 255)
		b, ok3 := fraction(f[2], 255)
		return color.NRGBA{R: octet(r), G: octet(g), B: octet(b), A: octet(alpha)}, ok1 && ok2 && ok3
	case "hsl", "hsla":
		h, ok1 := number(strings.TrimSuffix(f[0], "deg"))
		s, ok2 := fraction(f[1], 100)
		l, ok3 := fraction(f[2], 100)
		return fromHSL(float64(h), float64(s), float64(l), alpha), ok1 && ok2 && ok3
	}
	return color.NRGBA{}, false
}

// ParseLegacyColor reads a colour as attributes like bgcolor have it, where the # may be missing.
func ParseLegacyColor(s string) (color.NRGBA, bool) {
	if c, ok := ParseColor(s); ok {
		return c, true
	}
	s = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "#")
	if len(s) < 3 || len(s) > 8 {
		return color.NRGBA{}, false
	}
	if len(s) > 6 { // what browsers do with too many digits comes to this for the usual slips
		s = s[:6]
	}
	return parseHex(s + strings.Repeat("0", (6-len(s))%3))
}

func opaque(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

func parseHex(s string) (color.NRGBA, bool) {
	if len(s) == 3 || len(s) == 4 {
		var long []byte
		for i := range len(s) {
			long = append(long, s[i], s[i])
		}
		s = string(long)
	}
	v, err := strconv.ParseUint(s, 16, 32)
	switch {
	case err != nil:
		return color.NRGBA{}, false
	case len(s) == 6:
		return opaque(uint32(v)), true
	case len(s) == 8:
		c := opaque(uint32(v >> 8))
		c.A = uint8(v)
		return c, true
	}
	return color.NRGBA{}, false
}

// fraction reads a percentage, or a number of which whole is all; the result is of 0 to 1.
func fraction(s string, whole float32) (float32, bool) {
	if p, ok := strings.CutSuffix(s, "%"); ok {
		s, whole = p, 100
	}
	v, ok := number(s)
	return max(0, min(v/whole, 1)), ok
}

func octet(f float32) uint8 { return uint8(math.Round(float64(f) * 255)) }

// fromHSL is the formula of CSS Color 4, section 7.1.
func fromHSL(h, s, l float64, alpha float32) color.NRGBA {
	h = math.Mod(math.Mod(h, 360)+360, 360)
	f := func(n float64) uint8 {
		k := math.Mod(n+h/30, 12)
		a := s * math.Min(l, 1-l)
		return octet(float32(l - a*math.Max(-1, math.Min(k-3, math.Min(9-k, 1)))))
	}
	return color.NRGBA{R: f(0), G: f(8), B: f(4), A: octet(alpha)}
}
