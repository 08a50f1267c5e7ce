//go:build !nogui

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Chip is a Tag as a widget: a word or two about a thing, "deferred" or "2 attachments".
type Chip struct {
	widget.BaseWidget
	text  string
	color fyne.ThemeColorName
}

// NewChip makes a chip in a colour of the theme.
func NewChip(text string, c fyne.ThemeColorName) *Chip {
	ch := &Chip{text: text, color: c}
	ch.ExtendBaseWidget(ch)
	return ch
}

// Set changes text and colour.
func (c *Chip) Set(text string, color fyne.ThemeColorName) {
	c.text, c.color = text, color
	c.Refresh()
}

// Text gives the text.
func (c *Chip) Text() string { return c.text }

// CreateRenderer implements fyne.Widget.
func (c *Chip) CreateRenderer() fyne.WidgetRenderer {
	tag := NewTag()
	d := &drawing{
		owner: c, objects: tag.Objects(),
		min:    func() fyne.Size { return fyne.NewSize(tag.Width(), TagHeight) },
		layout: func(s fyne.Size) { tag.Place(0, s.Height/2) },
		paint:  func() { tag.Set(c.text, c.color) },
	}
	d.paint()
	return d
}
