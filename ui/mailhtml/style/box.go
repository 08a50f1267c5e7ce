package style

import (
	"image/color"
	"strings"

	"postroom.dev/ui/mailhtml/css"
)

// box sets margins, padding, borders, corners and backgrounds.
func (t setter) box(name, low, value string) bool {
	s := t.s
	switch name {
	case "margin":
		t.four(&s.Margin, low, true)
	case "padding":
		t.four(&s.Padding, low, false)
	case "margin-top", "margin-right", "margin-bottom", "margin-left":
		if l, ok := t.length(low); ok {
			s.Margin[edgeOf[name[len("margin-"):]]] = l
		}
	case "padding-top", "padding-right", "padding-bottom", "padding-left":
		if l, ok := t.length(low); ok && l.Definite() && l.Px >= 0 {
			s.Padding[edgeOf[name[len("padding-"):]]] = l
		}
	case "margin-inline", "margin-block", "padding-inline", "padding-block":
		t.logical(name, low)
	case "border-radius":
		t.radius(low)
	case "border-top-left-radius", "border-top-right-radius", "border-bottom-right-radius", "border-bottom-left-radius":
		corner := map[string]int{"top-left": 0, "top-right": 1, "bottom-right": 2, "bottom-left": 3}[strings.TrimSuffix(name[len("border-"):], "-radius")]
		if w := css.Words(low); len(w) > 0 {
			if l, ok := t.length(w[0]); ok {
				s.Radius[corner] = l
			}
		}
	case "box-shadow", "-webkit-box-shadow":
		t.shadow(low)
	case "background", "background-color", "background-image", "background-position", "background-size", "background-repeat":
		t.background(name, low, value)
	default:
		if rest, ok := strings.CutPrefix(name, "border"); ok {
			return t.border(rest, low)
		}
		return false
	}
	return true
}

// four sets the sides from one to four lengths.
func (t setter) four(to *[4]css.Length, low string, signed bool) {
	w := css.Words(low)
	if len(w) == 0 || len(w) > 4 {
		return
	}
	var l [4]css.Length
	for i, word := range w {
		v, ok := t.length(word)
		if !ok || !signed && (v.Kind == css.Auto || v.Px < 0) {
			return
		}
		l[i] = v
	}
	*to = spread(l, len(w))
}

// spread gives all four sides from the first n.
func spread[T any](v [4]T, n int) [4]T {
	switch n {
	case 1:
		return [4]T{v[0], v[0], v[0], v[0]}
	case 2:
		return [4]T{v[0], v[1], v[0], v[1]}
	case 3:
		return [4]T{v[0], v[1], v[2], v[1]}
	}
	return v
}

func (t setter) logical(name, low string) {
	w := css.Words(low)
	if len(w) == 0 || len(w) > 2 {
		return
	}
	a, okA := t.length(w[0])
	b, okB := t.length(w[len(w)-1])
	if !okA || !okB {
		return
	}
	to := &t.s.Margin
	if strings.HasPrefix(name, "padding") {
		to = &t.s.Padding
	}
	if strings.HasSuffix(name, "inline") {
		to[LeftEdge], to[RightEdge] = a, b
	} else {
		to[TopEdge], to[BottomEdge] = a, b
	}
}

func (t setter) radius(low string) {
	low, _, _ = strings.Cut(low, "/")
	var l [4]css.Length
	w := css.Words(low)
	if len(w) == 0 || len(w) > 4 {
		return
	}
	for i, word := range w {
		v, ok := t.length(word)
		if !ok || v.Kind == css.Auto {
			return
		}
		l[i] = v
	}
	t.s.Radius = spread(l, len(w))
}

