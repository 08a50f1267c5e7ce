package style

import (
	"strings"

	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/typeset"
)

// setter sets the properties of one style.
type setter struct {
	s, p   *Style
	quirks bool
	screen css.Screen
}

// length reads a length of the element; in quirks mode a number may lack its unit.
func (t setter) length(v string) (css.Length, bool) { return t.lengthIn(v, t.s.Font.Size) }

func (t setter) lengthIn(v string, em float32) (css.Length, bool) {
	if t.quirks {
		return css.ParseLoose(v, t.sizes(em))
	}
	return css.ParseLength(v, t.sizes(em))
}

// sizes gives what lengths refer to where the font is this large.
func (t setter) sizes(em float32) css.Sizes {
	return css.Sizes{Em: em, Rem: 16, Width: t.screen.Width, Height: t.screen.Height}
}

// property sets one property. One that is not known, or whose value is not, changes nothing.
func (t setter) property(name, value string) {
	s, low := t.s, strings.ToLower(strings.TrimSpace(value))
	if low == "inherit" || low == "unset" && inherits[name] {
		t.inherit(name)
		return
	}
	if low == "initial" || low == "unset" {
		t.initial(name)
		return
	}
	switch name {
	case "display":
		if d, ok := displayValues[low]; ok {
			s.Display = d
		}
	case "visibility":
		s.Hidden = low == "hidden" || low == "collapse"
	case "opacity":
		if v, ok := css.Number(strings.TrimSuffix(low, "%")); ok {
			if strings.HasSuffix(low, "%") {
				v /= 100
			}
			s.Opacity = max(0, min(v, 1))
		}
	case "float":
		s.Float = map[string]Side{"left": LeftSide, "right": RightSide}[low]
	case "clear":
		s.Clear = map[string]Side{"left": LeftSide, "right": RightSide, "both": BothSides}[low]
	case "position":
		s.Position = map[string]Position{"relative": Relative, "sticky": Relative, "absolute": Absolute, "fixed": Absolute}[low]
	case "top", "right", "bottom", "left":
		if l, ok := t.length(low); ok {
			s.Inset[edgeOf[name]] = l
		}
	case "vertical-align":
		t.verticalAlign(low)
	case "overflow", "overflow-x", "overflow-y":
		s.Clips = strings.HasPrefix(low, "hidden") || strings.HasPrefix(low, "clip") || strings.HasPrefix(low, "auto") || strings.HasPrefix(low, "scroll")
	case "box-sizing":
		s.BorderBox = low == "border-box"
	case "table-layout":
		s.FixedTable = low == "fixed"
	case "border-collapse":
		s.Collapse = low == "collapse"
	case "border-spacing":
		t.spacing(low)
	case "caption-side":
		s.CaptionBelow = low == "bottom"
	case "empty-cells":
		s.HideEmpty = low == "hide"
	case "object-fit":
		s.ObjectFit = low
	case "width", "height", "min-width", "min-height", "max-width", "max-height":
		t.size(name, low)
	default:
		if !t.text(name, low, value) && !t.box(name, low, value) {
			t.flex(name, low)
		}
	}
}

var edgeOf = map[string]int{"top": TopEdge, "right": RightEdge, "bottom": BottomEdge, "left": LeftEdge}

var displayValues = map[string]Display{
	"none": None, "inline": Inline, "block": Block, "inline-block": InlineBlock, "list-item": ListItem, "table": Table,
	"inline-table": InlineTable, "table-row": Row, "table-row-group": RowGroup, "table-header-group": HeaderGroup,
	"table-footer-group": FooterGroup, "table-cell": Cell, "table-caption": Caption, "table-column": Column,
	"table-column-group": ColumnGroup, "flex": Flex, "inline-flex": InlineFlex, "grid": Block, "inline-grid": InlineBlock,
	"flow-root": Block, "contents": Inline, "-webkit-box": Flex, "-webkit-flex": Flex,
}

// inherits are the properties that a child takes from its parent when nothing is said, as far as "unset" asks for it.
var inherits = map[string]bool{
	"color": true, "font-size": true, "font-family": true, "font-weight": true, "font-style": true, "line-height": true,
	"text-align": true, "white-space": true, "text-transform": true, "letter-spacing": true, "visibility": true, "direction": true,
}

