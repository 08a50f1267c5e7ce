package layout

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"postroom.dev/ui/mailhtml/style"
)

// kind is what a box is in the layout.
type kind uint8

const (
	blockBox kind = iota
	linesBox      // lines of text, made of the inline boxes between two blocks; its flow has them
	inlineBox
	textBox
	breakBox
	imageBox
	tableBox
	rowBox
	groupBox
	cellBox
	captionBox
	columnBox
	flexBox
)

// box is a box of the tree that is laid out.
type box struct {
	kind    kind
	style   *style.Style
	node    *html.Node // nil for a box that stands for no element
	link    int32
	kids    []*box
	text    string         // of a textBox
	source  int            // of a textBox: its number among all texts
	flow    *flow          // of a linesBox
	columns int            // that a cell spans, or a column stands for
	rows    int            // that a cell spans; 0 for all that follow
	number  int            // of a list item
	grid    *table         // of a tableBox, once it was looked at
	within  *style.Style   // of the block that it stands in, where that may move it
	edges   *[4]style.Edge // of a cell whose borders are one with its neighbours', as they are drawn

	sized      bool // min and max are known
	least, may float32
}

// inlineLevel says that the box stands on a line.
func (b *box) inlineLevel() bool {
	if b.floats() || b.style.Position == style.Absolute {
		return false
	}
	switch b.kind {
	case textBox, breakBox, inlineBox:
		return true
	}
	switch b.style.Display {
	case style.Inline, style.InlineBlock, style.InlineTable, style.InlineFlex:
		return true
	}
	return false
}

func (b *box) floats() bool { return b.style.Float != style.NoSide && b.kind != textBox }

// outOfFlow says that the box does not take part in the flow round it.
func (b *box) outOfFlow() bool {
	return b.kind != textBox && (b.style.Float != style.NoSide || b.style.Position == style.Absolute)
}

// root builds the tree and gives the box of the root element.
func (l *layouter) root(doc *html.Node) *box {
	for n := doc.FirstChild; n != nil; n = n.NextSibling {
		if n.Type == html.ElementNode {
			kids := l.build(n, l.cascade.Root(), 0, 0)
			if len(kids) == 0 {
				return nil
			}
			b := kids[0]
			b.kind, b.style.Display = blockBox, style.Block
			l.canvas(b)
			return b
		}
	}
	return nil
}

// canvas takes the background of the page from the root or, where that has none, from the body (CSS Backgrounds 3, section 2.11).
func (l *layouter) canvas(root *box) {
	page := &l.list.Background
	page.R, page.G, page.B, page.A = 255, 255, 255, 255
	take := func(s *style.Style) bool {
		if s.Fill.A == 0 && !s.Background.Any() {
			return false
		}
		*page = over(s.Fill, *page)
		s.Fill.A = 0
		if g := s.Background.Gradient; g != nil {
			if g.Opaque() { // below the root it would begin again
				*page = g.Stops[0].Color
			}
			if s != root.style { // it lies over the whole root
				root.style.Background, s.Background = s.Background, style.Background{}
			}
		}
		return true
	}
	if take(root.style) {
		return
	}
	for _, k := range root.kids {
		if k.node != nil && k.node.Data == "body" {
			take(k.style)
		}
	}
}

// build makes the boxes of a node inside an element of style p.
func (l *layouter) build(n *html.Node, p *style.Style, link int32, depth int) []*box {
	l.step()
	switch {
	case n.Type == html.TextNode:
		return l.buildText(n, p, link)
	case n.Type != html.ElementNode:
		return nil
	case depth >= MaxDepth:
		l.cut[cutDepth] = true
		return nil
	case l.boxes >= MaxBoxes:
		l.cut[cutBoxes] = true
		return nil
	}
	l.boxes++
	s := l.cascade.Of(n, p)
	if s.Display == style.None || s.Opacity == 0 {
		return nil
	}
	b := &box{node: n, style: s, link: link, columns: 1, rows: 1}
	switch n.Data {
	case "br":
		b.kind = breakBox
		return []*box{b}
	case "wbr":
		b.kind, b.text = textBox, "\u200b"
		return []*box{b}
	case "img":
		b.kind = imageBox
		return []*box{b}
	case "a":
		if href := strings.TrimSpace(attribute(n, "href")); href != "" {
			b.link = l.linkTo(href)
		}
	}
	b.kind = kindOf(s.Display)
	switch b.kind {
	case cellBox:
		b.columns, b.rows = spanOf(n, "colspan"), spanOf(n, "rowspan")
	case columnBox:
		b.columns = spanOf(n, "span")
	}
	l.buildKids(b, n, depth)
	switch b.kind {
	case inlineBox:
		l.splitInline(b)
	case tableBox:
		b.kids = l.fixTable(b)
	case rowBox, groupBox:
	case flexBox:
		b.kids = l.flexItems(b)
	default:
		b.kids = l.group(b, b.kids)
	}
	return []*box{b}
}

