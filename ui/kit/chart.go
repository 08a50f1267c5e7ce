//go:build !nogui

package kit

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// Chart draws how a number went over time: a title, its largest value, and a bar for each step, the newest at the right. The bars are
// one picture, so that a chart costs few objects however many bars it has. Where the pointer is, the bar's own words stand in the place of
// the title's.
type Chart struct {
	widget.BaseWidget

	title, left, right string
	values             []int
	color              fyne.ThemeColorName
	words              func(i int) string // of a bar; nil for none
	number             func(n int) string
	pointer            float32 // -1 for outside
}

const (
	chartInset float32 = 12
	chartTop   float32 = 26
	chartFoot  float32 = 18
)

// NewChart makes an empty chart whose bars have a colour. number prints a value; words, which may be nil, says what a bar stands for.
func NewChart(title string, c fyne.ThemeColorName, number func(n int) string, words func(i int) string) *Chart {
	ch := &Chart{title: title, color: c, number: number, words: words, pointer: -1}
	ch.ExtendBaseWidget(ch)
	return ch
}

// Set shows values, the oldest first; left and right say when those are.
func (c *Chart) Set(values []int, left, right string) {
	c.values, c.left, c.right = values, left, right
	c.Refresh()
}

// most is the largest value.
func (c *Chart) most() int {
	m := 0
	for _, v := range c.values {
		m = max(m, v)
	}
	return m
}

// barAt gives the bar at x, -1 for none.
func (c *Chart) barAt(x float32) int {
	width := c.Size().Width - 2*chartInset
	if x < chartInset || width <= 0 || len(c.values) == 0 {
		return -1
	}
	i := int((x - chartInset) / width * float32(len(c.values)))
	if i >= len(c.values) {
		return -1
	}
	return i
}

// MouseIn implements desktop.Hoverable.
func (c *Chart) MouseIn(e *desktop.MouseEvent) { c.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (c *Chart) MouseMoved(e *desktop.MouseEvent) {
	before := c.barAt(c.pointer)
	c.pointer = e.Position.X
	if c.barAt(c.pointer) != before {
		c.Refresh()
	}
}

// MouseOut implements desktop.Hoverable.
func (c *Chart) MouseOut() {
	c.pointer = -1
	c.Refresh()
}

// draw paints the bars into a picture of this size. A value that is not 0 can always be seen.
func (c *Chart) draw(w, h int) image.Image {
	picture := image.NewNRGBA(image.Rect(0, 0, w, h))
	most, n := c.most(), len(c.values)
	if n == 0 || w == 0 || h == 0 {
		return picture
	}
	full, at := theme.Color(c.color), c.barAt(c.pointer)
	solid := color.NRGBAModel.Convert(full).(color.NRGBA)
	pale := solid
	pale.A = 170
	gap := 0
	if w/n >= 4 {
		gap = 1
	}
	for i, v := range c.values {
		if v == 0 {
			continue
		}
		high := max(2, h*v/most)
		ink := pale
		if i == at || at < 0 && i == n-1 {
			ink = solid
		}
		for x := i * w / n; x < max((i+1)*w/n-gap, i*w/n+1); x++ {
			for y := h - high; y < h; y++ {
				picture.SetNRGBA(x, y, ink)
			}
		}
	}
	return picture
}

// CreateRenderer implements fyne.Widget.
func (c *Chart) CreateRenderer() fyne.WidgetRenderer {
	bars := canvas.NewRaster(c.draw)
	bars.ScaleMode = canvas.ImageScalePixels
	title, value := NewWords(theme.SizeSmall), NewWords(theme.SizeSmall)
	left, right := NewWords(theme.SizeTiny), NewWords(theme.SizeTiny)
	base := canvas.NewRectangle(nil)
	d := &drawing{owner: c, objects: []fyne.CanvasObject{bars, base}}
	for _, w := range []*Words{title, value, left, right} {
		d.objects = append(d.objects, w.Objects()...)
	}
	d.min = func() fyne.Size { return fyne.NewSize(160, 90) }
	d.layout = func(s fyne.Size) {
		n := value.PlaceRight(s.Width-chartInset, chartTop/2)
		title.Place(chartInset, chartTop/2, max(0, s.Width-2*chartInset-n-8))
		place(bars, chartInset, chartTop, max(0, s.Width-2*chartInset), max(0, s.Height-chartTop-chartFoot))
		place(base, chartInset, s.Height-chartFoot, max(0, s.Width-2*chartInset), 1)
		left.Place(chartInset, s.Height-chartFoot/2+1, s.Width/2-chartInset)
		right.PlaceRight(s.Width-chartInset, s.Height-chartFoot/2+1)
	}
	d.paint = func() {
		fill(base, theme.Border)
		title.Set(c.title, theme.Text)
		value.Set("", theme.Dim)
		at := c.barAt(c.pointer)
		if len(c.values) > 0 {
			value.Set(c.number(c.most()), theme.Dim)
			if at >= 0 {
				value.Set(c.number(c.values[at]), theme.Text)
				if c.words != nil {
					title.Set(c.words(at), theme.Dim)
				}
			}
		}
		left.Set(c.left, theme.Dim)
		right.Set(c.right, theme.Dim)
		bars.Refresh()
	}
	d.paint()
	return d
}

var _ desktop.Hoverable = (*Chart)(nil)