func (t setter) inherit(name string) {
	s, p := t.s, t.p
	switch name {
	case "color":
		s.Color = p.Color
	case "font-size":
		s.Font.Size = p.Font.Size
	case "font-family":
		s.Font.Family = p.Font.Family
	case "font-weight":
		s.Font.Bold = p.Font.Bold
	case "font-style":
		s.Font.Italic = p.Font.Italic
	case "font":
		s.Font, s.LineHeight, s.LineFactor = p.Font, p.LineHeight, p.LineFactor
	case "line-height":
		s.LineHeight, s.LineFactor = p.LineHeight, p.LineFactor
	case "text-align":
		s.Align, s.AlignBlocks = p.Align, p.AlignBlocks
	case "text-decoration":
		s.Underline, s.Strike, s.Overline = p.Underline, p.Strike, p.Overline
	case "white-space":
		s.White = p.White
	case "text-transform":
		s.Case = p.Case
	case "letter-spacing":
		s.Letter = p.Letter
	case "visibility":
		s.Hidden = p.Hidden
	case "background", "background-color":
		s.Fill = p.Fill
	case "width":
		s.Width = p.Width
	case "max-width":
		s.MaxWidth = p.MaxWidth
	case "height":
		s.Height = p.Height
	case "padding":
		s.Padding = p.Padding
	case "margin":
		s.Margin = p.Margin
	case "vertical-align":
		s.VAlign, s.Shift = p.VAlign, p.Shift
	case "border":
		s.Border = p.Border
	case "display":
		s.Display = p.Display
	}
}

func (t setter) initial(name string) {
	i := initial()
	switch name {
	case "background", "background-color":
		t.s.Fill = i.Fill
	case "width":
		t.s.Width = css.Length{}
	case "height":
		t.s.Height = css.Length{}
	case "max-width":
		t.s.MaxWidth = css.Length{}
	case "text-decoration":
		t.s.Underline, t.s.Strike, t.s.Overline = false, false, false
	case "display":
		t.s.Display = Inline
	case "margin":
		t.s.Margin = i.Margin
	case "padding":
		t.s.Padding = i.Padding
	case "border":
		t.s.Border = i.Border
	default:
		(setter{t.s, i, t.quirks, t.screen}).inherit(name)
	}
}

func (t setter) size(name, low string) {
	l, ok := t.length(low)
	if !ok || l.Kind == css.Fixed && l.Px < 0 {
		return
	}
	s := t.s
	switch name {
	case "width":
		s.Width = l
	case "height":
		s.Height = l
	case "min-width":
		s.MinWidth = l
	case "min-height":
		s.MinHeight = l
	case "max-width":
		s.MaxWidth = l
	case "max-height":
		s.MaxHeight = l
	}
}

func (t setter) spacing(low string) {
	w := css.Words(low)
	if len(w) == 0 || len(w) > 2 {
		return
	}
	for i := range 2 {
		if l, ok := t.length(w[min(i, len(w)-1)]); ok {
			t.s.Spacing[i] = max(0, l.Px)
		}
	}
}

func (t setter) verticalAlign(low string) {
	if v, ok := map[string]VAlign{"baseline": Baseline, "top": Top, "middle": Middle, "bottom": Bottom, "text-top": TextTop,
		"text-bottom": TextBottom, "sub": Sub, "super": Super}[low]; ok {
		t.s.VAlign = v
	} else if l, ok := t.length(low); ok && l.Definite() {
		t.s.VAlign, t.s.Shift = Shifted, l
	}
}

// text sets the properties of text.
func (t setter) text(name, low, value string) bool {
	s := t.s
	switch name {
	case "color":
		if c, ok := css.ParseColor(low); ok {
			s.Color = c
		} else if t.quirks {
			if c, ok := css.ParseLegacyColor(low); ok && len(low) == 6 {
				s.Color = c
			}
		}
	case "font-size":
		t.fontSize(low)
	case "font-weight":
		t.fontWeight(low)
	case "font-style":
		s.Font.Italic = strings.HasPrefix(low, "italic") || strings.HasPrefix(low, "oblique")
	case "font-family":
		s.Font.Family = familyOf(value)
	case "font":
		t.fontFirst(value)
	case "line-height":
		t.lineHeight(low)
	case "text-align":
		a, ok := map[string]Align{"left": Left, "center": Center, "right": Right, "justify": Justify, "start": Start, "end": End,
			"-webkit-center": Center, "-webkit-left": Left, "-webkit-right": Right}[low]
		if ok {
			s.Align, s.AlignBlocks = a, strings.HasPrefix(low, "-webkit")
		}
	case "text-decoration", "text-decoration-line":
		s.Underline, s.Strike, s.Overline = strings.Contains(low, "underline"), strings.Contains(low, "line-through"), strings.Contains(low, "overline")
	case "text-transform":
		s.Case = map[string]Case{"uppercase": Upper, "lowercase": Lower, "capitalize": Capitalize}[low]
	case "text-indent":
		if l, ok := t.length(low); ok {
			s.Indent = l
		}
	case "letter-spacing", "word-spacing":
		l, ok := t.length(low)
		if low == "normal" {
			l, ok = css.Length{}, true
		}
		if v := max(-200, min(l.Px, 200)); ok && name == "letter-spacing" {
			s.Letter = v
		} else if ok {
			s.Word = v
		}
	case "white-space":
		if w, ok := map[string]White{"normal": Normal, "nowrap": NoWrap, "pre": Pre, "pre-wrap": PreWrap, "pre-line": PreLine,
			"break-spaces": PreWrap}[low]; ok {
			s.White = w
		}
	case "word-break":
		s.BreakAll, s.BreakLeast = low == "break-all", low == "break-all" || low == "break-word"
		s.BreakAnywhere = s.BreakAnywhere || low == "break-word"
	case "overflow-wrap", "word-wrap":
		s.BreakAnywhere = low == "break-word" || low == "anywhere"
		s.BreakLeast = s.BreakLeast || low == "anywhere"
	case "direction":
		s.RightToLeft = low == "rtl"
	case "list-style", "list-style-type", "list-style-position":
		for _, w := range css.Words(low) {
			switch w {
			case "inside", "outside":
				s.ListInside = w == "inside"
			case "none", "disc", "circle", "square", "decimal", "decimal-leading-zero", "lower-alpha", "lower-latin", "upper-alpha",
				"upper-latin", "lower-roman", "upper-roman":
				s.ListType = w
			}
		}
	default:
		return false
	}
	return true
}

