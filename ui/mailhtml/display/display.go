// Package display is what a mail looks like once it is laid out: a flat list of things to draw, in the order to draw them, with
// their places in CSS pixels. It knows nothing of HTML, and draws nothing: package layout makes lists, package paint draws them.
//
// A list also answers what a reader's pointer asks: which link is here, which text is between two places.
// Every thing is small; all that is the same for many (clips, links) is kept once and referred to by its number.
package display

import (
	"image/color"
	"sort"

	"postroom.dev/ui/mailhtml/typeset"
)

// Rect is a rectangle in CSS pixels, from the top left of the document.
type Rect struct{ X, Y, W, H float32 }

// Right and Bottom are the edges away from the origin.
func (r Rect) Right() float32  { return r.X + r.W }
func (r Rect) Bottom() float32 { return r.Y + r.H }

// Contains says that a point lies in the rectangle.
func (r Rect) Contains(x, y float32) bool {
	return x >= r.X && x < r.Right() && y >= r.Y && y < r.Bottom()
}

// Intersect gives what two rectangles have in common; one without area where that is nothing.
func (r Rect) Intersect(o Rect) Rect {
	x, y := max(r.X, o.X), max(r.Y, o.Y)
	return Rect{x, y, max(0, min(r.Right(), o.Right())-x), max(0, min(r.Bottom(), o.Bottom())-y)}
}

// Empty says that the rectangle has no area.
func (r Rect) Empty() bool { return r.W <= 0 || r.H <= 0 }

// List is a mail laid out.
type List struct {
	Width, Height float32 // of the document; the width is at least that of the screen
	Background    color.NRGBA
	Items         []Item
	Clips         []Clip
	Links         []string // the targets, as they are written in the mail
	Boxes         []Box    // of all elements that have one, in the order of the document

	bands [][]int32 // the items that touch each band of bandHeight pixels
}

// Item is one thing to draw: exactly one of Text, Box, Picture is set.
type Item struct {
	Rect
	Clip    int32 // number in List.Clips, counted from 1; 0 for none
	Link    int32 // number in List.Links, counted from 1; 0 for none
	Opacity uint8 // 255 is opaque
	Text    *Text
	Box     *Art
	Picture *Picture
}

// Clip is a rectangle with rounded corners outside of which nothing is drawn.
type Clip struct {
	Rect
	Radius [4]float32
	Parent int32 // a clip that holds too, counted from 1; 0 for none
}

// Box is where an element stands.
type Box struct {
	Rect           // the border box
	Element int    // its number among all elements of the document, counted from 0
	Tag     string // its name
}

// Text is a text of one style and direction on one line.
type Text struct {
	Text        string
	Font        typeset.Font
	Color       color.NRGBA
	Baseline    float32 // from the top of the document
	RightToLeft bool
	Letter      float32 // added after each character
	Word        float32 // added after each space
	Underline   bool
	Strike      bool
	Overline    bool
	Joined      bool // the line before was broken only because it was full
	Source      int  // the number of the text among all texts of the document
}

// Art is the background and the borders of a box.
type Art struct {
	Fill   color.NRGBA
	Edges  [4]Edge // top, right, bottom, left
	Radius [4]float32
	Shadow *Shadow
}

// Edge is a border of one side.
type Edge struct {
	Width float32
	Color color.NRGBA
	Style EdgeStyle
}

// EdgeStyle is how a border is drawn.
type EdgeStyle uint8

// The styles of borders. NoEdge takes no room.
const (
	NoEdge EdgeStyle = iota
	Solid
	Dashed
	Dotted
	Double
)

// Shadow is a box's shadow.
type Shadow struct {
	X, Y, Blur, Spread float32
	Color              color.NRGBA
}

