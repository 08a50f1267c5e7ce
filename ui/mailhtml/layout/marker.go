package layout

import (
	"strconv"
	"strings"

	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/style"
)

// marker draws the mark of a list item beside its first line, in the place that was reserved (CSS 2.2, section 12.5).
func (l *layouter) marker(item int, b *box, x float32, out outcome) {
	s := b.style
	text := markerText(s.ListType, b.number)
	if text == "" || s.Hidden || !out.placed {
		return
	}
	mt := l.measure(s.Font)
	base := out.top + s.Frame(style.TopEdge, 0) + mt.Ascent
	if out.base.any {
		base = out.base.first
	}
	p := l.options.Measurer.Prefix(text, s.Font, false)
	w := p[len(p)-1] * s.Font.Size
	at := x - w - 2
	if isSign(s.ListType) {
		at = x - w - s.Font.Size*0.5
	}
	if s.RightToLeft {
		return
	}
	it := &l.list.Items[item]
	it.Rect = display.Rect{X: at, Y: base - mt.Ascent, W: w, H: mt.Ascent + mt.Descent}
	it.Text = &display.Text{Text: text, Font: s.Font, Color: s.Color, Baseline: base, Source: -1}
}

func isSign(t string) bool { return t == "disc" || t == "circle" || t == "square" }

// markerText gives the mark of the item with this number.
func markerText(t string, n int) string {
	switch t {
	case "none":
		return ""
	case "disc":
		return "•"
	case "circle":
		return "◦"
	case "square":
		return "▪"
	case "lower-alpha", "lower-latin":
		return letters(n) + ". "
	case "upper-alpha", "upper-latin":
		return strings.ToUpper(letters(n)) + ". "
	case "lower-roman":
		return roman(n) + ". "
	case "upper-roman":
		return strings.ToUpper(roman(n)) + ". "
	case "decimal-leading-zero":
		if n >= 0 && n < 10 {
			return "0" + strconv.Itoa(n) + ". "
		}
	}
	return strconv.Itoa(n) + ". "
}

func letters(n int) string {
	if n < 1 {
		return strconv.Itoa(n)
	}
	var out string
	for ; n > 0; n = (n - 1) / 26 {
		out = string(rune('a'+(n-1)%26)) + out
	}
	return out
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, r := range []struct {
		value int
		text  string
	}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}} {
		for ; n >= r.value; n -= r.value {
			b.WriteString(r.text)
		}
	}
	return b.String()
}