// border sets border, border-SIDE, and their -width, -style and -color.
func (t setter) border(rest, low string) bool {
	sides := []int{TopEdge, RightEdge, BottomEdge, LeftEdge}
	rest = strings.TrimPrefix(rest, "-")
	for name, i := range edgeOf {
		if after, ok := strings.CutPrefix(rest, name); ok && (after == "" || after[0] == '-') {
			sides, rest = []int{i}, strings.TrimPrefix(after, "-")
			break
		}
	}
	words := css.Words(low)
	switch rest {
	case "":
		e := Edge{given: medium}
		for _, w := range words {
			if !t.edgeWord(&e, w) {
				return true // one word that is not understood voids all
			}
		}
		for _, i := range sides {
			t.s.Border[i] = e
		}
	case "width", "style", "color":
		if len(words) == 0 || len(words) > 4 {
			return true
		}
		var parts [4]Edge
		for i, w := range words {
			if !t.edgePart(&parts[i], rest, w) {
				return true
			}
		}
		if len(sides) == 4 {
			parts = spread(parts, len(words))
		} else {
			parts = spread(parts, 1)
		}
		for _, i := range sides {
			b := &t.s.Border[i]
			switch rest {
			case "width":
				b.given = parts[i].given
			case "style":
				b.Style = parts[i].Style
			case "color":
				b.Color, b.colored = parts[i].Color, parts[i].colored
			}
		}
	default:
		return false
	}
	return true
}

func (t setter) edgeWord(e *Edge, w string) bool {
	return t.edgePart(e, "style", w) || t.edgePart(e, "width", w) || t.edgePart(e, "color", w)
}

var edgeStyles = map[string]EdgeStyle{
	"none": NoEdge, "hidden": NoEdge, "solid": Solid, "dashed": Dashed, "dotted": Dotted, "double": Double,
	"groove": Solid, "ridge": Solid, "inset": Solid, "outset": Solid,
}

// thickest bounds borders, in pixels.
const thickest = 2000

func (t setter) edgePart(e *Edge, part, w string) bool {
	switch part {
	case "style":
		v, ok := edgeStyles[w]
		if ok {
			e.Style = v
		}
		return ok
	case "width":
		if v, ok := map[string]float32{"thin": 1, "medium": 3, "thick": 5}[w]; ok {
			e.given = v
			return true
		}
		l, ok := t.length(w)
		if ok = ok && l.Kind == css.Fixed && l.Px >= 0; ok {
			e.given = min(l.Px, thickest)
			if e.given > 0 && e.given < 1 {
				e.given = 1
			} else {
				e.given = float32(int(e.given)) // browsers draw whole pixels
			}
		}
		return ok
	}
	if w == "currentcolor" {
		e.colored = false
		return true
	}
	c, ok := css.ParseColor(w)
	if ok {
		e.Color, e.colored = c, true
	}
	return ok
}

func (t setter) shadow(low string) {
	if low == "none" {
		t.s.Shadow = nil
		return
	}
	if i := strings.Index(low, "inset"); i >= 0 {
		return
	}
	sh := &Shadow{Color: color.NRGBA{A: 255}}
	n := 0
	for _, w := range css.Words(low) {
		if w == "," { // the first shadow is the one on top
			break
		}
		if c, ok := css.ParseColor(w); ok {
			sh.Color = c
			continue
		}
		l, ok := t.length(w)
		if !ok || n == 4 {
			return
		}
		*[]*float32{&sh.X, &sh.Y, &sh.Blur, &sh.Spread}[n] = max(-100, min(l.Px, 100))
		n++
	}
	if n >= 2 {
		sh.Blur = max(0, sh.Blur)
		t.s.Shadow = sh
	}
}

// background reads the shorthand and its parts. Of several layers the last is taken for its colour, the first for its
// picture and the first for its gradient.
func (t setter) background(name, low, value string) {
	s := t.s
	switch name {
	case "background-color":
		if c, ok := css.ParseColor(low); ok {
			s.Fill = c
		} else if low == "currentcolor" {
			s.Fill = s.Color
		}
	case "background-image":
		b := &s.Background
		if b.URL == "" && *b == (Background{}) {
			b.RepeatX, b.RepeatY = true, true
		}
		t.images(value)
	case "background-position":
		t.position(css.Words(low))
	case "background-size":
		t.backgroundSize(css.Words(low))
	case "background-repeat":
		t.repeat(low)
	default:
		t.backgroundAll(value)
	}
}

