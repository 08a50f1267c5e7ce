//go:build !nogui

// Package kit holds the widgets that Postroom's window is made of, those that Fyne has not or draws too heavily: the virtual List and
// Lines, Split, TabBar, Sidebar, StatusBar, Chip, IconButton, Entry, CopyText, tooltips, and primitives that follow the theme.
//
// What all of them keep to:
//   - They are made by New…, set by methods, and used only on the goroutine that paints. None starts a goroutine: what must happen later
//     goes through a Later that the window passes in.
//   - A renderer makes its canvas objects once (lists: once per visible row) and never in Layout, because a new object asks for a layout
//     again, for ever. Text stands at whole pixels in whole sizes.
//   - Colours are names of ui/theme, resolved at each Refresh, so a change between light and dark needs nothing but Fyne's own refresh.
//   - Keys and shortcuts that a focused widget does not use go to its Keys, because Fyne gives them to nobody else.
//
// The package knows nothing of mail.
package kit

import (
	"image/color"
	"math"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"

	"postroom.dev/ui/theme"
)

// Later runs fn on the goroutine that paints, once d has passed, unless cancel was called before.
type Later func(d time.Duration, fn func()) (cancel func())

// Keys takes what a focused widget was given and does not use. The zero value drops everything.
type Keys struct {
	Key      func(*fyne.KeyEvent)
	Rune     func(rune)
	Shortcut func(fyne.Shortcut)
}

func (k Keys) key(e *fyne.KeyEvent) {
	if k.Key != nil {
		k.Key(e)
	}
}

func (k Keys) rune(r rune) {
	if k.Rune != nil {
		k.Rune(r)
	}
}

func (k Keys) shortcut(s fyne.Shortcut) {
	if k.Shortcut != nil {
		k.Shortcut(s)
	}
}

// drawing is the renderer of the small widgets: objects made once, and three functions.
type drawing struct {
	owner   fyne.CanvasObject
	objects []fyne.CanvasObject
	min     func() fyne.Size
	layout  func(fyne.Size) // places the objects
	paint   func()          // sets texts and colours
}

func (d *drawing) Destroy()                     {}
func (d *drawing) MinSize() fyne.Size           { return d.min() }
func (d *drawing) Objects() []fyne.CanvasObject { return d.objects }
func (d *drawing) Layout(s fyne.Size)           { d.layout(s) }

func (d *drawing) Refresh() {
	d.paint()
	d.layout(d.owner.Size())
	canvas.Refresh(d.owner)
}

// place puts o at x, y with this size.
func place(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

// whole rounds to whole pixels.
func whole(v float32) float32 { return float32(math.Round(float64(v))) }

// show sets whether o is visible.
func show(o fyne.CanvasObject, visible bool) {
	if visible == o.Visible() {
		return
	}
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

// focus gives w the keyboard.
func focus(w fyne.Focusable) {
	o, ok := w.(fyne.CanvasObject)
	if !ok {
		return
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil {
		c.Focus(w)
	}
}

// modifiers tells which of Shift, Ctrl … are down, where the driver knows.
func modifiers() fyne.KeyModifier {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok {
		return d.CurrentKeyModifiers()
	}
	return 0
}

// doubleClick tells double clicks by time and place. Fyne's own detection would hold back every single click.
type doubleClick struct {
	now  func() time.Time
	at   time.Time
	what int
}

const doubleClickTime = 400 * time.Millisecond

// pressed notes a click on what and says whether it is the second one.
func (d *doubleClick) pressed(what int) bool {
	t := d.now()
	again := !d.at.IsZero() && d.what == what && t.Sub(d.at) < doubleClickTime
	d.at, d.what = t, what
	if again {
		d.at = time.Time{}
	}
	return again
}

// fill puts a colour of the theme into r. Storing an equal colour again would allocate, which at every step of scrolling adds up.
// Of the colours that nothing is seen of, Fyne leaves out color.Transparent alone; any other is painted, pixel by pixel.
func fill(r *canvas.Rectangle, name fyne.ThemeColorName) {
	switch c := theme.Color(name); {
	case c.A == 0:
		r.FillColor = color.Transparent
	case r.FillColor != color.Color(c):
		r.FillColor = c
	}
}

// ink does the same for text.
func ink(t *canvas.Text, name fyne.ThemeColorName) {
	if c := theme.Color(name); t.Color != color.Color(c) {
		t.Color = c
	}
}