// Picture is an image in a rectangle, a tile repeated over it, or a gradient.
type Picture struct {
	Source   string // its address as it is written in the mail; "" for a gradient alone
	Alt      string // what to show in its place
	Missing  bool   // there is no such picture, or not yet
	Font     typeset.Font
	Color    color.NRGBA // of Alt
	Radius   [4]float32
	Tile     *Tile     // nil for a picture that fills the rectangle
	Gradient *Gradient // nil for none; fills the rectangle
	Under    bool      // the gradient lies under the image
}

// Gradient is colours that run into one another along a line through the middle of a rectangle.
type Gradient struct {
	X, Y   float32 // where the line goes, as a vector of length 1
	Length float32
	Stops  []Stop // at least one, in order
}

// Stop is a colour of a gradient: At is 0 at the beginning of the line and 1 at its end, and may lie beyond.
type Stop struct {
	At    float32
	Color color.NRGBA
}

// Tile says how a picture lies behind a box: its first copy, and where it is repeated.
type Tile struct {
	Rect
	RepeatX, RepeatY bool
}

// bandHeight is how finely the items are sorted by their height, in pixels.
const bandHeight = 128

// mostBands bounds the index of very tall documents.
const mostBands = 4096

// Finish makes the index that Near needs. Layout calls it once, when all items are there.
func (l *List) Finish() {
	n := min(int(max(0, l.Height)/bandHeight)+1, mostBands)
	l.bands = make([][]int32, n)
	for i := range l.Items {
		it := &l.Items[i]
		first, last := l.band(it.Y-2), l.band(it.Bottom()+2)
		if it.Box != nil && it.Box.Shadow != nil {
			reach := it.Box.Shadow.Blur + it.Box.Shadow.Spread
			first, last = l.band(it.Y+it.Box.Shadow.Y-reach), l.band(it.Bottom()+it.Box.Shadow.Y+reach)
		}
		for b := first; b <= last; b++ {
			l.bands[b] = append(l.bands[b], int32(i))
		}
	}
}

func (l *List) band(y float32) int {
	return max(0, min(int(y/bandHeight), len(l.bands)-1))
}

// Near gives the numbers of the items between two heights, and perhaps a few more, in the order to draw them.
func (l *List) Near(top, bottom float32) []int32 {
	if len(l.bands) == 0 {
		return nil
	}
	first, last := l.band(top), l.band(bottom)
	if first == last {
		return l.bands[first]
	}
	var out []int32
	for b := first; b <= last; b++ {
		for _, i := range l.bands[b] {
			if b == first || l.band(l.Items[i].Y-2) >= b || l.shadowed(i, b) {
				out = append(out, i)
			}
		}
	}
	sort.Slice(out, func(a, b int) bool { return out[a] < out[b] })
	// A shadow may have brought an item in twice.
	kept := out[:0]
	for k, i := range out {
		if k == 0 || i != out[k-1] {
			kept = append(kept, i)
		}
	}
	return kept
}

// shadowed says that an item is in a band for its shadow.
func (l *List) shadowed(i int32, band int) bool {
	it := &l.Items[i]
	return it.Box != nil && it.Box.Shadow != nil && l.band(it.Y-2) < band
}

// Visible gives the part of an item that its clips leave.
func (l *List) Visible(it *Item) Rect {
	r := it.Rect
	for c := it.Clip; c > 0; c = l.Clips[c-1].Parent {
		r = r.Intersect(l.Clips[c-1].Rect)
	}
	return r
}

// LinkAt gives the target of the link at a place; "" for none.
func (l *List) LinkAt(x, y float32) string {
	near := l.Near(y, y)
	for k := len(near) - 1; k >= 0; k-- {
		it := &l.Items[near[k]]
		if it.Link > 0 && l.Visible(it).Contains(x, y) {
			return l.Links[it.Link-1]
		}
	}
	return ""
}

// OverText says that there is text at a place.
func (l *List) OverText(x, y float32) bool {
	for _, i := range l.Near(y, y) {
		if it := &l.Items[i]; it.Text != nil && l.Visible(it).Contains(x, y) {
			return true
		}
	}
	return false
}
