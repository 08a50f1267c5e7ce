package style

import (
	"image/color"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/typeset"
)

// displays are the boxes of tags that are not inline (HTML, section 15.3).
var displays = map[string]Display{
	"html": Block, "body": Block, "div": Block, "p": Block, "h1": Block, "h2": Block, "h3": Block, "h4": Block, "h5": Block, "h6": Block,
	"ul": Block, "ol": Block, "dl": Block, "dt": Block, "dd": Block, "blockquote": Block, "center": Block, "hr": Block, "pre": Block,
	"section": Block, "article": Block, "header": Block, "footer": Block, "main": Block, "address": Block, "form": Block, "figure": Block,
	"figcaption": Block, "nav": Block, "aside": Block, "fieldset": Block, "details": Block, "summary": Block, "legend": Block,
	"dir": Block, "menu": Block, "hgroup": Block, "listing": Block, "xmp": Block, "plaintext": Block, "search": Block,
	"li": ListItem, "table": Table, "tr": Row, "td": Cell, "th": Cell, "tbody": RowGroup, "thead": HeaderGroup, "tfoot": FooterGroup,
	"caption": Caption, "col": Column, "colgroup": ColumnGroup, "button": InlineBlock,
	"head": None, "title": None, "meta": None, "link": None, "base": None, "style": None, "script": None, "noscript": None,
	"template": None, "iframe": None, "object": None, "embed": None, "applet": None, "svg": None, "math": None, "video": None,
	"audio": None, "canvas": None, "input": None, "select": None, "textarea": None, "option": None, "datalist": None, "frame": None,
	"frameset": None, "noframes": None, "noembed": None, "param": None, "source": None, "track": None, "area": None, "map": Inline,
	"dialog": None, "rp": None,
}

// headings are the sizes and margins of h1 to h6, in ems.
var headings = map[string][2]float32{
	"h1": {2, .67}, "h2": {1.5, .83}, "h3": {1.17, 1}, "h4": {1, 1.33}, "h5": {.83, 1.67}, "h6": {.67, 2.33},
}

// byTag gives an element what browsers give its tag.
func (c *Cascade) byTag(s *Style, n *html.Node, p *Style) {
	if d, ok := displays[n.Data]; ok {
		s.Display = d
	}
	margin := func(ems float32) { s.ems = ems }
	switch n.Data {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		s.Font.Size *= headings[n.Data][0]
		s.Font.Bold = true
		margin(headings[n.Data][1])
	case "p", "dl":
		margin(1)
	case "blockquote", "figure":
		margin(1)
		s.Margin[LeftEdge], s.Margin[RightEdge] = css.Pixels(40), css.Pixels(40)
	case "ul", "ol", "dir", "menu":
		c.list(s, n)
	case "dd":
		s.Margin[LeftEdge] = css.Pixels(40)
	case "pre", "listing", "xmp", "plaintext":
		mono(s)
		margin(1)
		s.White = Pre
	case "code", "tt", "kbd", "samp":
		mono(s)
	case "b", "strong":
		s.Font.Bold = true
	case "i", "em", "cite", "var", "dfn", "address":
		s.Font.Italic = true
	case "u", "ins":
		s.Underline = true
	case "s", "strike", "del":
		s.Strike = true
	case "small":
		s.Font.Size *= 1 / 1.2
	case "big":
		s.Font.Size *= 1.2
	case "sub", "sup":
		s.VAlign = Sub
		if n.Data == "sup" {
			s.VAlign = Super
		}
		s.Font.Size *= 1 / 1.2
	case "mark":
		s.Fill, s.Color = color.NRGBA{255, 255, 0, 255}, color.NRGBA{A: 255}
	case "center":
		s.Align, s.AlignBlocks = Center, true
	case "nobr":
		s.White = NoWrap
	case "body":
		for i := range s.Margin {
			s.Margin[i] = css.Pixels(8)
		}
	case "hr":
		margin(.5)
		for i := range s.Border {
			s.Border[i] = Edge{Style: Solid, given: 1, Color: color.NRGBA{128, 128, 128, 255}, colored: true}
		}
		s.Margin[LeftEdge], s.Margin[RightEdge] = css.Length{Kind: css.Auto}, css.Length{Kind: css.Auto}
		s.AlignBlocks, s.Clips = false, true
	case "a":
		if _, ok := attribute(n, "href"); ok {
			s.Color, s.Underline = linkColor, true
		}
	case "img":
		s.Clips = false
	case "table":
		c.table(s, p)
	case "td", "th":
		c.cell(s, n)
	case "tbody", "thead", "tfoot":
		s.VAlign = Middle
	case "tr":
		s.VAlign = Middle
		if p.VAlign != Baseline {
			s.VAlign = p.VAlign
		}
	case "caption":
		s.Align, s.AlignBlocks = Center, true
	}
}

