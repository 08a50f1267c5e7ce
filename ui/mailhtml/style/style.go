// Package style computes how each element of a mail looks: what browsers give it by its tag, then its old attributes (bgcolor,
// width, align, cellpadding …), then the rules of the style sheets and its style attribute, in the order of the cascade
// (CSS Cascade 4, section 6).
//
// Only what mail uses is known; a property that is not known is left out. What it does not do: animations, transforms, grids,
// generated content, custom fonts. custom properties (var) are resolved where they have a value.
//
// Limits: matching selectors costs at most MaxCost steps for a document; after that the sheets no longer apply, and Problems says so.
package style

import (
	"image/color"

	"postroom.dev/ui/mailhtml/css"
	"postroom.dev/ui/mailhtml/typeset"
)

// Display is the kind of box that an element makes.
type Display uint8

// The kinds of boxes.
const (
	None Display = iota
	Inline
	Block
	InlineBlock
	ListItem
	Table
	InlineTable
	Row
	RowGroup
	HeaderGroup
	FooterGroup
	Cell
	Caption
	Column
	ColumnGroup
	Flex
	InlineFlex
)

// Align is how the lines of a block stand, and with Blocks set also the blocks in it, as <center> and align do.
type Align uint8

// The alignments. Start is left, or right where text runs from right to left.
const (
	Start Align = iota
	Left
	Center
	Right
	End
	Justify
)

// VAlign is how a box stands on its line, or in its cell.
type VAlign uint8

// The vertical alignments. Shifted is by a length.
const (
	Baseline VAlign = iota
	Top
	Middle
	Bottom
	TextTop
	TextBottom
	Sub
	Super
	Shifted
)

// White is what becomes of spaces.
type White uint8

// The treatments of white space.
const (
	Normal White = iota
	NoWrap
	Pre
	PreWrap
	PreLine
)

// Collapses says that runs of spaces become one.
func (w White) Collapses() bool { return w == Normal || w == NoWrap || w == PreLine }

// Wraps says that lines may be broken where they are full.
func (w White) Wraps() bool { return w != NoWrap && w != Pre }

// KeepsLines says that a line feed in the text is one.
func (w White) KeepsLines() bool { return w == Pre || w == PreWrap || w == PreLine }

// Case is a change of letters.
type Case uint8

// The changes of letters.
const (
	AsIs Case = iota
	Upper
	Lower
	Capitalize
)

// Side is a side to float to, or to clear.
type Side uint8

// The sides.
const (
	NoSide Side = iota
	LeftSide
	RightSide
	BothSides
)

// Position is how a box is placed.
type Position uint8

// The positions. Static and Relative take part in the flow.
const (
	Static Position = iota
	Relative
	Absolute
)

// The indices of the sides of a box.
const (
	TopEdge = iota
	RightEdge
	BottomEdge
	LeftEdge
)

// Edge is a border of one side.
type Edge struct {
	Width   float32 // 0 where the style is none
	Color   color.NRGBA
	Style   EdgeStyle
	colored bool    // the color was given; else it is the text's
	given   float32 // the width that was given, whatever the style
}

// EdgeStyle is how a border is drawn.
type EdgeStyle uint8

// The styles of borders.
const (
	NoEdge EdgeStyle = iota
	Solid
	Dashed
	Dotted
	Double
)

// Background is a picture behind a box, a gradient, or both.
type Background struct {
	URL              string
	Gradient         *css.Gradient // over all of the padding box; nil for none
	Under            bool          // the gradient lies under the picture
	Width, Height    css.Length    // Auto for the picture's own
	Cover, Contain   bool
	X, Y             css.Length // a percentage as CSS has it: of the room that is left
	RepeatX, RepeatY bool
}

// Any says that there is something to draw.
func (b *Background) Any() bool { return b.URL != "" || b.Gradient != nil }

// Shadow is a box's shadow.
type Shadow struct {
	X, Y, Blur, Spread float32
	Color              color.NRGBA
}

// FlexBox is how a flex container places what is in it.
type FlexBox struct {
	Column, Wrap bool
	Justify      string // as in CSS, "" for flex-start
	Items        string // align-items, "" for stretch
	Gap          float32
}

