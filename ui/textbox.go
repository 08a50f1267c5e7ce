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

// showText shows a text over the window, which can be copied. Esc or the button closes it.
func (w *window) showText(title, text string) {
	c := w.frame.Canvas()
	back := c.Focused()
	var box *widget.PopUp
	leave := func() {
		box.Hide()
		if back != nil {
			c.Focus(back)
		}
	}
	keys := kit.Keys{Key: func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			leave()
		}
	}}
	head := kit.NewLabel(title, theme.SizeText, theme.Text).Bold().Shrink()
	lines := kit.NewLines(paneLine)
	lines.Keys = keys
	lines.SetSource(kit.NewTextLines(text, theme.Text))
	copyAll := kit.NewIconButton("copy", say.T("Copy"), func() { w.clipboard.SetContent(text) })
	done := kit.NewIconButton("", say.T("Close"), leave).Primary()
	copyAll.Keys, done.Keys = keys, keys
	size := fyne.NewSize(min(760, c.Size().Width-60), min(110+paneLine*float32(strings.Count(text, "\n")), c.Size().Height-80))
	box = widget.NewModalPopUp(container.New(freeLayout{size, func(s fyne.Size) {
		put(head, 12, 8, s.Width-24, 20)
		put(lines, -4, 34, s.Width+4, s.Height-80)
		a, b := done.MinSize(), copyAll.MinSize()
		put(done, s.Width-a.Width-12, s.Height-a.Height-8, a.Width, a.Height)
		put(copyAll, s.Width-a.Width-b.Width-20, s.Height-b.Height-8, b.Width, b.Height)
	}}, head, lines, copyAll, done), c)
	box.Show()
	c.Focus(lines)
}