// mono sets the family of typewriters, for which browsers take 13 pixels where others have 16.
func mono(s *Style) {
	if s.Font.Family != typeset.Mono {
		s.Font.Family = typeset.Mono
		s.Font.Size *= 13.0 / 16
	}
}

func (c *Cascade) list(s *Style, n *html.Node) {
	depth := 0
	for a := n.Parent; a != nil; a = a.Parent {
		if a.Data == "ul" || a.Data == "ol" {
			depth++
		}
	}
	if depth == 0 {
		s.ems = 1
	}
	s.Padding[LeftEdge] = css.Pixels(40)
	if s.RightToLeft {
		s.Padding[LeftEdge], s.Padding[RightEdge] = css.Length{}, css.Pixels(40)
	}
	s.ListType = [...]string{"disc", "circle", "square"}[min(depth, 2)]
	if n.Data == "ol" {
		s.ListType = "decimal"
	}
}

// table gives a table its spacing; in quirks mode it takes less from its surroundings (HTML, section 15.3.10).
func (c *Cascade) table(s, p *Style) {
	s.Spacing, s.Collapse, s.BorderBox, s.Indent = [2]float32{2, 2}, false, true, css.Length{}
	if s.AlignBlocks { // -webkit-center and its like go no further into a table
		s.Align, s.AlignBlocks = Start, false
	}
	if !c.quirks {
		return
	}
	root := initial()
	s.Font.Size, s.Font.Bold, s.Font.Italic = root.Font.Size, false, false
	s.LineHeight, s.LineFactor, s.White, s.Align = 0, 0, Normal, Start
	if c.body != nil {
		s.Color = c.body.Color
	}
}

// cell gives a cell what its table and row say of it.
func (c *Cascade) cell(s *Style, n *html.Node) {
	s.VAlign = Middle
	pad := css.Pixels(1)
	for t := n.Parent; t != nil; t = t.Parent {
		if v, ok := attribute(t, "valign"); ok && (t.Data == "tr" || t.Data == "tbody" || t.Data == "thead" || t.Data == "tfoot") && s.VAlign == Middle {
			s.VAlign = valignOf(v, Middle)
		}
		if t.Data == "table" {
			if v, ok := attribute(t, "cellpadding"); ok {
				if l, ok := css.ParseLoose(v, css.Sizes{}); ok {
					pad = l
				}
			}
			if v, ok := attribute(t, "border"); ok && v != "0" {
				for i := range s.Border {
					s.Border[i] = Edge{Style: Solid, given: 1, Color: color.NRGBA{128, 128, 128, 255}, colored: true}
				}
			}
			break
		}
	}
	for i := range s.Padding {
		s.Padding[i] = pad
	}
	if n.Data == "th" {
		s.Font.Bold = true
		if s.Align == Start {
			s.Align = Center
		}
	}
}

// byAttributes reads what elements say of their looks in attributes of their own (HTML, section 15.3).
func (c *Cascade) byAttributes(s *Style, n *html.Node) {
	sized := func(tags string) bool { return strings.Contains(tags, "|"+n.Data+"|") }
	for _, a := range n.Attr {
		switch a.Key {
		case "bgcolor":
			if v, ok := css.ParseLegacyColor(a.Val); ok && sized("|body|table|thead|tbody|tfoot|tr|td|th|") {
				s.Fill = v
			}
		case "background":
			if sized("|body|table|thead|tbody|tfoot|tr|td|th|") {
				s.Background = Background{URL: strings.TrimSpace(a.Val), RepeatX: true, RepeatY: true}
			}
		case "width":
			if l, ok := dimension(a.Val); ok && sized("|table|td|th|img|hr|col|colgroup|") {
				s.Width = l
			}
		case "height":
			if l, ok := dimension(a.Val); ok && sized("|table|td|th|img|tr|") {
				s.Height = l
			}
		case "align":
			alignment(s, n, strings.ToLower(strings.TrimSpace(a.Val)))
		case "valign":
			s.VAlign = valignOf(a.Val, s.VAlign)
		case "cellspacing":
			if l, ok := css.ParseLoose(a.Val, css.Sizes{}); ok && n.Data == "table" {
				s.Spacing = [2]float32{max(0, l.Px), max(0, l.Px)}
			}
		case "border":
			l, ok := css.ParseLoose(a.Val, css.Sizes{})
			if !ok {
				l = css.Pixels(1)
			}
			if l.Px > 0 && (n.Data == "table" || n.Data == "img") {
				for i := range s.Border {
					s.Border[i] = Edge{Style: Solid, given: min(l.Px, 100), Color: color.NRGBA{128, 128, 128, 255}, colored: n.Data == "table"}
				}
			}
		case "hspace", "vspace":
			if l, ok := dimension(a.Val); ok && n.Data == "img" {
				e := map[string][2]int{"hspace": {LeftEdge, RightEdge}, "vspace": {TopEdge, BottomEdge}}[a.Key]
				s.Margin[e[0]], s.Margin[e[1]] = l, l
			}
		case "nowrap":
			if n.Data == "td" || n.Data == "th" {
				s.White = NoWrap
			}
		case "text":
			if v, ok := css.ParseLegacyColor(a.Val); ok && n.Data == "body" {
				s.Color = v
			}
		case "topmargin", "marginheight":
			bodyMargin(s, n, a.Val, TopEdge, BottomEdge)
		case "leftmargin", "marginwidth":
			bodyMargin(s, n, a.Val, LeftEdge, RightEdge)
		case "color":
			if v, ok := css.ParseLegacyColor(a.Val); ok && (n.Data == "font" || n.Data == "hr" || n.Data == "basefont") {
				s.Color = v
			}
		case "face":
			if n.Data == "font" {
				s.Font.Family = familyOf(a.Val)
			}
		case "size":
			fontSize(s, n, a.Val)
		case "dir":
			s.RightToLeft = strings.EqualFold(a.Val, "rtl") || s.RightToLeft && !strings.EqualFold(a.Val, "ltr")
		case "hidden":
			s.Display = None
		case "type":
			if t, ok := map[string]string{"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman",
				"disc": "disc", "circle": "circle", "square": "square"}[a.Val]; ok && (n.Data == "ol" || n.Data == "ul" || n.Data == "li") {
				s.ListType = t
			}
		case "clear":
			if n.Data == "br" {
				s.Clear = map[string]Side{"left": LeftSide, "right": RightSide, "all": BothSides, "both": BothSides}[strings.ToLower(a.Val)]
			}
		}
	}
}

