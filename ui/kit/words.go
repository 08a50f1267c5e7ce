//go:build !nogui

package kit

import (
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"postroom.dev/ui/theme"
)

// Words is one line of text as a primitive of a row or a widget: it keeps the whole string and shows as much as fits. What our own fonts have
// is drawn by a pen of the theme's, anything else by Fyne.
type Words struct {
	text    *canvas.Text
	ink     *canvas.Raster
	full    string
	color   fyne.ThemeColorName
	fit     float32 // the width that text.Text was cut for; -1 for not yet
	hidden  bool
	asked   inked // what ink has to show
	drawn   inked // what is in picture
	picture *image.RGBA
}

// inked is all that the picture of a text depends on.
type inked struct {
	text  string
	size  float32
	style fyne.TextStyle
	color color.NRGBA
	scale float32
}

// NewWords makes a text of this size in pixels, see theme.SizeText and its like.
func NewWords(size float32) *Words {
	t := canvas.NewText("", theme.Color(theme.Text))
	t.TextSize = size
	w := &Words{text: t, color: theme.Text, fit: -1}
	w.ink = canvas.NewRaster(w.draw)
	w.ink.Hide()
	return w
}

// NewMonoWords makes a text in the monospaced face.
func NewMonoWords(size float32) *Words {
	w := NewWords(size)
	w.text.TextStyle.Monospace = true
	return w
}

// Objects are what is painted. One of them is visible at most.
func (w *Words) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{w.ink, w.text} }

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
	style := w.text.TextStyle
	style.Bold = bold
	w.setStyle(style)
}

func (w *Words) setStyle(s fyne.TextStyle) {
	if s != w.text.TextStyle {
		w.text.TextStyle, w.fit = s, -1
	}
}

// SetVisible shows or hides the text.
func (w *Words) SetVisible(v bool) {
	w.hidden = !v
	w.show()
}

// show shows what draws the text.
func (w *Words) show() {
	pen := theme.Current().Pen(w.text.TextStyle)
	inked := pen != nil && pen.Can(w.text.Text)
	show(w.ink, !w.hidden && inked && w.text.Text != "")
	show(w.text, !w.hidden && !inked)
}

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
	look := theme.Current()
	if w.fit != width {
		w.text.Text = theme.Strut(look.Ellipsis(w.full, width, w.text.TextSize, w.text.TextStyle))
		w.fit = width
	}
	h := w.Height()
	x, y := whole(x), whole(middle-h/2)
	place(w.text, x, y, width, h)
	w.show()
	if !w.ink.Visible() {
		return
	}
	asked := inked{text: w.text.Text, size: w.text.TextSize, style: w.text.TextStyle, color: theme.Color(w.color)}
	wide := float32(math.Ceil(float64(look.Width(asked.text, asked.size, asked.style))))
	other, size := asked != w.asked, fyne.NewSize(wide, whole(h))
	w.asked = asked
	w.ink.Move(fyne.NewPos(x, y))
	switch {
	case size != w.ink.Size():
		w.ink.Resize(size) // which refreshes it
	case other:
		canvas.Refresh(w.ink)
	}
}

// PlaceRight puts the whole text with its right end at right, and gives its width.
func (w *Words) PlaceRight(right, middle float32) float32 {
	n := w.Width()
	w.Place(right-n, middle, n)
	return n
}

// draw makes the picture of the text in so many pixels. Of none at all, it gives what the text says.
func (w *Words) draw(width, height int) image.Image {
	if width <= 0 || height <= 0 {
		return saying{text: w.text.Text}
	}
	need := w.asked
	need.scale = scaleOf(w.ink, height)
	if w.picture != nil && w.drawn == need && w.picture.Rect.Dx() == width && w.picture.Rect.Dy() == height {
		return w.picture
	}
	if n := 4 * width * height; w.picture != nil && cap(w.picture.Pix) >= n && cap(w.picture.Pix) < 4*n { // Fyne keeps no picture that it was given
		w.picture = &image.RGBA{Pix: w.picture.Pix[:n], Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
	} else {
		w.picture = image.NewRGBA(image.Rect(0, 0, width, height))
	}
	theme.Current().Pen(need.style).Draw(w.picture, need.text, need.size, need.scale, need.color)
	w.drawn = need
	return w.picture
}

// scaleOf gives how many pixels of the screen one of ours is, for an object that is height pixels of the screen high.
func scaleOf(o fyne.CanvasObject, height int) float32 {
	const many = 1000
	rough := float32(height) / o.Size().Height
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		n, _ := c.PixelCoordinateForPosition(fyne.NewPos(many, 0))
		if exact := float32(n) / many; whole(exact*o.Size().Height) == float32(height) {
			return exact
		}
	}
	return rough
}

// saying is a picture of nothing that says what a text says.
type saying struct {
	image.Rectangle
	text string
}

// Said gives the text that an object shows: a *canvas.Text, or what draws Words.
func Said(o fyne.CanvasObject) string {
	switch o := o.(type) {
	case *canvas.Text:
		return o.Text
	case *canvas.Raster:
		if s, ok := o.Generator(0, 0).(saying); ok {
			return s.text
		}
	}
	return ""
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
func (t *Tag) Objects() []fyne.CanvasObject {
	return append([]fyne.CanvasObject{t.back}, t.words.Objects()...)
}

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
