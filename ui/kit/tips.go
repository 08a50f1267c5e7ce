//go:build !nogui

package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/theme"
)

// Tips is the layer that tooltips show on. The window stacks it over its content; it takes no mouse, so everything below works.
type Tips struct {
	widget.BaseWidget
	later  Later
	cancel func()
	text   string
	over   fyne.CanvasObject // what the tip is about; nil when none shows
}

const tipDelay = 500 * time.Millisecond

// NewTips makes the layer.
func NewTips(later Later) *Tips {
	t := &Tips{later: later}
	t.ExtendBaseWidget(t)
	return t
}

// Arm shows text beside o once the pointer has rested on it; Dismiss takes that back. An empty text shows nothing.
func (t *Tips) Arm(o fyne.CanvasObject, text string) {
	t.Dismiss()
	if text == "" {
		return
	}
	t.cancel = t.later(tipDelay, func() {
		t.cancel = nil
		t.over, t.text = o, text
		t.Refresh()
	})
}

// Dismiss removes the tip that shows or is about to.
func (t *Tips) Dismiss() {
	if t.cancel != nil {
		t.cancel()
		t.cancel = nil
	}
	if t.over != nil {
		t.over = nil
		t.Refresh()
	}
}

// Showing gives the text that shows, or "".
func (t *Tips) Showing() string {
	if t.over == nil {
		return ""
	}
	return t.text
}

// MinSize implements fyne.CanvasObject: the layer asks for no room.
func (t *Tips) MinSize() fyne.Size { return fyne.Size{} }

// CreateRenderer implements fyne.Widget.
func (t *Tips) CreateRenderer() fyne.WidgetRenderer {
	back, words := canvas.NewRectangle(nil), NewWords(theme.SizeSmall)
	back.CornerRadius, back.StrokeWidth = 5, 1
	d := &drawing{owner: t, objects: append([]fyne.CanvasObject{back}, words.Objects()...), min: t.MinSize}
	d.layout = func(s fyne.Size) {
		if t.over == nil {
			return
		}
		driver := fyne.CurrentApp().Driver()
		at := driver.AbsolutePositionForObject(t.over).Subtract(driver.AbsolutePositionForObject(t))
		w, h := min(words.Width()+16, s.Width), float32(24)
		x := max(0, min(at.X+t.over.Size().Width/2-w/2, s.Width-w-4))
		y := at.Y + t.over.Size().Height + 4
		if y+h > s.Height {
			y = at.Y - h - 4
		}
		place(back, whole(x), whole(y), w, h)
		words.Place(whole(x)+8, whole(y)+h/2, w-16)
	}
	d.paint = func() {
		back.FillColor, back.StrokeColor = theme.Color(theme.Raised), theme.Color(theme.Border)
		words.Set(t.text, theme.Text)
		show(back, t.over != nil)
		words.SetVisible(t.over != nil)
	}
	d.paint()
	return d
}

// tipped is what a widget with a tooltip embeds.
type tipped struct {
	tips *Tips
	tip  string
}

func (t *tipped) arm(o fyne.CanvasObject) {
	if t.tips != nil {
		t.tips.Arm(o, t.tip)
	}
}

// Tip gives what the tooltip says.
func (t *tipped) Tip() string { return t.tip }

func (t *tipped) hide() {
	if t.tips != nil {
		t.tips.Dismiss()
	}
}
