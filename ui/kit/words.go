//go:build !nogui

package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"postroom.dev/ui/theme"
)

// Words is one line of text as a primitive of a row or a widget: it keeps the whole string and shows as much as fits.
type Words struct {
	text  *canvas.Text
	full  string
	color fyne.ThemeColorName
	fit   float32 // the width that text.Text was cut for; -1 for not yet
}

// NewWords makes a text of this size in pixels, see theme.SizeText and its like.
func NewWords(size float32) *Words {
	t := canvas.NewText("", theme.Color(theme.Text))
	t.TextSize = size
	return &Words{text: t, color: theme.Text, fit: -1}
}

// NewMonoWords makes a text in the monospaced face.
func NewMonoWords(size float32) *Words {
	w := NewWords(size)
	w.text.TextStyle.Monospace = true
	return w
}

// Object is what is painted.
func (w *Words) Object() fyne.CanvasObject { return w.text }

// Set changes the text and its colour, which is looked up anew.
func (w *Words) Set(s string, c fyne.ThemeColorName) {
	w.color = c
	ink(w.text, c)
	if s != w.full {
		w.full, w.fit = s, -1
	}
}

// SetBold changes the weight.
func (w *Words) SetBold(bold bool) {
	if bold != w.text.TextStyle.Bold {
		w.text.TextStyle.Bold, w.fit = bold, -1
	}
}

// SetVisible shows or hides the text.
func (w *Words) SetVisible(v bool) { show(w.text, v) }

// String gives the whole text.
func (w *Words) String() string { return w.full }

// Width gives the width of the whole text in pixels, rounded up.
func (w *Words) Width() float32 {
	return float32(int(theme.Current().Width(w.full, w.text.TextSize, w.text.TextStyle) + 0.999))
}

// Height gives the height of a line in pixels.
func (w *Words) Height() float32 {
	return theme.Current().Height(w.text.TextSize, w.text.TextStyle)
}

// Place puts the text with its left end at x and its middle at middle, cut to at most width pixels.
func (w *Words) Place(x, middle, width float32) {
	if w.fit != width {
		w.text.Text = theme.Strut(theme.Current().Ellipsis(w.full, width, w.text.TextSize, w.text.TextStyle))
		w.fit = width
	}
	h := w.Height()
	place(w.text, whole(x), whole(middle-h/2), width, h)
}

// PlaceRight puts the whole text with its right end at right, and gives its width.
func (w *Words) PlaceRight(right, middle float32) float32 {
	n := w.Width()
	w.Place(right-n, middle, n)
	return n
}

// Tag is a chip as a primitive of a row: small text on a faint tint of its own colour.
type Tag struct {
	back  *canvas.Rectangle
	words *Words
}

// TagHeight is the height of a Tag in pixels.
const TagHeight float32 = 16

// NewTag makes an empty tag.
func NewTag() *Tag {
	t := &Tag{back: canvas.NewRectangle(nil), words: NewWords(theme.SizeTiny)}
	t.back.CornerRadius = TagHeight / 2
	return t
}

// Objects are what is painted, back to front.
func (t *Tag) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{t.back, t.words.text} }

// Set changes text and colour, and shows the tag unless the text is empty.
func (t *Tag) Set(s string, c fyne.ThemeColorName) {
	t.words.Set(s, c)
	if tint := theme.ChipColor(c); t.back.FillColor != color.Color(tint) {
		t.back.FillColor = tint
	}
	show(t.back, s != "")
	t.words.SetVisible(s != "")
}

// Width gives the width of the tag in pixels, 0 when it is empty.
func (t *Tag) Width() float32 {
	if t.words.full == "" {
		return 0
	}
	return t.words.Width() + 12
}

// Place puts the tag with its left end at x and its middle at middle.
func (t *Tag) Place(x, middle float32) {
	x, w := whole(x), t.Width()
	place(t.back, x, whole(middle)-TagHeight/2, w, TagHeight)
	if w > 0 {
		t.words.Place(x+6, whole(middle), w-12)
	}
}

// Glyph is an icon as a primitive of a row or a widget.
type Glyph struct {
	image *canvas.Image
	name  string
}

// NewGlyph makes an empty square icon of this many pixels.
func NewGlyph(size float32) *Glyph {
	g := &Glyph{image: canvas.NewImageFromResource(nil)}
	g.image.FillMode = canvas.ImageFillContain
	g.image.Resize(fyne.NewSize(size, size))
	return g
}

// Object is what is painted.
func (g *Glyph) Object() fyne.CanvasObject { return g.image }

// Set changes icon (a name of assets.Icons, "" for none) and colour, which is looked up anew.
func (g *Glyph) Set(name string, c fyne.ThemeColorName) {
	g.name = name
	show(g.image, name != "")
	if name == "" {
		return
	}
	if r := theme.Icon(name, c); r != g.image.Resource {
		g.image.Resource = r
		g.image.Refresh()
	}
}

// Place puts the icon with its left end at x and its middle at middle.
func (g *Glyph) Place(x, middle float32) {
	s := g.image.Size()
	g.image.Move(fyne.NewPos(whole(x), whole(middle-s.Height/2)))
}