// Style is how an element looks, all lengths in CSS pixels or relative to what they refer to.
type Style struct {
	Display  Display
	Float    Side
	Clear    Side
	Position Position
	Inset    [4]css.Length

	// What is inherited.
	Color         color.NRGBA
	Font          typeset.Font
	Align         Align
	AlignBlocks   bool // Align moves blocks too
	White         White
	Case          Case
	LineHeight    float32 // pixels where LineFactor is 0
	LineFactor    float32 // times the font's size; with LineHeight 0 too, normal
	Letter, Word  float32
	Indent        css.Length
	ListType      string
	ListInside    bool
	Collapse      bool
	Spacing       [2]float32 // between cells, horizontal and vertical
	RightToLeft   bool
	Hidden        bool // visibility
	BreakAnywhere bool // words may be broken where a line is full
	BreakAll      bool // everywhere
	BreakLeast    bool // and that counts for the least width
	CaptionBelow  bool
	HideEmpty     bool // empty-cells
	Underline     bool
	Strike        bool
	Overline      bool

	// What is not.
	VAlign              VAlign
	Shift               css.Length // of Shifted: a percentage is of the line's height
	Fill                color.NRGBA
	Background          Background
	Margin, Padding     [4]css.Length
	Border              [4]Edge
	Radius              [4]css.Length
	Width, Height       css.Length
	MinWidth, MinHeight css.Length
	MaxWidth, MaxHeight css.Length // Auto for none
	BorderBox           bool
	FixedTable          bool
	Clips               bool // overflow is hidden
	Opacity             float32
	Shadow              *Shadow
	Flex                FlexBox
	Grow                float32
	ObjectFit           string
	Cellpadding         css.Length
	AttributeWidth      bool // Width came from an attribute: browsers then size cells by their border
	custom              map[string]string
	ems                 float32 // margins over and under that the tag gives, in the font's final size
}

// initial gives the style that the root inherits from.
func initial() *Style {
	s := &Style{
		Display: Inline, Color: color.NRGBA{A: 255}, Font: typeset.Font{Family: typeset.Serif, Size: 16}, Opacity: 1, ListType: "disc",
	}
	for i := range s.Border {
		s.Border[i].given = medium
	}
	return s
}

// medium is the width of a border of which only the style is said, in pixels.
const medium = 3

// inherit gives the style of a child before anything is said of it.
func (s *Style) inherit() *Style {
	c := &Style{
		Display: Inline, Color: s.Color, Font: s.Font, Align: s.Align, AlignBlocks: s.AlignBlocks, White: s.White, Case: s.Case,
		LineHeight: s.LineHeight, LineFactor: s.LineFactor, Letter: s.Letter, Word: s.Word, Indent: s.Indent, ListType: s.ListType,
		ListInside: s.ListInside, Collapse: s.Collapse, Spacing: s.Spacing, RightToLeft: s.RightToLeft, Hidden: s.Hidden,
		BreakAnywhere: s.BreakAnywhere, BreakAll: s.BreakAll, BreakLeast: s.BreakLeast, CaptionBelow: s.CaptionBelow, HideEmpty: s.HideEmpty,
		Underline: s.Underline, Strike: s.Strike, Overline: s.Overline, Opacity: 1, custom: s.custom,
	}
	for i := range c.Border {
		c.Border[i].given = medium
	}
	return c
}

// Anonymous gives the style of a box that stands for no element, inside an element of style s.
func (s *Style) Anonymous(d Display) *Style {
	c := s.inherit()
	c.Display = d
	return c
}

// Frame gives the width of padding and border of one edge, where base is the width of the containing block.
func (s *Style) Frame(edge int, base float32) float32 {
	return s.Border[edge].Width + max(0, s.Padding[edge].Of(base))
}

// Sides gives padding and border of left and right together.
func (s *Style) Sides(base float32) float32 {
	return s.Frame(LeftEdge, base) + s.Frame(RightEdge, base)
}

// Ends gives padding and border of top and bottom together.
func (s *Style) Ends(base float32) float32 { return s.Frame(TopEdge, base) + s.Frame(BottomEdge, base) }

// Decorated says that the box has something to draw of its own.
func (s *Style) Decorated() bool {
	if s.Fill.A > 0 || s.Background.Any() || s.Shadow != nil {
		return true
	}
	for _, e := range s.Border {
		if e.Width > 0 {
			return true
		}
	}
	return false
}

// finish settles what depends on other properties.
func (s *Style) finish() {
	for i := range s.Border {
		e := &s.Border[i]
		if !e.colored {
			e.Color = s.Color
		}
		e.Width = e.given
		if e.Style == NoEdge {
			e.Width = 0
		}
	}
	if s.Position == Absolute || s.Float != NoSide {
		switch s.Display {
		case Inline, InlineBlock:
			s.Display = Block
		case InlineTable:
			s.Display = Table
		case InlineFlex:
			s.Display = Flex
		case Row, RowGroup, HeaderGroup, FooterGroup, Cell, Caption, Column, ColumnGroup:
			s.Display = Block
		}
	}
	if s.Position == Absolute {
		s.Float = NoSide
	}
}
