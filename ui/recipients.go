//go:build !nogui

package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"postroom.dev/ui/kit"
	"postroom.dev/ui/model"
	"postroom.dev/ui/say"
	"postroom.dev/ui/theme"
)

// editRecipients asks for other recipients of the selected message: each in a field of its own, an empty one is taken out, and what
// stands in the last ones is added.
func (v *queueView) editRecipients() {
	keys := v.queue.Selection()
	if len(keys) != 1 {
		return
	}
	w := v.queue.Message(keys[0])
	if w == nil || w.ID == "" {
		return
	}
	const added = 2 // fields for more
	olds := make([]string, 0, len(w.Open)+added)
	for _, to := range w.Open {
		olds = append(olds, strings.TrimSuffix(strings.TrimPrefix(to, "<"), ">"))
	}
	var box *widget.PopUp
	back := v.win.frame.Canvas().Focused()
	leave := func() {
		box.Hide()
		v.win.frame.Canvas().Focus(back)
	}
	keysOf := kit.Keys{Key: func(e *fyne.KeyEvent) {
		if e.Name == fyne.KeyEscape {
			leave()
		}
	}}
	fields := make([]*kit.Entry, 0, len(olds)+added)
	column := container.NewVBox()
	for i := range len(olds) + added {
		hint, text := say.T("Add a recipient"), ""
		if i < len(olds) {
			hint, text = say.T("Taken out: %s", olds[i]), olds[i]
		}
		f := kit.NewEntry(v.win.later, hint).InForm(text)
		f.Keys = keysOf
		fields, column.Objects = append(fields, f), append(column.Objects, f)
	}
	changes := func() (all []model.Redirection) {
		for i, f := range fields {
			from, to := "", strings.TrimSpace(f.Text)
			if i < len(olds) {
				from = olds[i]
			}
			if from != to {
				all = append(all, model.Redirection{From: from, To: to})
			}
		}
		return all
	}
	save := func() {
		all := changes()
		leave()
		if len(all) > 0 {
			v.queue.Redirect(keys[0], all)
		}
	}
	same := kit.NewIconButton("copy", say.T("Copy the command"), func() { v.copyCommand(model.RedirectCommand(w.ID, changes())) })
	same.SetDisabled(true)
	for _, f := range fields {
		f.OnSubmitted = func(string) { save() }
		f.OnTyped = func(string) { same.SetDisabled(len(changes()) == 0) }
	}
	yes := kit.NewIconButton("check", say.T("Change"), save).Primary()
	no := kit.NewIconButton("", say.T("Cancel"), leave)
	yes.Keys, no.Keys, same.Keys = keysOf, keysOf, keysOf
	title := kit.NewLabel(say.T("Recipients of %s", w.ID), theme.SizeText, theme.Text).Bold()
	text := kit.NewLabel(say.T("Changed in the control file, under its lock. Who is done with stays done with."), theme.SizeMedium, theme.Dim).Shrink()
	if w.Left > len(w.Open) {
		text.SetText(say.T("The first %s of %s. The others stay as they are.", model.Count(len(w.Open)), model.Count(w.Left)))
	}
	high := min(column.MinSize().Height, v.win.frame.Canvas().Size().Height-180)
	scroll := container.NewVScroll(column)
	size := fyne.NewSize(min(560, v.win.frame.Canvas().Size().Width-60), high+110)
	box = widget.NewModalPopUp(container.New(freeLayout{size, func(s fyne.Size) {
		put(title, 12, 8, s.Width-24, 20)
		put(text, 12, 30, s.Width-24, 18)
		put(scroll, 12, 58, s.Width-24, high)
		a, b := yes.MinSize(), no.MinSize()
		put(yes, s.Width-a.Width-12, s.Height-a.Height-8, a.Width, a.Height)
		put(same, 12, s.Height-a.Height-8, same.MinSize().Width, a.Height)
		put(no, s.Width-a.Width-b.Width-20, s.Height-b.Height-8, b.Width, b.Height)
	}}, title, text, scroll, same, yes, no), v.win.frame.Canvas())
	box.Show()
	v.win.frame.Canvas().Focus(fields[0])
}