func (l *layouter) buildText(n *html.Node, p *style.Style, link int32) []*box {
	text := n.Data
	if l.text+len(text) > MaxText {
		l.cut[cutText] = true
		return nil
	}
	l.text += len(text)
	return []*box{{kind: textBox, style: p, text: text, link: link, source: l.sources[n]}}
}

func (l *layouter) buildKids(b *box, n *html.Node, depth int) {
	item := 1
	if v, err := strconv.Atoi(strings.TrimSpace(attribute(n, "start"))); err == nil && n.Data == "ol" {
		item = max(-1e6, min(v, 1e6))
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		for _, k := range l.build(c, b.style, b.link, depth+1) {
			if k.style.Display == style.ListItem && k.kind == blockBox {
				if v, err := strconv.Atoi(strings.TrimSpace(attribute(c, "value"))); err == nil {
					item = max(-1e6, min(v, 1e6))
				}
				k.number = item
				item++
			}
			b.kids = append(b.kids, k)
		}
	}
}

func kindOf(d style.Display) kind {
	switch d {
	case style.Inline:
		return inlineBox
	case style.Table, style.InlineTable:
		return tableBox
	case style.Row:
		return rowBox
	case style.RowGroup, style.HeaderGroup, style.FooterGroup:
		return groupBox
	case style.Cell:
		return cellBox
	case style.Caption:
		return captionBox
	case style.Column, style.ColumnGroup:
		return columnBox
	case style.Flex, style.InlineFlex:
		return flexBox
	}
	return blockBox
}

func spanOf(n *html.Node, key string) int {
	text := strings.TrimSpace(attribute(n, key))
	v, err := strconv.Atoi(text)
	switch {
	case err != nil || v < 0:
		return 1
	case v == 0 && key == "rowspan":
		return 0
	}
	return max(1, min(v, 1000))
}

func attribute(n *html.Node, key string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// linkTo gives the number of a link's target.
func (l *layouter) linkTo(href string) int32 {
	k, ok := l.links[href]
	if !ok {
		l.list.Links = append(l.list.Links, href)
		k = int32(len(l.list.Links))
		l.links[href] = k
	}
	return k
}

// splitInline makes a block of an inline box that has blocks in it: the lines before and after them stand on their own.
func (l *layouter) splitInline(b *box) {
	for _, k := range b.kids {
		if !k.inlineLevel() && !k.outOfFlow() {
			s := *b.style
			s.Display = style.Block
			s.Width.Kind, s.Height.Kind = 0, 0
			s.Margin[style.TopEdge].Px, s.Margin[style.BottomEdge].Px = 0, 0
			b.style, b.kind = &s, blockBox
			b.kids = l.group(b, b.kids)
			return
		}
	}
}

// group puts runs of inline boxes into boxes of lines, so that a block has either blocks or lines in it. Space between blocks is dropped.
// Parts of tables that lie outside of any table get one.
func (l *layouter) group(b *box, kids []*box) []*box {
	kids = l.wrapStrays(b, kids)
	var out []*box
	var run []*box
	flush := func() {
		if len(run) > 0 {
			if f := l.newFlow(b.style, run); f != nil {
				out = append(out, &box{kind: linesBox, style: b.style.Anonymous(style.Block), flow: f})
			} else { // nothing but space and boxes out of the flow
				for _, k := range run {
					if k.outOfFlow() {
						out = append(out, k)
					}
				}
			}
		}
		run = nil
	}
	for _, k := range kids {
		if k.inlineLevel() || k.outOfFlow() {
			run = append(run, k)
			continue
		}
		flush()
		out = append(out, k)
	}
	flush()
	return out
}

// blank says that a box is a text of nothing but space that may collapse.
func (b *box) blank() bool {
	return b.kind == textBox && b.style.White.Collapses() && strings.Trim(b.text, " \t\r\n\f") == ""
}
