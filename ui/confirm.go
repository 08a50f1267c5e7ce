//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// confirm asks before something that cannot be undone: Enter or the button does it, Esc or Cancel does not.
func (w *window) confirm(question, explanation, button string, do func()) {
	w.ask("trash-2", question, explanation, button, do)
}

// ask is confirm with another icon on its button.
func (w *window) ask(icon, question, explanation, button string, do func()) {
	var ask *widget.PopUp
	back := w.frame.Canvas().Focused()
	leave := func() {
		ask.Hide()
		if back != nil {
			w.frame.Canvas().Focus(back)
		}
	}
	keys := kit.Keys{Key: func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			leave()
		}
	}}
	no := kit.NewIconButton("", say.T("Cancel"), leave)
	yes := kit.NewIconButton(icon, button, func() {
		leave()
		do()
	}).Primary()
	no.Keys, yes.Keys = keys, keys
	title := kit.NewLabel(question, theme.SizeText, theme.Text).Bold()
	text := kit.NewLabel(explanation, theme.SizeMedium, theme.Dim)
	size := fyne.NewSize(max(title.MinSize().Width, text.MinSize().Width, 300)+24, 104)
	ask = widget.NewModalPopUp(container.New(freeLayout{size, func(s fyne.Size) {
		put(title, 12, 8, s.Width-24, 20)
		put(text, 12, 32, s.Width-24, 18)
		a, b := yes.MinSize(), no.MinSize()
		put(yes, s.Width-a.Width-12, s.Height-a.Height-8, a.Width, a.Height)
		put(no, s.Width-a.Width-b.Width-20, s.Height-b.Height-8, b.Width, b.Height)
	}}, title, text, no, yes), w.frame.Canvas())
	ask.Show()
	w.frame.Canvas().Focus(yes)
}
