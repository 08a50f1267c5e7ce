// Package layout places the elements of a mail: from the parsed document and its styles it makes a display list.
//
// It lays out what mail is made of as CSS 2.2 has it: blocks with collapsing margins, lines with inline boxes, floats, tables with
// automatic and fixed columns, lists, pictures, text of both directions; and rows and columns of flex boxes in their simplest
// form. Positioned boxes are taken out of the flow; grids are blocks. Every box is laid out once, whatever it is nested in, and asked
// for its intrinsic widths once, so that the time grows with the size of the document, not with its depth.
//
// Limits: MaxDepth elements inside one another, MaxBoxes boxes, MaxText octets of text, MaxItems things to draw; what goes beyond is left
// out and told in Result.Problems. The context ends a layout that takes too long.
//
// It measures text by a Measurer and asks for the sizes of pictures; it opens nothing.
package layout

import (
	"context"
	"errors"

	"golang.org/x/net/html"

	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/display"
	"postroom.dev/ui/mailhtml/style"
	"postroom.dev/ui/mailhtml/typeset"
)

// The limits of a document.
const (
	MaxDepth = 200
	MaxBoxes = 100_000
	MaxText  = 2 << 20 // octets
	MaxItems = 64_000
)

// Measurer measures text. Package typeset has one.
type Measurer interface {
	Metrics(f typeset.Font) typeset.Metrics
	// Prefix tells for each octet of a text and its end where it stands, at a size of one pixel, in the order of reading.
	Prefix(text string, f typeset.Font, rightToLeft bool) []float32
}

// Options say what is laid out for.
type Options struct {
	Screen   css.Screen
	Measurer Measurer
	Grain    float32 // pixels of the screen to a CSS pixel, 0 for 1: lines are placed on them
	// Picture gives the size of a picture in pixels by its address. It is not ok where there is no such picture, or not yet.
	Picture func(source string) (width, height float32, ok bool)
}

// Result is a document laid out.
type Result struct {
	List     *display.List
	Problems []string
}

// layouter is one layout.
type layouter struct {
	ctx      context.Context
	options  Options
	cascade  *style.Cascade
	quirks   bool
	loose    bool // lines of pictures alone have no room for text: quirks and limited quirks modes
	list     *display.List
	elements map[*html.Node]int // the numbers of the elements
	sources  map[*html.Node]int // the numbers of the texts
	links    map[string]int32
	clip     int32
	opacity  float32
	boxes    int
	text     int
	cut      [4]bool // which limits were reached
	steps    int
	metrics  map[typeset.Font]typeset.Metrics
}

// errTooLong unwinds a layout whose context has ended.
var errTooLong = errors.New("the layout took too long")

const (
	cutDepth = iota
	cutBoxes
	cutText
	cutItems
)

// Lay lays out a document. The error is that of the context.
func Lay(ctx context.Context, doc *html.Node, sheet *css.Sheet, mode Mode, o Options) (res Result, err error) {
	l := &layouter{
		ctx: ctx, options: o, cascade: style.New(sheet, o.Screen, mode == Quirks), quirks: mode == Quirks, loose: mode != Standards,
		list:     &display.List{Width: o.Screen.Width},
		elements: map[*html.Node]int{}, sources: map[*html.Node]int{}, links: map[string]int32{}, opacity: 1, metrics: map[typeset.Font]typeset.Metrics{},
	}
	defer func() {
		if r := recover(); r != nil {
			if r != any(errTooLong) {
				panic(r)
			}
			err = ctx.Err()
		}
	}()
	l.number(doc)
	root := l.root(doc)
	if root != nil {
		l.page(root)
	}
	l.list.Finish()
	return Result{l.list, l.problems()}, nil
}

// Mode is how a document wants to be read (HTML, section 13.2.6.4.1: it follows from the doctype).
type Mode uint8

// The modes.
const (
	Standards Mode = iota
	Limited        // limited quirks
	Quirks
)

// ModeOf tells the mode of a document by its doctype.
func ModeOf(doc *html.Node) Mode { return modeOf(doc) }

// step counts the work and ends it when the context has ended.
func (l *layouter) step() {
	if l.steps++; l.steps%256 == 0 && l.ctx.Err() != nil {
		panic(errTooLong)
	}
}

// number numbers the elements and the texts of the document.
func (l *layouter) number(n *html.Node) {
	// Without recursion: the tree is as deep as the mail makes it.
	for at := n; at != nil; {
		switch at.Type {
		case html.ElementNode:
			l.elements[at] = len(l.elements)
		case html.TextNode:
			l.sources[at] = len(l.sources)
		}
		if at.FirstChild != nil {
			at = at.FirstChild
			continue
		}
		for at != n && at.NextSibling == nil {
			at = at.Parent
		}
		if at == n {
			return
		}
		at = at.NextSibling
	}
}

func (l *layouter) problems() []string {
	var out []string
	for i, text := range [...]string{
		cutDepth: "elements lie too deep inside one another: the deepest are not shown",
		cutBoxes: "there are too many elements: the last are not shown",
		cutText:  "there is too much text: the last is not shown",
		cutItems: "there is too much to draw: the last is not shown",
	} {
		if l.cut[i] {
			out = append(out, text)
		}
	}
	if l.cascade.Exceeded {
		out = append(out, "the style sheets cost too much time: they do not apply to the last elements")
	}
	return out
}

// page lays out the root element and gives the page its background.
func (l *layouter) page(root *box) {
	width := l.options.Screen.Width
	fc := &floats{}
	m := &margins{}
	out := l.block(root, 0, 0, width, fc, m, true)
	l.list.Height = max(out.bottom+max(0, m.sum()), fc.bottom())
	for _, it := range l.list.Items {
		if it.Text != nil || it.Picture != nil {
			l.list.Width = max(l.list.Width, min(l.list.Visible(&it).Right(), maxExtent))
			l.list.Height = max(l.list.Height, min(l.list.Visible(&it).Bottom(), maxExtent))
		}
	}
	l.list.Height = min(l.list.Height, maxExtent)
	l.compact()
}

// maxExtent bounds the page, in pixels.
const maxExtent = 400_000

// compact takes out the items that were reserved and not used.
func (l *layouter) compact() {
	kept := l.list.Items[:0]
	for _, it := range l.list.Items {
		if it.Text != nil || it.Box != nil || it.Picture != nil {
			kept = append(kept, it)
		}
	}
	l.list.Items = kept
}

// measure gives the metrics of a font.
func (l *layouter) measure(f typeset.Font) typeset.Metrics {
	m, ok := l.metrics[f]
	if !ok {
		m = l.options.Measurer.Metrics(f)
		l.metrics[f] = m
	}
	return m
}

// lineHeight gives the height of a line of this style.
func (l *layouter) lineHeight(s *style.Style) float32 {
	switch {
	case s.LineFactor > 0:
		return s.LineFactor * s.Font.Size
	case s.LineHeight > 0:
		return s.LineHeight
	}
	return l.measure(s.Font).Height
}
