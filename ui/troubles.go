//go:build !nogui

package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// showTroubles shows all that is wrong, over the status bar, as a text that can be copied. Esc or a click beside it closes it.
func (w *window) showTroubles() {
	c := w.frame.Canvas()
	all := troubles(w.status)
	title := kit.NewLabel(say.T("Problems"), theme.SizeText, theme.Text).Bold()
	text := kit.NewLines(20).Proportional()
	text.SetWrap(true)
	text.SetSource(kit.NewTextLines(strings.Join(all, "\n\n"), theme.Text))
	size := fyne.NewSize(min(c.Size().Width-40, 640), min(c.Size().Height-120, 68+60*float32(len(all))))
	var box *widget.PopUp
	text.Keys = kit.Keys{Key: func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			box.Hide()
			c.Focus(w.list.rows)
		}
	}}
	box = widget.NewPopUp(container.New(freeLayout{size, func(s fyne.Size) {
		put(title, 18, 8, s.Width-36, 20)
		put(text, 0, 30, s.Width, s.Height-30)
	}}, title, text), c)
	box.ShowAtPosition(fyne.NewPos(8, c.Size().Height-size.Height-44))
	c.Focus(text)
}