// sizes are the keywords of font-size where medium is 16 pixels.
var fontSizes = map[string]float32{
	"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32, "xxx-large": 48,
}

// largestFont bounds the size of text, in pixels.
const largestFont = 1000

func (t setter) fontSize(low string) {
	size, ok := fontSizes[low]
	switch {
	case ok:
	case low == "smaller":
		size = t.p.Font.Size / 1.2
	case low == "larger":
		size = t.p.Font.Size * 1.2
	default:
		l, read := t.lengthIn(low, t.p.Font.Size)
		if !read || !l.Definite() {
			return
		}
		size = l.Of(t.p.Font.Size)
	}
	if size >= 0 {
		t.s.Font.Size = min(size, largestFont)
	}
}

func (t setter) fontWeight(low string) {
	switch low {
	case "bold", "bolder":
		t.s.Font.Bold = true
	case "normal", "lighter":
		t.s.Font.Bold = false
	default:
		if v, ok := css.Number(low); ok {
			t.s.Font.Bold = v >= 600
		}
	}
}

func (t setter) lineHeight(low string) {
	s := t.s
	if low == "normal" {
		s.LineHeight, s.LineFactor = 0, 0
		return
	}
	if v, ok := css.Number(low); ok {
		if v >= 0 {
			s.LineFactor, s.LineHeight = min(v, 100), 0
			if v == 0 {
				s.LineFactor = 0.0001 // 0 would be normal
			}
		}
		return
	}
	if l, ok := t.length(low); ok && l.Definite() {
		if v := l.Of(s.Font.Size); v >= 0 {
			s.LineHeight, s.LineFactor = max(v, 0.0001), 0
		}
	}
}

// fontFirst reads the shorthand "font": here size, weight and style, before other properties are set.
func (t setter) fontFirst(value string) {
	t.s.Font.Bold, t.s.Font.Italic = false, false
	words := css.Words(value)
	for _, w := range words {
		low := strings.ToLower(w)
		if low == "/" {
			break
		}
		switch low {
		case "bold", "bolder", "lighter", "100", "200", "300", "400", "500", "600", "700", "800", "900":
			t.fontWeight(low)
		case "italic", "oblique":
			t.s.Font.Italic = true
		default:
			t.fontSize(low)
		}
	}
}

// fontRest reads line-height and family of the shorthand "font".
func (t setter) fontRest(value string) {
	words := css.Words(value)
	t.s.LineHeight, t.s.LineFactor = 0, 0
	for i, w := range words {
		low := strings.ToLower(w)
		if low == "/" && i+1 < len(words) {
			t.lineHeight(strings.ToLower(words[i+1]))
			continue
		}
		_, keyword := fontSizes[low]
		if _, isLength := t.length(low); (isLength || keyword) && low != "none" {
			rest := i + 1
			if rest+1 < len(words) && words[rest] == "/" {
				t.lineHeight(strings.ToLower(words[rest+1]))
				rest += 2
			}
			if rest < len(words) {
				t.s.Font.Family = familyOf(strings.Join(words[rest:], " "))
			}
			return
		}
	}
}

// familyOf gives the family that the first name of a list comes down to that tells anything; browsers' own where none does.
func familyOf(value string) typeset.Family {
	for _, name := range strings.Split(value, ",") {
		if f, known := typeset.Known(name); known {
			return f
		}
	}
	return typeset.Serif
}
