package css

import "strings"

// Screen is what media conditions are asked about: a screen of this size.
type Screen struct {
	Width, Height float32 // CSS pixels
	Dark          bool    // prefers-color-scheme: dark
}

// Media is a media query list: it holds when one of its queries holds.
type Media []query

// query is one media query: all of its conditions must hold.
type query struct {
	not        bool
	never      bool // for another medium than a screen
	conditions []condition
}

// condition is a feature, perhaps with a bound.
type condition struct {
	feature string // width, height, dark, light, yes, no
	bound   byte   // '<' at most, '>' at least, '=' exactly
	value   float32
	not     bool
}

// ParseMedia reads a media query list, as in "screen and (max-width: 600px), print". A query that is not understood never holds,
// as Media Queries 4 section 3.2 has it. The empty list always holds.
func ParseMedia(text string) Media {
	text = strings.ToLower(strings.TrimSpace(cleaned(text)))
	if text == "" {
		return Media{{}}
	}
	var out Media
	for i, part := range split(text, ',') {
		if i == MaxSelectors {
			break
		}
		out = append(out, parseQuery(part))
	}
	return out
}

func parseQuery(text string) query {
	var q query
	negate := false
	for _, w := range strings.Fields(strings.ReplaceAll(bracketed(text), "\x00", " ")) {
		w = strings.ReplaceAll(w, "\x01", " ")
		switch {
		case w == "and" || w == "only" || w == "screen" || w == "all":
		case w == "not" && len(q.conditions) == 0 && !negate:
			q.not = true
		case w == "not":
			negate = true
		case w[0] == '(':
			c, ok := parseCondition(strings.TrimSuffix(w[1:], ")"))
			if !ok {
				return query{never: true}
			}
			c.not = negate
			negate = false
			q.conditions = append(q.conditions, c)
			if len(q.conditions) == MaxParts {
				return q
			}
		default: // print, speech, -webkit-something, or anything else
			q.never = true
		}
	}
	return q
}

// bracketed sets words apart from brackets with \x00, and writes the spaces inside of brackets as \x01.
func bracketed(text string) string {
	var b strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case r == '(':
			if depth == 0 {
				b.WriteByte(0)
			}
			depth++
			b.WriteRune(r)
		case r == ')':
			depth--
			b.WriteRune(r)
			if depth == 0 {
				b.WriteByte(0)
			}
		case depth > 0 && (r == ' ' || r == '\t' || r == '\n' || r == '\r'):
			b.WriteByte(1)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func parseCondition(text string) (condition, bool) {
	name, value, has := strings.Cut(text, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !has && strings.ContainsAny(name, "<>=") {
		return parseRange(name)
	}
	bound := byte('=')
	if rest, ok := strings.CutPrefix(name, "min-"); ok {
		name, bound = rest, '>'
	} else if rest, ok := strings.CutPrefix(name, "max-"); ok {
		name, bound = rest, '<'
	}
	switch name {
	case "width", "device-width", "height", "device-height":
		l, ok := ParseLength(value, Sizes{Em: 16, Rem: 16})
		return condition{feature: strings.TrimPrefix(name, "device-"), bound: bound, value: l.Px}, ok || !has
	case "prefers-color-scheme":
		return condition{feature: value}, value == "dark" || value == "light"
	case "orientation":
		return condition{feature: value}, value == "portrait" || value == "landscape"
	case "-webkit-min-device-pixel-ratio", "min-resolution", "resolution", "-webkit-device-pixel-ratio", "-webkit-max-device-pixel-ratio":
		// One device pixel to a CSS pixel.
		n, ok := number(strings.TrimRight(value, "dpixcm"))
		if strings.HasSuffix(value, "dpi") {
			n /= 96
		}
		holds := n == 1
		if bound == '>' || strings.HasPrefix(name, "-webkit-min") {
			holds = n <= 1
		}
		return condition{feature: yesNo(holds)}, ok
	case "hover", "any-hover":
		return condition{feature: yesNo(value != "none")}, true
	case "pointer", "any-pointer":
		return condition{feature: yesNo(value == "fine" || !has)}, true
	case "prefers-reduced-motion":
		return condition{feature: yesNo(value == "no-preference")}, true
	}
	return condition{}, false
}

// parseRange reads "width <= 600px" and "600px >= width".
func parseRange(text string) (condition, bool) {
	i := strings.IndexAny(text, "<>=")
	j := i + 1
	if j < len(text) && text[j] == '=' {
		j++
	}
	left, right, bound := strings.TrimSpace(text[:i]), strings.TrimSpace(text[j:]), text[i]
	if right == "width" || right == "height" {
		left, right = right, left
		bound = map[byte]byte{'<': '>', '>': '<', '=': '='}[bound]
	}
	l, ok := ParseLength(right, Sizes{Em: 16, Rem: 16})
	if j == i+1 && bound != '=' { // without =, the bound itself is out
		l.Px += map[byte]float32{'<': -0.01, '>': 0.01}[bound]
	}
	return condition{feature: left, bound: bound, value: l.Px}, ok && (left == "width" || left == "height")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Holds tells whether the list holds for a screen.
func (m Media) Holds(s Screen) bool {
	for _, q := range m {
		if q.holds(s) {
			return true
		}
	}
	return false
}

func (q query) holds(s Screen) bool {
	ok := !q.never
	for _, c := range q.conditions {
		ok = ok && c.holds(s) != c.not
	}
	return ok != q.not
}

func (c condition) holds(s Screen) bool {
	v := s.Width
	switch c.feature {
	case "dark":
		return s.Dark
	case "light":
		return !s.Dark
	case "portrait":
		return s.Height >= s.Width
	case "landscape":
		return s.Height < s.Width
	case "yes", "no":
		return c.feature == "yes"
	case "height":
		v = s.Height
	}
	switch c.bound {
	case '<':
		return v <= c.value
	case '>':
		return v >= c.value
	}
	return v == c.value || c.value == 0 && v > 0 // "(width)" asks whether there is a width at all
}
