//go:build !nogui

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// editKey asks for another value of a key, and says what is wrong with it while it is typed.
func (v *settingsView) editKey(k model.Setting) {
	w := v.win
	var box *widget.PopUp
	back := w.frame.Canvas().Focused()
	leave := func() {
		box.Hide()
		w.frame.Canvas().Focus(back)
	}
	keys := kit.Keys{Key: func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			leave()
		}
	}}
	field := kit.NewEntry(w.later, k.Default).InForm(k.Value)
	field.Keys = keys
	title := kit.NewLabel(k.Key(), theme.SizeText, theme.Text).Bold()
	meaning := kit.NewLines(18).Proportional()
	meaning.SetWrap(true)
	meaning.Keys = keys
	meaning.SetSource(kit.NewTextLines(say.T(k.Meaning), theme.Dim))
	wrong := kit.NewLabel("", theme.SizeMedium, theme.Err).Shrink()
	check := func(err error) {
		wrong.SetText("")
		if err != nil {
			wrong.SetText(model.Short(err.Error(), 200))
		}
	}
	save := func() {
		v.list.Set(k, field.Text, func(err error) {
			if check(err); err == nil {
				leave()
				w.notify(savedWords(k))
			}
		})
	}
	field.OnSearch = func(text string) { v.list.Check(k, text, check) }
	field.OnSubmitted = func(string) { save() }
	yes := kit.NewIconButton("check", say.T("Save"), save).Primary()
	no := kit.NewIconButton("", say.T("Cancel"), leave)
	usual := kit.NewIconButton("rotate-ccw", say.T("Default"), func() {
		field.SetQuery(k.Default)
		v.list.Check(k, k.Default, check)
	})
	yes.Keys, no.Keys, usual.Keys = keys, keys, keys
	size := fyne.NewSize(min(600, w.frame.Canvas().Size().Width-60), 244)
	box = widget.NewModalPopUp(container.New(freeLayout{size, func(s fyne.Size) {
		put(title, 12, 8, s.Width-24, 20)
		put(meaning, -6, 30, s.Width+6, 92)
		put(field, 12, 128, s.Width-24, 30)
		put(wrong, 14, 166, s.Width-28, 18)
		a, b, c := yes.MinSize(), no.MinSize(), usual.MinSize()
		put(yes, s.Width-a.Width-12, s.Height-a.Height-8, a.Width, a.Height)
		put(no, s.Width-a.Width-b.Width-20, s.Height-b.Height-8, b.Width, b.Height)
		put(usual, 8, s.Height-c.Height-8, c.Width, c.Height)
	}}, title, meaning, field, wrong, yes, no, usual), w.frame.Canvas())
	box.Show()
	w.frame.Canvas().Focus(field)
}

// savedWords say that a key was written and when it counts.
func savedWords(k model.Setting) string {
	if k.Live {
		return say.T("%s is saved and in force", k.Key())
	}
	return say.T("%s is saved; it is in force after a new start", k.Key())
}