func (t setter) backgroundAll(value string) {
	s := t.s
	s.Fill, s.Background = color.NRGBA{}, Background{RepeatX: true, RepeatY: true}
	t.images(value)
	var position, size []string
	inSize := false
	for _, w := range css.Words(value) {
		lw := strings.ToLower(w)
		switch c, isColor := css.ParseColor(lw); {
		case isColor:
			s.Fill = c
		case strings.HasPrefix(lw, "url("), css.IsGradient(lw): // see images
		case lw == "/":
			inSize = true
		case lw == ",":
			inSize = false
		case strings.Contains(lw, "repeat"):
			t.repeat(lw)
		case inSize:
			size = append(size, lw)
		default:
			position = append(position, lw)
		}
	}
	t.position(position)
	t.backgroundSize(size)
}

// images takes the first picture and the first gradient of the layers.
func (t setter) images(value string) {
	b := &t.s.Background
	b.URL, b.Gradient, b.Under = "", nil, false
	for _, layer := range css.Layers(value) {
		for _, w := range css.Words(layer) {
			switch {
			case css.IsGradient(w) && b.Gradient == nil:
				if g, ok := css.ParseGradient(w, t.sizes(t.s.Font.Size)); ok {
					b.Gradient, b.Under = g, b.URL != ""
				}
			case b.URL == "":
				b.URL = css.URL(w)
			}
		}
	}
}

func (t setter) repeat(low string) {
	b := &t.s.Background
	switch low {
	case "repeat":
		b.RepeatX, b.RepeatY = true, true
	case "no-repeat":
		b.RepeatX, b.RepeatY = false, false
	case "repeat-x", "repeat no-repeat":
		b.RepeatX, b.RepeatY = true, false
	case "repeat-y", "no-repeat repeat":
		b.RepeatX, b.RepeatY = false, true
	}
}

func (t setter) position(words []string) {
	percent := func(v float32) css.Length { return css.Length{Percent: v, Kind: css.Relative} }
	var at [2]css.Length
	n := 0
	set := [2]bool{}
	for _, w := range words {
		switch w {
		case "left", "right":
			at[0], set[0] = percent(map[string]float32{"left": 0, "right": 100}[w]), true
		case "top", "bottom":
			at[1], set[1] = percent(map[string]float32{"top": 0, "bottom": 100}[w]), true
		case "center":
			n++
		default:
			l, ok := t.length(w)
			if !ok || !l.Definite() {
				continue
			}
			i := 0
			if set[0] {
				i = 1
			}
			at[i], set[i] = l, true
		}
	}
	if n > 0 || set[0] != set[1] { // what is not said is the center
		for i := range at {
			if !set[i] {
				at[i] = percent(50)
			}
		}
	}
	if n > 0 || set[0] || set[1] {
		t.s.Background.X, t.s.Background.Y = at[0], at[1]
	}
}

func (t setter) backgroundSize(words []string) {
	if len(words) == 0 {
		return
	}
	b := &t.s.Background
	b.Cover, b.Contain, b.Width, b.Height = words[0] == "cover", words[0] == "contain", css.Length{}, css.Length{}
	if b.Cover || b.Contain {
		return
	}
	if l, ok := t.length(words[0]); ok {
		b.Width = l
	}
	if len(words) > 1 {
		if l, ok := t.length(words[1]); ok {
			b.Height = l
		}
	}
}

// flex sets the properties of flex containers and of what is in them.
func (t setter) flex(name, low string) {
	f := &t.s.Flex
	switch name {
	case "flex-direction":
		f.Column = strings.HasPrefix(low, "column")
	case "flex-wrap":
		f.Wrap = low == "wrap"
	case "justify-content":
		f.Justify = low
	case "align-items":
		f.Items = low
	case "gap", "column-gap":
		if w := css.Words(low); len(w) > 0 {
			if l, ok := t.length(w[len(w)-1]); ok {
				f.Gap = max(0, l.Px)
			}
		}
	case "flex-grow", "flex":
		if w := css.Words(low); len(w) > 0 {
			if v, ok := css.Number(w[0]); ok {
				t.s.Grow = max(0, min(v, 1000))
			}
		}
	}
}