func bodyMargin(s *Style, n *html.Node, v string, a, b int) {
	if l, ok := dimension(v); ok && n.Data == "body" {
		s.Margin[a], s.Margin[b] = l, l
	}
}

// dimension reads a number of pixels or a percentage, as attributes have them. What follows the number is ignored.
func dimension(v string) (css.Length, bool) {
	v = strings.TrimSpace(v)
	end := 0
	for end < len(v) && (v[end] >= '0' && v[end] <= '9' || v[end] == '.') {
		end++
	}
	f, err := strconv.ParseFloat(strings.TrimSuffix(v[:end], "."), 32)
	if err != nil || f > 100_000 {
		return css.Length{}, false
	}
	if strings.HasPrefix(v[end:], "%") {
		return css.Length{Percent: float32(f), Kind: css.Relative}, true
	}
	return css.Pixels(float32(f)), true
}

// alignment is the attribute align, which means something else on each tag.
func alignment(s *Style, n *html.Node, v string) {
	auto := css.Length{Kind: css.Auto}
	switch n.Data {
	case "table":
		switch v {
		case "center":
			s.Margin[LeftEdge], s.Margin[RightEdge] = auto, auto
		case "left":
			s.Float = LeftSide
		case "right":
			s.Float = RightSide
		}
	case "img":
		switch v {
		case "left":
			s.Float = LeftSide
		case "right":
			s.Float = RightSide
		case "middle", "absmiddle", "center":
			s.VAlign = Middle
		case "top":
			s.VAlign = Top
		case "bottom", "baseline":
			s.VAlign = Baseline
		}
	case "hr":
		s.Margin[LeftEdge], s.Margin[RightEdge] = auto, auto
		switch v {
		case "left":
			s.Margin[LeftEdge] = css.Length{}
		case "right":
			s.Margin[RightEdge] = css.Length{}
		}
	default:
		if a, ok := map[string]Align{"left": Left, "center": Center, "middle": Center, "right": Right, "justify": Justify}[v]; ok {
			s.Align = a
			switch n.Data {
			case "div", "td", "th", "tr", "tbody", "thead", "tfoot":
				s.AlignBlocks = a != Justify
			}
		}
	}
}

func valignOf(v string, other VAlign) VAlign {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "top":
		return Top
	case "middle", "center":
		return Middle
	case "bottom":
		return Bottom
	case "baseline":
		return Baseline
	}
	return other
}

// fontSize is the attribute size of font, of 1 to 7, or relative to 3.
func fontSize(s *Style, n *html.Node, v string) {
	k, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(v), "+")))
	if n.Data != "font" || err != nil {
		if n.Data == "hr" && err == nil && k > 1 {
			s.Height = css.Pixels(float32(min(k, 100) - 2))
		}
		return
	}
	if strings.ContainsAny(v, "+-") {
		k += 3
	}
	s.Font.Size = [...]float32{10, 13, 16, 18, 24, 32, 48}[max(1, min(k, 7))-1]
}

func attribute(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}
